"""Where to lay a grid: modes, widths and extents, found on a rough and fast surface.

A glance at a lattice that suits most tables usually tells all. Where it does not resolve the
posterior, this is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from metaprop.engines.exact.coordinates import SoftAxis
from metaprop.engines.exact.lattice import SinhMap
from metaprop.engines.exact.locate import Profile, extent, find_peak, peak_among
from metaprop.engines.exact.survey import (
    COLUMN_BEND,
    COLUMN_SCAN,
    Columns,
    Survey,
    column_extent,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.surface import Surface

    Floats = NDArray[np.float64]

ROW_BEND, SOFT_BEND = 0.35, 0.5
"""How soon the spacing of rows, and of rows on a ``SoftAxis``, widens away from their centre."""
FARTHEST = 400.0
"""Rows are not looked for beyond this free coordinate."""
AFAR = -6.0, 6.0
"""Free coordinates between which a search for rows begins."""
ROW_SCAN = np.linspace(-9.0, 9.0, 19)
"""Where rows are looked at first, in lattice coordinates."""
GLANCE = SinhMap(np.zeros(1), np.ones(1), ROW_BEND)
"""The rows of a glance: a spread is usually known to a factor of 2 or so, and in units of 1."""
MARGIN = 12.0
"""Nats beyond the cut that a row may gain by the widening of a lattice."""


class Rowed(Protocol):
    """What has rows: a free coordinate along them, and what each is known by."""

    @property
    def spread(self) -> object:
        """Return the coordinate itself."""
        ...

    def log_spread(self, y: Floats) -> Floats:
        """Return what rows at free coordinates are known by."""
        ...

    def free_spread(self, log_spread: Floats) -> Floats:
        """Return their free coordinates."""
        ...

    def spread_slope(self, y: Floats) -> Floats:
        """Return the log derivative of what is integrated over by the free coordinate."""
        ...

    def in_unit(self, log_unit: float) -> Rowed:
        """Return the same with the unit of the free coordinate set, where it has one."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The map and extent of the rows in the unit of the spread's free coordinate, its log.

    ``survey`` has what was seen of rows within the extent.
    """

    log_unit: float
    map: SinhMap
    extent: tuple[float, float]
    survey: Survey


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


def lay_out(scout: Surface, cut: float) -> Layout:
    """Find where the posterior is within ``cut`` nats of its top."""
    start = float(scout.location_near(scout.cells.pooled_logit))
    profile = Profile(scout.row_density, start)
    if scout.spread is None:
        alone = np.array([-np.inf])
        profile(alone)
        columns = Columns(profile)
        return Layout(0.0, GLANCE, (0.0, 0.0), columns, column_extent(columns, alone, cut))
    rows = _at_a_glance(scout, profile, start, cut) or search_rows(scout, profile, cut)
    profile.refine(float(rows.survey.rows.min()), float(rows.survey.rows.max()))
    shared = scout.location_is_average
    columns, columns_extent = rows.survey.columns(profile, cut, shared=shared)
    return Layout(rows.log_unit, rows.map, rows.extent, columns, columns_extent)


def _at_a_glance(scout: Surface, profile: Profile, start: float, cut: float) -> Rows | None:
    """Return where the rows are, or None where a first look does not resolve the posterior."""
    if not len(scout.cells):
        return None
    y = GLANCE.value(ROW_SCAN)
    rows = scout.log_spread(y)
    centre = np.full((rows.size, 1), start)
    seen = SinhMap(centre, _expected_width(scout, start, rows)[:, None], COLUMN_BEND)
    modes, heights = profile.survey(rows, seen, COLUMN_SCAN, cut + MARGIN)
    if modes is None:
        return None
    peak = peak_among(ROW_SCAN, modes.mass + scout.spread_slope(y))
    if peak is None:
        return None
    at, width = (np.array([v]) for v in peak)
    width = width * np.exp(GLANCE.log_slope(at))
    log_unit, scaled, row_map = _row_map(scout, GLANCE.value(at), width)
    if scaled.spread is not scout.spread:
        y = scaled.free_spread(rows)
    t = row_map.inverse(y)
    ends = extent(modes.mass + scaled.spread_slope(y) + row_map.log_slope(t), t, cut)
    if not (np.isfinite(ends[0]) and np.isfinite(ends[1])):
        return None
    inside = (t >= ends[0]) & (t <= ends[1])
    return Rows(log_unit, row_map, ends, Survey(rows, seen, heights).of(inside))


def _expected_width(scout: Surface, start: float, log_spread: Floats) -> Floats:
    """Return about how wide the location's density is on rows: the pooled standard error, widened.

    A logit-normal spread adds its variance over k; a beta's, near 0 or 1, widens by far less than
    the variance of the rates.
    """
    cells = scout.cells
    n, k = float(np.sum(cells.times * cells.total)), float(np.sum(cells.times))
    y = 0.5 * float(np.sum(cells.times * (cells.low + cells.high)))
    variance = 1.0 / (y + 1.0) + 1.0 / (n - y + 1.0)
    if scout.family == "logit-normal":
        width = np.sqrt(variance + np.exp(2.0 * log_spread) / k)
    else:
        inflated = 1.0 + (n / k - 1.0) / (1.0 + np.exp(-log_spread))
        width = np.sqrt(variance * np.sqrt(inflated))
    return width * np.exp(-scout.location.log_slope(np.array([start])))


def search_rows(
    scout: Rowed, profile: Profile, cut: float, window: tuple[float, float] = AFAR
) -> Rows:
    """Return where the rows are by a search that begins in a window of the free spread."""

    def mass(y: Floats) -> Floats:
        return profile(scout.log_spread(y)).mass + scout.spread_slope(y)

    peak, width = (np.array([v]) for v in find_peak(mass, *window))
    log_unit, scaled, row_map = _row_map(scout, peak, width)
    t = ROW_SCAN
    while True:
        y = row_map.value(t)
        rows = scaled.log_spread(y)
        seen = Columns(profile).at(rows)
        modes, heights = profile.survey(rows, seen, COLUMN_SCAN, cut + MARGIN)
        modes = modes or profile(rows)
        low, high = extent(modes.mass + scaled.spread_slope(y) + row_map.log_slope(t), t, cut)
        if (np.isfinite(low) and np.isfinite(high)) or not np.abs(y).max() < FARTHEST:
            ends = max(low, float(t[0])), min(high, float(t[-1]))
            inside = (t >= ends[0]) & (t <= ends[1])
            return Rows(log_unit, row_map, ends, Survey(rows, seen, heights).of(inside))
        t = 1.5 * t


def _row_map(scout: Rowed, peak: Floats, width: Floats) -> tuple[float, Rowed, SinhMap]:
    """Return the log of the likeliest spread, the surface in its unit, and the map of its rows."""
    natural = scout.log_spread(peak)
    scaled = scout.in_unit(float(natural[0]))
    centre = scaled.free_spread(natural)
    scale = width * np.exp(scout.spread_slope(peak) - scaled.spread_slope(centre))
    bend = SOFT_BEND if isinstance(scout.spread, SoftAxis) else ROW_BEND
    return float(natural[0]), scaled, SinhMap(centre, scale, bend)
