"""Where to lay a grid: modes, widths and extents, found on a rough and fast surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact.lattice import SinhMap
from metaprop.engines.exact.locate import Profile, extent, find_peak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.surface import Surface

    Floats = NDArray[np.float64]

ROW_BEND, COLUMN_BEND = 0.35, 0.3
"""How soon the spacing of rows and columns widens away from their centres."""
FARTHEST = 400.0
"""Rows are not looked for beyond this free coordinate."""
WIDEST = 120.0
"""Columns are not looked for beyond this lattice coordinate."""
FEW = 8
"""Of more rows than this every second one says how far the columns go."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The map and extent of the rows, and those of the columns.

    ``log_unit`` is the unit of the spread's free coordinate, ``profile`` knows each row's mode and
    width by its log spread. Extents are in lattice coordinates.
    """

    log_unit: float
    row_map: SinhMap
    row_extent: tuple[float, float]
    profile: Profile
    column_extent: tuple[float, float]

    def columns_at(self, log_spread: Floats) -> SinhMap:
        """Return the map of the columns of rows, shape ``(R,)``."""
        return _columns(self.profile, log_spread)


def _columns(profile: Profile, log_spread: Floats) -> SinhMap:
    centre, scale = profile.shape_at(log_spread)
    return SinhMap(centre[:, None], scale[:, None], COLUMN_BEND)


def lay_out(scout: Surface, cut: float) -> Layout:
    """Find where the posterior is within ``cut`` nats of its top."""
    start = float(scout.location_near(scout.cells.pooled_logit))
    profile = Profile(scout.row_density, start)
    if scout.spread is None:
        rows = np.array([-np.inf])
        profile(rows)
        row_map = SinhMap(np.zeros(1), np.ones(1), ROW_BEND)
        return Layout(0.0, row_map, (0.0, 0.0), profile, _column_extent(profile, rows, cut))
    scout, row_map, log_unit = _row_map(scout, profile)
    row_extent, rows = _row_extent(scout, row_map, profile, cut)
    profile.refine(float(rows.min()), float(rows.max()))
    return Layout(log_unit, row_map, row_extent, profile, _column_extent(profile, rows, cut))


def _row_map(scout: Surface, profile: Profile) -> tuple[Surface, SinhMap, float]:
    """Return the surface in the unit of the likeliest spread, and the map of its rows."""

    def mass(y: Floats) -> Floats:
        return profile.mass(scout.log_spread(y)) + scout.spread_slope(y)

    peak, width = (np.array([v]) for v in find_peak(mass, -6.0, 6.0))
    log_unit = float(scout.log_spread(peak)[0])
    scaled = scout.in_unit(log_unit)
    centre = scaled.free_spread(scout.log_spread(peak))
    scale = width * np.exp(scout.spread_slope(peak) - scaled.spread_slope(centre))
    return scaled, SinhMap(centre, scale, ROW_BEND), log_unit


def _row_extent(
    scout: Surface, row_map: SinhMap, profile: Profile, cut: float
) -> tuple[tuple[float, float], Floats]:
    """Return how far the rows go, in lattice coordinates, and the log spreads of some of them."""
    reach = 9.0
    while True:
        t = np.linspace(-reach, reach, 19)
        y = row_map.value(t)
        rows = scout.log_spread(y)
        heights = profile.mass(rows) + scout.spread_slope(y) + row_map.log_slope(t)
        low, high = extent(heights, t, cut)
        if (np.isfinite(low) and np.isfinite(high)) or not np.abs(y).max() < FARTHEST:
            low, high = max(low, -reach), min(high, reach)
            return (low, high), rows[(t >= low) & (t <= high)]
        reach *= 1.5


def _column_extent(profile: Profile, rows: Floats, cut: float) -> tuple[float, float]:
    """Return how far the columns go, in lattice coordinates, so that every row fits."""
    rows = rows[::2] if rows.size > FEW else rows
    column_map = _columns(profile, rows)
    reach = 12.0
    while True:
        t = np.linspace(-reach, reach, 25)
        heights = profile.function(column_map.value(t), rows) + column_map.log_slope(t)
        low, high = extent(heights.max(axis=0), t, cut)
        if (np.isfinite(low) and np.isfinite(high)) or reach > WIDEST:
            return max(low, -reach), min(high, reach)
        reach *= 1.5
