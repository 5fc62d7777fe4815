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
SHORT = 14
"""Letters of a group's name under an axis."""
PANEL, TITLE_LINES = 46.0, 2
"""Width of a panel, mm, and lines of its title."""
FEW, BESIDE = 6, 0.06
"""So few different numbers are groups, their studies spread over this share of the axis."""
TICKS = 5
ROOM = 0.08
"""Of the width of an axis, left free at each end."""
OWN = 0.25
"""Area of the point of an own rate."""
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

    title: tuple[str, ...]
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
    title = style.wrapped(shorten(covariate_name(answer)), PANEL, bold=True)[:TITLE_LINES]
    if answer.kind == "category":
        return _groups(answer, which, title)
    values = [point.value or 0.0 for point in answer.studies]
    low, high = min(values), max(values)
    ticks = _ticks(low, high, whole=all(value == round(value) for value in values))
    room = ROOM * (high - low)
    x = _beside(values, BESIDE * (high - low)) if len(set(values)) <= FEW else values
    curve = answer.curve
    band = Band(
        *(tuple(getattr(p, name) for p in curve) for name in ("value", "low", "median", "high"))
    )
    bubbles = tuple(_bubble(point, at, which) for point, at in zip(answer.studies, x, strict=True))
    labels = tuple(f"{tick:g}" for tick in ticks)
    return CovariatePanel(title, bubbles, (band,), low - room, high + room, ticks, labels)


def _groups(answer: ModeratorAnswer, which: Which, title: tuple[str, ...]) -> CovariatePanel:
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
        return Bubble(x, point.rate, point.rate_low, point.rate_high, OWN)
    low, high = point.low / point.total, point.high / point.total
    return Bubble(x, low if low == high else None, low, high, point.total / REFERENCE)


def _beside(values: list[float], width: float) -> list[float]:
    """Return values with those that are equal spread out around their own."""
    found = np.array(values)
    for value in set(values):
        mine = np.flatnonzero(found == value)
        found[mine] += width * np.linspace(-1.0, 1.0, mine.size + 2)[1:-1]
    return [float(value) for value in found]


def _ticks(low: float, high: float, *, whole: bool) -> tuple[float, ...]:
    """Return a few round numbers between two."""
    least = (high - low) / (TICKS - 1)
    power = 10.0 ** np.floor(np.log10(least))
    step = float(next(s for s in (power, 2 * power, 5 * power, 10 * power) if s >= least))
    step = max(step, 1.0) if whole else step
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return tuple(round(n * step, 10) for n in range(first, last + 1))
