"""A total printed over studies: its grammar, its reach, and what is left of it without a study."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.core.errors import TableError
from metaprop.evidence.counts import Count
from metaprop.evidence.studies import Studies

NAMES = ("A", "B", "C")
CELLS, TOTALS = ("1+", "?", 3), (5, 4, 9)


def made(known_total: int | str | Count | None = None) -> Studies:
    return Studies.of(NAMES, CELLS, TOTALS, known_total=known_total)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (6, Count(6, 6)),
        ("6", Count(6, 6)),
        (" 5 – 7 ", Count(5, 7)),
        ("6+", Count(6, 18)),
        ("0-5", Count(0, 5)),
        (Count(4, 5), Count(4, 5)),
        ("?", None),
        (None, None),
    ],
)
def test_a_total_is_written_like_a_cell(
    text: int | str | Count | None, known: Count | None
) -> None:
    assert made(text).known_total == known


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("3", "the total of 3 events is out of reach: the studies' counts allow 4-12"),
        ("13", "the total of 13 events is out of reach"),
        ("0-3", "the total of 0-3 events is out of reach"),
        ("19", "'19' events are more than the 18 patients"),
        ("7-5", "lower end is the larger"),
        ("34 %", "percentage"),
        ("6.0", "decimal point"),
        ("", "the total is empty"),
        ("many", "neither a count nor a range"),
    ],
)
def test_a_total_that_the_counts_cannot_reach_is_a_fault(text: str, what: str) -> None:
    with pytest.raises(TableError) as caught:
        made(text)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert problem.where == "known_total"


def test_the_record_itself_refuses_a_total_out_of_reach() -> None:
    plain = made()
    with pytest.raises(TableError, match="out of reach"):
        Studies(NAMES, plain.low, plain.high, plain.totals, Count(13, 13))


def test_a_total_is_no_range_turned_round() -> None:
    with pytest.raises(TableError, match="out of reach"):
        made(Count(7, 5))


def test_a_total_may_be_as_large_as_all_studies_together() -> None:
    patients = [10**9] * 20
    studies = Studies.of([f"S{i}" for i in range(20)], ["?"] * 20, patients)
    most = Count(19 * 10**9, 19 * 10**9)
    assert studies.with_known_total(most).where([True, *[False] * 19]).known_total == Count(
        0, 10**9
    )


def test_only_a_total_that_says_more_than_the_counts_binds() -> None:
    assert made("6").binding_total == Count(6, 6)
    assert made("0-6").binding_total == Count(4, 6)
    assert made("4+").binding_total is None
    assert made().binding_total is None
    assert Studies.of(NAMES, [1, 2, 3], TOTALS, known_total=6).binding_total is None


def test_what_is_known_of_all_events_comes_from_counts_and_total() -> None:
    assert made().total_events == Count(4, 12)
    assert made("5-18").total_events == Count(5, 12)


def test_a_total_is_part_of_what_studies_say() -> None:
    assert made(6) == made("6")
    assert made(6) != made(7)
    assert made(6) != made()
    assert made(6).with_known_total(None) == made()
    assert pickle.loads(pickle.dumps(made(6))) == made(6)  # noqa: S301 - our own bytes


def test_without_an_exact_study_the_rest_of_the_total_is_exact() -> None:
    rest = made(8).where([True, True, False])
    assert rest == Studies.of(NAMES[:2], CELLS[:2], TOTALS[:2], known_total=5)


def test_without_a_range_the_rest_of_the_total_is_a_range() -> None:
    assert made(8).where([True, False, True]).known_total == Count(4, 8)


def test_studies_without_a_total_lose_only_rows() -> None:
    assert made().where([False, True, False]) == Studies.of(["B"], ["?"], [4])


SETS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=4
)


@given(SETS, st.data())
def test_the_rest_of_a_total_is_what_the_dropped_studies_can_leave(
    parts: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    events = [Count(low, low + more) for low, more, _ in parts]
    totals = [
        max(1, count.high + spare) for count, (_, _, spare) in zip(events, parts, strict=True)
    ]
    ranges = [range(count.low, count.high + 1) for count in events]
    sums = sorted({sum(counts) for counts in itertools.product(*ranges)})
    known = data.draw(st.sampled_from(sums))
    kept = [
        True,
        *data.draw(st.lists(st.booleans(), min_size=len(parts) - 1, max_size=len(parts) - 1)),
    ]
    studies = Studies.of([f"S{i}" for i in range(len(parts))], events, totals, known_total=known)
    possible = {
        sum(count for count, keep in zip(counts, kept, strict=True) if keep)
        for counts in itertools.product(*ranges)
        if sum(counts) == known
    }
    assert studies.where(kept).known_total == Count(min(possible), max(possible))
