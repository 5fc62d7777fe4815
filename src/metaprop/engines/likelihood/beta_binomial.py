"""Beta-binomial log likelihood, stable from a common rate (rho = 0) to all-or-nothing (rho = 1).

With ``r = rho / (1 - rho) = 1 / kappa`` the probability of ``y`` of ``n`` events is

    choose(n, y) prod_{j<y} (m + j r) prod_{j<n-y} (1 - m + j r) / prod_{j<n} (1 + j r),

a product of positive terms. Differences of log beta functions lose everything at large kappa.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.likelihood.binomial_logit import log_rates
from metaprop.engines.likelihood.cells import Cells, log_choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DIRECT = 64
"""Counts up to here are multiplied out; above, the rest by Stirling's difference."""
START = 16
"""Where Stirling's series takes over: its error is below 1e-14 from here."""
LARGEST_LOG = 600.0
"""Products of factors stay within exp of plus or minus this."""
FEW = 500
"""On fewer nodes than this, a log for each factor is faster than multiplying factors in turn."""
OFTEN = 8
"""A count that occurs more often than this has a log of its own."""
SMALL = 1e-3
"""Below this a series stands for a difference that cancels."""
CHUNK = 64
"""Terms of a range that are summed at once."""
RARE = 1e-3
"""A range less probable than this is summed itself: what its complement leaves of 1 is noise."""
MOST_TERMS = 5_000_000
"""Beyond so many terms the noise stands: they belong to places where the likelihood is lost."""


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
    z = more * r / base
    with np.errstate(divide="ignore", invalid="ignore"):  # r = 0: no excess at all
        x = base / r
        excess = x * _log1p_less_linear(z) + (more - 0.5) * np.log1p(z)
    excess = np.where(r > 0, excess, 0.0)
    return more * np.log(base) + excess + _stirling_tail(x + more) - _stirling_tail(x)


@dataclass(frozen=True, slots=True)
class RisingProducts:
    """``sum_i w_i sum_{j < count_i} log(p + j r)`` over many counts, prepared once.

    ``first`` is the weight of ``log p``, ``steps`` those of the factors j = 1, 2, ... ``levels``
    are the distinct counts, increasing, with their weights; ``large`` counts have their factors
    from 16 on by Stirling's difference.
    """

    first: float
    steps: Floats
    levels: tuple[tuple[int, int], ...]
    large: Ints
    large_weight: Ints

    @classmethod
    def of(cls, counts: Ints, weights: Ints) -> RisingProducts:
        """Prepare the sum for counts and weights of shape ``(d,)``."""
        big = counts > DIRECT
        tally = np.bincount(np.where(big, START, counts), weights=weights, minlength=1).astype(int)
        levels = tuple((int(count), int(tally[count])) for count in np.flatnonzero(tally))
        large = np.unique(counts[big]) if big.any() else counts[big]
        place = np.searchsorted(large, counts[big])
        large_weight = np.bincount(place, weights=weights[big], minlength=large.size)
        above = np.cumsum(tally[:0:-1])[::-1].astype(float)
        first, steps = float(above[0]) if above.size else 0.0, above[1:]
        return cls(first, steps, levels, large, large_weight.astype(np.int64))

    def __call__(self, log_p: Floats, r: Floats) -> Floats:
        """Return the sum where ``log_p`` (R, J) and ``r`` (R, 1) broadcast."""
        total = np.asarray(self.first * log_p, dtype=np.float64)
        p = np.maximum(np.exp(log_p), np.finfo(float).tiny)  # r may be 0 beside it
        if self.steps.size and p.size < FEW:
            factors = np.arange(1.0, self.steps.size + 1.0)
            total += np.log(p[:, :, None] + (r * factors)[:, None, :]) @ self.steps
        elif self.steps.size:
            total += _log_products(p, r, self.levels, _most(log_p, r, self.levels[-1][0]))
        for count, weight in zip(self.large, self.large_weight, strict=True):
            total = total + weight * _log_rising(p, r, count)
        return total


def _most(log_p: Floats, r: Floats, count: int) -> int:
    """Return how many factors can be multiplied before a product leaves the range of a double."""
    smallest = float(np.maximum(log_p, np.log(np.maximum(r, np.finfo(float).tiny))).min())
    largest = float(np.log1p(count * r.max()))
    return max(1, int(LARGEST_LOG / max(1.0, -smallest, largest)))


def _log_products(p: Floats, r: Floats, levels: tuple[tuple[int, int], ...], most: int) -> Floats:
    """Return ``sum_levels weight sum_{1 <= j < count} log(p + j r)``.

    Up to ``most`` factors are multiplied before a log is taken: ``rising`` holds the factors
    since its last log, which all greater counts share, ``product`` those of counts gone by.
    """
    total, rising, product = np.zeros_like(p), np.ones_like(p), np.ones_like(p)
    greater = sum(weight for _, weight in levels)
    done, factors, held = 1, 0, 0
    for count, weight in levels:
        for j in range(done, count):
            if factors == most:
                total += greater * np.log(rising)
                rising[:], factors = 1.0, 0
            rising *= p + j * r
            factors += 1
        done, greater = max(done, count), greater - weight
        if weight > OFTEN or weight * factors > most:
            total += weight * np.log(rising)
            continue
        if held + weight * factors > most:
            total += np.log(product)
            product[:], held = 1.0, 0
        for _ in range(weight):
            product *= rising
        held += weight * factors
    return total + np.log(product)


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
        (log_m, log_q), r = log_rates(location), np.exp(log_r)
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
    long and not improbable, where it would cancel.
    """
    if low == 0 and high == n:
        return np.zeros(np.broadcast_shapes(log_m.shape, r.shape))
    outside = low + (n - high)
    if high - low < max(CHUNK, outside):
        return _log_sum(log_m, log_q, r, low, high, n)
    ends = [(0, low - 1)] * (low > 0) + [(high + 1, n)] * (high < n)
    out = sum(np.exp(_log_sum(log_m, log_q, r, a, b, n)) for a, b in ends)
    inside = np.asarray(1.0 - out, dtype=np.float64)
    found = np.log(np.maximum(inside, np.finfo(float).tiny))
    rare = inside < RARE
    if not 0 < np.count_nonzero(rare) * (high - low) <= MOST_TERMS:
        return found
    m, q, rows = (part[rare][:, None] for part in np.broadcast_arrays(log_m, log_q, r))
    found[rare] = _log_sum(m, q, rows, low, high, n)[:, 0]
    return found


def _log_sum(log_m: Floats, log_q: Floats, r: Floats, low: int, high: int, n: int) -> Floats:
    """Sum the counts ``low`` to ``high`` from the first one by their ratios, in log space."""
    floor = np.finfo(float).tiny
    m = np.maximum(np.exp(log_m), floor)[..., None]
    q = np.maximum(np.exp(log_q), floor)[..., None]
    last = log_count(log_m, log_q, r, low, n)
    total = last
    for start in range(low, high, CHUNK):
        y = np.arange(start, min(start + CHUNK, high), dtype=float)
        # apart, since their ratio need not be a double; a rate itself need not be either
        more = np.where(y > 0, np.log(m + y * r[..., None]), log_m[..., None])
        rest = n - y - 1
        less = np.where(rest > 0, np.log(q + rest * r[..., None]), log_q[..., None])
        steps = np.log((n - y) / (y + 1)) + more - less
        terms = last[..., None] + np.cumsum(steps, axis=-1)
        total = np.logaddexp(total, np.logaddexp.reduce(terms, axis=-1))
        last = terms[..., -1]
    return total
