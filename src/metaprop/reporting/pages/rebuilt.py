"""The tables and figures of the published review, made again from the evidence stored."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.names import slug
from metaprop.reporting.pages.answer import median_cell
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Section,
    Sheet,
    number,
    paragraphs,
    seen,
    table,
    text,
    whole,
)
from metaprop.reporting.paper.tables import column_summaries, listed_outcomes

if TYPE_CHECKING:
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.paper.tables import ColumnSummary, ListedOutcome
    from metaprop.reporting.stored import Results

PREFIXES = ("prisma", "minors")
TWINS = ("classical", "bayesian")
DIGITS = 3
SUMMARY_NOTE = (
    "Unweighted: each study counts once. Weighted: each study counts by its patients. "
    "A column that counts patients adds up, and has no weighted mean."
)
LISTED_NOTE = (
    "Listed: studies that print names beside the type. Known, at least, range: what is known of "
    "the studies' counts; none: print says nothing and it is read as none. Crude: all events over "
    "all patients, the range that the counts allow. Average: mean rate over the population of "
    "studies, median with its interval. Printed: the rate of the publication, whose estimand it "
    "does not name."
)


def rebuilt_section(results: Results, pictures: Pictures) -> Section | None:
    """Return flow, quality, forests and tables; None where the evidence allows none of them."""
    outcomes = [slug(outcome.id) for outcome in results.analysis.outcomes]
    stems = [*PREFIXES, *(f"{twin}_{name}" for name in outcomes for twin in TWINS)]
    blocks: list[Block] = [one for stem in stems for one in pictures.matching(stem)]
    evidence = results.beside.evidence
    summaries = column_summaries(evidence) if evidence is not None else ()
    if summaries:
        blocks.append(_summaries(summaries))
    listed = listed_outcomes(results.analysis, results.beside)
    if listed:
        blocks.append(_listed(listed))
    if not blocks:
        return None
    intro = "From the evidence that stands below, whatever was printed: nothing is filled in."
    title = "The tables and figures of the review, made again"
    return Section("rebuilt", title, "Paper", (paragraphs(intro, tone="quiet"), *blocks))


def _summaries(summaries: tuple[ColumnSummary, ...]) -> Sheet:
    heads = (
        *(("Column", "text"), ("Unit", "text"), ("Studies", "number"), ("Sum", "number")),
        *(("Unweighted mean", "number"), ("Weighted mean", "number")),
        *(("Least", "number"), ("Most", "number"), ("Printed", "text")),
    )
    rows = [
        (
            *(text(one.meaning), text(one.unit), whole(one.studies)),
            _value(one.total, one),
            *(number(one.unweighted, DIGITS), number(one.weighted, DIGITS)),
            *(_value(one.least, one), _value(one.most, one), text(one.printed)),
        )
        for one in summaries
    ]
    caption = "Table 1 summed up: means over studies, weighted and not"
    return table("table-1-summaries", caption, heads, rows, SUMMARY_NOTE)  # type: ignore[arg-type]


def _value(value: float, column: ColumnSummary) -> Cell:
    """Return a value of a column, without decimals where the column has none."""
    counts = column.least.is_integer() and column.most.is_integer() and not math.isnan(value)
    return whole(value) if counts and column.column != "year" else number(value, DIGITS)


def _listed(outcomes: tuple[ListedOutcome, ...]) -> Sheet:
    heads = (
        *(("Outcome", "text"), ("Listed", "number"), ("Known", "number"), ("At least", "number")),
        *(("Range", "number"), ("None", "number"), ("Unknown", "number"), ("Events", "number")),
        *(("Crude rate", "number"), (_average(outcomes[0]), "number"), ("Printed", "number")),
    )
    rows = [_row(one) for one in outcomes]
    caption = "Table 2 made again: who is listed, what is known, what follows"
    return table("table-2", caption, heads, rows, LISTED_NOTE)  # type: ignore[arg-type]


def _average(one: ListedOutcome) -> str:
    level = prose.headline(one.outcome).estimand("average").interval.level
    return f"Average [{wording.threshold(level)}]"


def _row(one: ListedOutcome) -> tuple[Cell, ...]:
    totals, model = one.outcome.totals, prose.headline(one.outcome)
    events = f"{totals.low}" if totals.low == totals.high else f"{totals.low} to {totals.high}"
    listed = Cell("") if one.listed is None else whole(len(one.listed))
    return (
        text(one.outcome.label or one.outcome.id),
        listed,
        *map(whole, one.grades),
        Cell(f"{events} of {totals.patients}", float(totals.low)),
        _crude(totals.low / totals.patients, totals.high / totals.patients),
        median_cell(model, "average"),
        seen(math.nan if one.printed is None else one.printed.estimate),
    )


def _crude(low: float, high: float) -> Cell:
    words = wording.percent(low)
    return Cell(words if low == high else f"{words} to {wording.percent(high)}", low)
