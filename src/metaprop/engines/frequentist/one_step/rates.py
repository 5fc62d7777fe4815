"""The average and the typical rate of the studies that a fit describes, as log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy import special

from metaprop.core.scales import expit, logit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Model

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Names = NDArray[np.str_]

RateName = Literal["average", "typical"]

REACH = 8.7
"""Standard deviations beyond which a normal distribution holds less than 1e-17."""
STEP = 0.5
"""Step of the lattice, in standard deviations and on the logit: an error below 1e-15."""
LARGE = 1e5
"""With both shapes above this the median of a beta is (a - 1/3) / (a + b - 2/3) to 1e-11."""
DIFFERENCE = 1e-4
"""Half width of a central difference."""
WIDE = 1e-3
"""Half width of a second difference."""


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
    z, weight = _lattice(tau)
    theta = mu[..., None] + tau[..., None] * z
    return np.asarray(np.log(expit(theta) @ weight) - np.log(expit(-theta) @ weight))


def _lattice(tau: Floats) -> tuple[Floats, Floats]:
    """Return places and weights of a standard normal, fine enough for the widest of ``tau``."""
    widest = max(1.0, float(np.abs(tau).max(initial=0.0)))
    count = int(np.ceil(REACH * widest / STEP))
    z = np.linspace(-REACH, REACH, 2 * count + 1)
    return z, np.exp(-0.5 * z * z)


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
    """First derivatives of the log-odds of a rate by location and spread; one shape."""

    by_location: Floats
    by_spread: Floats


@dataclass(frozen=True, slots=True)
class RateBends:
    """First and second derivatives of the log-odds of a rate by location and spread; ``(R,)``."""

    by_location: Floats
    by_spread: Floats
    by_location_twice: Floats
    by_both: Floats
    by_spread_twice: Floats


def rate_slopes(model: Model, name: RateName, location: Floats, spread: Floats) -> RateSlopes:
    """Return how the log-odds of a rate move with location and spread, shape ``(R,)``."""
    if name == "typical" and model == "beta-binomial":
        return _median_slopes(location, spread)
    bends = rate_bends(model, name, location, spread)
    return RateSlopes(bends.by_location, bends.by_spread)


def rate_bends(model: Model, name: RateName, location: Floats, spread: Floats) -> RateBends:
    """Return the same with the second derivatives, shape ``(R,)``."""
    if (name == "typical") == (model == "binomial-normal"):
        zero = 0.0 * (location + spread)
        return RateBends(zero + 1.0, zero, zero, zero, zero)
    if name == "average":
        return _normal_bends(location, spread)
    return _median_bends(location, spread)


def each_rate(model: Model, names: Names, location: Floats, spread: Floats) -> Floats:
    """Return the log-odds of rates, each named in ``names``; shape ``(J,)`` each."""
    out = np.empty(location.size)
    for name, these in _by_name(names):
        out[these] = rate_logit(model, name, location[these], spread[these])
    return out


def each_slope(model: Model, names: Names, location: Floats, spread: Floats) -> RateSlopes:
    """Return the first derivatives of rates, each named in ``names``; shape ``(J,)`` each."""
    out = RateSlopes(*np.empty((2, location.size)))
    for name, these in _by_name(names):
        _put(out, these, rate_slopes(model, name, location[these], spread[these]))
    return out


def each_bend(model: Model, names: Names, location: Floats, spread: Floats) -> RateBends:
    """Return first and second derivatives of rates, each named in ``names``; ``(J,)`` each."""
    out = RateBends(*np.empty((5, location.size)))
    for name, these in _by_name(names):
        _put(out, these, rate_bends(model, name, location[these], spread[these]))
    return out


def _by_name(names: Names) -> Iterator[tuple[RateName, Ints]]:
    """Yield each name and where it stands."""
    for name in get_args(RateName):
        these = np.flatnonzero(names == name)
        if these.size:
            yield name, these


def _put[S: (RateSlopes, RateBends)](kept: S, these: Ints, new: S) -> None:
    for field in kept.__slots__:
        getattr(kept, field)[these] = getattr(new, field)


def _normal_bends(mu: Floats, tau: Floats) -> RateBends:
    """Return the derivatives of the logit of the mean of ``expit`` over a normal.

    They are moments of the derivatives of ``expit`` on the same lattice.
    """
    z, weight = _lattice(tau)
    weight = weight / weight.sum()
    theta = mu[:, None] + tau[:, None] * z
    p, q = expit(theta), expit(-theta)
    first = p * q
    powers = np.stack([weight, weight * z, weight * z * z], axis=1)
    slope, bend = first @ powers, (first * (q - p)) @ powers
    m, rest = p @ weight, q @ weight
    stretch = 1.0 / m + 1.0 / rest
    turn = (1.0 / rest - 1.0 / m) * stretch
    by_mu, by_tau = slope[:, 0], slope[:, 1]
    return RateBends(
        by_mu * stretch,
        by_tau * stretch,
        bend[:, 0] * stretch + by_mu * by_mu * turn,
        bend[:, 1] * stretch + by_mu * by_tau * turn,
        bend[:, 2] * stretch + by_tau * by_tau * turn,
    )


def _median_slopes(location: Floats, spread: Floats) -> RateSlopes:
    """Return the first derivatives of the logit of a beta's median, by central differences."""
    h = DIFFERENCE
    up = np.array([[h], [-h], [0.0], [0.0]])
    right, left, back, out = _beta_median(location + up, np.abs(spread + up[::-1]))
    with np.errstate(invalid="ignore"):  # a median that no double tells from 0 or 1 stands still
        slopes = np.nan_to_num(
            [(right - left) / (2.0 * h), (out - back) / (2.0 * h)],
            nan=0.0,
            posinf=np.inf,
            neginf=-np.inf,
        )
    return RateSlopes(*slopes)


def _median_bends(location: Floats, spread: Floats) -> RateBends:
    """Return the same with second differences, wider: they only steer a search."""
    first, h = _median_slopes(location, spread), WIDE
    up, out = (v.ravel()[:, None] for v in np.meshgrid([-h, 0.0, h], [-h, 0.0, h], indexing="ij"))
    at = _beta_median(location + up, np.abs(spread + out)).reshape(3, 3, -1)
    middle = 2.0 * at[1, 1]
    with np.errstate(invalid="ignore"):
        bends = [
            (at[2, 1] - middle + at[0, 1]) / (h * h),
            (at[2, 2] - at[2, 0] - at[0, 2] + at[0, 0]) / (4.0 * h * h),
            (at[1, 2] - middle + at[1, 0]) / (h * h),
        ]
    return RateBends(
        first.by_location,
        first.by_spread,
        *np.nan_to_num(bends, nan=0.0, posinf=np.inf, neginf=-np.inf),
    )
