"""Rules, tables of studies, and where a given average or median rate lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
from scipy import special

from references import exact_likelihood as columns
from references.exact_rows import PRIORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems import PriorSpec, Problem

    type Vector = NDArray[np.float64]

NORMAL_LIMIT = 1e12  # beyond this many pseudo-patients the beta distribution is taken as normal


def legendre(size: int) -> tuple[Vector, Vector, Vector]:
    """Nodes, weights and the matrix from values at the nodes to Legendre coefficients."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    vander = np.polynomial.legendre.legvander(nodes, size - 1)
    scale = (2 * np.arange(size) + 1) / 2
    return nodes, weights, np.ascontiguousarray(scale[:, None] * vander.T * weights)


def rule(size: int, tolerance: float) -> tuple[Any, ...]:
    nodes, weights, matrix = legendre(size)
    return nodes, weights, np.ascontiguousarray(matrix[-3:]), tolerance


def study_row(low: int, high: int, total: int, times: int = 1) -> Vector:
    """One row of the table of studies that the kernels read."""
    k = columns
    row = np.zeros(12)
    row[[k.LOW, k.HIGH, k.N, k.TIMES]] = low, high, total, times
    log_binomial = [mpmath.log(mpmath.binomial(total, y)) for y in (low, high)]
    row[[k.LOGC_LOW, k.LOGC_HIGH]] = [float(value) for value in log_binomial]
    if low == high:
        y = min(low, total - low)
        row[k.Y], row[k.SIGN] = y, 1 if 2 * low <= total else -1
        if y > 0:
            rate = mpmath.mpf(y) / total
            at_rate = y * mpmath.log(rate) + (total - y) * mpmath.log(1 - rate)
            row[k.CONST] = float(log_binomial[0] + at_rate)
            row[k.LOGIT], row[k.RATE] = float(mpmath.log(rate / (1 - rate))), float(rate)
            row[k.STIRLING] = columns.stirling_constant(float(y), float(total))
    return row


def study_table(problem: Problem) -> Vector:
    """Distinct studies with their multiplicities; a wholly unknown count says nothing."""
    cells = zip(problem.events_low, problem.events_high, problem.totals, strict=True)
    known = [(low, high, n) for low, high, n in cells if (low, high) != (0, n)]
    return np.array([study_row(*cell, known.count(cell)) for cell in sorted(set(known))])


def prior_row(spec: PriorSpec, *, rate: bool) -> Vector:
    """Code and parameters of a prior; the last cell says that it is one on a rate."""
    row = np.zeros(5)
    row[0] = PRIORS.index(str(spec[0]))
    row[1 : len(spec)] = [float(value) for value in spec[1:]]
    row[4] = rate
    return row


def average_rate(mu: Vector, tau: Vector) -> tuple[Vector, Vector, Vector]:
    """E[p], E[1-p] and dE[p]/dmu of a logit-normal rate."""
    nodes, weights, _ = legendre(16)
    rate, other, slope = np.empty_like(mu), np.empty_like(mu), np.empty_like(mu)
    for wide in (False, True):
        here = (tau >= 1.5) == wide
        edges = np.linspace(-48, 48, 49) if wide else np.linspace(-9.6, 9.6, 17)
        half = 0.5 * np.diff(edges)[:, None]
        u = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
        w = (half * weights).ravel()
        m, t = mu[here, None], tau[here, None]
        if wide:
            w = w * special.expit(u) * special.expit(-u)
            z = (m - u) / t
            up, down, d = special.ndtr(z), special.ndtr(-z), np.exp(-z * z / 2) / 2.5066282746310002
            d = d / t
        else:
            w = w * np.exp(-u * u / 2) / math.sqrt(2 * math.pi)
            up, down = special.expit(m + t * u), special.expit(-m - t * u)
            d = up * down
        rate[here], other[here], slope[here] = up @ w, down @ w, d @ w
    return rate, other, slope


def average_location(logit_t: float | Vector, tau: Vector, start: Vector | None = None) -> Vector:
    """``mu`` at which the average rate is t, for each tau."""
    mu = logit_t * np.sqrt(1 + tau**2 * 3 / math.pi**2) if start is None else start
    for _ in range(100):
        rate, other, slope = average_rate(mu, tau)
        gap = np.log(rate) - np.log(other) - logit_t
        step = np.clip(gap * rate * other / slope, -2 - tau, 2 + tau)
        mu = mu - step
        if np.all(np.abs(step) <= 1e-13 * (1 + np.abs(mu) + tau)):
            return mu
    raise ArithmeticError(f"average_location did not converge at {logit_t}")


def beta_above(a: Vector, b: Vector, logit_t: float) -> Vector:
    """P(p > t) of Beta(a, b), normal where a + b is astronomical."""
    total = a + b
    t, tc = special.expit(logit_t), special.expit(-logit_t)
    large = np.minimum(a, b) > NORMAL_LIMIT
    a_, b_ = np.where(large, 1.0, a), np.where(large, 1.0, b)
    exact = special.betainc(b_, a_, tc) if t > 0.5 else special.betaincc(a_, b_, t)
    z = (a * tc - b * t) / np.sqrt(total * t * tc)
    return np.where(large, special.ndtr(z), exact)


def median_location(logit_t: float, kappa: Vector) -> Vector:
    """Logit m at which the median of Beta(m kappa, (1-m) kappa) is t."""
    low, high = np.full(kappa.shape, -60.0 + logit_t), np.full(kappa.shape, 60.0 + logit_t)
    for _ in range(70):
        x = 0.5 * (low + high)
        above = beta_above(special.expit(x) * kappa, special.expit(-x) * kappa, logit_t) > 0.5
        low, high = np.where(above, low, x), np.where(above, x, high)
    return np.where(kappa > 1e11, logit_t, 0.5 * (low + high))
