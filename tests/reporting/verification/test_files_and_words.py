from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop.reporting.verification.files import files_apart, files_of
from metaprop.reporting.verification.walking import same_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Make two folders with the same table, picture and pictures of draws."""
    for name in ("stored", "fresh"):
        for place in ("tables", "figures/sampler", "draws"):
            (tmp_path / name / place).mkdir(parents=True)
        (tmp_path / name / "tables" / "a.csv").write_text("x,y\n1,2.5\n3,4.5\n", encoding="utf-8")
        (tmp_path / name / "figures" / "a.png").write_bytes(b"\x89PNG\xff")
        (tmp_path / name / "figures" / "sampler" / "b.png").write_bytes(name.encode())
    return tmp_path / "stored", tmp_path / "fresh"


def test_files_that_are_drawn_from_records_are_compared(folders: tuple[Path, Path]) -> None:
    stored, fresh = folders
    assert files_of(stored) == ("figures/a.png", "tables/a.csv")
    assert files_apart(stored, fresh, files_of(stored)) == ()


def test_the_first_line_that_differs_is_shown(folders: tuple[Path, Path]) -> None:
    stored, fresh = folders
    (stored / "tables" / "a.csv").write_text("x,y\n1,2.5\n3,4.6\n", encoding="utf-8")
    (found,) = files_apart(stored, fresh, files_of(stored))
    assert (found.part, found.where, found.stored, found.now) == (
        *("tables/a.csv", "line 3", "3,4.6", "3,4.5"),
    )


def test_a_picture_may_be_another_where_another_version_draws_it(
    folders: tuple[Path, Path],
) -> None:
    stored, fresh = folders
    (stored / "figures" / "a.png").write_bytes(b"\x89PNG\xfe")
    assert [d.part for d in files_apart(stored, fresh, files_of(stored))] == ["figures/a.png"]
    assert files_apart(stored, fresh, files_of(stored), pictures=False) == ()


def test_files_that_one_of_both_lacks_are_told(folders: tuple[Path, Path]) -> None:
    stored, fresh = folders
    (stored / "tables" / "own.csv").write_text("typed by hand\n", encoding="utf-8")
    (fresh / "tables" / "lost.csv").write_text("x\n", encoding="utf-8")
    names = tuple(sorted({*files_of(stored), *files_of(fresh)}))
    found = {d.part: d.now for d in files_apart(stored, fresh, names)}
    assert found == {"tables/lost.csv": "is drawn", "tables/own.csv": "no record draws it"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("about 4.21 % of 9", "about 4.22 % of 9", "same"),
        ("about 4.21 % of 9", "about 4.23 % of 9", "other"),
        ("about 4.2 % of 9", "about 4.21 % of 9", "other"),
        ("about 4 of 9", "about 5 of 9", "other"),
        ("about 4.2", "over 4.2", "other"),
    ],
)
def test_words_are_the_same_but_for_a_last_digit(one: str, other: str, same: str) -> None:
    assert same_words(one, other) is (same == "same")
