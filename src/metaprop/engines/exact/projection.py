"""From the grid to the posterior of one rate: its density over a lattice of logits.

Three kinds of rate. One *is* the location (typical rate of the logit-normal, average rate of the
beta-binomial). One is an increasing function of the location in every row (average rate of the
logit-normal, typical rate of the beta-binomial). One scatters around the location (a new study).
Each returns its density row by row, from all columns and from every second one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.engines.exact.lattice import SinhMap, interpolate, invert_rows, tails
from metaprop.engines.exact.marginals import LatticeMarginal
from metaprop.engines.exact.quantities import RateScale

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.posterior import Estimand

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rows = Callable[[Floats], Floats]

BEND = 0.3
SIGNIFICANT = 1e-10
"""Rows with less mass than this do not decide how fine a lattice is."""
ROOM, MOST_CROWDED = 1.5, 8.0
"""A lattice this much wider than a row's width still resolves it; the finest that is laid."""
QUARTERS = (0.16, 0.5, 0.84)
"""Levels that give a row's middle and width."""
FARTHEST = 100.0
"""A density is not followed beyond this lattice coordinate: e^30 widths away."""
COARSE = 61
"""Points of the scan that finds how far a density reaches."""


def location_rows(grid: Grid, logit: Floats) -> Floats:
    """Return the density of the location at logits of shape ``(R, G)`` or ``(G,)``: (2, R, G)."""
    location = grid.surface.location
    free = np.atleast_2d(location.free(logit))
    inside = np.isfinite(free)
    free = np.where(inside, free, 0.0)
    rows = free_rows(grid, free)
    rows *= np.exp(-location.log_slope(free)) * inside
    return rows


def free_rows(grid: Grid, free: Floats) -> Floats:
    """Return the density of the free location at coordinates of the same shapes: (2, R, G)."""
    free = np.atleast_2d(free)
    rows = _series(grid, grid.column_map.inverse(free) / grid.column_step, grid.mass)
    rows *= grid.column_map.inverse_slope(free) / grid.column_step
    return rows


def _series(grid: Grid, position: Floats, mass: Floats) -> Floats:
    """Return the density per column step at positions (R, G), from all and half the columns."""
    nodes = grid.column_nodes
    rows = interpolate(position, nodes, mass)
    rows *= (position > nodes[0] - 1) & (position < nodes[-1] + 1)
    return rows


def increasing_rows(grid: Grid, nodal: Floats, logit: Floats) -> tuple[Floats, float]:
    """Return the density of an increasing function of the location, its node values (R, J) given.

    Shape (2, R, G); and a bound on the error of probabilities that comes from inverting it.
    """
    first = int(grid.column_nodes[0])
    position, uncertain = invert_rows(nodal, logit)
    known = np.isfinite(position)
    slope = derivative(nodal)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_value = np.where(slope > 0.0, grid.mass / slope, 0.0)
    there = np.where(known, position + first, first)
    rows = np.where(known, _series(grid, there, per_value), 0.0)
    nearest = np.rint(there - first).astype(np.int64)
    nearest += np.arange(0, slope.size, slope.shape[1])[:, None]
    shift = np.abs(rows[0]) * slope.ravel().take(nearest) * uncertain
    return rows, float(shift.sum(axis=0).max())


def rows_at(grid: Grid, location: Floats, logit: Floats) -> Floats:
    """Return the density of a function of the location whose inverse is given: (2, R, G).

    ``location`` (R, G) is where the function takes the value ``logit`` (G,), evenly spaced in some
    smooth coordinate; infinite where it does not.
    """
    free = grid.surface.location.free(np.where(np.isfinite(location), location, np.nan))
    position = grid.column_map.inverse(free) / grid.column_step
    with np.errstate(invalid="ignore"):  # beside an infinite place nothing is known
        slope = derivative(position) / derivative(logit[None, :])
    known = np.isfinite(position) & np.isfinite(slope)
    rows = _series(grid, np.where(known, position, 0.0), grid.mass)
    return np.where(known, rows * np.where(known, slope, 0.0), 0.0)


def derivative(values: Floats) -> Floats:
    """Return the derivative per step along the last axis by central differences of order eight."""
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    count = values.shape[-1]
    out = np.empty_like(values)
    out[:, 1:-1] = 0.5 * (values[:, 2:] - values[:, :-2])
    out[:, [0, -1]] = values[:, [1, -1]] - values[:, [0, -2]]
    if count > 2 * len(weights):
        inner = np.zeros_like(values[:, 4:-4])
        for k, weight in enumerate(weights, start=1):
            inner += weight * (values[:, 4 + k : count - 4 + k] - values[:, 4 - k : count - 4 - k])
        out[:, 4:-4] = inner
    return out


