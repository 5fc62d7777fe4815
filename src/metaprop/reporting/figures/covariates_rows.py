"""Studies against each covariate, as plain numbers: what was observed, or each own rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.core import wording
from metaprop.reporting.figures import style
from metaprop.reporting.moderators_words import covariate_name
from metaprop.reporting.names import printable, shorten
from metaprop.reporting.prose import rate_name

if TYPE_CHECKING:
    from metaprop.questions.moderators.answers import ModeratorAnswer, Moderators, StudyPoint

Which = Literal["observed", "own"]
"""Observed rates as bubbles, or each study's own rate in the model."""
APART = 0.5
"""Width over which the studies of a group are spread out."""
LONGEST, SHORT = 44, 14
TICKS = 5
ROOM = 0.04
"""Of the width of an axis, left free at each end."""
REFERENCE = 10.0
"""Patients of the bubble whose area is 1."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One study at ``x``; ``rate`` None where its count is not known exactly.

    ``area`` is proportional to its patients.
    """

    x: float
    rate: float | None
    low: float
    high: float
    area: float


@dataclass(frozen=True, slots=True)
class Band:
    """The average rate along an axis: medians and ends, of equal length."""

    x: tuple[float, ...]
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CovariatePanel:
    """One covariate: its studies, and the band of the average (one for each group)."""

    title: str
    bubbles: tuple[Bubble, ...]
    bands: tuple[Band, ...]
    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CovariateSheet:
    """The head of a sheet, its panels, and the axis of rates that they share."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    axis: style.RateAxis
    panels: tuple[CovariatePanel, ...]


def prepare_covariates(found: Moderators, which: Which) -> CovariateSheet:
    """Return the panels of one outcome."""
    width = style.PAGE_WIDTH - 2 * style.MARGIN
    panels = tuple(_panel(answer, which) for answer in found.answers)
    rates = [end for panel in panels for one in panel.bubbles for end in (one.low, one.high)]
    rates += [end for panel in panels for band in panel.bands for end in (*band.low, *band.high)]
    return CovariateSheet(
        style.wrapped(_title(found, which), width, style.TITLE, bold=True),
        style.wrapped(_subtitle(found, which), width, style.SMALL),
        style.rate_axis(rates, TICKS),
        panels,
    )


def _title(found: Moderators, which: Which) -> str:
    name = printable(found.outcome_label or found.outcome)
    if which == "observed":
        return f"{name}: what was observed, against each covariate"
    return f"{name}: each study's own rate in the model, against each covariate"


def _subtitle(found: Moderators, which: Which) -> str:
    level = wording.threshold(found.level)
    band = (
        f"Band: average {rate_name(found.outcome_label)} at the value of the covariate (median and "
        f"{level} credible interval, by NUTS), one covariate at a time."
    )
    if which == "observed":
        return (
            f"{band} Circles: observed rates, area by patients; a line where the count is a range. "
            "Studies of which the covariate is not known are left out."
        )
    return (
        f"{band} Points: the study's own rate given its count and its covariate, with its {level} "
        "interval: what is left around the band is the variation that the covariate does not "
        "explain."
    )


def _panel(answer: ModeratorAnswer, which: Which) -> CovariatePanel:
    title = shorten(covariate_name(answer), LONGEST)
    if answer.kind == "category":
        return _groups(answer, which, title)
    x = [point.value or 0.0 for point in answer.studies]
    low, high = min(x), max(x)
    ticks = _ticks(low, high)
    room = ROOM * (high - low)
    curve = answer.curve
    band = Band(
        *(tuple(getattr(p, name) for p in curve) for name in ("value", "low", "median", "high"))
    )
    bubbles = tuple(_bubble(point, at, which) for point, at in zip(answer.studies, x, strict=True))
    labels = tuple(f"{tick:g}" for tick in ticks)
    return CovariatePanel(title, bubbles, (band,), low - room, high + room, ticks, labels)


def _groups(answer: ModeratorAnswer, which: Which, title: str) -> CovariatePanel:
    bubbles, bands = [], []
    for place, level in enumerate(answer.levels):
        mine = [point for point in answer.studies if point.group == level.label]
        offsets = np.linspace(-0.5, 0.5, len(mine) + 2)[1:-1] * APART
        bubbles += [
            _bubble(point, place + offset, which)
            for point, offset in zip(mine, offsets.tolist(), strict=True)
        ]
        rate, ends = level.average, (place - 0.5 * APART, place + 0.5 * APART)
        low, high = rate.interval.low, rate.interval.high
        bands.append(Band(ends, (low, low), (rate.median.value,) * 2, (high, high)))
    labels = tuple(shorten(printable(level.label), SHORT) for level in answer.levels)
    ticks = tuple(float(place) for place in range(len(labels)))
    return CovariatePanel(
        title, tuple(bubbles), tuple(bands), -0.5, len(labels) - 0.5, ticks, labels
    )


def _bubble(point: StudyPoint, x: float, which: Which) -> Bubble:
    if which == "own":
        return Bubble(x, point.rate, point.rate_low, point.rate_high, 1.0)
    low, high = point.low / point.total, point.high / point.total
    return Bubble(x, low if low == high else None, low, high, point.total / REFERENCE)


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Return a few round numbers between two."""
    least = (high - low) / (TICKS - 1)
    power = 10.0 ** np.floor(np.log10(least))
    step = float(next(s for s in (power, 2 * power, 5 * power, 10 * power) if s >= least))
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return tuple(round(n * step, 10) for n in range(first, last + 1))
