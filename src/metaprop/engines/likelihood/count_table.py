"""Log probability of every count of several ranges, at many nodes, in each family.

In the beta-binomial family a range's first count is followed by the others through their ratios,

    P(y + 1) / P(y) = (n - y) / (y + 1) (m + y r) / (1 - m + (n - y - 1) r),   r = rho / (1 - rho).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.likelihood.beta_binomial import log_count
from metaprop.engines.likelihood.binomial_logit import log_rates
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.logit_normal import LogitNormal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TINY = np.finfo(np.float64).tiny


def logit_normal_counts(ranges: Cells, fineness: float) -> LogitNormal:
    """Return the likelihood whose ``each`` is that of every count, in the order of the ranges."""
    rows = zip(ranges.low.tolist(), ranges.high.tolist(), strict=True)
    counts = [np.arange(low, high + 1) for low, high in rows]
    y, total = np.concatenate(counts), np.repeat(ranges.total, [part.size for part in counts])
    return LogitNormal.of(Cells(y, y, total, np.ones_like(y)), fineness)


@dataclass(frozen=True, slots=True)
class BetaBinomialCounts:
    """Log probabilities of the M counts of ``ranges``, in their order."""

    ranges: Cells

    def each(self, location: Floats, log_r: Floats) -> Floats:
        """Return them at ``logit m`` (R, J) and ``logit rho`` (R, 1): shape (R, J, M)."""
        (log_m, log_q), r = log_rates(location), np.exp(log_r)
        columns = (self.ranges.low, self.ranges.high, self.ranges.total)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return np.concatenate([_log_counts(log_m, log_q, r, row) for row in rows], axis=-1)


def _log_counts(log_m: Floats, log_q: Floats, r: Floats, row: tuple[int, int, int]) -> Floats:
    """Return the log probabilities of the counts of one range (low, high, total)."""
    low, high, n = row
    found = np.empty((*log_m.shape, high - low + 1))
    found[..., 0] = log_count(log_m, log_q, r, low, n)
    y = np.arange(low, high, dtype=np.float64)
    m, q = (np.maximum(np.exp(logs), TINY)[..., None] for logs in (log_m, log_q))
    rest = n - y - 1.0
    more, less = np.log(m + y * r[..., None]), np.log(q + rest * r[..., None])
    # a rate itself need not be a double
    more[..., y == 0.0] = log_m[..., None]
    less[..., rest == 0.0] = log_q[..., None]
    found[..., 1:] = np.log((n - y) / (y + 1.0)) + more - less
    return np.cumsum(found, axis=-1, out=found)
