"""A rate that depends on location and spread, where the prior on the location is cut off.

Such a rate is an increasing function of the location in every row of the grid. Where the prior
ends in a jump, so does each row's density, elsewhere in each row, and a sum over rows converges
slowly. Here the rate is a coordinate itself: rows are rates, columns the spreads that go with
them. Its density has singular points, the rates at the corners of the priors' support. Between two
of them rows and columns are stretched to the whole line, where nothing ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError
from metaprop.core.scales import log_expit, logit
from metaprop.engines.exact.coordinates import Stretch
from metaprop.engines.exact.estimands import evidence
from metaprop.engines.exact.grid import nodes_between
from metaprop.engines.exact.lattice import tails
from metaprop.engines.exact.layout import search_rows
from metaprop.engines.exact.locate import Profile
from metaprop.engines.exact.marginals import LatticeMarginal
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.projection import beyond_doubles
from metaprop.engines.exact.quantities import StretchedScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.coordinates import Axis
    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.surface import Likelihood
    from metaprop.engines.exact.turns import Turn

    Floats = NDArray[np.float64]

LARGEST = 170.0
"""The log of a spread beyond which nothing is told apart."""
OUTERMOST = 600.0
"""The free coordinate of a rate beyond which it is not told from an end."""
WIDEST = 2.0
"""A row whose log of tau scatters more widely than this may be a plateau."""
MOST = (0.01, 0.99)
"""Quantiles of a rate between which the search for its rows begins."""
NO_MASS = 1e-13
"""Share of the posterior that a piece without mass has."""
FINER = 0.4
"""Steps of the rows against those of the grid: a stretched piece fades slowly at both its ends."""
NO_JUMP = 0.01
"""Density at an end against that at the top, in tolerances, that is no jump."""


@dataclass(frozen=True, slots=True)
class Turned:
    """The posterior with a rate in the place of the spread, and the spread in its own.

    ``ends`` are those of the location, ``log_spreads`` those of the log of the spread and ``unit``
    is its middle. ``spread`` stretches the rates of one piece, on the logit, to the line: a row is
    known by its place there.
    """

    turn: Turn
    location: Axis
    scatter: Axis
    likelihood: Likelihood
    ends: tuple[float, float]
    log_spreads: tuple[float, float]
    unit: float
    spread: Stretch

    def log_spread(self, y: Floats) -> Floats:
        """Return what a row is known by: its free coordinate."""
        return y

    def free_spread(self, log_spread: Floats) -> Floats:
        """Return a row's free coordinate."""
        return log_spread

    def spread_slope(self, y: Floats) -> Floats:
        """Return the log derivative of the logit of the rate."""
        return self.spread.log_slope(y)

    def in_unit(self, log_unit: float) -> Turned:  # noqa: ARG002
        """Return the same: rows have no unit."""
        return self

    def row_density(self, x: Floats, y: Floats) -> Floats:
        """Return the log density by the free spread x (R, J), on rows (R,)."""
        rate = self.spread.natural(y)
        log_spread, slope = self._log_spread(x, rate)
        location, steepness = self.turn.location(rate[:, None], log_spread, self.ends)
        place = location.reshape(-1, 1), log_spread.reshape(-1, 1)
        found = self.likelihood(*place).reshape(x.shape)
        prior = self.location.log_prior(location) + self.scatter.log_prior(log_spread)
        # what is so far out that doubles do not tell it apart has no mass
        told = (log_spread < LARGEST) & (np.abs(y[:, None]) < OUTERMOST)
        return np.where(told, found + prior - steepness + slope, -np.inf)

    def _log_spread(self, x: Floats, rate: Floats) -> tuple[Floats, Floats]:
        """Return the log of the spread and its log derivative.

        The spread is stretched between a row's ends. The middle of the stretch stays near ``unit``
        in all rows, wherever their ends are.
        """
        found = self.turn.spreads(rate, self.ends, self.log_spreads)
        low, high = (end[:, None] for end in found)
        bounded = np.isfinite(high)
        high = np.where(bounded, high, 0.0)
        place = np.where(bounded, x - np.logaddexp(self.unit, high), x)
        up, down = log_expit(place), log_expit(-place)
        inside = np.logaddexp(low + down, high + up)
        log_spread = np.where(bounded, inside, np.logaddexp(low, x))
        with np.errstate(divide="ignore"):
            width = high + np.log1p(-np.exp(np.minimum(low - high, 0.0)))
        slope = np.where(bounded, width + up + down, x) - log_spread
        return np.minimum(np.maximum(log_spread, -LARGEST), LARGEST), slope


def jumps(grid: Grid, tolerance: float) -> bool:
    """Return whether the posterior of a grid ends in a jump where the location is cut off."""
    bounded = np.isfinite(grid.assumed.location.prior.support)
    density = grid.mass * np.exp(-grid.log_cell)
    at_ends = density[:, [0, -1]].max(axis=0)
    return bool(np.any(bounded & (at_ends > NO_JUMP * tolerance * density.max())))


