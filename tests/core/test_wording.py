from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.core.wording import (
    counted,
    inferred,
    interval,
    listed,
    number,
    number_interval,
    percent,
    threshold,
    visible,
)


@pytest.mark.parametrize(
    ("rate", "digits", "text"),
    [
        (0.0, 1, "0.0 %"),
        (1.0, 1, "100.0 %"),
        (0.5, 1, "50.0 %"),
        (0.98799, 1, "98.8 %"),
        (0.98799, 0, "99 %"),
        (0.9994, 1, "99.9 %"),
        (0.9996, 1, "> 99.9 %"),
        (math.nextafter(1, 0), 3, "> 99.999 %"),
        (0.0004, 1, "< 0.1 %"),
        (1e-300, 2, "< 0.01 %"),
        (0.997, 0, "> 99 %"),
        (-1e-9, 1, "0.0 %"),
        (1 + 1e-9, 1, "100.0 %"),
        (math.nan, 1, "undefined"),
    ],
)
def test_percent_prints(rate: float, digits: int, text: str) -> None:
    assert percent(rate, digits) == text


@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 6))
def test_percent_is_never_certain_of_what_is_not(rate: float, digits: int) -> None:
    text = percent(rate, digits)
    bare = text.lstrip("<> ").removesuffix(" %")
    assert 0 < float(bare) < 100 or (text.startswith("<") and float(bare) > 0)


@given(st.floats(-1e-7, 1 + 1e-7), st.integers(0, 6))
def test_what_was_inferred_is_never_certain(rate: float, digits: int) -> None:
    text = inferred(rate, digits)
    assert float(text.lstrip("<> ").removesuffix(" %")) not in {0.0, 100.0} or text[0] in "<>"


@pytest.mark.parametrize("rate", [-0.01, 1.01, 98.8, math.inf])
def test_percent_refuses_what_is_no_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        percent(rate)


@given(st.integers(0, 10_000))
def test_a_threshold_keeps_the_digits_that_were_typed(hundredths: int) -> None:
    assert threshold(hundredths / 10_000) == f"{hundredths / 100:.15g} %"


def test_an_interval_ends_where_its_ends_are() -> None:
    assert interval(0.9138, 0.99999) == "91.4 % to > 99.9 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.9999, "1.00"),
        (99.96, "100"),
        (-15.1800555, "-15.2"),
        (0.00012345, "0.000123"),
        (9_999_999.0, "9999999"),
        (1e7, "1.00e+07"),
        (9.99e-5, "9.99e-05"),
        (math.inf, "infinity"),
        (-math.inf, "-infinity"),
        (math.nan, "undefined"),
    ],
)
def test_number_prints(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(1e-4, 1e4))
def test_a_printed_number_is_right_to_its_digits(value: float) -> None:
    assert float(number(value, 4)) == pytest.approx(value, rel=5.001e-4)


def test_number_interval_prints_both_ends() -> None:
    assert number_interval(0.0, math.inf) == "0 to infinity"


def test_a_noun_agrees_with_its_count() -> None:
    assert [counted(n, "study", "studies") for n in (0, 1, 2)] == [
        "0 studies",
        "1 study",
        "2 studies",
    ]


def test_a_list_reads_as_a_sentence() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@given(st.text())
def test_nothing_visible_moves_the_cursor(text: str) -> None:
    assert visible(text).isprintable()


def test_what_is_printable_stays() -> None:
    assert visible("Müller–Śmith 2019, “3D”") == "Müller–Śmith 2019, “3D”"
