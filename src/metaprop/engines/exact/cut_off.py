"""The average rate of the logit-normal where the prior on the location is cut off.

The average is an increasing function of the location in every row of the grid. Where the prior
ends in a jump, so does each row's density, elsewhere in each row, and a sum over rows converges
slowly. Here the average is a coordinate itself: rows are averages, columns the spreads that go
with them. Its density has singular points, the averages at the corners of the priors' support.
Between two of them rows and columns are stretched to the whole line, where nothing ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.logistic_mean import logit_average, logit_average_and_slope
from metaprop.core.scales import log_expit, logit
from metaprop.engines.exact.coordinates import Stretch
from metaprop.engines.exact.grid import nodes_between
from metaprop.engines.exact.lattice import tails
from metaprop.engines.exact.layout import search_rows
from metaprop.engines.exact.locate import Profile
from metaprop.engines.exact.marginals import LatticeMarginal
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.quantities import StretchedScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.coordinates import Axis
    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.surface import Likelihood

    Floats = NDArray[np.float64]

SHRINKING = 0.346
"""The logit of an average is about mu / sqrt(1 + 0.346 tau^2)."""
STEPS, CLOSE = 40, 1e-12
"""Newton's steps at the most, and how small the last one is."""
ROUNDING = 1e-15
"""Rounding of an average, which a wide tau makes one of the location."""
FLATTEST = 1e-90
"""The least slope that is reckoned with."""
HALVINGS = 64
"""Halvings of the log of tau between these two."""
SMALLEST, LARGEST = -40.0, 170.0
WIDEST = 2.0
"""A row whose log of tau scatters more widely than this may be a plateau."""
NO_MASS = 1e-13
"""Share of the posterior that a piece without mass has."""
FINER = 0.4
"""Steps of the rows against those of the grid: a stretched piece fades slowly at both its ends."""
NO_JUMP = 0.01
"""Density at an end against that at the top, in tolerances, that is no jump."""


@dataclass(frozen=True, slots=True)
class Turned:
    """The posterior with the average in the place of the spread, and the spread in its own.

    ``ends`` are those of the location, ``log_taus`` those of the log of tau and ``unit`` is its
    middle. ``spread`` stretches the averages of one piece, on the logit, to the line: a row is
    known by its place there.
    """

    location: Axis
    tau: Axis
    likelihood: Likelihood
    ends: tuple[float, float]
    log_taus: tuple[float, float]
    unit: float
    spread: Stretch

    def log_spread(self, y: Floats) -> Floats:
        """Return what a row is known by: its free coordinate."""
        return y

    def free_spread(self, log_spread: Floats) -> Floats:
        """Return a row's free coordinate."""
        return log_spread

    def spread_slope(self, y: Floats) -> Floats:
        """Return the log derivative of the logit of the average."""
        return self.spread.log_slope(y)

    def in_unit(self, log_unit: float) -> Turned:  # noqa: ARG002
        """Return the same: rows have no unit."""
        return self

    def row_density(self, x: Floats, y: Floats) -> Floats:
        """Return the log density by the free spread x (R, J), on rows (R,)."""
        average = self.spread.natural(y)
        log_tau, slope = self._log_tau(x, average)
        location, steepness = _location(average[:, None], log_tau, self.ends)
        found = self.likelihood(location.reshape(-1, 1), log_tau.reshape(-1, 1)).reshape(x.shape)
        prior = self.location.log_prior(location) + self.tau.log_prior(log_tau)
        density: Floats = found + prior - np.log(steepness) + slope
        return density

    def _log_tau(self, x: Floats, average: Floats) -> tuple[Floats, Floats]:
        """Return the log of tau and its log derivative: tau is stretched between a row's ends.

        The middle of the stretch stays near ``unit`` in all rows, wherever their ends are.
        """
        low, high = (end[:, None] for end in self._tau_ends(average))
        bounded = np.isfinite(high)
        high = np.where(bounded, high, 0.0)
        place = np.where(bounded, x - np.logaddexp(self.unit, high), x)
        up, down = log_expit(place), log_expit(-place)
        inside = np.logaddexp(low + down, high + up)
        log_tau = np.where(bounded, inside, np.logaddexp(low, x))
        with np.errstate(divide="ignore"):
            width = high + np.log1p(-np.exp(np.minimum(low - high, 0.0)))
        slope = np.where(bounded, width + up + down, x) - log_tau
        return np.minimum(np.maximum(log_tau, -LARGEST), LARGEST), slope

    def _tau_ends(self, average: Floats) -> tuple[Floats, Floats]:
        """Return between which logs of tau some location has these averages, shape (R,) each."""
        positive = average >= 0.0
        near = np.where(positive, self.ends[0], -self.ends[1])
        far = np.where(positive, self.ends[1], -self.ends[0])
        first, last = (_log_tau_of(end, np.abs(average), self.log_taus) for end in (near, far))
        return first, last


