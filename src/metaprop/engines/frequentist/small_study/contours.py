"""Lines of equal height through a grid, and the straight lines that fit them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

type Corner = tuple[int, int]
type Edge = tuple[Corner, Corner]

TWICE, FIVE_TIMES = 1.5, 2.75
"""How much coarser round numbers are liked better than more of them."""
ROUNDING = 1e-7
ATOM = 1e-3
"""Of the distance between heights: how far a corner on a contour is lifted off it."""


def round_levels(low: float, high: float, about: int) -> Floats:
    """Return about so many round numbers that cover a range, as R's ``pretty`` does.

    Examples
    --------
    >>> round_levels(-1.42, 2.5, 10)
    array([-1.5, -1. , -0.5,  0. ,  0.5,  1. ,  1.5,  2. ,  2.5])
    """
    cell = (high - low) / about
    base = 10.0 ** np.floor(np.log10(cell))
    unit = base
    if 2.0 * base - cell < TWICE * (cell - unit):
        unit = 2.0 * base
        if 5.0 * base - cell < FIVE_TIMES * (cell - unit):
            unit = 5.0 * base
            if 10.0 * base - cell < TWICE * (cell - unit):
                unit = 10.0 * base
    first = np.floor(low / unit + ROUNDING)
    last = np.ceil(high / unit - ROUNDING)
    return np.asarray(np.arange(first, last + 1.0) * unit)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line y = intercept + slope x through ``count`` points of a contour.

    ``adjusted_r2`` is -inf where two points or fewer leave nothing to judge it by; slope and
    intercept are NaN where all points lie above each other.
    """

    level: float
    count: int
    slope: float
    intercept: float
    adjusted_r2: float


def contour_lines(heights: Floats, levels: Floats) -> tuple[Line, ...]:
    """Return the lines of the connected contours of heights (n, n) over the unit square."""
    return tuple(
        _line(level, points) for level in levels.tolist() for points in _contours(heights, level)
    )


def _line(level: float, points: Floats) -> Line:
    count = len(points)
    x, y = (points - points.mean(axis=0)).T
    across = float(x @ x)
    if across <= 0.0:
        return Line(level, count, np.nan, np.nan, -np.inf)
    slope = float(x @ y) / across
    intercept = float(points[:, 1].mean() - slope * points[:, 0].mean())
    whole, left = float(y @ y), float(np.sum((y - slope * x) ** 2))
    judged = count > 2 and whole > 0.0  # noqa: PLR2004 - a line goes through any two points
    r2 = 1.0 - left / (count - 2) / (whole / (count - 1)) if judged else -np.inf
    return Line(level, count, slope, intercept, r2)


def _contours(heights: Floats, level: float) -> list[Floats]:
    """Return the points (m, 2) of each connected contour; a closed one ends where it began."""
    lifted = np.where(heights == level, level + ATOM * np.ptp(heights) * ROUNDING, heights)
    crossings: dict[Edge, tuple[float, float]] = {}
    neighbours: dict[Edge, list[Edge]] = {}
    n, m = heights.shape
    for i in range(n - 1):
        for j in range(m - 1):
            found = [
                edge for edge in _sides(i, j) if _cross(lifted, level, edge, crossings, neighbours)
            ]
            # a contour that crosses a cell twice has two parts there
            for one, other in zip(found[::2], found[1::2], strict=True):
                neighbours[one].append(other)
                neighbours[other].append(one)
    return _connected(crossings, neighbours)


def _sides(i: int, j: int) -> tuple[Edge, Edge, Edge, Edge]:
    a, b, c, d = (i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1)
    return (a, b), (a, c), (b, d), (c, d)


def _cross(
    heights: Floats,
    level: float,
    edge: Edge,
    crossings: dict[Edge, tuple[float, float]],
    neighbours: dict[Edge, list[Edge]],
) -> bool:
    """Note where a contour crosses an edge, if it does."""
    (i, j), (k, m) = edge
    here, there = heights[i, j] - level, heights[k, m] - level
    if not here * there < 0.0:
        return False
    if edge not in crossings:
        share = here / (here - there)
        width, height = heights.shape[0] - 1, heights.shape[1] - 1
        crossings[edge] = ((i + share * (k - i)) / width, (j + share * (m - j)) / height)
        neighbours[edge] = []
    return True


def _connected(
    crossings: dict[Edge, tuple[float, float]], neighbours: dict[Edge, list[Edge]]
) -> list[Floats]:
    seen: set[Edge] = set()
    contours = []
    for start in crossings:
        if start in seen:
            continue
        part, waiting = [], [start]
        while waiting:
            edge = waiting.pop()
            if edge not in seen:
                seen.add(edge)
                part.append(edge)
                waiting += neighbours[edge]
        closed = all(len(neighbours[edge]) > 1 for edge in part)
        points = [crossings[edge] for edge in part]
        contours.append(np.array([*points, points[0]] if closed else points))
    return contours
