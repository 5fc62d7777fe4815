from __future__ import annotations

import math

import pytest

from metaprop.reporting.pages.blocks import Cell, Kind, csv_line, seen, span_text, table, text


def test_a_cell_carries_the_number_as_it_is_stored() -> None:
    assert Cell("98.8 %", 0.98799123456789).raw == "0.987991234568"
    assert Cell("", math.nan).raw == ""


def test_text_that_a_spreadsheet_would_run_is_disarmed() -> None:
    assert text("=1+1").raw == "'=1+1"
    assert csv_line("=1+1", 0.25, None, 3) == "'=1+1,0.25,,3"


def test_what_does_not_exist_is_an_empty_cell() -> None:
    assert seen(math.nan) == Cell("")
    assert span_text(math.nan, 0.5) == Cell("")


def test_a_row_that_does_not_fit_its_heads_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under 1 heads"):
        table("name", "caption", (("one", "text"),), [(text("a"), text("b"))])


def test_columns_of_sentences_are_known_so_that_a_phone_does_not_squeeze_them() -> None:
    heads: list[tuple[str, Kind]] = [("one", "text"), ("two", "number"), ("three", "text")]
    rows = [(text("a" * 60), Cell("1"), text(words)) for words in ("short", "a sentence " * 5)]
    assert table("name", "caption", heads, rows).long == (3,)
    assert table("name", "caption", heads, []).long == ()
