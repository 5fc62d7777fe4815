"""An analysis becomes a folder of results, whole or not at all.

manifest.json                          what went in, with which versions
outcomes/<outcome>/<model>.json        every number, enough to draw everything again
outcomes/<outcome>/frequentist.json    the same of the frequentist methods, or why they are left out
readings/<reading>.json                the outcomes that another reading of the evidence touches
tables/*.csv                           estimates, thresholds, shrinkage, agreement, readings;
                                       frequentist, small_study, moderators
figures/{forest,thresholds}_<outcome>  as SVG and PNG
figures/{frequentist,funnel}_<outcome> where every count is exact
figures/sampler/<outcome>_*            ArviZ's own pictures of the draws, where NUTS ran
draws/<outcome>/<model>.nc             the draws themselves
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from metaprop.core.files import write_folder
from metaprop.reporting import prose
from metaprop.reporting.frequentist import fill_frequentist
from metaprop.reporting.names import slug
from metaprop.reporting.records import write_records
from metaprop.reporting.tables import write_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from metaprop.questions.answers import Analysis
    from metaprop.questions.frequentist.answers import FrequentistAnswer
    from metaprop.questions.readings import ReadingAnswer
    from metaprop.reporting.records import Passport


KEPT = ("draws",)
"""Entries of an old folder of results that stay where a new report brings none of its own."""


def write_report(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    *,
    readings: Sequence[ReadingAnswer] = (),
    frequentist: Sequence[FrequentistAnswer] = (),
    draws: Path | None = None,
) -> None:
    """Write a full analysis as a folder of results; an older one there is replaced.

    ``draws`` is the folder in which the draws of NUTS were kept meanwhile; None leaves those of the
    older folder in place. ``frequentist`` has one answer for each outcome, or none at all.

    Raises
    ------
    OutputError
        If the folder cannot be written or is not ours to replace; it is then as it was.
    """
    keep = KEPT if draws is None else ()

    def fill(fresh: Path) -> None:
        fill_report(
            analysis, passport, fresh, readings=readings, frequentist=frequentist, draws=draws
        )

    write_folder(folder, fill, keep=keep)


def fill_report(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    *,
    readings: Sequence[ReadingAnswer] = (),
    frequentist: Sequence[FrequentistAnswer] = (),
    draws: Path | None = None,
) -> None:
    """Write every part of the report into an empty folder."""
    for name in ("outcomes", "tables", "figures"):
        (folder / name).mkdir()
    write_records(analysis, passport, folder, readings)
    write_tables(analysis, folder / "tables", readings)
    write_figures(analysis, folder / "figures")
    if frequentist:
        fill_frequentist(analysis, frequentist, folder)
    if draws is not None and any(draws.iterdir()):
        shutil.copytree(draws, folder / "draws")
        write_sampler_figures(analysis, folder / "draws", folder / "figures" / "sampler")


def write_figures(analysis: Analysis, folder: Path) -> None:
    """Draw the two figures of every outcome into an existing folder."""
    from metaprop.reporting.figures.forest import save_forest
    from metaprop.reporting.figures.threshold_curves import save_threshold_curves

    for outcome in analysis.outcomes:
        asked = (outcome, analysis.level, analysis.kind, folder)
        save_forest(*asked, f"forest_{slug(outcome.id)}")
        save_threshold_curves(*asked, f"thresholds_{slug(outcome.id)}")


def write_sampler_figures(analysis: Analysis, draws: Path, folder: Path) -> None:
    """Draw ArviZ's own pictures of every outcome's draws into a new folder."""
    from metaprop.reporting.draws import draws_file, read_draws
    from metaprop.reporting.figures.sampler import save_sampler_figures

    folder.mkdir()
    for outcome in analysis.outcomes:
        files = {m: draws_file(draws, outcome.id, m.id) for m in prose.in_order(outcome.models)}
        trees = {prose.model_label(m, outcome): read_draws(path) for m, path in files.items()}
        save_sampler_figures(trees, analysis.level, folder, slug(outcome.id))
