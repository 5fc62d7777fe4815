"""Cases that the fuzz once found, and the fuzz itself: all of it with the slow tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from properties.cases_of import FOLDER, Case, keep, loaded
from properties.fuzz import failures_of, fuzz
from properties.random_cases import random_case

TABLES = 100_000
SHARDS = 40
"""Parts of the fuzz, so that two processes share it and a stop loses little."""
CASES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_the_fuzz_once_found_is_mended(path: Path) -> None:
    assert failures_of(loaded(path.read_text(encoding="utf-8"))) == ()


def test_a_case_is_the_same_for_the_same_number_and_after_it_was_kept(tmp_path: Path) -> None:
    case = random_case(5)
    assert case == random_case(5) != random_case(6)
    assert loaded(keep(case, "five", tmp_path).read_text(encoding="utf-8")) == case


def test_the_fuzz_keeps_what_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(case: Case) -> list[str]:
        return ["made up"] if case == random_case(3) else []

    monkeypatch.setattr("properties.fuzz.broken", broken)
    found = fuzz(2, 3, tmp_path)
    assert (found.tried, list(found.failures)) == (3, [3])
    (kept,) = tmp_path.iterdir()
    assert loaded(kept.read_text(encoding="utf-8")).found.endswith("made up")


def test_a_few_tables_keep_every_promise(tmp_path: Path) -> None:
    assert fuzz(0, 60, tmp_path).failures == {}


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_hundred_thousand_tables_keep_every_promise(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    each = TABLES // SHARDS
    found = fuzz(shard * each, each)
    record_property("fuzzed tables", found.tried)
    record_property("fuzz seconds", found.seconds)
    assert found.failures == {}
