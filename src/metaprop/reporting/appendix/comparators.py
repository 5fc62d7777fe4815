"""The frequentist methods beside the Bayesian answers, with moderators and small-study effects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.frequentist.comparison import USUAL
from metaprop.reporting.appendix.blocks import (
    Column,
    Formula,
    Heading,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.moderators_part import moderators
from metaprop.reporting.appendix.small_part import small_studies
from metaprop.reporting.appendix.words import ends_in_percent, seen_in_percent
from metaprop.reporting.frequentist_words import INTERVALS, SECTIONS, i2_words
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.frequentist.answers import (
        ComparedMethod,
        FrequentistAnswer,
    )
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

COMPARED = "compared"
HEADING = "Frequentist comparators"
NOT_ASKED = "The results hold no record of frequentist methods."


def comparators(results: Results, ran: Ran) -> Section:
    """Return what the usual methods say, and what they cannot say here."""
    answers = results.beside.frequentist
    head = Heading(1, HEADING)
    if not answers:
        return Section((head, paragraph(NOT_ASKED)))
    done = [answer for answer in answers if answer.left_out is None]
    blocks: list[Block] = [head]
    tables: list[Table] = []
    if done:
        blocks.append(paragraph(*_usual(done[0], ran)))
        tables.append(_compared(done[0]))
    if len(done) < len(answers):
        blocks.append(paragraph(_left_out(answers)))
    more = (small_studies(done, ran), moderators(results, done, ran))
    for section in more:
        blocks += section.blocks
        tables += section.tables
    return Section(tuple(blocks), tuple(tables))


def _left_out(answers: Sequence[FrequentistAnswer]) -> str:
    left = [printable(answer.label or answer.id) for answer in answers if answer.left_out]
    return (
        f"These methods need every count exactly. They were not used for {wording.listed(left)}: "
        "some of their counts are bounds, ranges or unknown, and no count was made up."
    )


def _usual(answer: FrequentistAnswer, ran: Ran) -> Inlines:
    usual, others = answer.compared[0], answer.compared[1:]
    name, level = printable(answer.label or answer.id), wording.threshold(answer.level)
    added = (
        f" It adds {usual.phantom_events:g} events and as many non-events that nobody observed, in "
        f"studies that carry {wording.percent(usual.corrected_weight, 0)} of the weight."
        if usual.phantom_events
        else ""
    )
    ends = [row.estimate for row in others if not math.isnan(row.estimate)]
    return inlines(
        "The usual method pools log odds by inverse variance",
        *ran.cite("inverse-variance pooling"),
        f", with {USUAL.amount:g} added to both cells of studies with an empty one, ",
        Formula(r"\tau^2"),
        " by DerSimonian and Laird",
        *ran.cite("DerSimonian-Laird"),
        " and the interval of Hartung and Knapp without safeguard",
        *ran.cite("Hartung-Knapp interval"),
        f". Its answer for the outcome {name}, for the typical study: {_estimate(usual, level)}."
        f"{added}",
        *_heterogeneity(answer, ran),
        f" {len(others)} other answers, most of them with one choice changed, lie between "
        f"{wording.percent(min(ends))} and {wording.percent(max(ends))} (",
        TableNumber(COMPARED),
        "); among them the binomial-normal model",
        *ran.cite("binomial-normal model (GLMM)"),
        " and the beta-binomial model",
        *ran.cite("beta-binomial model"),
        " of the counts by maximum likelihood, which add nothing to the data.",
    )


def _heterogeneity(answer: FrequentistAnswer, ran: Ran) -> Inlines:
    """Return I2 with its interval, without which it says little at the sizes of few studies."""
    pooled = None if answer.usual is None else answer.usual.pooled
    if pooled is None or math.isnan(pooled.spread.i2_low):
        return ()
    return inlines(" ", Formula("I^2"), *ran.cite("I2"), f" is {i2_words(pooled)}.")


def _estimate(row: ComparedMethod, level: str) -> str:
    if math.isnan(row.estimate):
        return "none, as no study can be used"
    ends = f"{wording.percent(row.ci_low)} to {wording.percent(row.ci_high)}"
    return f"{wording.percent(row.estimate)} ({level} confidence interval {ends})"


def _compared(answer: FrequentistAnswer) -> Table:
    level = wording.threshold(answer.level)
    heads = (
        Column("What is changed", 0.22),
        Column("Choice", 0.24),
        Column("Pools", 0.09),
        Column("Estimate", 0.1, "right"),
        Column(f"{level} confidence interval", 0.14),
        Column("Its kind", 0.12),
        Column("Events added", 0.09, "right"),
    )
    rows: list[tuple[Inlines, ...]] = []
    section = ""
    for row in answer.compared:
        first = SECTIONS[row.section] if row.section != section else ""
        section = row.section
        rows.append(_compared_row(row, first))
    if answer.published is not None:
        claim = answer.published
        told = (ends_in_percent(claim.ci_low, claim.ci_high), "", "")
        rows.append(cells("As published", "", "", seen_in_percent(claim.estimate), *told))
    caption = (
        f"Frequentist methods for {printable(answer.label or answer.id)} (percent): the usual "
        "method, then one choice changed at a time."
    )
    notes = inlines(
        "Pools: the estimand; common, the one rate of all studies. Safeguard se: a standard error "
        "not below the classic one; ci: an interval not narrower than the classic one. GLMM: "
        "binomial-normal model. Events added: by a correction, as many non-events beside them."
    )
    return Table(COMPARED, caption, heads, tuple(rows), (notes,))


def _compared_row(row: ComparedMethod, heading: str) -> tuple[Inlines, ...]:
    ends = ends_in_percent(row.ci_low, row.ci_high)
    kind = INTERVALS.get(row.interval, row.interval)
    added = f"{row.phantom_events:g}" if row.phantom_events else "0"
    return cells(heading, row.label, row.estimand, seen_in_percent(row.estimate), ends, kind, added)
