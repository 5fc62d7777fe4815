from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.reporting.names import LONGEST_NAME, csv_cell, printable, shorten, slug

SAFE = set(string.ascii_lowercase + string.digits + "_-")


@pytest.mark.parametrize("plain", ["union", "deep_infection", "kalantar2026", "a-b"])
def test_a_plain_id_is_its_own_file_name(plain: str) -> None:
    assert slug(plain) == plain


@given(st.text())
def test_any_text_becomes_a_safe_file_name(text: str) -> None:
    name = slug(text)
    assert name
    assert set(name) <= SAFE
    assert len(name) <= 60


@pytest.mark.parametrize("text", ["../etc", ".", "", "con", "Union", "a/b", "x" * 200, "ü"])
def test_what_is_not_plain_gets_a_hash(text: str) -> None:
    assert slug(text) != slug(text + "!")
    assert len(slug(text).rpartition("-")[2]) == 8


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "  =", "\t", "\r"])
def test_a_formula_becomes_text(start: str) -> None:
    assert csv_cell(f"{start}1+1").startswith("'")


def test_other_cells_stay_as_they_are() -> None:
    assert csv_cell("Müller 2001 (a=b)") == "Müller 2001 (a=b)"


def test_control_and_direction_characters_do_not_reach_the_page() -> None:
    assert printable("a\x1b[31m\nb\u202e c\u2028d\ud800") == "a [31m b c d"


def test_marks_over_a_letter_are_few() -> None:
    assert printable("e" + "\u0301" * 50) == "e" + "\u0301" * 4
    assert printable("\u0929\u093c\u0947 e\u0301\u0323") == "\u0929\u093c\u0947 e\u0301\u0323"


@given(st.text(min_size=0, max_size=200))
def test_a_name_is_never_longer_than_allowed(text: str) -> None:
    assert len(shorten(text)) <= LONGEST_NAME


def test_a_long_name_keeps_both_ends() -> None:
    short = shorten("A" * 50 + "middle" + "Z" * 50)
    assert short.startswith("A" * 30)
    assert short.endswith("Z" * 29)
    assert "…" in short


def test_sixty_characters_are_kept_whole() -> None:
    name = "N" * LONGEST_NAME
    assert shorten(name) == name
