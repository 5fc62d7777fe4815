"""Where the posterior has its mass: modes and widths by zooming, before any quadrature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import ModelError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.engines.exact.lattice import SinhMap

    Floats = NDArray[np.float64]

POINTS = 13
FRACTIONS = np.linspace(0.0, 1.0, POINTS)
"""Points of one scan, and how far along each lies."""
RESOLVED = 3.0
"""A mode is resolved when both neighbours are within this many nats of it."""
WIDEST = 1e12
"""A scan that still rises here is given up; the quadrature then reports its error."""
HOPELESS = 300.0
"""A row this many nats below the highest holds no mass: its mode need not be found."""
WITHOUT_MASS = 50.0
"""Nor does one this far down matter where its mode is sharper than doubles can tell."""
_WIDEN = (
    "Give it a scale above 1e-6, and log odds and tau that can be: with tau = 5 rates lie near 0 "
    "and 1 alone. For studies that do not differ take the common-rate family"
)
REFINEMENTS = 6
"""Halvings of the gaps between rows that are seen."""
SHIFTED, STRETCHED = 0.8, 0.6
"""How far a row's mode (in widths) and width (in log) may lie from what its neighbours foretell."""
LOWEST = -1e200
"""Stands for the log of zero, so that differences stay finite."""
STEEP = 60.0
"""A fall from one point to the next, in nats, that is not taken for a straight line."""
DEEPEST = 600.0
"""A zero beside a mode is taken to be so many nats lower: a parabola through it would tower."""
PASSES = 60
"""Enough to find a mode to one part in 10^60."""


@dataclass(frozen=True, slots=True)
class Modes:
    """One mode a row, shape ``(R,)`` each: where, its Gaussian width, its height in nats."""

    at: Floats
    width: Floats
    height: Floats

    @property
    def mass(self) -> Floats:
        """The log of each row's integral by Laplace's approximation."""
        return self.height + np.log(self.width)

    def of(self, rows: NDArray[np.bool_]) -> Modes:
        """Return those of some rows."""
        return Modes(self.at[rows], self.width[rows], self.height[rows])

    def put(self, rows: NDArray[np.int64], modes: Modes) -> None:
        """Write the modes of some rows."""
        self.at[rows], self.width[rows] = modes.at, modes.width
        self.height[rows] = modes.height


def find_modes(
    function: Callable[[Floats, Floats], Floats],
    rows: Floats,
    low: Floats,
    high: Floats,
    *,
    cliffs: bool = False,
) -> Modes:
    """Return the mode of ``function(x, row)`` along x for each row.

    Each pass scans 13 points between ``low`` and ``high`` (shape ``(R,)``) and closes in on the
    highest, or moves out where it lies at an end, until its neighbours are close in height.
    With ``cliffs`` a steep rise is followed too, but what it promises is no height that was seen.

    Raises
    ------
    ModelError
        A mode is so sharp that neighbouring doubles are farther apart than it is wide.
    """
    low, high = low.astype(float), high.astype(float)
    found = Modes(*(np.zeros(rows.size) for _ in range(3)))
    open_rows = np.arange(rows.size)
    highest = -np.inf
    for _ in range(PASSES):
        x = low[:, None] + (high - low)[:, None] * FRACTIONS
        f = np.maximum(function(x, rows[open_rows]), LOWEST)
        modes, low, high, still = _look(x, f)
        promised, seen = modes.height, f.max(axis=1)
        if cliffs:
            modes = replace(modes, height=np.minimum(promised, seen + RESOLVED))
        found.put(open_rows, modes)
        highest = max(highest, float(modes.height.max()))
        still &= promised > highest - HOPELESS
        if not still.any():
            break
        open_rows, low, high = open_rows[still], low[still], high[still]
    sharp = ~(found.width > 0.0)
    if np.any(sharp & (found.height > highest - WITHOUT_MASS)):
        raise _too_narrow()
    found.width[sharp] = np.spacing(np.abs(found.at[sharp]))
    return found


