"""How much is known of each count: a silence is never an exact count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop.evidence.counts import Count, parse_count
from metaprop.evidence.dataset import Outcome
from metaprop.evidence.knowledge import Grade, Knowledge, grade, grades, knowledge
from metaprop.evidence.studies import Studies

if TYPE_CHECKING:
    from metaprop.evidence.folder import Basis


@pytest.mark.parametrize(
    ("cell", "basis", "expected"),
    [
        ("3", "reported", "exact"),
        ("0", "reported", "exact"),
        ("0", "inferred", "exact"),
        ("0", "silent", "read as none"),
        ("1+", "inferred", "at least"),
        ("9+", "inferred", "exact"),
        ("2-9", "inferred", "at least"),
        ("2-8", "inferred", "range"),
        ("0-8", "inferred", "range"),
        ("0+", "reported", "nothing"),
        ("?", "reported", "nothing"),
        ("?", "silent", "nothing"),
    ],
)
def test_a_cell_and_its_basis_say_how_much_is_known(
    cell: str, basis: Basis, expected: Grade
) -> None:
    assert grade(parse_count(cell, 9), 9, basis) == expected


def test_the_grades_of_an_outcome_add_up_to_its_studies() -> None:
    studies = Studies.of("ABCDEF", [1, "1+", "1-2", 0, "?", 2], [5] * 6)
    bases: tuple[Basis, ...] = (*("reported", "inferred", "inferred"), *("silent",) * 2, "reported")
    outcome = Outcome("x", "X", "lower is better", (0.1,), studies, ("text",) * 6, bases)
    assert knowledge(outcome) == Knowledge(2, 1, 1, 1, 1)
    assert grades(outcome)[3] == "read as none"
    assert grade(Count(0, 0), 5, "silent") == "read as none"
