"""Write the figures and tables of a published review into a folder of results.

What the evidence does not hold (no ``prisma.csv``, no ``minors.csv``, no claims) has no figure and
no table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.names import slug
from metaprop.reporting.paper.flow import save_flow
from metaprop.reporting.paper.minors import save_minors
from metaprop.reporting.paper.tables import (
    LISTED,
    SUMMARIES,
    listed_rows,
    summary_rows,
    table_1_head,
    table_1_rows,
)
from metaprop.reporting.paper.twins import save_twins
from metaprop.reporting.tables import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.answers import Analysis
    from metaprop.reporting.evidence import Evidence
    from metaprop.reporting.stored import Beside

FLOW, QUALITY = "prisma", "minors"
"""Names of the figures."""


def fill_paper(analysis: Analysis, beside: Beside, folder: Path) -> None:
    """Write what the evidence allows into a folder of results that is being made."""
    draw_forests(analysis, beside, folder / "figures")
    evidence = beside.evidence
    if evidence is None:
        return
    write_paper_tables(analysis, beside, folder / "tables")
    draw_evidence(evidence, folder / "figures")


def draw_forests(analysis: Analysis, beside: Beside, folder: Path) -> None:
    """Draw the classical forest and its twin of every outcome whose counts are exact."""
    found = {answer.id: answer.usual for answer in beside.frequentist}
    for outcome in analysis.outcomes:
        usual = found.get(outcome.id)
        if usual is not None:
            asked = (analysis.level, analysis.kind, folder, slug(outcome.id))
            save_twins(outcome, usual, *asked)


def write_paper_tables(analysis: Analysis, beside: Beside, folder: Path) -> None:
    """Write Table 1, its summaries, and Table 2; a table without rows is not written."""
    evidence = beside.evidence
    if evidence is None:
        return
    if evidence.covariates:
        write_csv(folder / "table_1.csv", table_1_head(evidence), table_1_rows(evidence))
    for name, head, rows in (
        ("table_1_summaries", SUMMARIES, list(summary_rows(evidence))),
        ("table_2", LISTED, list(listed_rows(analysis, beside))),
    ):
        if rows:
            write_csv(folder / f"{name}.csv", head, rows)


def draw_evidence(evidence: Evidence, folder: Path) -> None:
    """Draw the flow of records and the quality of the studies, where there are tables of them."""
    if evidence.prisma is not None:
        save_flow(evidence.prisma, len(evidence.study_names), folder, FLOW)
    if evidence.minors is not None:
        save_minors(evidence.minors, folder, QUALITY)