def centre_and_scale(
    grid: Grid, nodal: Floats | None = None, scatter: Floats | None = None
) -> tuple[float, float, float]:
    """Return where a rate's posterior is narrowest and how narrow, on the logit, and a crowding.

    The crowding, 1 or more, is by how much a lattice from there must be finer than a row's columns
    so that it resolves all other rows too, whose spacing widens with the distance.

    ``nodal`` (R, J) is the rate's logit at each node, increasing along a row; the location if none
    is given. ``scatter`` (R,) is added to each row's width. By quantiles, since means need not
    exist; rows with hardly any mass do not count.

    Raises
    ------
    OptionError
        The rate is 0 or 1 as far as a double can tell.
    """
    rows = grid.mass.sum(axis=1)
    heavy = np.flatnonzero(rows > min(SIGNIFICANT, 0.5 * float(rows.max())))
    shares = np.cumsum(grid.mass[heavy], axis=1) / rows[heavy, None]
    low, middle, high = _quantiles(shares, (grid.location if nodal is None else nodal)[heavy]).T
    width = 0.5 * (high - low)
    if scatter is not None:
        width = np.hypot(width, scatter[heavy])
    narrowest = int(np.argmin(width))
    centre, scale = float(middle[narrowest]), float(width[narrowest])
    if not scale > 0.0:
        raise OptionError(beyond_doubles(centre))
    spacing = np.hypot(scale, BEND * (middle - centre))
    crowding = float(np.max(spacing / width)) / ROOM
    return centre, scale, min(max(crowding, 1.0), MOST_CROWDED)


def beyond_doubles(logit: float) -> Problem:
    """Return why a rate that is 0 or 1 as far as doubles can tell is refused."""
    what = f"a rate has all its mass at log odds of {logit:.0f} as far as doubles can tell"
    remedy = "Give location and spread priors that are narrower, or cut them off with low and high"
    return Problem(what, "the priors", remedy)


def _between_nodes() -> Problem:
    what = "the prior all but fixes the location, so that a rate has all its mass between two nodes"
    return Problem(what, "the prior on the location", "Make it wider")


def _quantiles(shares: Floats, values: Floats) -> Floats:
    """Return where rows (R, J) of increasing shares reach QUARTERS, by straight lines: (R, 3)."""
    right = np.stack([(shares < level).sum(axis=1) for level in QUARTERS], axis=1)
    right = np.minimum(np.maximum(right, 1), shares.shape[1] - 1)
    right += np.arange(0, shares.size, shares.shape[1])[:, None]
    below, above, low, high = (v.take(right - i) for v in (shares, values) for i in (1, 0))
    part = np.minimum(np.maximum((QUARTERS - below) / np.maximum(above - below, 1e-300), 0.0), 1.0)
    return np.asarray(low + part * (high - low))


def span(grid: Grid, logit: Floats, cut: float) -> tuple[float, float]:
    """Return the least and greatest of node values (R, J) that carry mass within ``cut`` nats."""
    there = logit[grid.mass > grid.mass.max() * np.exp(-cut)]
    return float(there.min()), float(there.max())


def rate_marginal(
    grid: Grid,
    estimand: Estimand,
    density: Rows,
    shape: tuple[float, float, float],
    reach: float | tuple[float, float],
    uncertain: list[float] | None = None,
) -> LatticeMarginal:
    """Return the marginal of a rate from its density (V, G) over logits.

    ``shape`` is that of ``centre_and_scale``. ``reach`` is the range of logits, or the
    number of nats by which the density has fallen at its ends, which are then looked for.
    ``uncertain`` gathers bounds on errors of its own, one each time ``density`` is called.

    Raises
    ------
    OptionError
        The density has no mass at any node: the prior all but fixes the location.
    """
    map_ = SinhMap(np.array([shape[0]]), np.array([shape[1]]), BEND)
    step = grid.column_step / shape[2]
    low, high = (
        _reach(map_, density, reach) if isinstance(reach, float) else map_.inverse(np.array(reach))
    )
    nodes = np.arange(int(np.floor(low / step)), int(np.ceil(high / step)) + 1)
    t = np.multiply(nodes, step, dtype=np.float64)
    masses = density(map_.value(t)) * np.exp(map_.log_slope(t)) * step
    total = masses.sum(axis=1, keepdims=True)
    if not (total > 0.0).all():
        raise OptionError(_between_nodes())
    masses /= total
    beyond = grid.edge() + tails(masses[0]) + grid.likelihood_error + max(uncertain or [0.0])
    return LatticeMarginal(estimand, RateScale(), map_, nodes, step, masses, beyond)


def column_marginal(grid: Grid, estimand: Estimand) -> LatticeMarginal:
    """Return the marginal of the location where all rows share their columns: sums over rows.

    Half the columns are every second node of the marginal itself, which compares them.
    """
    versions = [grid.mass, grid.mass[grid.row_nodes % 2 == 0]]
    masses = np.stack([mass.sum(axis=0) for mass in versions[: min(2, grid.row_nodes.size)]])
    masses /= masses.sum(axis=1, keepdims=True)
    return LatticeMarginal(
        estimand,
        RateScale(),
        grid.columns_of(0),
        grid.column_nodes,
        grid.column_step,
        masses,
        grid.edge() + grid.likelihood_error,
    )


def _reach(map_: SinhMap, density: Rows, cut: float) -> tuple[float, float]:
    """Return lattice coordinates between which the density is within ``cut`` nats of its top."""
    reach = 20.0
    while True:
        t = np.linspace(-reach, reach, COARSE)
        values = density(map_.value(t))[0] * np.exp(map_.log_slope(t))
        high = np.flatnonzero(values >= values.max() * np.exp(-cut))
        if (high[0] > 0 and high[-1] < COARSE - 1) or reach > FARTHEST:
            return float(t[max(high[0] - 1, 0)]), float(t[min(high[-1] + 1, COARSE - 1)])
        reach *= 1.6
