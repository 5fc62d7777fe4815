"""What is seen of the posterior on a rough lattice: each row's mode, and how far its mass reaches.

One survey of some rows tells where the columns of all rows go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact.lattice import SinhMap
from metaprop.engines.exact.locate import STEEP, Profile, extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMN_BEND = 0.3
"""How soon the spacing of columns widens away from their centres."""
COLUMN_SCAN = np.linspace(-12.0, 12.0, 25)
"""Where columns are looked at first, in lattice coordinates."""
WIDEST = 120.0
"""Columns are not looked for beyond this lattice coordinate."""
ALIKE = 1.5
"""Rows share their columns where these are nowhere wider than this against a row's width."""
DEARER = 1.3
"""And where this makes fewer than so many times the columns."""
OUTWARDS = np.array([-1, 1])
FEW = 8
"""Of more rows than this every second one says how far the columns go."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The maps of the columns: each row's around its mode, or ``one`` (centre, scale) for all."""

    profile: Profile
    one: tuple[float, float] | None = None

    def at(self, log_spread: Floats) -> SinhMap:
        """Return the map of rows with these log spreads, shape ``(R,)``."""
        if self.one is not None:
            centre, scale = (np.full((log_spread.size, 1), v) for v in self.one)
            return SinhMap(centre, scale, COLUMN_BEND)
        centre, scale = self.profile.shape_at(log_spread)
        return SinhMap(centre[:, None], scale[:, None], COLUMN_BEND)


@dataclass(frozen=True, slots=True)
class Survey:
    """The log spreads of rows, (R,), and their heights at COLUMN_SCAN of ``seen``, (R, J)."""

    rows: Floats
    seen: SinhMap
    heights: Floats

    def of(self, inside: NDArray[np.bool_]) -> Survey:
        """Return the survey of some of the rows."""
        seen = SinhMap(self.seen.centre[inside], self.seen.scale[inside], COLUMN_BEND)
        return Survey(self.rows[inside], seen, self.heights[inside])

    def columns(
        self, profile: Profile, cut: float, *, shared: bool
    ) -> tuple[Columns, tuple[float, float]]:
        """Return the maps of the columns and their extent; where ``shared`` pays, one for all."""
        columns, ends = Columns(profile), self._ends(cut)
        if ends is None:
            return columns, column_extent(columns, self.rows, cut)
        extents = _around(columns.at(self.rows).inverse(ends))
        one = self._one_map(profile) if shared else None
        if one is not None:
            together = Columns(profile, one)
            wider = _around(together.at(self.rows).inverse(ends))
            if wider[1] - wider[0] < DEARER * (extents[1] - extents[0]):
                return together, wider
        return columns, extents

    def _one_map(self, profile: Profile) -> tuple[float, float] | None:
        """Return centre and scale of one map that suits all rows, or None where none does."""
        centre, scale = profile.shape_at(self.rows)
        narrowest = int(scale.argmin())
        spacing = np.hypot(scale[narrowest], COLUMN_BEND * (centre - centre[narrowest]))
        if np.any(spacing > ALIKE * scale):
            return None
        return float(centre[narrowest]), float(scale[narrowest])

    def _ends(self, cut: float) -> Floats | None:
        """Return between which x each row is within ``cut`` nats of the highest, shape (R, 2).

        Of a row that is nowhere so high it is its mode. None where a row's end was not seen.
        """
        heights = self.heights + self.seen.log_slope(COLUMN_SCAN)
        floor = heights.max() - cut
        high = heights >= np.minimum(floor, heights.max(axis=1))[:, None]
        inner = np.stack(
            [high.argmax(axis=1), high.shape[1] - 1 - high[:, ::-1].argmax(axis=1)], axis=1
        )
        if inner.min() == 0 or inner.max() == high.shape[1] - 1:
            return None
        here = np.take_along_axis(heights, inner, axis=1)
        fall = here - np.take_along_axis(heights, inner + OUTWARDS, axis=1)
        share = np.where(fall < STEEP, np.maximum(here - floor, 0.0) / fall, 1.0)
        return self.seen.value(COLUMN_SCAN[inner] + share * OUTWARDS)


def column_extent(columns: Columns, rows: Floats, cut: float) -> tuple[float, float]:
    """Return how far the columns go, in lattice coordinates, so that every row fits."""
    rows = rows[::2] if rows.size > FEW else rows
    column_map = columns.at(rows)
    t = COLUMN_SCAN
    while True:
        heights = columns.profile.function(column_map.value(t), rows) + column_map.log_slope(t)
        low, high = extent(heights.max(axis=0), t, cut)
        if (np.isfinite(low) and np.isfinite(high)) or t[-1] > WIDEST:
            return max(low, float(t[0])), min(high, float(t[-1]))
        t = 1.5 * t


def _around(places: Floats) -> tuple[float, float]:
    """Return the least of the left and the greatest of the right, shape ``(R, 2)``."""
    return float(places[:, 0].min()), float(places[:, 1].max())
