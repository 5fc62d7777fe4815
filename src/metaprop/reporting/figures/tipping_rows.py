"""Prepare the paths of priors: how a probability moves along each, and where it tips.

Probabilities stand on a logistic axis, on which 80, 90 and 95 % are as far apart as they mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.core import wording
from metaprop.questions.sensitivity.records import TIPPING_LEVELS
from metaprop.reporting.figures import style
from metaprop.reporting.names import printable
from metaprop.reporting.sensitivity_words import paths_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.sensitivity.records import (
        OutcomeSensitivity,
        PathChances,
        PriorPath,
        Tip,
    )

LEAST = 0.001
"""A probability nearer than this to 0 or 1 is drawn at it."""
TICKS = (0.01, 0.05, 0.2, *TIPPING_LEVELS, 0.99)
ROOM = 0.35
"""Over and under the curves, on the logistic axis."""
APART = 0.16
"""Share of a panel's width that the number at a tipping point takes."""
MOST_TICKS = 6
WIDE = 10.0
"""Positive values whose ends differ by this factor stand on a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One model at one threshold: ``x`` and ``y`` (N,) on the axes of a panel."""

    colour: str
    dashed: bool
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Tipped:
    """A tipping point: its place, and the number there, empty where it is not the main curve's.

    The number stands on the free side of the curve: ``align`` and ``over`` say on which.
    """

    x: float
    y: float
    colour: str
    text: str
    align: Literal["left", "right"]
    over: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """The default prior on a curve."""

    x: float
    y: float
    colour: str


@dataclass(frozen=True, slots=True)
class PathPanel:
    """One path: what is changed, the axis of it with its ticks, and what stands on it."""

    title: tuple[str, ...]
    ends: tuple[float, float]
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    curves: tuple[Curve, ...]
    tipped: tuple[Tipped, ...]
    defaults: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A line of the key: a colour, or None for the thresholds, and what it stands for."""

    text: str
    colour: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Tipping:
    """The figure: panels that share one axis of probability."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    key: tuple[KeyLine, ...]
    ends: tuple[float, float]
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    panels: tuple[PathPanel, ...]


def prepare_tipping(outcome: OutcomeSensitivity, width: float, panel: float) -> Tipping:
    """Return the figure of an outcome with paths; text ``width`` and that of a ``panel`` in mm."""
    kinds: dict[str, list[PriorPath]] = {}
    for path in outcome.paths:
        kinds.setdefault(path.id, []).append(path)
    shown = [p for path in outcome.paths for one in path.chances for p in one.probabilities]
    low, high = min(*shown, TIPPING_LEVELS[0]), max(*shown, TIPPING_LEVELS[-1])
    ends = (_height(low) - ROOM, _height(high) + ROOM)
    ticks = [tick for tick in TICKS if ends[0] <= _height(tick) <= ends[1]]
    return Tipping(
        style.wrapped(paths_finding(outcome), width, style.TITLE, bold=True),
        style.wrapped(_note(), width, style.SMALL),
        tuple(_key(outcome)),
        ends,
        tuple(map(_height, ticks)),
        tuple(wording.percent(tick, 0) for tick in ticks),
        tuple(_panel(outcome, paths, panel) for paths in kinds.values()),
    )


def _height(probability: float) -> float:
    kept = min(max(probability, LEAST), 1.0 - LEAST)
    return math.log(kept / (1.0 - kept))


def _note() -> str:
    levels = wording.listed([wording.threshold(level) for level in TIPPING_LEVELS], "or")
    lost = f"{wording.percent(LEAST)} or {wording.percent(1.0 - LEAST)}"
    return (
        "In each panel one number of the priors is changed and all else left as by default; exact "
        f"engine. Rings: where a probability crosses {levels}, on the solid lines with the number "
        "there; diamonds: the default prior, where a path passes through it. The axis is logistic "
        f"and ends at {lost}."
    )


def _key(outcome: OutcomeSensitivity) -> Iterator[KeyLine]:
    for grid in outcome.grids:
        yield KeyLine(printable(_label(outcome, grid.model)), _colour(outcome, grid.model), False)  # noqa: FBT003 - as the field
    for place, threshold in enumerate(outcome.headline):
        where = f"{outcome.side} {wording.threshold(threshold)}"
        yield KeyLine(where, style.INK, place > 0)


def _label(outcome: OutcomeSensitivity, model: str) -> str:
    families = [grid.family for grid in outcome.grids]
    mine = next(grid.family for grid in outcome.grids if grid.model == model)
    return mine if families.count(mine) == 1 else model


def _colour(outcome: OutcomeSensitivity, model: str) -> str:
    mine = next(grid.family for grid in outcome.grids if grid.model == model)
    return style.family_colour(mine)


def _panel(outcome: OutcomeSensitivity, paths: Sequence[PriorPath], width: float) -> PathPanel:
    low, high = min(path.at[0] for path in paths), max(path.at[-1] for path in paths)
    logs = low > 0.0 and high / low >= WIDE
    scale = math.log10 if logs else float
    ends = (scale(low), scale(high))
    ticks = [*(_log_ticks(low, high) if logs else _even_ticks(low, high))]
    curves: list[Curve] = []
    spots: list[Spot] = []
    tips: list[Tipped] = []
    for path in paths:
        colour, x = _colour(outcome, path.model), tuple(scale(at) for at in path.at)
        for place, one in enumerate(path.chances):
            curve = Curve(colour, place > 0, x, tuple(map(_height, one.probabilities)))
            curves.append(curve)
            spots += [Spot(scale(at), y, colour) for at, y in _default(path, one)]
            tips += [
                _tipped(curve, scale(tip.at), tip, ends) for tip in one.tips if tip.at is not None
            ]
    moves = paths[0].moves
    return PathPanel(
        style.wrapped(printable(moves[:1].upper() + moves[1:]), width, style.SMALL),
        ends,
        tuple(scale(tick) for tick in ticks),
        tuple(f"{tick:g}" for tick in ticks),
        tuple(curves),
        tuple(tips),
        tuple(spots),
    )


def _default(path: PriorPath, chances: PathChances) -> Iterator[tuple[float, float]]:
    """Yield the default prior on a curve, where the path passes through it."""
    if path.default in path.at:
        place = path.at.index(path.default)
        yield path.default, _height(chances.probabilities[place])


def _tipped(curve: Curve, x: float, tip: Tip, ends: tuple[float, float]) -> Tipped:
    """Return a tipping point on a curve; its number stands over the curve if there is room."""
    place = max(i for i, at in enumerate(curve.x[:-1]) if at <= x)
    rises = curve.y[place + 1] > curve.y[place]
    room = (x - ends[0] if rises else ends[1] - x) > APART * (ends[1] - ends[0])
    text = "" if curve.dashed or tip.at is None else wording.number(tip.at, 2)
    align: Literal["left", "right"] = "right" if rises == room else "left"
    return Tipped(x, _height(tip.level), curve.colour, text, align, over=room)


def _log_ticks(low: float, high: float) -> Sequence[float]:
    """Return 1, 2 and 5 times powers of ten between two positive ends, or powers alone."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0**power for power in powers for step in steps]
        found = [tick for tick in found if low <= tick <= high]
        if len(found) <= MOST_TICKS:
            return found
    return found[:: math.ceil(len(found) / MOST_TICKS)]


def _even_ticks(low: float, high: float) -> Sequence[float]:
    """Return round numbers between two ends, at even steps."""
    least = (high - low) / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= least)
    places = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [round(place * step, 10) for place in places]
