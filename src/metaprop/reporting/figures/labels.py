"""Find where the labels of curves can stand without touching a curve or one another.

A label stands outside all curves, to the left or to the right of them, with a thin line to its own.
Lengths are mm on the page, y grows downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.reporting.figures.style import LINE, text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

SPACE = 2.5
"""Between the outermost curve and a label, mm."""
_LEVELS = np.linspace(0.05, 0.95, 46)
_ENOUGH, _CROSSING, _OFF_MIDDLE, _LONG = 5.0, 4.0, 1.5, 0.15
"""Weights: room to the next curve (mm, no more counts); a curve crossed; half the height away from
the middle; a line to the curve one mm longer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled curve on the page, monotone in y: ``x`` ascending, ``y`` of the same length."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label starts (``left``) or ends (``right``) and where its line meets the curve."""

    x: float
    y: float
    align: Literal["left", "right"]
    target: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    place: Place
    start: float
    end: float
    score: float


def place_labels(lines: Sequence[Line], left: float, right: float) -> tuple[Place | None, ...]:
    """Return a place for each label between ``left`` and ``right``; None where there is none.

    The labels with the fewest places choose first; each takes the best place that is free.
    """
    options = [_candidates(i, lines, left, right) for i in range(len(lines))]
    chosen: dict[int, _Candidate] = {}
    for i in sorted(range(len(lines)), key=lambda i: len(options[i])):
        free = [c for c in options[i] if not any(_touch(c, other) for other in chosen.values())]
        if free:
            chosen[i] = max(free, key=lambda candidate: candidate.score)
    return tuple(chosen[i].place if i in chosen else None for i in range(len(lines)))


def _touch(one: _Candidate, other: _Candidate) -> bool:
    apart = one.end + SPACE < other.start or other.end + SPACE < one.start
    return not apart and abs(one.place.y - other.place.y) < 1.2 * LINE


def _candidates(i: int, lines: Sequence[Line], left: float, right: float) -> list[_Candidate]:
    """Return every place of one label that is inside the page, on either side of all curves."""
    height = max(max(line.y) for line in lines)
    width = text_width(lines[i].label)
    found = []
    for y in (float(y) for y in height * _LEVELS):
        extents = [_extent(line, y) for line in lines]
        end = min(low for low, _ in extents) - SPACE
        start = max(high for _, high in extents) + SPACE
        target = _crossing(lines[i], y)
        score = _score(i, lines, y, height)
        if end - width >= left:
            place = Place(end, y, "right", target)
            found.append(_Candidate(place, end - width, end, score("right", target - end)))
        if start + width <= right:
            place = Place(start, y, "left", target)
            found.append(_Candidate(place, start, start + width, score("left", start - target)))
    return found


def _score(
    i: int, lines: Sequence[Line], y: float, height: float
) -> Callable[[Literal["left", "right"], float], float]:
    """Return how good it is to meet curve i at y, as a function of alignment and line length."""
    target = _crossing(lines[i], y)
    others = [_crossing(line, y) for j, line in enumerate(lines) if j != i]
    room = min((abs(other - target) for other in others), default=_ENOUGH)
    base = min(room, _ENOUGH) - 2 * _OFF_MIDDLE * abs(y / height - 0.5)

    def score(align: Literal["left", "right"], length: float) -> float:
        crossed = sum(o < target if align == "right" else o > target for o in others)
        return base - _CROSSING * crossed - _LONG * length

    return score


def _crossing(line: Line, y: float) -> float:
    """Return the x at which a curve passes y."""
    xs, ys = _by_height(line)
    return float(np.interp(y, ys, xs))


def _extent(line: Line, y: float) -> tuple[float, float]:
    """Return the least and the greatest x of a curve over the height of a line of text at y."""
    xs, ys = _by_height(line)
    at = np.interp(np.linspace(y - LINE / 2, y + LINE / 2, 5), ys, xs)
    return float(at.min()), float(at.max())


def _by_height(line: Line) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    xs, ys = np.asarray(line.x), np.asarray(line.y)
    order = np.argsort(ys, kind="stable")
    return xs[order], ys[order]