def jumps(grid: Grid, tolerance: float) -> bool:
    """Return whether the posterior of a grid ends in a jump where the location is cut off.

    Where the density is infinite at an end it does not: there only free coordinates resolve it.
    """
    prior = grid.assumed.location.prior
    bounded = np.isfinite(prior.support)
    ends = np.array(prior.support)[bounded]
    if np.isposinf(prior.log_density(ends)).any():
        return False
    density = grid.mass * np.exp(-grid.log_cell)
    at_ends = density[:, [0, -1]].max(axis=0)
    return bool(np.any(bounded & (at_ends > NO_JUMP * tolerance * density.max())))


def average(grid: Grid, cut: float) -> Mixture:
    """Return the posterior of ``E[p]``, a mixture of its pieces, from a grid of the posterior.

    ``cut`` is how many nats below its top a density is cut off.
    """
    location, tau = grid.assumed.location, grid.assumed.spread
    if tau is None:
        raise ValueError("a common rate is its own average")
    ends, log_taus = _supports(location, tau)
    corners = {_average(end, log_tau) for end in ends for log_tau in log_taus}
    nodal = logit_average(grid.location, grid.log_spread)
    unit = float(grid.log_spread[np.searchsorted(np.cumsum(grid.mass.sum(axis=1)), 0.5), 0])
    parts, totals = [], []
    for low, high in pairwise(sorted(corners)):
        if grid.mass[(nodal > low) & (nodal < high)].sum() > NO_MASS:
            piece = Stretch(low, high)
            turned = Turned(location, tau, grid.surface.likelihood, ends, log_taus, unit, piece)
            part, total = _piece(turned, grid, cut)
            parts.append(part)
            totals.append(total)
    both = np.exp(np.stack(totals) - np.max(totals))
    weights, coarse = (both / both.sum(axis=0)).T
    return Mixture(tuple(parts), weights, coarse)


def _piece(turned: Turned, grid: Grid, cut: float) -> tuple[LatticeMarginal, tuple[float, float]]:
    """Return one piece, and the log of its integral from all nodes and from half of them."""
    profile = Profile(turned.row_density, turned.unit, WIDEST)
    rows = search_rows(turned, profile, cut)
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
        "average",
        StretchedScale(turned.spread),
        rows.map,
        nodes,
        step,
        versions / shares[0][:, None],
        beyond + grid.likelihood_error,
    )
    whole = top + np.log(total)
    half = whole + np.log(max(shares[0][1] * shares[1], np.finfo(float).tiny))
    return marginal, (float(whole), float(half))


def _supports(location: Axis, tau: Axis) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of the location and those of the log of tau."""
    ends = location.prior.support
    low, high = (float(logit(end)) if location.of_a_rate else float(end) for end in ends)
    with np.errstate(divide="ignore"):
        first, last = np.log(tau.prior.support)
    return (low, high), (float(first), float(last))


def _average(location: float, log_tau: float) -> float:
    """Return the logit of the average, also where an argument is infinite."""
    if np.isinf(location) or log_tau == -np.inf:
        return location
    if log_tau == np.inf:
        return 0.0
    return float(logit_average(np.array([[location]]), np.array([[log_tau]]))[0, 0])


def _log_tau_of(location: Floats, average: Floats, ends: tuple[float, float]) -> Floats:
    """Return at which log tau these locations have averages of at least 0, shape (R,) each.

    Where it would lie beyond the ends, it is the end.
    """
    found = np.where(np.isposinf(location), ends[1], ends[0])
    some = np.flatnonzero((location > 0.0) & np.isfinite(location))
    at, wanted = location[some, None], average[some]
    low = np.full(some.size, max(ends[0], SMALLEST))
    high = np.full(some.size, min(ends[1], LARGEST))
    for _ in range(HALVINGS if some.size else 0):
        middle = 0.5 * (low + high)
        above = logit_average(at, middle[:, None])[:, 0] > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    low = np.where(low == max(ends[0], SMALLEST), ends[0], low)
    found[some] = np.where(high == min(ends[1], LARGEST), ends[1], low)
    return found


def _location(average: Floats, log_tau: Floats, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return which location has an average (R, 1) at a log tau (R, J), and d average / d location.

    Both as logits. By Newton's steps between the ends.
    """
    spread = log_tau.reshape(-1, 1)
    wanted = np.broadcast_to(average, log_tau.shape).reshape(-1, 1)
    tau = np.exp(spread)
    place = np.clip(wanted * np.sqrt(1.0 + SHRINKING * tau * tau), *ends)
    for _ in range(STEPS):
        found, slope = logit_average_and_slope(place, spread)
        slope = np.maximum(slope, FLATTEST)
        before, place = place, np.clip(place + (wanted - found) / slope, *ends)
        if np.all(np.abs(place - before) <= CLOSE * (1.0 + np.abs(place)) + ROUNDING * tau):
            break
    return place.reshape(log_tau.shape), slope.reshape(log_tau.shape)
