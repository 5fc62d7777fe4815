from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.evidence.dataset import Outcome, read_dataset
from metaprop.evidence.studies import Studies
from metaprop.reporting.knowledge import knowledge_table, knowledge_words

if TYPE_CHECKING:
    from pathlib import Path


def made(label: str) -> Outcome:
    studies = Studies.of("ABCD", [1, "1+", 0, 0], [5] * 4)
    bases = ("reported", "inferred", "silent", "silent")
    return Outcome("pin", label, "lower is better", (0.1,), studies, ("text",) * 4, bases)  # type: ignore[arg-type]


def test_the_page_of_the_data_says_what_is_known_of_each_outcome(root: Path) -> None:
    dataset = read_dataset(root / "data" / "kalantar2026")
    page = (root / "data" / "README.md").read_text(encoding="utf-8")
    assert knowledge_table(tuple(dataset.outcomes.values())) in page


def test_a_row_counts_the_studies_that_are_known_how_well() -> None:
    *_, row = knowledge_table((made("Pin"),)).splitlines()
    assert row == "| Pin | 1 | 1 | 0 | 2 | 0 |"


def test_a_label_cannot_break_the_table() -> None:
    *_, row = knowledge_table((made("a | b\nc"),)).splitlines()
    assert row.startswith("| a \\| b c | 1 |")


def test_words_leave_out_what_does_not_occur() -> None:
    assert knowledge_words(made("Pin")) == (
        "1 exact count, 1 lower bound and 2 silences read as none"
    )
