"""The grammar of an ``events`` cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.core.errors import TableError
from metaprop.evidence.counts import (
    MAX_TOTAL,
    Count,
    count_fault,
    parse_count,
    read_count,
    read_total,
    total_fault,
)

TOTAL = 15


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("3", 3, 3),
        (" 3 ", 3, 3),
        ("003", 3, 3),
        ("0", 0, 0),
        ("15", 15, 15),
        ("1+", 1, TOTAL),
        ("1 +", 1, TOTAL),
        ("15+", TOTAL, TOTAL),
        ("0+", 0, TOTAL),
        ("0-3", 0, 3),
        ("0–3", 0, 3),
        (" 0 – 3 ", 0, 3),
        ("3-3", 3, 3),
        ("?", 0, TOTAL),
        ("", 0, TOTAL),
        ("  ", 0, TOTAL),
    ],
)
def test_a_cell_says_what_the_grammar_says(cell: str, low: int, high: int) -> None:
    assert parse_count(cell, TOTAL) == Count(low, high)


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("16", "more than the 15 patients"),
        ("16+", "more than the 15 patients"),
        ("0-16", "more than the 15 patients"),
        ("17-16", "lower end is the larger"),
        ("3-1", "lower end is the larger"),
        ("-1", "negative"),
        ("−1", "negative"),
        ("+3", "sign in front"),
        ("3.5", "decimal point"),
        ("3.0", "decimal point"),
        ("3,0", "decimal comma"),
        ("1.200", "thousands separator"),
        ("1 200", "thousands separator"),
        ("93%", "percentage"),
        ("93,3 %", "percentage"),
        ("3/15", "fraction"),
        ("3 of 15", "fraction"),
        ("=2+1", "formula"),
        ("@SUM(A1)", "formula"),
        ("#N/A", "spreadsheet's error"),
        ("3-Jan", "date"),
        ("Jan-3", "date"),
        ("01.03.2024", "date"),
        ("2024-01-03", "date"),
        ("NA", "no count"),
        ("n/a", "no count"),
        ("nan", "no count"),
        ("–", "no count"),
        ("1e400", "scientific"),
        ("1" + "0" * 30, "more than 1,000,000,000 patients"),
        ("9" * 10_000, "more than 1,000,000,000 patients"),
        (f"0-{10**30}", "more than 1,000,000,000 patients"),
        ("٣", "digits other than 0 to 9"),
        ("\uff13", "digits other than 0 to 9"),
        ("inf", "neither a count nor a range"),
        ("three", "neither a count nor a range"),
        ("1-2-3-4", "neither a count nor a range"),
        ("? ?", "neither a count nor a range"),
    ],
)
def test_anything_else_is_a_fault_that_names_value_and_remedy(cell: str, what: str) -> None:
    with pytest.raises(TableError) as caught:
        parse_count(cell, TOTAL)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert repr(cell[:60]) in problem.what
    assert problem.where == "events"
    assert problem.remedy


@pytest.mark.parametrize("cell", ["1", " 15 ", "015", str(MAX_TOTAL)])
def test_a_total_is_a_whole_number_from_one(cell: str) -> None:
    assert read_total(cell) == int(cell)


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("", "empty"),
        ("0", "'0' patients"),
        ("-5", "negative"),
        ("5.0", "decimal point"),
        ("5,0", "decimal comma"),
        ("1+", "not a whole number"),
        ("?", "not a whole number"),
        ("NA", "not a whole number"),
        ("12 patients", "not a whole number"),
        (str(MAX_TOTAL + 1), "more than 1,000,000,000 patients"),
        ("1e9", "scientific"),
    ],
)
def test_a_total_that_is_none_is_a_fault(cell: str, what: str) -> None:
    assert read_total(cell) is None
    assert what in total_fault(cell, "total").what


@given(st.text() | st.from_regex(r"[0-9 ?+–.,-]{0,12}", fullmatch=True), st.integers(1, 10**9))
def test_any_text_is_a_count_within_the_study_or_one_fault(text: str, total: int) -> None:
    count = read_count(text, total)
    if count is None:
        assert str(count_fault(text, total, "events")).isprintable()
    else:
        assert 0 <= count.low <= count.high <= total


@given(st.text())
def test_any_text_is_a_total_or_one_fault(text: str) -> None:
    total = read_total(text)
    if total is None:
        assert str(total_fault(text, "total")).isprintable()
    else:
        assert 1 <= total <= MAX_TOTAL


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_printed_count_reads_back(low: int, more: int) -> None:
    count = Count(low, low + more)
    assert parse_count(str(count), 80) == count
