"""Counts that add up to a known total: its probability, and the counts given the total.

Range r allows the counts ``low_r + w`` with probabilities ``p_r(w)``; the total of all is known to
lie ``least`` to ``most`` beyond the lows. The distribution of a sum is the convolution of those of
its parts, taken range by range. Every count is weighted by ``exp(tilt w)``, which brings the mean
of the sum to the total and is taken out again exactly at the end: no rates are so far from what the
total says that the sums underflow (exponential tilting: Reid 1988,
doi:10.1214/ss/1177012906).

Log probabilities ``log_p`` have shape ``(draws, R, W)``, -inf for a count that is not allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEPS = 60
"""Of Newton's method, halved where it leaves the bracket, for the tilt."""
NEAR = 0.1
"""Standard deviations of the sum by which its mean may miss the total: a tilt need not be exact."""
NO_VARIANCE = 1e-9
"""Below this the sum cannot be moved by a small change of the tilt."""
BLOCK = 1_000_000
"""Elements of a temporary array."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """How many events the ranges have together beyond their lows: ``least`` to ``most``."""

    least: int
    most: int


def log_total_probability(log_p: Floats, beyond: Beyond) -> Floats:
    """Return the log probability that the counts add up to the total, shape ``(draws,)``."""
    return _Sums.of(log_p, beyond).log_probability


def counts_given_total(log_p: Floats, beyond: Beyond, rng: np.random.Generator) -> Ints:
    """Return one set of counts for each draw, beyond the lows, given the total: ``(draws, R)``.

    The sum of all is drawn first, then each count backwards through the partial convolutions.
    """
    return _Sums.of(log_p, beyond).sample(rng)


def blocks(draws: int, shape: tuple[int, ...], beyond: Beyond) -> list[slice]:
    """Return parts of the draws that are small enough for ranges of this shape, ``(R, W)``."""
    ranges, width = shape
    size = max(1, BLOCK // ((ranges + 1) * max(width, beyond.most + 1)))
    return [slice(start, start + size) for start in range(0, draws, size)]


@dataclass(frozen=True, slots=True)
class _Sums:
    """The partial convolutions of draws.

    ``p`` is tilted, shape ``(draws, R, W)``; ``ahead[r]`` has the tilted distribution of the sum of
    the first r counts, up to ``most``, shape ``(R + 1, draws, most + 1)``, each scaled to add up to
    1; ``ends`` has the sum's distribution at ``least`` to ``most``, the tilt taken out, and
    ``log_scale`` what it lacks as a factor.
    """

    p: Floats
    ahead: Floats
    ends: Floats
    log_scale: Floats
    least: int

    @classmethod
    def of(cls, log_p: Floats, beyond: Beyond) -> _Sums:
        tilt, target = _tilts(log_p, beyond)
        draws, ranges, width = log_p.shape
        tilted = log_p + tilt[:, None, None] * np.arange(width)
        top = tilted.max(axis=2, keepdims=True)
        p = np.exp(tilted - top)
        log_scale = top.sum(axis=(1, 2)) - tilt * target
        ahead = np.zeros((ranges + 1, draws, beyond.most + 1))
        ahead[0, :, 0] = 1.0
        for r in range(ranges):
            for w in range(min(width, beyond.most + 1)):
                ahead[r + 1, :, w:] += p[:, r, w, None] * ahead[r, :, : beyond.most + 1 - w]
            scale = ahead[r + 1].sum(axis=1)
            ahead[r + 1] /= scale[:, None]
            log_scale += np.log(scale)
        t = np.arange(beyond.least, beyond.most + 1)
        ends = ahead[-1, :, beyond.least :] * np.exp(-tilt[:, None] * (t - target[:, None]))
        return cls(p, ahead, ends, log_scale, beyond.least)

    @property
    def log_probability(self) -> Floats:
        """Of the total, shape ``(draws,)``."""
        found: Floats = np.log(self.ends.sum(axis=1)) + self.log_scale
        return found

    def sample(self, rng: np.random.Generator) -> Ints:
        """Return counts given the total, shape ``(draws, R)``."""
        draws, ranges, width = self.p.shape
        counts = np.empty((draws, ranges), dtype=np.int64)
        rows, w = np.arange(draws)[:, None], np.arange(width)
        left = self.least + _pick(self.ends, rng)
        for r in reversed(range(ranges)):
            before = left[:, None] - w
            weights = np.where(
                before >= 0, self.p[:, r] * self.ahead[r][rows, np.maximum(before, 0)], 0.0
            )
            counts[:, r] = _pick(weights, rng)
            left -= counts[:, r]
        return counts


def _pick(weights: Floats, rng: np.random.Generator) -> Ints:
    """Return a place along the last axis with probability in proportion to the weights."""
    share = np.cumsum(weights, axis=-1)
    level = rng.random(weights.shape[:-1]) * share[..., -1]
    return np.sum(share <= level[..., None], axis=-1, dtype=np.int64)


def _tilts(log_p: Floats, beyond: Beyond) -> tuple[Floats, Floats]:
    """Return for each draw the tilt and the sum that it aims at, the nearest that is allowed."""
    w = np.arange(log_p.shape[2], dtype=np.float64)
    tilt, target = np.zeros(log_p.shape[0]), np.zeros(log_p.shape[0])
    low, high = np.full_like(tilt, -np.inf), np.full_like(tilt, np.inf)
    for step in range(STEPS):
        tilted = log_p + tilt[:, None, None] * w
        p = np.exp(tilted - tilted.max(axis=2, keepdims=True))
        p /= p.sum(axis=2, keepdims=True)
        each = p @ w
        mean, variance = each.sum(axis=1), (p @ (w * w) - each * each).sum(axis=1)
        if step == 0:
            target = np.clip(mean, beyond.least, beyond.most)
        miss = target - mean
        away = np.abs(miss) > NEAR * np.sqrt(np.maximum(variance, 0.0))
        if not away.any():
            break
        low, high = np.where(miss > 0.0, tilt, low), np.where(miss > 0.0, high, tilt)
        reach = 1.0 + np.abs(tilt)
        moved = tilt + np.clip(miss / np.maximum(variance, NO_VARIANCE), -reach, reach)
        inside = (low < moved) & (moved < high)
        with np.errstate(invalid="ignore"):  # an open bracket is never left
            moved = np.where(inside, moved, 0.5 * (low + high))
        tilt = np.where(away, moved, tilt)
    return tilt, target
