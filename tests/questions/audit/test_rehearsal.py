"""No false alarm on honest reviews; errors that were put there are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, get_args

import numpy as np
import pytest

from metaprop.evidence.claims import Claim
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.printed import Printed
from metaprop.evidence.studies import Studies
from metaprop.questions.audit.counted import settings_findings
from metaprop.questions.audit.held import Held
from metaprop.questions.audit.matching import match
from metaprop.questions.audit.printing import Slip, choose, made_up, slipped
from metaprop.questions.audit.rehearsal import Knowledge, Tally, rehearse
from metaprop.questions.audit.space import space_of, zero_space
from metaprop.questions.audit.uncounted import line_findings
from metaprop.reporting.codec import decode

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "data" / "kalantar2026"
RECORD, TABLE = ROOT / "docs" / "audit_rehearsal.json", ROOT / "docs" / "audit_rehearsal.md"
SEED = 20260222
FALSE_ALARMS = 0.01
"""Most honest lines, as a share, that may get a verdict worse than reproduced."""
OTHER_SIZES = ([40, 55, 120, 18, 300, 77], [4, 9, 6], [12] * 30)
FOUND: dict[Slip, float] = {"swapped digits": 0.8, "wrong digit": 0.7, "wrong scale": 0.8}
"""Least shares of errors that a printed line alone gives away; measured ones are higher."""
FOUND_FROM_COUNTS = 0.9
"""The same with all counts; what is missed prints, by chance, like another setting."""


class Record(TypedDict):
    """``docs/audit_rehearsal.json``."""

    seed: int
    reviews: int
    lines: int
    tallies: list[object]


@pytest.fixture(scope="module")
def record() -> Record:
    loaded: Record = json.loads(RECORD.read_text("utf-8"))
    return loaded


def tallies_of(record: Record) -> tuple[Tally, ...]:
    return tuple(decode(Tally, one) for one in record["tallies"])


@pytest.fixture(scope="module")
def totals() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return read_dataset(FOLDER).outcomes["union"].studies.totals


def share(tallies: tuple[Tally, ...], kind: Slip | None, knowledge: str) -> float:
    (one,) = (t for t in tallies if (t.kind, t.knowledge) == (kind, knowledge))
    assert one.lines
    return one.rate


def test_honest_reviews_raise_no_alarm(
    totals: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> None:
    tallies = rehearse(totals, 20, 2, np.random.default_rng(SEED), slips=())
    assert [tally.lines for tally in tallies] == [40, 40]
    assert all(tally.rate < FALSE_ALARMS for tally in tallies)


def test_errors_are_found(totals: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    tallies = rehearse(totals, 1, 2, np.random.default_rng(SEED))
    wrong = [tally for tally in tallies if tally.kind is not None and tally.knowledge == "counts"]
    assert len(wrong) == len(get_args(Slip))
    told, lines = sum(tally.told for tally in wrong), sum(tally.lines for tally in wrong)
    assert told >= FOUND_FROM_COUNTS * lines > 0.0


@pytest.mark.parametrize("rows", [(20, 9700), (4800, 9711)])
def test_a_line_of_any_guarded_setting_raises_no_alarm(rows: tuple[int, int]) -> None:
    studies = Studies.of(list("ABCDEF"), [9, 3, 5, 23, 21, 11], [9, 3, 5, 24, 21, 14])
    space, zero = space_of(studies), zero_space(studies.totals)
    rng = np.random.default_rng(SEED)
    for place in rng.choice(np.arange(*rows), 25):
        setting, numbers = space.settings[place], space.values[place, :, 0]
        if np.isnan(numbers[:3]).any() or setting.interval.endswith("without a safeguard"):
            continue
        rate, low, high = (Printed(f"{100 * rate:.2f}", 100.0) for rate in numbers[:3])
        claim = Claim(2, "made up", "here", rate, low, high)
        held = Held(claim, "", studies, space=space, match=match(space, claim), zero=zero)
        findings = (*settings_findings(held), *line_findings(held))
        assert [found.sentence for found in findings if found.alarm] == []


def test_the_record_of_five_hundred_reviews_has_next_to_no_false_alarm(record: Record) -> None:
    assert record["reviews"] == 500
    for knowledge in get_args(Knowledge):
        honest = share(tallies_of(record), None, knowledge)
        assert honest < FALSE_ALARMS
    assert all(tally.lines > 2900 for tally in tallies_of(record) if tally.kind is None)


def test_the_record_tells_how_often_each_kind_of_error_is_found(record: Record) -> None:
    for slip in get_args(Slip):
        assert share(tallies_of(record), slip, "counts") >= FOUND_FROM_COUNTS - 0.05
    for kind, least in FOUND.items():
        assert share(tallies_of(record), kind, "line") >= least


def test_the_table_beside_the_record_says_the_same(record: Record) -> None:
    rows = [row for row in TABLE.read_text("utf-8").splitlines() if row.startswith("| ")][1:]
    assert len(rows) == 1 + len(get_args(Slip))
    for kind, row in zip((None, *get_args(Slip)), rows, strict=True):
        own = {one.knowledge: one for one in tallies_of(record) if one.kind == kind}
        assert row.startswith(f"| {kind or 'honest'}: ")
        assert f"| {own['counts'].lines:,} | {own['counts'].told:,} (" in row
        assert f"| {own['line'].told:,} (" in row


@pytest.mark.slow
def test_five_hundred_reviews_are_told_as_the_record_has_it(
    totals: np.ndarray[tuple[int], np.dtype[np.int64]], record: Record
) -> None:
    rng = np.random.default_rng(record["seed"])
    assert rehearse(totals, record["reviews"], record["lines"], rng) == tallies_of(record)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", OTHER_SIZES)
def test_honest_reviews_of_other_sizes_raise_next_to_no_alarm(sizes: list[int]) -> None:
    tallies = rehearse(np.array(sizes), 60, 4, np.random.default_rng(SEED), slips=())
    assert all(tally.rate < FALSE_ALARMS for tally in tallies)


@pytest.mark.parametrize("slip", get_args(Slip))
def test_an_error_changes_print_and_nothing_else(slip: Slip) -> None:
    rng = np.random.default_rng(SEED)
    totals = np.array([9, 14, 20, 33, 8, 11])
    found = 0
    for _ in range(20):
        honest = made_up(totals, choose(rng), rng)
        wrong = slipped(honest, slip, rng)
        if wrong is not None:
            found += 1
            assert wrong.claim != honest.claim
            assert wrong.events.tolist() == honest.events.tolist()
    assert found
