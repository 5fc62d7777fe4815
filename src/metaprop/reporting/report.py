"""An analysis becomes a folder of results, whole or not at all.

manifest.json                          what went in, with which versions
outcomes/<outcome>/<model>.json        every number, enough to draw everything again
outcomes/<outcome>/frequentist.json    the same of the frequentist methods, or why they are left out
evidence.json, assumptions.json        what was observed, by whom; what was assumed, and why
audit.json                             published numbers held against the evidence
sensitivity.json                       how far the conclusions move: priors, evidence, families
calibration/                           every method on simulated reviews of known truth
checks/                                whether each model can be trusted; each prior by itself
moderators/<outcome>.json              whether rates go with covariates of the studies
joint/<group>/<model>.json             a group of outcomes under the joint model
readings/<reading>.json                the outcomes that another reading of the evidence touches
tables/*.csv                           estimates, thresholds, shrinkage, agreement, readings;
                                       frequentist, small_study, moderators
figures/{forest,thresholds}_<outcome>  as SVG and PNG
figures/outcomes                       every average rate beside the published one
figures/{frequentist,funnel,classical,bayesian}_<outcome>  where every count is exact
figures/{prisma,minors}                where the data set has those tables
tables/table_{1,1_summaries,2}.csv     the tables of the paper, made again
figures/sampler/<outcome>_*            ArviZ's own pictures of the draws, where NUTS ran
report.html                            all of it as one page
methods_appendix.{docx,pdf,html,md,tex}  what was done, for a journal; references.bib beside it
equivalent.R                           the main analysis in R, with data and numbers to expect
checklists.{json,md}, tables/checklists.csv  BARG, WAMBS, ROBUST, PRISMA: where each item is met
draws/<outcome>/<model>.nc             the draws themselves
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import DatasetError, Problem
from metaprop.core.files import write_folder
from metaprop.core.wording import visible
from metaprop.core.workers import Workers
from metaprop.reporting.appendix.document import write_appendix
from metaprop.reporting.calibration import ALONE
from metaprop.reporting.checklists.filling import fill_checklists
from metaprop.reporting.drawing import SAMPLER, plan_drawing
from metaprop.reporting.outcomes import outcome_rows, outcomes_head
from metaprop.reporting.pages.page import write_page
from metaprop.reporting.records import RECORD_HEAD, passport_of, write_records
from metaprop.reporting.rscript.script import write_script
from metaprop.reporting.stored import Beside, as_stored, read_results, write_beside
from metaprop.reporting.tables import write_csv, write_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaprop.questions.answers import Analysis
    from metaprop.reporting.records import Passport
    from metaprop.reporting.stored import Results


KEPT = ("draws",)
"""Entries of an old folder of results that stay where a new report brings none of its own."""


def write_report(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    beside: Beside | None = None,
    draws: Path | None = None,
    workers: Workers | None = None,
) -> None:
    """Write a full analysis as a folder of results; an older one there is replaced.

    ``draws`` is the folder in which the draws of NUTS were kept meanwhile; None leaves those of the
    older folder in place. ``workers`` draw the figures; None: this process does.

    Raises
    ------
    OutputError
        If the folder cannot be written or is not ours to replace; it is then as it was.
    """
    keep = KEPT if draws is None else ()

    def fill(fresh: Path) -> None:
        fill_report(analysis, passport, fresh, beside, draws, workers)

    write_folder(folder, fill, keep=keep, begins=RECORD_HEAD, alone=ALONE)


def rewrite_documents(folder: Path) -> Results:
    """Write the documents of a folder anew from the records and figures that stand in it.

    Tables, figures and draws stay as they are.

    Raises
    ------
    DatasetError
        If a record or a figure is missing, damaged or of another schema; nothing was written.
    OutputError
        If the folder cannot be written; it is then as it was.
    """
    results = read_results(folder)

    def fill(fresh: Path) -> None:
        shutil.copytree(folder, fresh, dirs_exist_ok=True, ignore=_not_copied)
        write_documents(fresh)

    _write_again(folder, fill)
    return results


def redraw_report(folder: Path) -> Results:
    """Write a folder of results anew from the numbers stored in it, and return them.

    Draws, and ArviZ's pictures of them, stay as they are.

    Raises
    ------
    DatasetError
        If a record is missing, damaged or of another schema; nothing was written.
    OutputError
        If the folder cannot be written; it is then as it was.
    """
    results = read_results(folder)
    _write_again(folder, lambda fresh: fill_again(results, folder, fresh))
    return results


def _write_again(folder: Path, fill: Callable[[Path], None]) -> None:
    """Write a folder anew; numbers that are stored there and cannot be are an error of ours."""
    try:
        write_folder(folder, fill, keep=KEPT)
    except (ValueError, ArithmeticError) as fault:
        what = f"a stored number is none that an analysis finds ({fault})"
        remedy = "Write the results again with `metaprop run`; if that does not help, report this"
        raise DatasetError(Problem(what, visible(folder), remedy)) from fault


def _not_copied(folder: str, names: list[str]) -> set[str]:
    """Return what is kept anyway, and what a stranger's folder may hold: links, pipes, devices."""
    paths = {name: Path(folder, name) for name in names}
    return {
        name
        for name, path in paths.items()
        if name in KEPT or path.is_symlink() or not (path.is_file() or path.is_dir())
    }


def fill_again(results: Results, folder: Path, fresh: Path) -> None:
    """Write what a folder of results holds, from the numbers stored there, into an empty one."""
    pictures = folder / "figures" / SAMPLER
    if pictures.is_dir():
        shutil.copytree(pictures, fresh / "figures" / SAMPLER, ignore=_not_copied)
    fill_report(results.analysis, passport_of(results.manifest), fresh, results.beside)


def fill_report(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    beside: Beside | None = None,
    draws: Path | None = None,
    workers: Workers | None = None,
) -> None:
    """Write every part of the report into a folder that is empty but for pictures of draws.

    All is drawn from numbers as they are stored, so that it can be drawn the same again.
    """
    for name in ("outcomes", "tables", "figures"):
        (folder / name).mkdir(exist_ok=True)
    analysis, also = as_stored(analysis), as_stored(beside or Beside())
    write_beside(also, folder)
    write_records(analysis, passport, folder, also.readings)
    write_tables(analysis, folder / "tables", also.readings)
    if len(analysis.outcomes) > 1:
        rows = outcome_rows(analysis, also.joint, also.published)
        write_csv(folder / "tables" / "outcomes.csv", outcomes_head(analysis), rows)
    if draws is not None and any(draws.iterdir()):
        shutil.copytree(draws, folder / "draws")
        (folder / "figures" / SAMPLER).mkdir()
    (workers or Workers(1)).carry_out([plan_drawing(analysis, also, folder)])
    write_documents(folder)


def write_documents(folder: Path) -> None:
    """Write what people read, from the records and figures that stand in a folder already."""
    results = read_results(folder)
    write_page(results, folder)
    write_appendix(results, folder)
    write_script(results, folder)
    fill_checklists(results, folder)
