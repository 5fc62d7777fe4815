"""The best fit of many data sets at once, the boundaries answered exactly.

A data set is one of: ``regular``; ``none`` or ``all`` (no study, or every study, has nothing but
events); ``all-or-nothing`` (every study at one of its ends, both kinds there); ``unreplicated``
(one study, or no study with two patients), where heterogeneity leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from metaprop.core.methods import Method
from metaprop.core.scales import logit
from metaprop.engines.frequentist.one_step.climbing import Tangent, climb
from metaprop.engines.frequentist.one_step.family import (
    Family,
    Model,
    coefficients,
    family_of,
    joint_tangent,
    location_tangent,
)
from metaprop.engines.likelihood.logit_normal_slopes import ROUGH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

SCOUTING = 2
"""Steps in the location at each spread that is tried first."""
NOTHING = 1e-11
"""A gain in log likelihood below this, relative to it, is no gain over a common rate."""
FAINT = 0.25
"""Share of the least spread tried, where the best spread is narrower than any tried."""

BINOMIAL_NORMAL = Method(
    "binomial-normal model (GLMM)",
    "Events were modelled as binomial and the log-odds of the studies as normal; the marginal "
    "likelihood was maximised, its integrals by quadrature without relevant error.",
    "10.1002/sim.4040",
)
BETA_BINOMIAL = Method(
    "beta-binomial model",
    "Events were modelled as binomial and the rates of the studies as beta distributed; the "
    "likelihood was maximised.",
    "10.1186/1471-2288-8-58",
)
State = Literal["regular", "none", "all", "all-or-nothing", "unreplicated"]


@dataclass(frozen=True, slots=True)
class Maxima:
    """The best fits of B data sets of the same k studies.

    ``location`` is mu, or logit m (log-odds; infinite for ``none`` and ``all``; NaN where it
    cannot be told). ``spread`` is tau, or the square root of ``rho / (1 - rho)``: 0 at the common
    rate, infinite for ``all-or-nothing``. Log likelihoods include the binomial coefficients;
    ``common`` is that of a common rate. ``settled`` is whether the search reached its top.
    """

    model: Model
    state: NDArray[np.str_]
    location: Floats
    spread: Floats
    log_likelihood: Floats
    common: Floats
    settled: Bools

    @property
    def likelihood_ratio(self) -> Floats:
        """Twice the gain in log likelihood over a common rate, shape ``(B,)``, at least 0."""
        return np.maximum(2.0 * (self.log_likelihood - self.common), 0.0)


def states(events: Ints, totals: Ints) -> NDArray[np.str_]:
    """Return which kind each data set is, shape ``(B,)``: ``events`` (B, k), ``totals`` (k,)."""
    none, every = (events == 0).all(axis=1), (events == totals).all(axis=1)
    ends = ((events == 0) | (events == totals)).all(axis=1)
    alone = totals.size == 1 or int(totals.max()) == 1
    found = np.where(ends & (not alone), "all-or-nothing", "unreplicated" if alone else "regular")
    return np.asarray(np.where(none, "none", np.where(every, "all", found)))


def fit_many(model: Model, events: Ints, totals: Ints) -> Maxima:
    """Return the maximum likelihood fits of many data sets over the same studies.

    Parameters
    ----------
    model
        ``"binomial-normal"`` or ``"beta-binomial"``.
    events
        Shape ``(B, k)``, counts with ``0 <= events <= totals``.
    totals
        Shape ``(k,)``, at least 1.
    """
    state = states(events, totals)
    rate = events.sum(axis=1) / totals.sum()
    location = logit(rate)
    spread, settled = np.zeros(rate.size), np.ones(rate.size, dtype=bool)
    y, n = events.sum(axis=1), totals.sum()
    common = np.asarray(special.xlogy(y, rate) + special.xlogy(n - y, 1.0 - rate), dtype=float)
    best = common.copy()
    extreme = state == "all-or-nothing"
    location[extreme], best[extreme] = _all_or_nothing(model, events[extreme])
    spread[extreme] = np.inf
    rows = np.flatnonzero(state == "regular")
    if rows.size:
        family = family_of(model, events[rows], totals)
        location[rows], spread[rows], best[rows], settled[rows] = _regular(
            family, location[rows], common[rows]
        )
    constant = coefficients(events, totals)
    return Maxima(model, state, location, spread, best + constant, common + constant, settled)


def _all_or_nothing(model: Model, events: Ints) -> tuple[Floats, Floats]:
    """Return the location and the supremum of the likelihood where all studies are at an end.

    A study at n has probability E[p^n] <= E[p], one at 0 at most 1 - E[p], with equality in the
    limit of an infinite spread: what is left is a binomial of k studies.
    """
    k = events.shape[1]
    share = (events > 0).mean(axis=1)
    location = logit(share)
    if model == "binomial-normal":
        location = np.where(share == 0.5, np.nan, np.copysign(np.inf, location))  # noqa: PLR2004
    return location, k * (special.xlogy(share, share) + special.xlogy(1 - share, 1 - share))


def _regular(
    family: Family, location: Floats, common: Floats
) -> tuple[Floats, Floats, Floats, Bools]:
    """Return location, spread, log likelihood and whether settled, shape ``(B,)`` each.

    At spread 0 half the second derivative is the slope by tau2 (or rho): where it is positive the
    best fit is inside; where it is not, and no spread that is tried does better, it is 0.
    """
    rows = np.arange(location.size)
    slope = family(rows, location, 0.0 * location).by_spread_twice
    start, reached = _scout(family, location)
    inside = (slope > 0.0) | (reached > common + NOTHING * np.abs(common))
    spread, best, settled = 0.0 * location, common.copy(), np.ones(rows.size, dtype=bool)
    location = location.copy()
    seek = rows[inside]

    def evaluate(which: Ints, at: Floats) -> Tangent:
        return joint_tangent(family(seek[which], at[:, 0], at[:, 1]))

    top = climb(evaluate, start[inside])
    gain = top.value - common[inside]
    won = gain > NOTHING * np.abs(common[inside])
    found = seek[won]
    location[found], spread[found] = top.at[won, 0], np.abs(top.at[won, 1])
    best[found], settled[found] = top.value[won], top.settled[won]
    return location, spread, best, settled


def _scout(family: Family, location: Floats) -> tuple[Floats, Floats]:
    """Return a start (B, 2) for each data set and the log likelihood reached there, roughly."""
    size, scouts = location.size, np.array(family.scouts)
    rows = np.tile(np.arange(size), scouts.size)
    spread = np.repeat(scouts, size)

    def evaluate(which: Ints, at: Floats) -> Tangent:
        return location_tangent(family(rows[which], at[:, 0], spread[which], ROUGH))

    begin = family.widened(location[rows], spread)
    top = climb(evaluate, begin[:, None], steps=SCOUTING)
    value = top.value.reshape(scouts.size, size)
    where = value.argmax(axis=0)
    start = np.stack([top.at[where * size + np.arange(size), 0], scouts[where]], axis=1)
    return start, value.max(axis=0)