def turned(grid: Grid, cut: float, turn: Turn) -> Mixture:
    """Return the posterior of a rate, a mixture of its pieces, from a grid of the posterior.

    ``cut`` is how many nats below its top a density is cut off.

    Raises
    ------
    OptionError
        The rate is 0 or 1 as far as a double can tell.
    """
    location, scatter = grid.assumed.location, grid.assumed.spread
    if scatter is None:
        raise ValueError("where nothing scatters, every rate is the location")
    ends, log_spreads = _supports(location, scatter)
    corners = {turn.corner(end, log_spread) for end in ends for log_spread in log_spreads}
    nodal = turn.value(grid.location, grid.log_spread)
    unit = float(grid.log_spread[np.searchsorted(np.cumsum(grid.mass.sum(axis=1)), 0.5), 0])
    every = Turned(
        turn, location, scatter, grid.surface.likelihood, ends, log_spreads, unit, Stretch(*ends)
    )
    parts, totals = [], []
    for low, high in pairwise(sorted(corners)):
        inside = (nodal > low) & (nodal < high)
        if grid.mass[inside].sum() > NO_MASS:
            piece = Stretch(low, high)
            window = _middle(piece.free(nodal[inside]), grid.mass[inside])
            part, total = _piece(replace(every, spread=piece), window, grid, cut)
            parts.append(part)
            totals.append(total)
    if not parts:
        raise OptionError(beyond_doubles(float(np.median(nodal))))
    top = float(np.max(totals))
    both = np.exp(np.stack(totals) - top)
    weights, coarse = (both / both.sum(axis=0)).T
    # the grid adds up the same posterior in other coordinates: what is missing was not found
    gap = top + float(np.log(both[:, 0].sum())) - grid.log_total
    missing = min(max(abs(gap) - evidence(grid).error, 0.0), 1.0)
    known = tuple(replace(part, beyond=part.beyond + missing) for part in parts)
    return Mixture(known, weights, coarse)


def _middle(free: Floats, mass: Floats) -> tuple[float, float]:
    """Return a window of free coordinates, with room, that holds most of the mass of nodes (N,)."""
    order = np.argsort(free)
    shares = np.cumsum(mass[order])
    first, last = np.searchsorted(shares, shares[-1] * np.array(MOST))
    return float(free[order[first]]) - 1.0, float(free[order[last]]) + 1.0


def _piece(
    turned: Turned, window: tuple[float, float], grid: Grid, cut: float
) -> tuple[LatticeMarginal, tuple[float, float]]:
    """Return one piece, and the log of its integral from all nodes and from half of them.

    The rows are looked for from a window of their free coordinates.
    """
    profile = Profile(turned.row_density, turned.unit, WIDEST, cliffs=True)
    rows = search_rows(turned, profile, cut, window)
    profile.refine(float(rows.survey.rows.min()), float(rows.survey.rows.max()))
    columns, reach = rows.survey.columns(profile, cut, shared=False)
    step = FINER * grid.row_step
    nodes, across = nodes_between(rows.extent, step), nodes_between(reach, grid.column_step)
    s = np.multiply(nodes, step, dtype=np.float64)
    t = np.multiply(across, grid.column_step, dtype=np.float64)
    y = rows.map.value(s)
    map_ = columns.at(y)
    log_mass = turned.row_density(map_.value(t), y) + map_.log_slope(t)
    log_mass += (turned.spread_slope(y) + rows.map.log_slope(s))[:, None]
    top = float(log_mass.max())
    mass = np.exp(log_mass - top)
    total = float(mass.sum())
    versions = np.stack([mass.sum(axis=1), 2.0 * mass[:, across % 2 == 0].sum(axis=1)]) / total
    shares = versions.sum(axis=1), 2.0 * versions[0, nodes % 2 == 0].sum()
    beyond = tails(mass.sum(axis=1) / total) + tails(mass.sum(axis=0) / total)
    marginal = LatticeMarginal(
        turned.turn.estimand,
        StretchedScale(turned.spread),
        rows.map,
        nodes,
        step,
        versions / shares[0][:, None],
        beyond + grid.likelihood_error,
    )
    whole = top + np.log(total * step * grid.column_step)
    half = whole + np.log(max(shares[0][1] * shares[1], np.finfo(float).tiny))
    return marginal, (float(whole), float(half))


def _supports(location: Axis, scatter: Axis) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of the location and those of the log of the spread."""
    low, high = (float(end) for end in location.prior.support)
    ends = (float(logit(low)), float(logit(high))) if location.of_a_rate else (low, high)
    with np.errstate(divide="ignore"):
        first, last = (float(scatter.natural(np.array(x))) for x in (-np.inf, np.inf))
    return ends, (first, last)
