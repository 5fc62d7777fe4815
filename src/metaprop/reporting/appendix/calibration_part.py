"""How often intervals hold the truth where it is known: reviews simulated at these sizes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import calibration_words
from metaprop.reporting.appendix.blocks import (
    Column,
    Heading,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.words import UNKNOWN
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from metaprop.questions.calibration.records import Calibration, Scenario, Score, Simulated
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

COVERED = "coverage"
HEADING = "Calibration"
FEW_TRUTHS = 3
"""With more of them, a table of every method would be longer than all others together."""
NOT_CALIBRATED = (
    "The results hold no record of a simulation of coverage: how often the intervals of these "
    "methods hold the true rate is not shown here."
)
NOMINAL = (
    "Under one fixed truth a credible interval need not hold it with its nominal probability: that "
    "is promised on average over truths drawn from the prior, which the ranks test."
)


def calibrated(results: Results, ran: Ran) -> Section:
    """Return what simulations say of the methods, or that there were none."""
    found = results.beside.calibration
    head = Heading(1, HEADING)
    if found is None:
        return Section((head, paragraph(NOT_CALIBRATED)))
    blocks: list[Block] = [head]
    tables: list[Table] = []
    if found.scenarios:
        blocks.append(paragraph(*_covered(found, ran)))
        tables.append(_table(found))
    if found.ranks:
        blocks.append(paragraph(*_ranked(found, ran)))
    return Section(tuple(blocks), tuple(tables))


def _covered(found: Calibration, ran: Ran) -> Inlines:
    name = printable(found.label or found.outcome)
    number = wording.counted(len(found.scenarios), "truth", "truths")
    sizes = f"{len(found.totals)} studies of {name}"
    return inlines(
        f"Reviews were simulated at the sizes of the {sizes} under {number}, and each method was "
        "scored against the rate that it targets and against the average rate",
        *ran.cite("simulated coverage"),
        " (",
        TableNumber(COVERED),
        f"). {calibration_words.coverage_finding(found)}. {NOMINAL}",
    )


def _ranked(found: Calibration, ran: Ran) -> Inlines:
    words = " ".join(map(calibration_words.rank_sentence, found.ranks))
    return inlines(
        "Simulation-based calibration",
        *ran.cite("simulation-based calibration"),
        " with simultaneous bands",
        *ran.cite("simultaneous ECDF band"),
        f": {words}",
    )


def _table(found: Calibration) -> Table:
    heads = (
        Column("Truth", 0.22),
        Column("Method", 0.26),
        Column("Targets", 0.1),
        Column("Holds its target", 0.14, "right"),
        Column("Holds the average", 0.14, "right"),
        Column("Mean width", 0.14, "right"),
    )
    rows = tuple(
        cells(*_truth(scenario, first=place == 0), *_scored(score))
        for scenario in found.scenarios
        for place, score in enumerate(_told(found, scenario))
    )
    replicates = {score.replicates for s in found.scenarios for score in s.scores}
    least, most = min(replicates), max(replicates)
    often = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    left = len(found.scenarios[0].scores) - len(_told(found, found.scenarios[0]))
    rest = f" {left} other methods in two steps: calibration/coverage.csv." if left else ""
    notes = inlines(
        f"Shares (percent) of {often} simulated reviews for each truth and method, with the Monte "
        f"Carlo standard error; width in percentage points.{rest}"
    )
    level = wording.threshold(found.level)
    caption = f"How often {level} intervals hold the true rate, at the sizes of these studies."
    return Table(COVERED, caption, heads, rows, (notes,))


def _told(found: Calibration, scenario: Scenario) -> tuple[Score, ...]:
    """Return every method; of many truths, the usual one and those that model the counts."""
    if len(found.scenarios) <= FEW_TRUTHS:
        return scenario.scores
    first, *others = scenario.scores
    return first, *(score for score in others if score.kind != "two steps")


def _truth(scenario: Scenario, *, first: bool) -> tuple[str]:
    if not first:
        return ("",)
    words = calibration_words.truth_words(scenario.truth)
    return (f"{words[:1].upper()}{words[1:]} (average {wording.percent(scenario.average)})",)


def _scored(score: Score) -> tuple[str, ...]:
    own = _share(score.own.coverage)
    width = UNKNOWN if math.isnan(score.width.value) else f"{100 * score.width.value:.1f}"
    return printable(score.label), score.estimand, own, _share(score.average.coverage), width


def _share(number: Simulated) -> str:
    if math.isnan(number.value):
        return UNKNOWN
    return f"{100 * number.value:.1f} (± {100 * number.error:.1f})"
