"""The average and the typical rate of the studies that a fit describes, as log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from metaprop.core.scales import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Model

    Floats = NDArray[np.float64]

RateName = Literal["average", "typical"]

REACH = 8.7
"""Standard deviations beyond which a normal distribution holds less than 1e-17."""
STEP = 0.5
"""Step of the lattice, in standard deviations and on the logit: an error below 1e-15."""
LARGE = 1e5
"""With both shapes above this the median of a beta is (a - 1/3) / (a + b - 2/3) to 1e-11."""
DIFFERENCE = 1e-4
"""Half width of a central difference."""


def rate_logit(model: Model, name: RateName, location: Floats, spread: Floats) -> Floats:
    """Return the log-odds of the average or the typical rate; shape of the arguments.

    Binomial-normal: the typical rate is ``expit(mu)``, the average ``E[expit(N(mu, tau^2))]``.
    Beta-binomial: the average is m, the typical rate the median of the beta. Both rise with the
    location at any spread.
    """
    if (name == "typical") == (model == "binomial-normal"):
        return location + 0.0 * spread
    if name == "average":
        return _normal_average(location, spread)
    return _beta_median(location, spread)


def _normal_average(mu: Floats, tau: Floats) -> Floats:
    """Return the logit of the mean of ``expit`` over a normal, by an even lattice."""
    widest = max(1.0, float(np.abs(tau).max(initial=0.0)))
    count = int(np.ceil(REACH * widest / STEP))
    z = np.linspace(-REACH, REACH, 2 * count + 1)
    weight = np.exp(-0.5 * z * z)
    theta = mu[..., None] + tau[..., None] * z
    return np.asarray(np.log(expit(theta) @ weight) - np.log(expit(-theta) @ weight))


def _beta_median(location: Floats, spread: Floats) -> Floats:
    """Return the logit of the median of a beta, from the side where it is the smaller one."""
    low, r = -np.abs(location), np.maximum(spread * spread, np.finfo(float).tiny)
    a, b = expit(low) / r, expit(-low) / r
    with np.errstate(divide="ignore", over="ignore"):
        direct = logit(special.betaincinv(np.minimum(a, LARGE), np.minimum(b, 1e3 * LARGE), 0.5))
        near = np.log(np.maximum(a - 1.0 / 3.0, 0.1) / np.maximum(b - 1.0 / 3.0, 0.1))
    found = np.where(np.isinf(a) | np.isinf(b), low, np.where(a > LARGE, near, direct))
    return np.asarray(np.where(location <= 0.0, found, -found))


@dataclass(frozen=True, slots=True)
class RateSlopes:
    """Derivatives of the log-odds of a rate by location and spread; one shape."""

    by_location: Floats
    by_spread: Floats


def rate_slopes(model: Model, name: RateName, location: Floats, spread: Floats) -> RateSlopes:
    """Return how the log-odds of a rate move with location and spread, by central differences."""
    h = DIFFERENCE

    def at(up: float, out: float) -> Floats:
        return rate_logit(model, name, location + up * h, np.abs(spread + out * h))

    by_location = (at(1.0, 0.0) - at(-1.0, 0.0)) / (2.0 * h)
    return RateSlopes(by_location, (at(0.0, 1.0) - at(0.0, -1.0)) / (2.0 * h))
