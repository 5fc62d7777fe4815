"""Every method beside every other, prepared: rows under headings; nothing is drawn here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.style import (
    INK,
    MARGIN,
    PAGE_WIDTH,
    QUIET,
    SMALL,
    TITLE,
    RateAxis,
    family_colour,
    rate_axis,
    wrapped,
)
from metaprop.reporting.frequentist_words import MODEL_NAMES, SECTIONS, p_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer
    from metaprop.questions.frequentist.answers import (
        ComparedMethod,
        FrequentistAnswer,
        PublishedRate,
    )

BAYESIAN = "Bayesian models of the counts (median)"
PUBLISHED = "Published"
OUTLYING = 0.05
"""Share of the lower (and upper) limits that may leave the axis, with an arrow."""


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of rates in [0, 1]; None in its place where it does not exist."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One method: ``rate`` and its intervals in [0, 1], None where they do not exist.

    ``holds`` is whether the interval holds the crude rate (the point is filled), None where there
    is none to ask.
    """

    label: str
    estimand: str
    colour: str
    rate: float | None
    ci: Span | None
    prediction: Span | None
    holds: bool | None
    numbers: str
    phantom: str
    weight: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    heading: str
    rows: tuple[MethodRow, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything that the comparison of one outcome shows."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    note: tuple[str, ...]
    numbers_head: tuple[str, str]
    groups: tuple[Group, ...]
    crude_rate: float
    axis: RateAxis
    axis_title: str


def prepare_compared(outcome: OutcomeAnswer, found: FrequentistAnswer) -> Compared:
    """Return the comparison of one outcome whose counts are exact."""
    crude = outcome.totals.crude_rate
    if crude is None:
        raise ValueError(f"{outcome.id} has counts that are not exact, and no comparison")
    groups = tuple(_groups(outcome, found, crude))
    rows = [row for group in groups for row in group.rows]
    width = PAGE_WIDTH - 2 * MARGIN
    level = wording.threshold(found.level)
    return Compared(
        title=wrapped(_title(outcome, found, groups, crude), width, TITLE, bold=True),
        subtitle=wrapped(_subtitle(outcome, found), width, SMALL),
        note=wrapped(_note(), width, SMALL),
        numbers_head=("Rate", f"[{level} interval], %"),
        groups=groups,
        crude_rate=crude,
        axis=rate_axis(_shown(rows, crude), most_ticks=5),
        axis_title=prose.rate_title(outcome.label),
    )


def _title(
    outcome: OutcomeAnswer, found: FrequentistAnswer, groups: tuple[Group, ...], crude: float
) -> str:
    rate, usual = prose.rate_name(outcome.label), found.compared[0]
    head = f"{rate[0].upper()}{rate[1:]}: the usual"
    held = _holds(usual.ci_low, usual.ci_high, crude)
    if held is None:
        return f"{head} method has no interval; the crude rate is {wording.percent(crude)}"
    ends = wording.interval(usual.ci_low, usual.ci_high)
    does = "holds" if held else "leaves out"
    text = f"{head} interval, {ends}, {does} the crude rate, {wording.percent(crude)}"
    models = (g for g in groups if g.heading in {SECTIONS["counts"], BAYESIAN})
    others = all(row.holds for group in models for row in group.rows)
    return f"{text}; those of all models of the counts hold it" if others and not held else text


def _subtitle(outcome: OutcomeAnswer, found: FrequentistAnswer) -> str:
    usual = found.compared[0]
    tests = wording.listed(
        [
            f"{p_value(test.p_bootstrap)} ({MODEL_NAMES[test.model]})"
            for test in found.common_rate
            if not math.isnan(test.p_bootstrap)
        ]
    )
    text = (
        f"{prose.evidence_line(outcome)}. The usual method: logit scale, 0.5 added to empty cells, "
        "DerSimonian-Laird, Hartung-Knapp without safeguard; each two-step row changes one choice "
        "of it."
    )
    if usual.phantom_events > 0.0:
        text += (
            f" It adds {_plain(usual.phantom_events)} to the events and to the non-events, in "
            f"studies that carry {wording.percent(usual.corrected_weight, 0)} of its weight."
        )
    return f"{text} Test of one common rate, by bootstrap: {tests}." if tests else text


def _note() -> str:
    return (
        "Average: mean rate over the population of studies. Typical: rate of the median study. "
        "Common: the one rate of all, if they share one. Thick line: interval of the rate; thin "
        "line: prediction interval of a new study; hollow: the interval leaves out the crude rate "
        "(dashed line). Arrow: it goes on. Added: events that a correction makes up, as many "
        "non-events beside them; their weight: percent of the mean that corrected studies carry."
    )


def _groups(outcome: OutcomeAnswer, found: FrequentistAnswer, crude: float) -> Iterator[Group]:
    for section, heading in SECTIONS.items():
        rows = tuple(_method(row, crude) for row in found.compared if row.section == section)
        if rows:
            yield Group(heading, rows)
    models = [model for model in prose.varying(outcome) if model.family != "common-rate"]
    if models:
        yield Group(BAYESIAN, tuple(_model(outcome, model, crude) for model in models))
    if found.published is not None:
        yield Group(PUBLISHED, (_published(found.published, crude),))


def _method(row: ComparedMethod, crude: float) -> MethodRow:
    rate = None if math.isnan(row.estimate) else row.estimate
    ci = _span(row.ci_low, row.ci_high)
    return MethodRow(
        label=row.label,
        estimand=row.estimand,
        colour=INK,
        rate=rate,
        ci=ci,
        prediction=_span(row.prediction_low, row.prediction_high),
        holds=_holds(row.ci_low, row.ci_high, crude),
        numbers=_numbers(rate, ci),
        phantom=_plain(row.phantom_events),
        weight=_short(wording.percent(row.corrected_weight, 0)),
    )


def _model(outcome: OutcomeAnswer, model: ModelAnswer, crude: float) -> MethodRow:
    average, new = model.estimand("average"), model.estimand("new_study")
    rate, ends = average.median.value, average.interval
    ci = Span(ends.low, ends.high)
    return MethodRow(
        label=prose.model_label(model, outcome),
        estimand="average",
        colour=family_colour(model.family),
        rate=rate,
        ci=ci,
        prediction=Span(new.interval.low, new.interval.high),
        # an equal-tailed interval never reaches 0 or 1, which says nothing about it
        holds=_holds(ends.low, ends.high, crude) if 0.0 < crude < 1.0 else None,
        numbers=_numbers(rate, ci),
        phantom="0",
        weight="0",
    )


def _published(claim: PublishedRate, crude: float) -> MethodRow:
    ci = _span(claim.ci_low, claim.ci_high)
    return MethodRow(
        label="as printed",
        estimand="not named",
        colour=QUIET,
        rate=claim.estimate,
        ci=ci,
        prediction=None,
        holds=_holds(claim.ci_low, claim.ci_high, crude),
        numbers=_numbers(claim.estimate, ci),
        phantom="",
        weight="",
    )


def _holds(low: float, high: float, crude: float) -> bool | None:
    return None if math.isnan(low) or math.isnan(high) else low <= crude <= high


def _span(low: float, high: float) -> Span | None:
    return None if math.isnan(low) or math.isnan(high) else Span(low, high)


def _numbers(rate: float | None, ci: Span | None) -> str:
    if rate is None:
        return "none"
    text = _short(wording.percent(rate))
    if ci is None:
        return text
    low, high = (_short(wording.percent(end)) for end in (ci.low, ci.high))
    return f"{text} [{low}, {high}]"


def _short(percentage: str) -> str:
    return percentage.removesuffix(" %").replace(" ", "")


def _plain(count: float) -> str:
    return f"{round(count, 6):g}"


def _shown(rows: list[MethodRow], crude: float) -> list[float]:
    """Return the rates that the axis must hold: the points, and nearly all limits."""
    lows = sorted(row.ci.low for row in rows if row.ci is not None)
    highs = sorted((row.ci.high for row in rows if row.ci is not None), reverse=True)
    kept = [ends[math.ceil(OUTLYING * (len(ends) - 1))] for ends in (lows, highs) if ends]
    return [*(row.rate for row in rows if row.rate is not None), *kept, crude]
