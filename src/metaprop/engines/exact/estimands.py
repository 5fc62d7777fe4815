"""Each estimand of the design as a marginal of one grid."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.estimates import Estimate
from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import log_expit
from metaprop.engines.exact.beta_shape import location_of_median, logit_median
from metaprop.engines.exact.coordinates import UnitAxis
from metaprop.engines.exact.lattice import tails
from metaprop.engines.exact.marginals import ROUNDING, LatticeMarginal, Scale
from metaprop.engines.exact.projection import (
    centre_and_scale,
    column_marginal,
    free_rows,
    increasing_rows,
    location_rows,
    rate_marginal,
    rows_at,
    span,
)
from metaprop.engines.exact.quantities import LocationScale, RhoScale, TauScale
from metaprop.engines.exact.scatter import scatter_density
from metaprop.engines.exact.surface import likelihood_of
from metaprop.engines.likelihood.binomial_logit import log_binomial, standard_error
from metaprop.engines.likelihood.cells import Cells, tau_mean_undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.posterior import Estimand

    Floats = NDArray[np.float64]

BEYOND = 30.0
"""Logits beyond the outermost columns up to which a location is still looked for."""
NEARBY = 3.0
"""Logits between the middles of average and typical rate, at the most."""
SMALL_SPREAD = 1e-3
"""Share of the posterior below a row whose spread is small."""
CUT = 9.0
"""Nats beyond ``-log(tolerance)`` at which the density of a rate is cut off."""


def average(grid: Grid, cut: float) -> LatticeMarginal:
    """Return the posterior of ``E[p]``: the location itself, or its logistic-normal mean."""
    if grid.surface.family != "logit-normal":
        return _location(grid, "average", cut)
    nodal = logit_average(grid.location, grid.log_spread)
    inverting: list[float] = []

    def density(x: Floats) -> Floats:
        rows, error = increasing_rows(grid, nodal, x)
        inverting.append(error)
        return grid.combine(rows)

    shape = centre_and_scale(grid, nodal)
    reach = span(grid, nodal, cut)
    return rate_marginal(grid, "average", density, shape, reach, inverting)


def typical(grid: Grid, cut: float) -> LatticeMarginal:
    """Return the posterior of the median study's rate."""
    if grid.surface.family != "beta-binomial":
        return _location(grid, "typical", cut)
    # near the average where rho is small; where it is large medians lie far out and far apart
    small = np.searchsorted(np.cumsum(grid.mass.sum(axis=1)), SMALL_SPREAD)
    location, scale, crowding = centre_and_scale(grid)
    median = float(logit_median(np.array([[location]]), grid.log_spread[[small]])[0, 0])
    centre = min(max(median, location - NEARBY), location + NEARBY)
    # beyond the columns too: differences along the lattice need neighbours
    ends = grid.location[:, :1] - BEYOND, grid.location[:, -1:] + BEYOND

    def density(x: Floats) -> Floats:
        location = location_of_median(x, grid.log_spread, *ends)
        return grid.combine(rows_at(grid, location, x))

    return rate_marginal(grid, "typical", density, (centre, scale, crowding), cut)


def _location(grid: Grid, estimand: Estimand, cut: float) -> LatticeMarginal:
    if grid.one_lattice:
        return column_marginal(grid, estimand)
    if grid.surface.location.cut_off:
        return _free_location(grid, estimand, cut)
    return rate_marginal(
        grid,
        estimand,
        lambda x: grid.combine(location_rows(grid, x)),
        centre_and_scale(grid),
        span(grid, grid.location, cut),
    )


def _free_location(grid: Grid, estimand: Estimand, cut: float) -> LatticeMarginal:
    """Return the location's marginal on a lattice of its free coordinate, which meets no edge."""
    found = rate_marginal(
        grid,
        estimand,
        lambda x: grid.combine(free_rows(grid, x)),
        centre_and_scale(grid, grid.x),
        span(grid, grid.x, cut),
    )
    return replace(found, scale=LocationScale(grid.surface.location))


