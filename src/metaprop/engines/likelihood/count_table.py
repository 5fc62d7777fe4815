"""Log probability of each of many counts, at many nodes, in the beta-binomial family.

With ``r = rho / (1 - rho)`` it is ``log choose(n, y) + A_y + B_(n-y) - C_n``, three running sums
of logs that all counts and totals share. The logit-normal family has ``LogitNormal.each``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.likelihood.binomial_logit import log_rates
from metaprop.engines.likelihood.cells import log_choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.likelihood.cells import Cells

    Floats = NDArray[np.float64]

TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class BetaBinomialCounts:
    """Log probabilities of exact counts, ``cells`` of shape ``(M,)``."""

    cells: Cells

    def each(self, location: Floats, log_r: Floats) -> Floats:
        """Return them at ``logit m`` (R, J) and ``logit rho`` (R, 1): shape (R, J, M)."""
        (log_m, log_q), r = log_rates(location), np.exp(log_r)
        events, total = self.cells.low, self.cells.total
        others = total - events
        found = _rising(log_m, r, int(events.max()))[..., events]
        found += _rising(log_q, r, int(others.max()))[..., others]
        found -= _rising(np.zeros_like(r), r, int(total.max()))[..., total]
        found += log_choose(total, events)
        return found


def _rising(log_p: Floats, r: Floats, most: int) -> Floats:
    """Return ``sum_{j < c} log(p + j r)`` for c = 0 to ``most``, along a last axis."""
    logs = np.zeros((*log_p.shape, most + 1))
    p = np.maximum(np.exp(log_p), TINY)[..., None]
    if most > 0:
        logs[..., 1] = log_p  # the rate itself need not be a double
        logs[..., 2:] = np.log(p + r[..., None] * np.arange(1.0, most))
    return np.cumsum(logs, axis=-1, out=logs)
