"""Beta-binomial log likelihood, stable from a common rate (rho = 0) to all-or-nothing (rho = 1).

With ``r = rho / (1 - rho) = 1 / kappa`` the probability of ``y`` of ``n`` events is

    choose(n, y) prod_{j<y} (m + j r) prod_{j<n-y} (1 - m + j r) / prod_{j<n} (1 + j r),

a product of positive terms. Differences of log beta functions lose everything at large kappa.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import log_expit
from metaprop.engines.likelihood.cells import Cells, log_choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DIRECT = 64
"""Counts up to here are multiplied out; above, the rest by Stirling's difference."""
START = 16
"""Where Stirling's series takes over: its error is below 1e-14 from here."""
RUN_LENGTHS = (1, 2, 4, 8)
"""How many factors are multiplied before a log is taken."""
LARGEST_LOG = 600.0
"""Products of factors stay within exp of plus or minus this."""
SMALL = 1e-3
"""Below this a series stands for a difference that cancels."""
CHUNK = 64
"""Terms of a range that are summed at once."""


def _stirling_tail(x: Floats) -> Floats:
    """Return ``log Gamma(x)`` less its leading Stirling terms, for ``x >= 16``."""
    z = 1.0 / (x * x)
    return (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z / 1680))) / x


def _log1p_less_linear(z: Floats) -> Floats:
    """Return ``log(1 + z) - z`` without cancellation for small ``z >= 0``."""
    series = z * z * (-1 / 2 + z * (1 / 3 - z * (1 / 4 - z * (1 / 5 - z * (1 / 6 - z / 7)))))
    return np.where(z < SMALL, series, np.log1p(z) - z)


def _log_rising(p: Floats, r: Floats, count: Ints) -> Floats:
    """Return ``sum_{16 <= j < count} log(p + j r)``; count > 16, p > 0, r >= 0, broadcast."""
    base, more = p + START * r, count - START
    with np.errstate(divide="ignore"):
        x = base / r
    z = more * r / base
    excess = x * _log1p_less_linear(z) + (more - 0.5) * np.log1p(z)
    excess = np.where(r > 0, excess, 0.0)
    return more * np.log(base) + excess + _stirling_tail(x + more) - _stirling_tail(x)


@dataclass(frozen=True, slots=True)
class Runs:
    """Factors ``p + j r``, j = 1, 2, ..., in runs of one weight: where each starts, its weight."""

    starts: Ints
    weights: Floats

    @classmethod
    def of(cls, steps: Ints, most: int) -> Runs:
        """Split factors of weights ``steps`` in runs of equal weight, at most ``most`` in each."""
        starts: list[int] = []
        for j, weight in enumerate(steps.tolist()):
            if not starts or weight != steps[starts[-1]] or j - starts[-1] == most:
                starts.append(j)
        places = np.array(starts, dtype=np.int64)
        return cls(places, steps[places].astype(float))


@dataclass(frozen=True, slots=True)
class RisingProducts:
    """``sum_i w_i sum_{j < count_i} log(p + j r)`` over many counts, prepared once.

    ``first`` is the weight of ``log p``. The factors j = 1, 2, ... are multiplied in runs before a
    log is taken, ``usual`` where the longest runs do; ``large`` counts have theirs from 16 on by
    Stirling's difference.
    """

    first: float
    factors: Floats
    steps: Ints
    usual: Runs
    large: Ints
    large_weight: Ints

    @classmethod
    def of(cls, counts: Ints, weights: Ints) -> RisingProducts:
        """Prepare the sum for counts and weights of shape ``(d,)``."""
        big = counts > DIRECT
        direct = np.where(big, START, counts)
        tally = np.bincount(direct, weights=weights, minlength=1)
        above = np.cumsum(tally[::-1])[::-1][1:]
        first = float(above[0]) if above.size else 0.0
        steps = above[1:].astype(np.int64)
        usual = Runs.of(steps, RUN_LENGTHS[-1])
        large, place = np.unique(counts[big], return_inverse=True)
        large_weight = np.bincount(place, weights=weights[big], minlength=large.size)
        factors = np.arange(1.0, steps.size + 1.0)
        return cls(first, factors, steps, usual, large, large_weight.astype(np.int64))

    def __call__(self, log_p: Floats, r: Floats) -> Floats:
        """Return the sum where ``log_p`` (R, J) and ``r`` (R, 1) broadcast."""
        total = np.asarray(self.first * log_p, dtype=np.float64)
        p = np.exp(log_p)
        if self.factors.size:
            most = _run_length(log_p, r)
            runs = self.usual if most == RUN_LENGTHS[-1] else Runs.of(self.steps, most)
            factors = p + np.multiply.outer(self.factors, r)
            logs = np.log(np.multiply.reduceat(factors, runs.starts, axis=0))
            total = total + np.tensordot(runs.weights, logs, axes=1)
        for count, weight in zip(self.large, self.large_weight, strict=True):
            total = total + weight * _log_rising(p, r, count)
        return total