def _too_narrow() -> ModelError:
    where = "between two neighbouring doubles"
    what = f"a prior is so narrow, or so far out, that the posterior lies {where}"
    return ModelError(Problem(what, "the exact engine", _WIDEN))


def _no_zero(beside: Floats, middle: Floats) -> Floats:
    """Return heights beside a mode, with a finite one in the place of the log of zero."""
    return np.where(beside < 0.5 * LOWEST, middle - DEEPEST, beside)


def _look(x: Floats, f: Floats) -> tuple[Modes, Floats, Floats, NDArray[np.bool_]]:
    """Return the vertices of parabolas through the highest points and their neighbours.

    ``x`` and ``f`` have shape (R, J), x evenly spaced. Then the ends of the next window, which
    moves out where the highest point is an end and closes in where the mode is too sharp, and
    whether a row needs it: shape ``(R,)`` each.
    """
    points, row = f.shape[1], np.arange(f.shape[0])
    best = f.argmax(axis=1)
    inner = np.minimum(np.maximum(best, 1), points - 2)
    at_end = best != inner
    middle = f[row, inner]
    left, right = (_no_zero(f[row, inner + side], middle) for side in (-1, 1))
    step = x[:, 1] - x[:, 0]
    bend = np.maximum(2.0 * middle - left - right, 1e-9)
    shift = np.minimum(np.maximum(0.5 * (right - left) / bend, -1.0), 1.0)
    vertex = middle + 0.25 * shift * (right - left)
    modes = Modes(x[row, inner] + shift * step, step / np.sqrt(bend), vertex)
    centre, reach = x[row, best], np.where(at_end, (points - 1) * step, step)
    sharp = ~at_end & (middle - np.minimum(left, right) > RESOLVED)
    return modes, centre - reach, centre + reach, sharp | (at_end & (np.abs(centre) < WIDEST))


