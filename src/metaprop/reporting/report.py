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
from typing import TYPE_CHECKING

from metaprop.core.files import write_folder
from metaprop.reporting import prose
from metaprop.reporting.appendix.document import write_appendix
from metaprop.reporting.audit import write_audit
from metaprop.reporting.calibration import write_calibration
from metaprop.reporting.checklists.filling import fill_checklists
from metaprop.reporting.checks import fill_checks
from metaprop.reporting.figures.audit_rows import BayesianLine
from metaprop.reporting.frequentist import fill_frequentist
from metaprop.reporting.joint import fill_joint
from metaprop.reporting.moderators import fill_moderators
from metaprop.reporting.names import slug
from metaprop.reporting.outcomes import outcome_rows, outcomes_head, whole_groups
from metaprop.reporting.pages.page import write_page
from metaprop.reporting.paper.filling import fill_paper
from metaprop.reporting.records import passport_of, write_records
from metaprop.reporting.rscript.script import write_script
from metaprop.reporting.sensitivity import fill_sensitivity
from metaprop.reporting.stored import Beside, as_stored, read_results, write_beside
from metaprop.reporting.tables import write_csv, write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.answers import Analysis
    from metaprop.reporting.records import Passport
    from metaprop.reporting.stored import Results


SAMPLER = "sampler"
"""Pictures that need the draws, below ``figures``."""
KEPT = ("draws",)
"""Entries of an old folder of results that stay where a new report brings none of its own."""


def write_report(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    beside: Beside | None = None,
    draws: Path | None = None,
) -> None:
    """Write a full analysis as a folder of results; an older one there is replaced.

    ``draws`` is the folder in which the draws of NUTS were kept meanwhile; None leaves those of the
    older folder in place.

    Raises
    ------
    OutputError
        If the folder cannot be written or is not ours to replace; it is then as it was.
    """
    keep = KEPT if draws is None else ()

    def fill(fresh: Path) -> None:
        fill_report(analysis, passport, fresh, beside, draws)

    write_folder(folder, fill, keep=keep)


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
        ignore = shutil.ignore_patterns(*KEPT)
        shutil.copytree(folder, fresh, dirs_exist_ok=True, ignore=ignore)
        write_documents(fresh)

    write_folder(folder, fill, keep=KEPT)
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
    pictures = folder / "figures" / SAMPLER

    def fill(fresh: Path) -> None:
        if pictures.is_dir():
            shutil.copytree(pictures, fresh / "figures" / SAMPLER)
        fill_report(results.analysis, passport_of(results.manifest), fresh, results.beside)

    write_folder(folder, fill, keep=KEPT)
    return results


def fill_report(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    beside: Beside | None = None,
    draws: Path | None = None,
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
    write_figures(analysis, folder / "figures", also)
    _fill_beside(analysis, also, folder)
    if draws is not None and any(draws.iterdir()):
        shutil.copytree(draws, folder / "draws")
        write_sampler_figures(analysis, folder / "draws", folder / "figures" / SAMPLER)
    write_documents(folder)


def _fill_beside(analysis: Analysis, also: Beside, folder: Path) -> None:
    """Write what stands beside the main analysis, as far as it was asked for."""
    fill_paper(analysis, also, folder)
    if also.frequentist:
        fill_frequentist(analysis, also.frequentist, folder)
    if also.joint:
        fill_joint(also.joint, analysis, folder)
    if also.calibration is not None:
        write_calibration(also.calibration, folder)
    if also.checks is not None:
        fill_checks(also.checks, analysis.dataset, folder)
    if also.sensitivity is not None:
        fill_sensitivity(also.sensitivity, folder)
    if also.moderators:
        fill_moderators(also.moderators, analysis.dataset, folder)
    if also.audit is not None:
        write_audit(also.audit, folder, _bayesian_lines(analysis))


def write_documents(folder: Path) -> None:
    """Write what people read, from the records and figures that stand in a folder already."""
    results = read_results(folder)
    write_page(results, folder)
    write_appendix(results, folder)
    write_script(results, folder)
    fill_checklists(results, folder)


def _bayesian_lines(analysis: Analysis) -> tuple[BayesianLine, ...]:
    """Return the average rates that stand beside the claims."""
    found = []
    for outcome in analysis.outcomes:
        for model in prose.varying(outcome):
            average = model.estimand("average")
            ends = (average.median.value, average.interval.low, average.interval.high)
            found.append(BayesianLine(outcome.id, model.family, *ends, analysis.level))
    return tuple(found)


def write_figures(analysis: Analysis, folder: Path, also: Beside) -> None:
    """Draw the two figures of every outcome, and one of all, into an existing folder."""
    from metaprop.reporting.figures.forest import save_forest
    from metaprop.reporting.figures.outcomes import save_outcomes
    from metaprop.reporting.figures.threshold_curves import save_threshold_curves

    if len(analysis.outcomes) > 1:
        save_outcomes(analysis, also.published, whole_groups(also.joint), folder, "outcomes")

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
