"""Where to lay a grid: modes, widths and extents, found on a rough and fast surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact.coordinates import SoftAxis
from metaprop.engines.exact.lattice import SinhMap
from metaprop.engines.exact.locate import Profile, extent, find_peak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.surface import Surface

    Floats = NDArray[np.float64]

ROW_BEND, SOFT_BEND, COLUMN_BEND = 0.35, 0.5, 0.3
"""How soon the spacing of rows, of rows on a ``SoftAxis``, and of columns widens outwards."""
FARTHEST = 400.0
"""Rows are not looked for beyond this free coordinate."""
WIDEST = 120.0
"""Columns are not looked for beyond this lattice coordinate."""
ROW_SCAN, COLUMN_SCAN = np.linspace(-1.0, 1.0, 19), np.linspace(-12.0, 12.0, 25)
"""Where rows (in shares of a reach) and columns (lattice coordinates) are looked at first."""
ALIKE = 1.5
"""Rows share their columns where these are nowhere wider than this against a row's width."""
DEARER = 1.3
"""And where this makes fewer than so many times the columns."""
FEW = 8
"""Of more rows than this every second one says how far the columns go."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The map and extent of the rows, and those of the columns.

    ``log_unit`` is the unit of the spread's free coordinate, ``columns`` has the map of any row.
    Extents are in lattice coordinates.
    """

    log_unit: float
    row_map: SinhMap
    row_extent: tuple[float, float]
    columns: Columns
    column_extent: tuple[float, float]


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


def lay_out(scout: Surface, cut: float) -> Layout:
    """Find where the posterior is within ``cut`` nats of its top."""
    start = float(scout.location_near(scout.cells.pooled_logit))
    profile = Profile(scout.row_density, start)
    if scout.spread is None:
        rows = np.array([-np.inf])
        profile(rows)
        row_map = SinhMap(np.zeros(1), np.ones(1), ROW_BEND)
        columns = Columns(profile)
        return Layout(0.0, row_map, (0.0, 0.0), columns, _column_extent(columns, rows, cut))
    scout, row_map, log_unit = _row_map(scout, profile)
    row_extent, survey = _row_extent(scout, row_map, profile, cut)
    profile.refine(float(survey.rows.min()), float(survey.rows.max()))
    columns, column_extent = _columns(scout, survey, profile, cut)
    return Layout(log_unit, row_map, row_extent, columns, column_extent)


def _columns(
    scout: Surface, survey: Survey, profile: Profile, cut: float
) -> tuple[Columns, tuple[float, float]]:
    """Return the maps of the columns and their extent: one map for all rows where it pays."""
    columns = Columns(profile)
    own = survey.column_extent(columns, cut)
    if own is None:
        return columns, _column_extent(columns, survey.rows, cut)
    one = survey.one_map(profile) if scout.location_is_average else None
    if one is not None:
        shared = Columns(profile, one)
        ends = survey.column_extent(shared, cut)
        if ends is not None and ends[1] - ends[0] < DEARER * (own[1] - own[0]):
            return shared, ends
    return columns, own


def _row_map(scout: Surface, profile: Profile) -> tuple[Surface, SinhMap, float]:
    """Return the surface in the unit of the likeliest spread, and the map of its rows."""

    def mass(y: Floats) -> Floats:
        return profile(scout.log_spread(y)).mass + scout.spread_slope(y)

    peak, width = (np.array([v]) for v in find_peak(mass, -6.0, 6.0))
    log_unit = float(scout.log_spread(peak)[0])
    scaled = scout.in_unit(log_unit)
    centre = scaled.free_spread(scout.log_spread(peak))
    scale = width * np.exp(scout.spread_slope(peak) - scaled.spread_slope(centre))
    bend = SOFT_BEND if isinstance(scout.spread, SoftAxis) else ROW_BEND
    return scaled, SinhMap(centre, scale, bend), log_unit


@dataclass(frozen=True, slots=True)
class Survey:
    """The log spreads of rows that matter, (R,), and their heights at COLUMN_SCAN, (R, J).

    ``seen`` is the map of the columns as it was known before.
    """

    rows: Floats
    seen: SinhMap
    heights: Floats

    def one_map(self, profile: Profile) -> tuple[float, float] | None:
        """Return centre and scale of one map that suits all rows, or None where none does."""
        centre, scale = profile.shape_at(self.rows)
        narrowest = int(scale.argmin())
        spacing = np.hypot(scale[narrowest], COLUMN_BEND * (centre - centre[narrowest]))
        if np.any(spacing > ALIKE * scale):
            return None
        return float(centre[narrowest]), float(scale[narrowest])

    def column_extent(self, columns: Columns, cut: float) -> tuple[float, float] | None:
        """Return how far the columns go on the map as it is known now, so that every row fits.

        None where the heights were not taken far enough out.
        """
        heights = self.heights + self.seen.log_slope(COLUMN_SCAN)
        ends = extent(heights.max(axis=0), COLUMN_SCAN, cut)
        if not np.all(np.isfinite(ends)):
            return None
        known = columns.at(self.rows).inverse(self.seen.value(np.array(ends)))
        return float(known[:, 0].min()), float(known[:, 1].max())


def _row_extent(
    scout: Surface, row_map: SinhMap, profile: Profile, cut: float
) -> tuple[tuple[float, float], Survey]:
    """Return how far the rows go, in lattice coordinates, and what was seen of some of them."""
    reach = 9.0
    while True:
        t = ROW_SCAN * reach
        y = row_map.value(t)
        rows = scout.log_spread(y)
        columns = Columns(profile).at(rows)
        modes, heights = profile.survey(rows, columns, COLUMN_SCAN)
        mass = modes.mass + scout.spread_slope(y) + row_map.log_slope(t)
        low, high = extent(mass, t, cut)
        if (np.isfinite(low) and np.isfinite(high)) or not np.abs(y).max() < FARTHEST:
            low, high = max(low, -reach), min(high, reach)
            inside = (t >= low) & (t <= high)
            own = SinhMap(columns.centre[inside], columns.scale[inside], COLUMN_BEND)
            return (low, high), Survey(rows[inside], own, heights[inside])
        reach *= 1.5


def _column_extent(columns: Columns, rows: Floats, cut: float) -> tuple[float, float]:
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
