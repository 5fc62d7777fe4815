"""The frequentist methods beside the Bayesian answers, with moderators and small-study effects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
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
from metaprop.reporting.appendix.words import UNKNOWN, seen_in_percent
from metaprop.reporting.frequentist_words import INTERVALS, SECTIONS, TESTS, p_value
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.frequentist.answers import (
        AdjustedRate,
        ComparedMethod,
        FrequentistAnswer,
        ModeratorFit,
        SmallStudyResult,
    )
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

COMPARED, SMALL, MODERATORS = "compared", "small-study", "moderators"
ADJUSTED = {
    "trim-and-fill": "Trim and fill",
    "copas": "Copas selection model",
    "copas-all": "Copas selection model, 0.5 to every study",
    "limit": "Limit meta-analysis",
}
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
    more = (_small_study(done, ran), _moderators(done, ran))
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
        ", with 0.5 added to both cells of studies with an empty one, ",
        Formula(r"\tau^2"),
        " by DerSimonian and Laird",
        *ran.cite("DerSimonian-Laird"),
        " and the interval of Hartung and Knapp without safeguard",
        *ran.cite("Hartung-Knapp interval"),
        f". Its answer for the outcome {name}, for the typical study: {_estimate(usual, level)}."
        f"{added} {len(others)} other answers, most of them with one choice changed, lie between "
        f"{wording.percent(min(ends))} and {wording.percent(max(ends))} (",
        TableNumber(COMPARED),
        "); among them the binomial-normal model",
        *ran.cite("binomial-normal model (GLMM)"),
        " and the beta-binomial model",
        *ran.cite("beta-binomial model"),
        " of the counts by maximum likelihood, which add nothing to the data.",
    )


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
        told = (_range(claim.ci_low, claim.ci_high), "", "")
        rows.append(cells("As published", "", "", seen_in_percent(claim.estimate), *told))
    caption = (
        f"Frequentist methods for {printable(answer.label or answer.id)} (percent): the usual "
        "method, then one choice changed at a time."
    )
    return Table(COMPARED, caption, heads, tuple(rows))


def _compared_row(row: ComparedMethod, heading: str) -> tuple[Inlines, ...]:
    ends = _range(row.ci_low, row.ci_high)
    kind = INTERVALS.get(row.interval, row.interval)
    added = f"{row.phantom_events:g}" if row.phantom_events else "0"
    return cells(heading, row.label, row.estimand, seen_in_percent(row.estimate), ends, kind, added)


def _range(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return UNKNOWN
    return f"{seen_in_percent(low)} to {seen_in_percent(high)}"


def _small_study(done: Sequence[FrequentistAnswer], ran: Ran) -> Section:
    told = [answer for answer in done if answer.small_study is not None]
    if not told:
        why = "Small-study effects were not tested: no outcome has enough exact counts for it."
        return Section((paragraph(why),))
    said = told[0].small_study
    words = " ".join(said.sentences) if said is not None else ""
    found = paragraph(
        "Small-study effects were tested by Egger",
        *ran.cite("Egger's test"),
        ", Begg and Mazumdar",
        *ran.cite("Begg and Mazumdar's test"),
        ", Thompson and Sharp",
        *ran.cite("Thompson and Sharp's test"),
        ", Peters",
        *ran.cite("Peters' test"),
        " and trim and fill",
        *ran.cite("trim and fill"),
        "; each statistic stands beside its distribution in reviews simulated without any selection"
        " (",
        TableNumber(SMALL),
        f"). For {printable(told[0].label or told[0].id)}: {words} Whether studies are missing "
        "cannot be told from any of these numbers.",
    )
    return Section((found,), (_small_table(told),))


def _small_table(told: Sequence[FrequentistAnswer]) -> Table:
    heads = (
        Column("Outcome", 0.2),
        Column("Statistic or method", 0.3),
        Column("Value", 0.2),
        Column("P, as usual", 0.14),
        Column("P, bootstrap", 0.16),
    )
    rows = [row for answer in told for row in _small_rows(answer)]
    notes = inlines(
        "Bootstrap: the P value of the statistic among reviews simulated under the fitted "
        "binomial-normal model at the same sizes, where nothing depends on size. Rates of trim and "
        "fill, the Copas model and the limit meta-analysis are what each makes of the usual rate "
        "(percent, with confidence interval)."
    )
    caption = "Small-study effects: statistics, and rates adjusted for them."
    return Table(SMALL, caption, heads, tuple(rows), (notes,))


def _small_rows(answer: FrequentistAnswer) -> Iterator[tuple[Inlines, ...]]:
    found = answer.small_study
    if found is None:
        return
    name = printable(answer.label or answer.id)
    for result in found.tests:
        yield cells(name, *_statistic(result))
        name = ""
    for rate in found.adjusted:
        yield cells(name, *_adjusted(rate))


def _statistic(result: SmallStudyResult) -> tuple[str, str, str, str]:
    boot = UNKNOWN if math.isnan(result.p_bootstrap) else p_value(result.p_bootstrap)
    usual = UNKNOWN if math.isnan(result.p_value) else p_value(result.p_value)
    return TESTS[result.test], _number(result.statistic), usual, boot


def _number(value: float) -> str:
    return UNKNOWN if math.isnan(value) else wording.number(value)


def _adjusted(rate: AdjustedRate) -> tuple[str, str, str, str]:
    ends = _range(rate.ci_low, rate.ci_high)
    value = seen_in_percent(rate.estimate)
    told = value if ends == UNKNOWN else f"{value} ({ends})"
    left = UNKNOWN if math.isnan(rate.p_value) else f"{p_value(rate.p_value)}, of what is left"
    return ADJUSTED[rate.method], told, left, UNKNOWN


def _moderators(done: Sequence[FrequentistAnswer], ran: Ran) -> Section:
    told = [answer for answer in done if answer.moderators]
    if not told:
        return Section((paragraph("No covariate of the studies was related to their rates."),))
    names = dict.fromkeys(fit.covariate for answer in told for fit in answer.moderators)
    shown = [printable(name.replace("_", " ")) for name in names]
    words = paragraph(
        f"Covariates of the studies ({wording.listed(shown)}) were related to their log odds one "
        "at a time, by meta-regression in two steps",
        *ran.cite("meta-regression"),
        " and in one step",
        *ran.cite("one-step meta-regression"),
        " (",
        TableNumber(MODERATORS),
        "). So many comparisons of so few studies were not adjusted for their number; a covariate "
        "without a small P value may matter all the same.",
    )
    return Section((words,), (_moderator_table(told),))


def _moderator_table(told: Sequence[FrequentistAnswer]) -> Table:
    heads = (
        Column("Outcome", 0.16),
        Column("Covariate", 0.2),
        Column("Approach", 0.11),
        Column("Studies", 0.09, "right"),
        Column("Coefficients (log odds)", 0.32),
        Column("P", 0.12),
    )
    rows = [
        cells(
            printable(answer.label or answer.id) if place == 0 else "",
            _covariate(fit),
            fit.approach,
            str(fit.k),
            _coefficients(fit),
            UNKNOWN if math.isnan(fit.p_value) else p_value(fit.p_value).removeprefix("P = "),
        )
        for answer in told
        for place, fit in enumerate(answer.moderators)
    ]
    level = wording.threshold(told[0].level)
    caption = f"Covariates of the studies, one at a time ({level} confidence intervals)."
    return Table(MODERATORS, caption, heads, tuple(rows))


def _covariate(fit: ModeratorFit) -> str:
    unit = f" (per {printable(fit.unit)})" if fit.unit and fit.unit != "calendar year" else ""
    return f"{printable(fit.covariate.replace('_', ' '))}{unit}"


def _coefficients(fit: ModeratorFit) -> str:
    told = [
        f"{printable(one.name.replace('_', ' '))} {_number(one.estimate)} "
        f"({_number(one.low)} to {_number(one.high)})"
        for one in fit.coefficients
        if one.name != "intercept"
    ]
    return "; ".join(told)
