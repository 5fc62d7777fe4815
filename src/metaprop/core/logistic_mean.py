"""The mean of ``expit(theta)`` for a normal theta, at any mean and spread, by two rules.

Up to a spread of 8 a sum over normal scores, by Gauss and Hermite or on an even lattice: with odds
for logits each term costs one division. The logistic function's poles, pi off the real line, ask
for a finer lattice the wider the spread is.

Beyond, by the logistic distribution as a scale mixture of normals: a standard logistic variable is
``2 S Z`` with S from Kolmogorov's distribution (Stefanski 1991,
doi:10.1016/0167-7152(91)90181-P). So ``E[expit(N(mu, tau^2))]`` is the mean over S of
``Phi(mu / sqrt(4 S^2 + tau^2))``, and an even lattice in log S integrates it to about 1e-14.

Either is good to a relative 1e-9 wherever the logit is within 25 of 0.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEP, FIRST, LAST = 0.1, -1.6, 1.8
"""The lattice in log S."""
TERMS = 40
"""Terms of the series of Kolmogorov's density; eight would do."""
SMALL = 0.9
"""Below this S the density's other series converges faster."""

HERMITE = {0.05: 5, 0.3: 10}
"""Up to which spread so many Gauss-Hermite points are enough."""
LATTICES = {0.5: 0.8, 1.0: 0.6, 2.0: 0.34, 4.0: 0.17, 8.0: 0.085}
"""Up to which spread such a spacing of normal scores is fine enough."""
WIDEST = np.array([*HERMITE, *LATTICES])
OUTERMOST = 8.0
"""The lattice of normal scores goes this far, and by the spread farther on the side that counts."""
LARGEST = 640.0
"""Odds of logits beyond this would overflow."""
BLOCK = 200_000
"""Elements of a temporary array."""


@cache
def mixture() -> tuple[Floats, Floats]:
    """Return the squares of 2 S and the probability of each, shape ``(M,)`` each."""
    s = np.exp(np.arange(FIRST, LAST, STEP))
    n = np.arange(1, TERMS)[:, None]
    sign, odd = (-1.0) ** (n + 1), 2.0 * n - 1.0
    large = 8.0 * s * np.sum(sign * n**2 * np.exp(-2.0 * n**2 * s**2), axis=0)
    waves = np.exp(-((odd * np.pi / s) ** 2) / 8.0)
    small = np.sum(waves * ((odd * np.pi) ** 2 / (4.0 * s**4) - 1.0 / s**2), axis=0)
    density = np.where(s < SMALL, np.sqrt(2.0 * np.pi) * small, large)
    weight = density * s
    return 4.0 * s * s, weight / weight.sum()


@cache
def _scores(widest: float) -> tuple[Floats, Floats]:
    """Return normal scores that serve up to a spread, and weights: shape ``(M,)`` each."""
    if widest in HERMITE:
        z, weight = (np.asarray(v) for v in special.roots_hermitenorm(HERMITE[widest]))
    else:
        z = np.arange(-OUTERMOST, OUTERMOST + 1.5 * widest, LATTICES[widest])
        weight = np.exp(-0.5 * z * z)
    return z, weight / weight.sum()


def logit_average(mu: Floats, log_tau: Floats) -> Floats:
    """Return the logit of ``E[expit(N(mu, tau^2))]``; arguments (R, J) and (R, 1)."""
    return _logit(mu, log_tau, _moments(mu, log_tau, ("mean",))["mean"])


def logit_average_and_slope(mu: Floats, log_tau: Floats) -> tuple[Floats, Floats]:
    """Return that logit and its derivative by ``mu``, of the same shape."""
    found = _moments(mu, log_tau, ("mean", "slope"))
    mean = np.maximum(found["mean"], np.finfo(float).tiny)
    slope = found["slope"] / (mean * (1.0 - mean))
    known = (found["mean"] > np.finfo(float).tiny) & (np.abs(mu) < LARGEST)
    # so far out the mean is proportional to the odds
    return _logit(mu, log_tau, found["mean"]), np.where(known, slope, 1.0)


def _logit(mu: Floats, log_tau: Floats, below: Floats) -> Floats:
    """Return the logit of the mean, given that of ``-|mu|``."""
    below = np.maximum(below, np.finfo(float).tiny)
    # so far out the mean is proportional to the odds
    near = np.exp(log_tau) < WIDEST[-1]
    beyond = np.where(near, np.maximum(np.abs(mu) - LARGEST, 0.0), 0.0)
    logit: Floats = np.copysign(np.log1p(-below) - np.log(below) + beyond, mu)
    return logit


def _moments(mu: Floats, log_tau: Floats, asked: tuple[str, ...]) -> dict[str, Floats]:
    """Return the mean of p, and its slope ``E[p (1 - p)]``, for ``logit p ~ N(-|mu|, tau^2)``."""
    tau = np.exp(log_tau)
    shape = np.broadcast_shapes(mu.shape, log_tau.shape)
    found = {name: np.empty(shape) for name in asked}
    far = np.abs(mu)
    odds = np.exp(np.minimum(far, LARGEST))
    kind = np.searchsorted(WIDEST, tau[:, 0], side="right")
    for place in sorted(set(kind.tolist()) - {WIDEST.size}):
        rows, (z, weight) = np.flatnonzero(kind == place), _scores(float(WIDEST[place]))
        at_once = max(1, BLOCK // (mu.shape[1] * z.size))
        for start in range(0, rows.size, at_once):
            part = rows[start : start + at_once]
            terms = odds[part][:, :, None] * np.exp(-tau[part] * z)[:, None, :]
            terms += 1.0
            np.divide(1.0, terms, out=terms)
            found["mean"][part] = terms @ weight
            if "slope" in found:
                found["slope"][part] = np.multiply(terms, 1.0 - terms, out=terms) @ weight
    rows = np.flatnonzero(kind == WIDEST.size)
    if rows.size:
        _by_mixture(-far[rows], tau[rows], rows, found)
    return found


def _by_mixture(mu: Floats, tau: Floats, rows: Ints, found: dict[str, Floats]) -> None:
    """Write what is asked by the scale mixture, for ``mu`` of at most 0."""
    below, slope = np.zeros(mu.shape), np.zeros(mu.shape)
    for square, weight in zip(*mixture(), strict=True):
        spread = np.sqrt(square + tau * tau)
        z = mu / spread
        below += weight * special.ndtr(z)
        if "slope" in found:
            slope += weight / spread * np.exp(-0.5 * z * z)
    found["mean"][rows] = below
    if "slope" in found:
        found["slope"][rows] = slope / np.sqrt(2.0 * np.pi)
