"""Beside the usual formulas: every frequentist method, and small-study effects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.frequentist_rows import ADJUSTED
from metaprop.reporting.frequentist_words import SECTIONS, TESTS
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Fold,
    Section,
    Sheet,
    number,
    p_cell,
    paragraphs,
    seen,
    span_text,
    table,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.frequentist.answers import (
        ComparedMethod,
        FrequentistAnswer,
        SmallStudy,
    )
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

ABSENT = "No frequentist method was asked for."
HEADS = (
    *(("Method", "text"), ("Estimand", "text"), ("Rate", "number"), ("Interval", "number")),
    *(
        ("Next study", "number"),
        ("Events added", "number"),
        ("Weight of corrected studies", "number"),
    ),
    ("Holds the crude rate", "text"),
)

SIMULATED = (
    "By simulation: the P among reviews drawn from the fitted model, in which nothing depends on "
    "size; refitted: its parameters vary too, as refits to such reviews do."
)


def usual_section(results: Results, pictures: Pictures) -> Section:
    """Return what every frequentist method makes of each outcome, or why none was used."""
    answers = results.beside.frequentist
    blocks: list[Block] = [] if answers else [paragraphs(ABSENT, tone="quiet")]
    told = [answer for answer in answers if answer.left_out is None]
    for answer in told:
        parts = _outcome(answer, results, pictures)
        if answer is told[0]:
            blocks += parts
        else:
            blocks.append(Fold(_name(answer), tuple(parts)))
    blocks += _left_out(answers)
    title = "Beside the usual formulas"
    return Section("usual", title, "Usual formulas", tuple(blocks))


def _name(answer: FrequentistAnswer) -> str:
    return printable(answer.label or answer.id)


def _left_out(answers: tuple[FrequentistAnswer, ...]) -> Iterator[Block]:
    """Yield the reasons, each with the outcomes that it holds for."""
    reasons: dict[str, list[str]] = {}
    for answer in answers:
        if answer.left_out is not None:
            reasons.setdefault(answer.left_out, []).append(_name(answer))
    if reasons:
        lines = tuple(f"{wording.listed(names)}: {why}" for why, names in reasons.items())
        yield Fold("Outcomes left out, and why", (Bullets(lines),))


def _outcome(answer: FrequentistAnswer, results: Results, pictures: Pictures) -> list[Block]:
    outcome = results.outcome(answer.id)
    stem = slug(answer.id)
    blocks: list[Block] = [
        paragraphs(_finding(answer, outcome)),
        pictures.take(f"frequentist_{stem}"),
        Fold(f"Every way to pool, as a table: {_name(answer)}", (compared_sheet(answer, outcome),)),
    ]
    if answer.small_study is not None:
        parts = _small_study(answer, answer.small_study)
        blocks.append(
            Fold(f"Small studies: {_name(answer)}", (*parts, pictures.take(f"funnel_{stem}")))
        )
    return blocks


def _finding(answer: FrequentistAnswer, outcome: OutcomeAnswer) -> str:
    """Return in one sentence how many methods leave out the rate that was seen."""
    crude = outcome.totals.crude_rate
    rows = [row for row in answer.compared if not math.isnan(row.ci_low)]
    if crude is None or not rows:
        return ""
    out = sum(not row.ci_low <= crude <= row.ci_high for row in rows)
    rate = prose.rate_name(answer.label)
    return (
        f"{out} of {wording.counted(len(rows), 'way', 'ways')} to pool the {rate} give an interval "
        f"that leaves out the crude rate, {wording.percent(crude)}, of the same studies."
    )


def compared_sheet(answer: FrequentistAnswer, outcome: OutcomeAnswer) -> Sheet:
    """Return every method, then the Bayesian averages, then the published line."""
    crude = outcome.totals.crude_rate
    rows = [_method(row, crude) for row in answer.compared]
    for model in prose.varying(outcome):
        average, new = model.estimand("average"), model.estimand("new_study").interval
        ends = average.interval
        middle = average.median.value
        rows.append(
            (
                text(f"Bayesian, {prose.model_label(model, outcome)}", "median, credible interval"),
                *(Cell("average"), seen(middle), span_text(ends.low, ends.high)),
                *(span_text(new.low, new.high), Cell("0", 0.0), Cell("0.0 %", 0.0)),
                _holds(ends.low, ends.high, crude),
            )
        )
    claim = answer.published
    if claim is not None:
        low, high = claim.ci_low, claim.ci_high
        rows.append(
            (
                text("As published", claim.source),
                *(Cell(""), seen(claim.estimate), span_text(low, high)),
                *(Cell(""), Cell(""), Cell(""), _holds(low, high, crude)),
            )
        )
    level = wording.threshold(answer.level)
    return table(
        f"usual-{slug(answer.id)}",
        f"{_name(answer)}: every way to pool, {level} confidence intervals",
        HEADS,  # type: ignore[arg-type]  # literals
        rows,
        "Events added: half patients and the like that a correction for empty cells makes up.",
    )


def _method(row: ComparedMethod, crude: float | None) -> tuple[Cell, ...]:
    return (
        text(row.label, SECTIONS[row.section]),
        Cell(row.estimand),
        seen(row.estimate),
        span_text(row.ci_low, row.ci_high),
        span_text(row.prediction_low, row.prediction_high),
        number(row.phantom_events),
        seen(row.corrected_weight),
        _holds(row.ci_low, row.ci_high, crude),
    )


def _holds(low: float, high: float, crude: float | None) -> Cell:
    if crude is None or math.isnan(low) or math.isnan(high):
        return Cell("")
    return Cell("yes" if low <= crude <= high else "no")


def _small_study(answer: FrequentistAnswer, found: SmallStudy) -> list[Block]:
    tests = table(
        f"small-{slug(answer.id)}",
        f"{_name(answer)}: statistics of small-study effects, and what they are without any",
        (
            *(("Statistic", "text"), ("Found", "number"), ("Expected without any", "number")),
            *(("P as usually given", "number"), ("P by simulation", "number")),
            ("P, refitted", "number"),
        ),
        [
            (
                Cell(TESTS[one.test]),
                number(one.statistic),
                number(one.expected),
                p_cell(one.p_value),
                p_cell(one.p_bootstrap),
                p_cell(one.p_refitted),
            )
            for one in found.tests
        ],
        SIMULATED,
    )
    adjusted = table(
        f"adjusted-{slug(answer.id)}",
        f"{_name(answer)}: rates that allow for small-study effects",
        (("Method", "text"), ("Rate", "number"), ("Interval", "number")),
        [
            (Cell(ADJUSTED[a.method]), seen(a.estimate), span_text(a.ci_low, a.ci_high))
            for a in found.adjusted
        ],
    )
    return [Bullets(found.sentences), tests, adjusted]
