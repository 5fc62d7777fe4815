"""Small words that several parts of the appendix share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from metaprop.core.estimates import Quality
    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer, Summary
    from metaprop.reporting.stored import Results

RESULTS = "Thresholds and results"
"""The heading under which every outcome is answered."""
UNKNOWN = "–"
"""What stands in a cell for a number that does not exist."""


def label(outcome: OutcomeAnswer) -> str:
    """Return what an outcome is called at the head of a row."""
    return printable(outcome.label or outcome.id)


def in_percent(rate: float) -> str:
    """Return an inferred rate in percent without the sign, for a table whose head has it."""
    return UNKNOWN if math.isnan(rate) else wording.inferred(rate).removesuffix(" %")


def seen_in_percent(rate: float) -> str:
    """Return an estimated or observed rate in percent without the sign."""
    return UNKNOWN if math.isnan(rate) else wording.percent(rate).removesuffix(" %")


def number(value: float) -> str:
    """Return a number that is no rate."""
    return UNKNOWN if math.isnan(value) else wording.number(value)


def ends_in_percent(low: float, high: float) -> str:
    """Return the ends of an interval of estimated rates in percent, without signs."""
    if math.isnan(low) or math.isnan(high):
        return UNKNOWN
    return f"{seen_in_percent(low)} to {seen_in_percent(high)}"


def median_and_ends(summary: Summary) -> str:
    """Return median and interval of a rate in percent, without signs: ``96.5 [91.4, 98.7]``."""
    ends = summary.interval
    return f"{in_percent(summary.median.value)} [{in_percent(ends.low)}, {in_percent(ends.high)}]"


def good_chance(outcome: OutcomeAnswer, summary: Summary, threshold: float) -> str:
    """Return the probability of the good side of a threshold, in percent without the sign."""
    above = summary.probability(threshold).value
    return in_percent(above if prose.side(outcome) == "above" else 1.0 - above)


def interval_name(results: Results) -> str:
    """Return what every credible interval of these results is."""
    return prose.interval_words(results.analysis.level, results.analysis.kind)


def fits(results: Results) -> list[tuple[OutcomeAnswer, ModelAnswer]]:
    """Return every fit of one outcome under one model, as they are told."""
    return [
        (outcome, model)
        for outcome in results.analysis.outcomes
        for model in prose.in_order(outcome.models)
    ]


def qualities(results: Results) -> list[tuple[str, Quality]]:
    """Return the judgement on every computation with what was fitted, in words."""
    found = [
        (f"{label(outcome)}, {prose.model_label(model, outcome)} model", quality)
        for outcome, model in fits(results)
        for quality in model.qualities
    ]
    joint = [
        (f"{printable(answer.group)}, joint model{_without(answer.left_out)}", answer.quality)
        for answer in results.beside.joint
    ]
    regressed = [
        (
            f"{printable(one.outcome_label or one.outcome)} on {printable(answer.label)}",
            answer.quality,
        )
        for one in results.beside.moderators
        for answer in one.answers
    ]
    return [*found, *joint, *regressed]


def misfits(results: Results) -> list[tuple[str, Quality]]:
    """Return each model in which studies differ that does not fit the table it was fitted to."""
    checks = results.beside.checks
    return [
        (f"{printable(fit.label or fit.outcome)}, {fit.family} model", fit.quality)
        for fit in (() if checks is None else checks.fits)
        if fit.family != "common-rate" and fit.quality.status != "ok"
    ]


def _without(left_out: tuple[str, ...]) -> str:
    return f" without {wording.listed([printable(name) for name in left_out])}" if left_out else ""