class Profile:
    """The height and place of each row's mode, with a memory that shortens the next search."""

    def __init__(
        self,
        function: Callable[[Floats, Floats], Floats],
        start: float,
        widest: float = np.inf,
        *,
        cliffs: bool = False,
    ) -> None:
        """Take the log density ``function(x, row)``, x (R, J), row (R,), and where to start.

        No width is above ``widest``: the parabola through a plateau has no end. ``cliffs``: rows
        may fall by any height from one point to the next.
        """
        self.function = function
        self._start = start
        self._widest = widest
        self._cliffs = cliffs
        self._rows = np.empty(0)
        self._modes = Modes(np.empty(0), np.empty(0), np.empty(0))

    def __call__(self, rows: Floats) -> Modes:
        """Return the modes of these rows, shape ``(R,)``."""
        modes = find_modes(self.function, rows, *self._window(rows), cliffs=self._cliffs)
        modes = replace(modes, width=np.minimum(modes.width, self._widest))
        self._remember(rows, modes)
        return modes

    def survey(
        self, rows: Floats, columns: SinhMap, t: Floats, depth: float
    ) -> tuple[Modes | None, Floats]:
        """Return the modes of these rows, and their heights on a lattice, shape ``(R, J)``.

        The heights at ``t`` (J,) of each row's ``columns`` give the modes too, unless one of them
        that is within ``depth`` nats of the highest turns out too sharp for the lattice or beyond
        it: then there are none.
        """
        heights = np.maximum(self.function(columns.value(t), rows), LOWEST)
        seen, _, _, unsure = _look(np.broadcast_to(t, heights.shape), heights)
        if np.any(unsure & (seen.height > seen.height.max() - depth)):
            return None, heights
        at = seen.at[:, None]
        width = np.minimum(seen.width * np.exp(columns.log_slope(at)[:, 0]), self._widest)
        modes = Modes(columns.value(at)[:, 0], width, seen.height)
        self._remember(rows[~unsure], modes.of(~unsure))
        return modes, heights

    def _window(self, rows: Floats) -> tuple[Floats, Floats]:
        if self._rows.size == 0:
            return np.full(rows.shape, self._start - 4.0), np.full(rows.shape, self._start + 4.0)
        centre, width = self.shape_at(rows)
        return centre - 5.0 * width, centre + 5.0 * width

    def _remember(self, rows: Floats, modes: Modes) -> None:
        """Keep what was found; where a row is hopeless, its mode was not, and would mislead."""
        known = max(self._modes.height.max(initial=-np.inf), modes.height.max(initial=-np.inf))
        kept = modes.height >= known - HOPELESS
        if not kept.all():
            rows, modes = rows[kept], modes.of(kept)
        if self._rows.size == 0 and np.all(rows[1:] > rows[:-1]):
            self._rows, self._modes = rows, modes
            return
        every, first = np.unique(np.concatenate([self._rows, rows]), return_index=True)
        old, new = self._modes, modes
        pairs = ((old.at, new.at), (old.width, new.width), (old.height, new.height))
        self._rows, self._modes = every, Modes(*(np.concatenate(pair)[first] for pair in pairs))

    def refine(self, low: float, high: float) -> None:
        """See more rows between two ends until every second one is foretold by the others."""
        for _ in range(REFINEMENTS):
            inside = np.flatnonzero((self._rows >= low) & (self._rows <= high))
            rows, odd = self._rows[inside], inside[1::2]
            centre = np.interp(self._rows[odd], rows[::2], self._modes.at[inside[::2]])
            log_width = np.log(self._modes.width)
            stretched = np.interp(self._rows[odd], rows[::2], log_width[inside[::2]])
            moved = np.abs(self._modes.at[odd] - centre) / self._modes.width[odd]
            if np.all((moved < SHIFTED) & (np.abs(log_width[odd] - stretched) < STRETCHED)):
                return
            self(0.5 * (rows[1:] + rows[:-1]))

    def shape_at(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return centre and width of any row, interpolated between those seen."""
        centre = np.interp(rows, self._rows, self._modes.at)
        return centre, np.exp(np.interp(rows, self._rows, np.log(self._modes.width)))


def peak_among(t: Floats, heights: Floats) -> tuple[float, float] | None:
    """Return mode and width of heights at even steps, None where they do not resolve it."""
    modes, _, _, unsure = _look(t[None, :], heights[None, :])
    return None if unsure[0] else (float(modes.at[0]), float(modes.width[0]))


def find_peak(mass: Callable[[Floats], Floats], low: float, high: float) -> tuple[float, float]:
    """Return mode and width of a function of one coordinate that is scanned between two ends."""
    modes = find_modes(
        lambda x, _rows: mass(x[0])[None, :],
        np.zeros(1),
        np.array([low]),
        np.array([high]),
    )
    return float(modes.at[0]), float(modes.width[0])


def extent(heights: Floats, positions: Floats, cut: float) -> tuple[float, float]:
    """Return where the height is ``cut`` nats below the highest, on the left and on the right.

    Ends that are still too high are returned as infinite.

    Raises
    ------
    ModelError
        The heights are so far down that they cannot be told apart: the mass lies between them.
    """
    floor = float(heights.max()) - cut
    high = np.flatnonzero(heights > floor)
    if not high.size:
        raise _too_narrow()
    first, last = int(high[0]), int(high[-1])
    low_end = -np.inf if first == 0 else _crossing(heights, positions, first, -1, floor)
    at_end = last == heights.size - 1
    return low_end, np.inf if at_end else _crossing(heights, positions, last, 1, floor)


def _crossing(heights: Floats, positions: Floats, inner: int, step: int, floor: float) -> float:
    """Return where a straight line from one point to the next one falls below the floor.

    Where the fall is steep, the line says little: then it is the next point.
    """
    fall = float(heights[inner] - heights[inner + step])
    share = (float(heights[inner]) - floor) / fall if fall < STEEP else 1.0
    here, there = float(positions[inner]), float(positions[inner + step])
    return here + share * (there - here)
