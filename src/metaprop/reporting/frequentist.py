"""What a frequentist answers, on paper: records, three tables, two figures an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.frequentist_records import write_frequentist
from metaprop.reporting.frequentist_rows import (
    COMPARED,
    MODERATORS,
    SMALL_STUDY,
    compared_rows,
    moderator_rows,
    small_study_rows,
)
from metaprop.reporting.names import slug
from metaprop.reporting.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from metaprop.questions.answers import Analysis
    from metaprop.questions.frequentist.answers import FrequentistAnswer


def fill_frequentist(
    analysis: Analysis, answers: Sequence[FrequentistAnswer], folder: Path
) -> None:
    """Write records, tables and figures into a folder of results that is being made.

    ``answers`` has one for each outcome of the analysis, in its order. A table without rows is
    not written.
    """
    write_frequentist(answers, analysis.dataset, folder)
    tables = folder / "tables"
    write_csv(tables / "frequentist.csv", COMPARED, compared_rows(analysis, answers))
    for name, header, rows in (
        ("small_study", SMALL_STUDY, list(small_study_rows(answers))),
        ("moderators", MODERATORS, list(moderator_rows(answers))),
    ):
        if rows:
            write_csv(tables / f"{name}.csv", header, rows)
    write_frequentist_figures(analysis, answers, folder / "figures")


def write_frequentist_figures(
    analysis: Analysis, answers: Sequence[FrequentistAnswer], folder: Path
) -> None:
    """Draw the comparison and the funnel of every outcome whose counts are exact."""
    from metaprop.reporting.figures.compared import save_compared
    from metaprop.reporting.figures.funnel import save_funnel

    for outcome, found in zip(analysis.outcomes, answers, strict=True):
        if found.left_out is None:
            save_compared(outcome, found, folder, f"frequentist_{slug(outcome.id)}")
            save_funnel(outcome, found, folder, f"funnel_{slug(outcome.id)}")