def _run_length(log_p: Floats, r: Floats) -> int:
    """Return how many factors can be multiplied before a product leaves the range of a double."""
    positive = r[r > 0]
    smallest = np.log(positive) if positive.size == r.size else log_p
    top = max(1.0, float(np.max(np.abs(smallest))) + 5.0)
    return max(most for most in RUN_LENGTHS if most == 1 or most * top <= LARGEST_LOG)


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Log likelihood of a set of cells as a function of ``logit m`` and ``logit rho``."""

    constant: float
    events: RisingProducts
    others: RisingProducts
    totals: RisingProducts
    ranges: Cells

    @classmethod
    def of(cls, cells: Cells) -> BetaBinomial:
        """Prepare the products once for all evaluations."""
        exact = cells.where(cells.exact)
        constant = float(np.sum(exact.times * log_choose(exact.total, exact.low)))
        return cls(
            constant,
            RisingProducts.of(exact.low, exact.times),
            RisingProducts.of(exact.total - exact.low, exact.times),
            RisingProducts.of(exact.total, exact.times),
            cells.where(~cells.exact),
        )

    def __call__(self, location: Floats, log_r: Floats) -> Floats:
        """Return the log likelihood, binomial coefficients included.

        Parameters
        ----------
        location
            ``logit m``, shape ``(R, J)``.
        log_r
            ``logit rho = log(1 / kappa)``, shape ``(R, 1)``; -inf is a common rate.
        """
        log_m, log_q, r = log_expit(location), log_expit(-location), np.exp(log_r)
        total = self.constant + self.events(log_m, r) + self.others(log_q, r)
        total = total - self.totals(np.zeros_like(r), r)
        for low, high, n, times in _rows(self.ranges):
            total = total + times * log_range(log_m, log_q, r, low, high, n)
        return np.asarray(total, dtype=np.float64)


def _rows(cells: Cells) -> list[tuple[int, int, int, int]]:
    columns = (cells.low, cells.high, cells.total, cells.times)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def log_count(log_m: Floats, log_q: Floats, r: Floats, y: int, n: int) -> Floats:
    """Return the log probability of exactly ``y`` of ``n``; the arrays broadcast."""
    one = np.ones(1, dtype=np.int64)
    parts = (RisingProducts.of(one * count, one) for count in (y, n - y, n))
    events, others, totals = parts
    top = events(log_m, r) + others(log_q, r) - totals(np.zeros_like(r), r)
    return np.asarray(top + log_choose(one * n, one * y)[0], dtype=np.float64)


def log_range(log_m: Floats, log_q: Floats, r: Floats, low: int, high: int, n: int) -> Floats:
    """Return the log probability of ``low`` to ``high`` of ``n`` events.

    The shorter of the range and its complement is summed; the complement only where the range is
    long, since it cancels where the range is improbable.
    """
    if low == 0 and high == n:
        return np.zeros(np.broadcast_shapes(log_m.shape, r.shape))
    outside = low + (n - high)
    if high - low < max(CHUNK, outside):
        return _log_sum(log_m, log_q, r, low, high, n)
    ends = [(0, low - 1)] * (low > 0) + [(high + 1, n)] * (high < n)
    out = sum(np.exp(_log_sum(log_m, log_q, r, a, b, n)) for a, b in ends)
    return np.asarray(np.log(np.maximum(1.0 - out, np.finfo(float).tiny)), dtype=np.float64)


def _log_sum(log_m: Floats, log_q: Floats, r: Floats, low: int, high: int, n: int) -> Floats:
    """Sum the counts ``low`` to ``high`` from the first one by their ratios, in log space."""
    floor = np.finfo(float).tiny
    m = np.maximum(np.exp(log_m), floor)[..., None]
    q = np.maximum(np.exp(log_q), floor)[..., None]
    last = log_count(log_m, log_q, r, low, n)
    total = last
    for start in range(low, high, CHUNK):
        y = np.arange(start, min(start + CHUNK, high), dtype=float)
        ratio = (n - y) / (y + 1) * (m + y * r[..., None]) / (q + (n - y - 1) * r[..., None])
        terms = last[..., None] + np.cumsum(np.log(ratio), axis=-1)
        total = np.logaddexp(total, np.logaddexp.reduce(terms, axis=-1))
        last = terms[..., -1]
    return total
