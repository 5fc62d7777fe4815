"""The threshold curves, prepared: lines in rates and probabilities, labels where they fit.

Everything is turned to the good side: probability of lying above a threshold where more is better,
below where less is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.labels import Line, Place, place_labels
from metaprop.reporting.figures.style import (
    MARGIN,
    PAGE_WIDTH,
    SMALL,
    TITLE,
    RateAxis,
    family_colour,
    rate_axis,
    text_width,
    wrapped,
)

if TYPE_CHECKING:
    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import Curve, ModelAnswer, OutcomeAnswer

MOST_THRESHOLDS, MOST_MODELS = 6, 3
PLOT_LEFT, PLOT_WIDTH, PLOT_HEIGHT = 17.0, 150.0, 74.0
"""Of the axes on the page, mm."""
VISIBLE = 0.015
"""The axis starts where the first curve leaves 0 or 1 by this much."""


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One curve with its row of the table: ``at`` and ``chance`` of one length, all in [0, 1].

    ``marks`` are the chances at the thresholds shown, ``texts`` the same as printed.
    """

    label: str
    colour: str
    dashed: bool
    at: tuple[float, ...]
    chance: tuple[float, ...]
    marks: tuple[float, ...]
    texts: tuple[str, ...]
    place: Place | None


@dataclass(frozen=True, slots=True)
class ThresholdCurves:
    """Everything that the threshold curves of one outcome show."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    table_head: str
    thresholds: tuple[float, ...]
    threshold_texts: tuple[str, ...]
    threshold_labels: tuple[str, ...]
    curves: tuple[CurveRow, ...]
    axis: RateAxis
    axis_title: str
    chance_title: str


def prepare_threshold_curves(
    outcome: OutcomeAnswer, level: float, kind: IntervalKind
) -> ThresholdCurves:
    """Return the curves of average and next study under the models in which studies differ."""
    models = prose.varying(outcome)[:MOST_MODELS]
    thresholds = _shown_thresholds(outcome)
    estimands: tuple[Estimand, Estimand] = ("average", "new_study")
    rows = [_row(outcome, m, e, thresholds) for m in models for e in estimands]
    axis = rate_axis([*_moving_part(rows), *thresholds], most_ticks=9)
    rate, side = prose.rate_name(outcome.label), prose.side(outcome)
    label = prose.model_label(prose.headline(outcome), outcome)
    width = PAGE_WIDTH - 2 * MARGIN
    return ThresholdCurves(
        title=wrapped(f"{prose.finding(outcome)} ({label})", width, TITLE, bold=True),
        subtitle=wrapped(_subtitle(outcome, models, level, kind), width, SMALL),
        table_head=f"Probability that the rate is {side}",
        thresholds=thresholds,
        threshold_texts=tuple(map(wording.threshold, thresholds)),
        threshold_labels=_labels(thresholds, axis),
        curves=_placed(rows, axis),
        axis=axis,
        axis_title=f"Threshold t ({rate})",
        chance_title=f"Probability that the rate is {side} t",
    )


def _shown_thresholds(outcome: OutcomeAnswer) -> tuple[float, ...]:
    """Return the thresholds with a column: all, or the main one with those nearest to it."""
    main = prose.main_threshold(outcome)
    if main is None:
        return ()
    nearest = sorted(set(outcome.thresholds), key=lambda t: abs(t - main))[:MOST_THRESHOLDS]
    return tuple(sorted(nearest))


def _labels(thresholds: tuple[float, ...], axis: RateAxis) -> tuple[str, ...]:
    """Return the texts over the lines of the thresholds, empty where one would touch the last."""
    end, texts = -1.0, []
    for threshold in thresholds:
        text = wording.threshold(threshold)
        middle = PLOT_WIDTH * (threshold - axis.low) / (axis.high - axis.low)
        half = text_width(text) / 2
        texts.append(text if middle - half > end + 1.0 else "")
        end = middle + half if texts[-1] else end
    return tuple(texts)


def _subtitle(
    outcome: OutcomeAnswer, models: tuple[ModelAnswer, ...], level: float, kind: IntervalKind
) -> str:
    main = prose.headline(outcome)
    interval = main.estimand("average").interval
    ends = wording.interval(interval.low, interval.high)
    warnings = "".join(f"{line} " for line in prose.quality_lines(outcome))
    text = (
        f"{warnings}{prose.evidence_line(outcome)}. "
        "Average: mean rate over the population of studies (solid); "
        "next study: prediction for a study like these (dashed). "
        f"{prose.interval_words(level, kind)} of the average: {ends} "
        f"({prose.model_label(main, outcome)})."
    )
    left_out = [m for m in prose.in_order(outcome.models) if m not in models]
    names = wording.listed([prose.model_label(model, outcome) for model in left_out])
    return f"{text} Not drawn: {names}." if left_out else text


def _row(
    outcome: OutcomeAnswer, model: ModelAnswer, estimand: Estimand, thresholds: tuple[float, ...]
) -> CurveRow:
    curve = model.curve(estimand)
    marks = tuple(prose.side_probability(outcome, model, estimand, t) for t in thresholds)
    what = "Average" if estimand == "average" else "Next study"
    return CurveRow(
        label=f"{what}, {prose.model_label(model, outcome)}",
        colour=family_colour(model.family),
        dashed=estimand == "new_study",
        at=curve.at,
        chance=_chances(outcome, curve),
        marks=marks,
        texts=tuple(map(wording.percent, marks)),
        place=None,
    )


def _chances(outcome: OutcomeAnswer, curve: Curve) -> tuple[float, ...]:
    if prose.side(outcome) == "above":
        return curve.survival
    return tuple(1.0 - above for above in curve.survival)


def _moving_part(rows: list[CurveRow]) -> list[float]:
    """Return the rates at which a curve is neither at 0 nor at 1, for the eye."""
    rates = [
        at
        for row in rows
        for at, chance in zip(row.at, row.chance, strict=True)
        if VISIBLE < chance < 1 - VISIBLE
    ]
    return rates or [0.0, 1.0]


def _placed(rows: list[CurveRow], axis: RateAxis) -> tuple[CurveRow, ...]:
    """Return the rows with the place of each label on the page, where there is one."""
    from dataclasses import replace

    scale = PLOT_WIDTH / (axis.high - axis.low)
    lines = [
        Line(
            row.label,
            tuple(PLOT_LEFT + (at - axis.low) * scale for at in row.at),
            tuple(PLOT_HEIGHT * (1.0 - chance) for chance in row.chance),
        )
        for row in rows
    ]
    places = place_labels(lines, left=PLOT_LEFT + 1.0, right=PAGE_WIDTH - MARGIN)
    return tuple(replace(row, place=place) for row, place in zip(rows, places, strict=True))
