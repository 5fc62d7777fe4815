"""The two one-step likelihoods in one shape: a location on the log-odds scale and a spread.

Both are even in the spread, whose square is tau2 (binomial-normal) or ``rho / (1 - rho)``
(beta-binomial); at spread 0 both are the binomial with a common rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from metaprop.engines.frequentist.one_step.climbing import Tangent
from metaprop.engines.likelihood.beta_binomial_slopes import BetaBinomialSlopes
from metaprop.engines.likelihood.cells import log_choose
from metaprop.engines.likelihood.logit_normal_shared import data_set_slopes
from metaprop.engines.likelihood.logit_normal_slopes import EXACT, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.likelihood.slopes import Slopes

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Model = Literal["binomial-normal", "beta-binomial"]


class Family(Protocol):
    """The log likelihoods of B data sets over the same k studies, coefficients left out."""

    @property
    def scouts(self) -> tuple[float, ...]:
        """Spreads at which a search begins."""
        ...

    def __call__(self, rows: Ints, location: Floats, spread: Floats, rule: Rule = EXACT) -> Slopes:
        """Return log likelihoods of data sets ``rows``; all arguments and results ``(R,)``."""
        ...

    def widened(self, location: Floats, spread: Floats) -> Floats:
        """Return a location that keeps the average rate about where it is at spread 0."""
        ...


@dataclass(frozen=True, slots=True)
class BinomialNormal:
    """Log-odds of the studies are normal: ``events`` (B, k), ``totals`` (k,)."""

    events: Ints
    totals: Ints

    @property
    def scouts(self) -> tuple[float, ...]:
        """Spreads (tau) at which a search begins."""
        return (0.4, 1.2, 3.6)

    def __call__(self, rows: Ints, location: Floats, spread: Floats, rule: Rule = EXACT) -> Slopes:
        """Return log likelihoods of data sets ``rows``; ``location`` is mu, ``spread`` tau."""
        return data_set_slopes(self.events[rows], self.totals, location, spread, rule)

    def widened(self, location: Floats, spread: Floats) -> Floats:
        """Return mu about where the average rate stays the same (Zeger, Liang, Albert 1988)."""
        return np.asarray(location * np.sqrt(1.0 + 0.346 * spread * spread))


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Rates of the studies follow a beta distribution: its sums are prepared once."""

    sums: BetaBinomialSlopes

    @property
    def scouts(self) -> tuple[float, ...]:
        """Spreads at which a search begins: rho of .02, .2 and .7."""
        return (0.14, 0.5, 1.5)

    def __call__(self, rows: Ints, location: Floats, spread: Floats, rule: Rule = EXACT) -> Slopes:
        """Return log likelihoods of data sets ``rows``; ``location`` is logit m."""
        del rule  # a sum, not an integral: there is no rougher one
        return self.sums(rows, location, spread)

    def widened(self, location: Floats, spread: Floats) -> Floats:
        """Return the location itself: it is that of the average rate."""
        return np.asarray(location + 0.0 * spread)


def family_of(model: Model, events: Ints, totals: Ints) -> Family:
    """Return the likelihoods of B data sets: ``events`` (B, k) of ``totals`` (k,) patients."""
    if model == "binomial-normal":
        return BinomialNormal(events, totals)
    return BetaBinomial(BetaBinomialSlopes.of(events, totals))


def coefficients(events: Ints, totals: Ints) -> Floats:
    """Return the summed log binomial coefficients of each data set, shape ``(B,)``."""
    return np.asarray(log_choose(totals, events).sum(axis=-1), dtype=np.float64)


def joint_tangent(slopes: Slopes) -> Tangent:
    """Return value, gradient and Hessian by (location, spread)."""
    gradient = np.stack([slopes.by_location, slopes.by_spread], axis=1)
    rows = [(slopes.by_location_twice, slopes.by_both), (slopes.by_both, slopes.by_spread_twice)]
    hessian = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    return Tangent(slopes.value, gradient, hessian)


def location_tangent(slopes: Slopes) -> Tangent:
    """Return value, gradient and Hessian by the location alone."""
    return Tangent(
        slopes.value, slopes.by_location[:, None], slopes.by_location_twice[:, None, None]
    )