def new_study(grid: Grid, cut: float) -> LatticeMarginal:
    """Return the posterior predictive of the rate of a study not yet seen."""
    if grid.surface.family == "common-rate":
        return _location(grid, "new_study", cut)
    return rate_marginal(
        grid, "new_study", lambda x: scatter_density(grid, x), scattered(grid), cut
    )


def scattered(grid: Grid) -> tuple[float, float, float]:
    """Return centre and narrowest width of a new study's logit over the rows that matter."""
    if grid.surface.family == "logit-normal":
        scatter = np.exp(np.minimum(grid.log_spread[:, 0], 1.0))
    else:
        middle = np.sum(grid.mass * grid.location) / np.sum(grid.mass)
        variance = grid.log_spread[:, 0] - log_expit(middle) - log_expit(-middle)
        scatter = np.exp(np.minimum(0.5 * variance, 1.0))
    return centre_and_scale(grid, scatter=scatter)


def study(
    grid: Grid, cell: tuple[int, int, int], cut: float, laid: Grid | None = None
) -> LatticeMarginal:
    """Return the posterior of one study's rate from a grid *without* that study.

    It is the predictive of a new study times this study's likelihood. Where the grid was laid with
    the study and then reweighed, ``laid`` is what it was before: far from the others it may seem
    to end within their mass, but the study's likelihood takes that back.
    """
    ours = Cells.single(*cell)

    def density(x: Floats) -> Floats:
        common = grid.surface.family == "common-rate"
        fresh = grid.combine(location_rows(grid, x)) if common else scatter_density(grid, x)
        log_like = log_binomial(ours, x)[:, 0]
        return fresh * np.exp(log_like - log_like.max())

    centre, scale, crowding = scattered(grid)
    narrowest = float(standard_error(ours)[0])
    if narrowest < scale:
        rate = (0.5 * (cell[0] + cell[1]) + 0.5) / (cell[2] + 1.0)
        centre, scale = math.log(rate / (1.0 - rate)), narrowest
    shape = centre, scale, crowding
    return rate_marginal(laid or grid, "study", density, shape, cut)


def common_study(grid: Grid, cut: float) -> LatticeMarginal:
    """Return the posterior of one study's rate where it is that of all, from all studies' grid."""
    return _location(grid, "study", cut)


def heterogeneity(grid: Grid) -> LatticeMarginal:
    """Return the posterior of ``tau`` or ``rho`` on the rows of the grid."""
    axis, assumed = grid.surface.spread, grid.assumed.spread
    if axis is None or assumed is None:
        raise ValueError("a common rate has no heterogeneity")
    logit_normal = grid.surface.family == "logit-normal"
    low, high = assumed.prior.support
    if not logit_normal and not isinstance(assumed, UnitAxis):  # kappa: rho = 1 / (1 + kappa)
        low, high = 1.0 / (1.0 + high), 1.0 / (1.0 + low)
    ends = (low, high)
    scale: Scale = TauScale(axis, ends) if logit_normal else RhoScale(axis, ends)
    return LatticeMarginal(
        "tau" if logit_normal else "rho",
        scale,
        grid.row_map,
        grid.row_nodes,
        grid.row_step,
        grid.versions()[:2].sum(axis=2),
        grid.edge() + grid.likelihood_error,
        tau_mean_undefined(grid.surface.cells, assumed.prior) if logit_normal else None,
        tails(np.sum(grid.mass * np.exp(grid.log_spread), axis=0)) if logit_normal else 0.0,
    )


def evidence(grid: Grid) -> Estimate:
    """Return the log marginal likelihood, binomial coefficients included."""
    error = grid.gaps() + grid.edge() + grid.likelihood_error + ROUNDING
    return Estimate(grid.log_total, float(error))


def without_study(grid: Grid, cell: tuple[int, int, int]) -> Grid:
    """Return the posterior without one study of this cell, on the same nodes."""
    ours = likelihood_of(grid.surface.family, Cells.single(*cell), 1.3)
    return grid.with_mass(-ours(grid.location, grid.log_spread))
