"""An analysis becomes a folder of results, whole or not at all.

manifest.json                          what went in, with which versions
outcomes/<outcome>/<model>.json        every number, enough to draw everything again
tables/*.csv                           estimates, thresholds, shrinkage
figures/{forest,thresholds}_<outcome>  as SVG and PNG
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.files import write_folder
from metaprop.reporting.names import slug
from metaprop.reporting.records import write_records
from metaprop.reporting.tables import write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.answers import Analysis
    from metaprop.reporting.records import Passport

KEPT = ("draws",)
"""Entries of an old folder of results that a new report leaves in place."""


def write_report(analysis: Analysis, passport: Passport, folder: Path) -> None:
    """Write a full analysis as a folder of results; an older one there is replaced.

    Raises
    ------
    OutputError
        If the folder cannot be written or is not ours to replace; it is then as it was.
    """
    write_folder(folder, lambda fresh: fill_report(analysis, passport, fresh), keep=KEPT)


def fill_report(analysis: Analysis, passport: Passport, folder: Path) -> None:
    """Write every part of the report into an empty folder."""
    for name in ("outcomes", "tables", "figures"):
        (folder / name).mkdir()
    write_records(analysis, passport, folder)
    write_tables(analysis, folder / "tables")
    write_figures(analysis, folder / "figures")


def write_figures(analysis: Analysis, folder: Path) -> None:
    """Draw the two figures of every outcome into an existing folder."""
    from metaprop.reporting.figures.forest import save_forest
    from metaprop.reporting.figures.threshold_curves import save_threshold_curves

    for outcome in analysis.outcomes:
        asked = (outcome, analysis.level, analysis.kind, folder)
        save_forest(*asked, f"forest_{slug(outcome.id)}")
        save_threshold_curves(*asked, f"thresholds_{slug(outcome.id)}")
