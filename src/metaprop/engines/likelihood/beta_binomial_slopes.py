"""Beta-binomial log likelihood of many data sets with its derivatives, for any rho below 1.

With ``r = rho / (1 - rho)`` and ``m`` the average rate,

    log L = sum_{j<y} log(m + j r) + sum_{j<n-y} log(1 - m + j r) - sum_{j<n} log(1 + j r),

so that each derivative is a sum over j of one sign: nothing cancels from rho = 0 on. Sums over
many j are thinned by Gauss's rule for evenly spaced points, block by block.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.engines.likelihood.slopes import Slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DIRECT = 64
"""The first so many terms are summed one by one, shared by all studies of a data set."""
GROWTH = 4
"""Each block of terms behind them ends so many times farther out than it starts."""
FARTHEST = 300.0
"""Locations beyond this stand at it: the squares of rarer rates leave the range of a double."""
NODES = 16
"""Nodes of a block: with a growth of 4 the error falls by 9 with each, to 1e-15."""


@lru_cache(maxsize=65_536)
def _block(start: int, stop: int) -> tuple[Floats, Floats]:
    """Return nodes and positive weights for a sum over ``start <= j < stop``.

    Gauss's rule for the uniform distribution on evenly spaced points (Gram's polynomials).
    """
    size = stop - start
    if size <= NODES:
        return np.arange(start, stop, dtype=np.float64), np.ones(size)
    n = np.arange(1.0, NODES)
    off = np.sqrt(n * n * (float(size) ** 2 - n * n) / (4.0 * (4.0 * n * n - 1.0)))
    middle = np.full(NODES, start + 0.5 * (size - 1))
    matrix = np.diag(middle) + np.diag(off, 1) + np.diag(off, -1)
    nodes, vectors = np.linalg.eigh(matrix)
    return nodes, size * vectors[0] ** 2


def _tail(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights for a sum over ``DIRECT <= j < count``."""
    nodes: list[Floats] = [np.empty(0)]
    weights: list[Floats] = [np.empty(0)]
    start = DIRECT
    while start < count:
        stop = min(GROWTH * start, count)
        at, weight = _block(start, stop)
        nodes.append(at)
        weights.append(weight)
        start = stop
    return np.concatenate(nodes), np.concatenate(weights)


@dataclass(frozen=True, slots=True)
class RisingSums:
    """Sums over j below the counts of each data set: nodes and weights, shape ``(B, J)``."""

    nodes: Floats
    weights: Floats

    @classmethod
    def of(cls, counts: Ints) -> RisingSums:
        """Prepare the sums for counts of shape ``(B, k)``."""
        most = min(DIRECT, int(counts.max(initial=0)))
        j = np.arange(most, dtype=np.float64)
        weights = np.zeros((counts.shape[0], most))
        for column in counts.T:
            weights += column[:, None] > j
        nodes = np.broadcast_to(j, weights.shape)
        tails = [_tails(column) for column in counts.T if column.max(initial=0) > DIRECT]
        every = np.concatenate([nodes, *(at for at, _ in tails)], axis=1)
        return cls(every, np.concatenate([weights, *(weight for _, weight in tails)], axis=1))

    def of_rows(self, rows: Ints) -> RisingSums:
        """Return the sums of some data sets."""
        return RisingSums(self.nodes[rows], self.weights[rows])

    def __call__(self, p: Floats, log_p: Floats, r: Floats) -> tuple[Floats, ...]:
        """Return ``sum log(p + j r)`` and its derivatives p, r, pp, pr, rr; shape ``(B,)`` each."""
        j, weights = self.nodes, self.weights
        terms = p[:, None] + j * r[:, None]
        # The first term is p itself, whose logarithm is known better than p is.
        logs = np.where(j == 0.0, log_p[:, None], np.log(np.maximum(terms, np.finfo(float).tiny)))
        value = np.einsum("bj,bj->b", weights, logs)
        over = weights / np.maximum(terms, np.finfo(float).tiny)
        share = j / np.maximum(terms, np.finfo(float).tiny)
        by_p, by_r = over.sum(axis=1), np.einsum("bj,bj->b", weights, share)
        by_pp = -np.einsum("bj,bj->b", over, 1.0 / np.maximum(terms, np.finfo(float).tiny))
        by_pr = -np.einsum("bj,bj->b", over, share)
        by_rr = -np.einsum("bj,bj,bj->b", weights, share, share)
        return value, by_p, by_r, by_pp, by_pr, by_rr


def _tails(column: Ints) -> tuple[Floats, Floats]:
    """Return the padded tails of one study's count in each data set, shape ``(B, T)`` each."""
    tails = [_tail(int(count)) for count in column]
    width = max(at.size for at, _ in tails)
    nodes, weights = np.zeros((2, column.size, width))
    for row, (at, weight) in enumerate(tails):
        nodes[row, : at.size], weights[row, : at.size] = at, weight
    return nodes + (weights == 0.0), weights


@dataclass(frozen=True, slots=True)
class BetaBinomialSlopes:
    """The three sums of each of B data sets, prepared once for all evaluations."""

    events: RisingSums
    others: RisingSums
    totals: RisingSums

    @classmethod
    def of(cls, events: Ints, totals: Ints) -> BetaBinomialSlopes:
        """Prepare the sums: ``events`` (B, k), ``totals`` (k,)."""
        shared = RisingSums.of(totals[None, :])
        return cls(RisingSums.of(events), RisingSums.of(totals - events), shared)

    def __call__(self, rows: Ints, location: Floats, spread: Floats) -> Slopes:
        """Return summed log likelihoods of data sets ``rows``; all arguments ``(R,)``.

        ``location`` is logit m, ``spread`` the square root of r; binomial coefficients left out.
        """
        x, r = np.clip(location, -FARTHEST, FARTHEST), spread * spread
        m, q = special.expit(x), special.expit(-x)
        e, e_m, e_r, e_mm, e_mr, e_rr = self.events.of_rows(rows)(m, special.log_expit(x), r)
        o, o_q, o_r, o_qq, o_qr, o_rr = self.others.of_rows(rows)(q, special.log_expit(-x), r)
        one = np.ones_like(m)
        t, _, t_r, _, _, t_rr = self.totals.of_rows(np.zeros_like(rows))(one, 0.0 * one, r)
        slope, bend, mixed = e_m - o_q, e_mm + o_qq, e_mr - o_qr
        by_r, by_rr, mq = e_r + o_r - t_r, e_rr + o_rr - t_rr, m * q
        return Slopes(
            e + o - t,
            slope * mq,
            2.0 * spread * by_r,
            bend * mq * mq + slope * mq * (q - m),
            2.0 * spread * mixed * mq,
            4.0 * r * by_rr + 2.0 * by_r,
        )
