"""Distributions of sums of independent counts, at many nodes at once, where none underflows.

Each count's probabilities are tilted by ``exp(lambda c)``, with a lambda of each node's own that
puts the mean of the sum near what is known of it; then its probability there is an ordinary double
however improbable it was. All terms are positive: nothing cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NEAR = 4.0
"""A sum known to lie within so many standard deviations of its mean is not improbable."""
INSIDE = 0.25
"""A mean is kept so far from the least and the largest sum, where no finite tilt would put it."""
STEPS = 100
"""Newton's steps, or halvings, to such a tilt at the most."""
CACHED, FEWEST = 30_000, 16
"""Elements of an array that stays in a core's cache; nodes that are convolved at once at least."""
SMALL = 1e-100
"""Stands for a variance of 0, where a step is as long as it may be."""
TINY = np.finfo(np.float64).tiny
LOWEST = -1e200
"""Stands for the log of a probability of 0, so that differences stay finite."""


@dataclass(frozen=True, slots=True)
class Tilted:
    """Probabilities of counts c = 0, 1, ... at N nodes, tilted by ``exp(tilt c)`` and normalised.

    ``parts[d]`` (C_d, N) are those of one kind of count, which occurs ``times[d]`` times;
    ``log_unit`` (D, N) is the log of what each was divided by.
    """

    parts: tuple[Floats, ...]
    times: tuple[int, ...]
    tilt: Floats
    log_unit: Floats

    @classmethod
    def towards(
        cls, log_parts: Sequence[Floats], times: Sequence[int], ends: tuple[int, int]
    ) -> Tilted:
        """Tilt log probabilities, (C_d, N) each, so that the sum's mean comes near two ends."""
        sizes = np.array([part.shape[0] for part in log_parts])
        starts = np.append(0, np.cumsum(sizes)[:-1])
        count = np.concatenate([np.arange(size, dtype=np.float64) for size in sizes])[:, None]
        stack, often = np.concatenate(log_parts), np.asarray(times, dtype=np.float64)
        most = float(often @ (sizes - 1))
        inner = np.clip(ends, INSIDE, max(most - INSIDE, INSIDE))
        tilt = _tilts(stack, count, starts, often, inner)
        weight, unit = _normalised(stack + count * tilt, starts)
        parts = tuple(np.split(weight, starts[1:]))
        return cls(parts, tuple(times), tilt, unit)

    def without(self, kind: int) -> tuple[int, ...]:
        """Return how often each kind occurs besides one count of this kind."""
        return tuple(often - (place == kind) for place, often in enumerate(self.times))

    def sums(self, times: Sequence[int], low: int, high: int) -> Floats:
        """Return the tilted probabilities of sums ``low`` to ``high``, (high - low + 1, N).

        ``times`` says how often each kind takes part; sums out of reach have probability 0.
        """
        nodes, out = self.tilt.size, np.zeros((high - low + 1, self.tilt.size))
        size = max(FEWEST, CACHED // (high + 1))
        for start in range(0, nodes, size):
            part = slice(start, min(start + size, nodes))
            first, found = _convolved([own[:, part] for own in self.parts], times, (low, high))
            inside = found[max(0, low - first) :]
            begin = max(first, low) - low
            out[begin : begin + inside.shape[0], part] = inside
        return out


def _convolved(
    parts: Sequence[Floats], times: Sequence[int], ends: tuple[int, int]
) -> tuple[int, Floats]:
    """Return the distribution of a sum within two ends, (S, N), and the sum where it begins."""
    left = sum(often * (part.shape[0] - 1) for often, part in zip(times, parts, strict=True))
    first, found = 0, np.ones((1, parts[0].shape[1]))
    for often, part in zip(times, parts, strict=True):
        for _ in range(often):
            left -= part.shape[0] - 1
            first, found = _add(first, found, part, (max(0, ends[0] - left), ends[1]))
    return first, found


def log_within(sums: Floats, tilt: Floats, first: int) -> Floats:
    """Return the log probability, without tilt, of any of these sums: (S, N) -> (N,).

    A sum whose tilted probability underflows lies far behind the end that the tilt aims at, where
    the sums are less probable still without it: it counts for nothing. A least double in its
    place would be blown up by the tilt.
    """
    count = np.arange(first, first + sums.shape[0], dtype=np.float64)[:, None]
    with np.errstate(divide="ignore"):
        logs = np.log(sums) - count * tilt
    top = np.maximum(logs.max(axis=0), LOWEST)
    return np.asarray(top + np.log(np.maximum(np.exp(logs - top).sum(axis=0), TINY)))


def _add(first: int, found: Floats, part: Floats, ends: tuple[int, int]) -> tuple[int, Floats]:
    """Return the distribution of the sum and one count more, within ends; and where it begins.

    ``found`` is that of the sums from ``first`` on.
    """
    start = max(first, ends[0])
    stop = min(first + found.shape[0] + part.shape[0] - 2, ends[1])
    out = np.zeros((max(0, stop - start + 1), found.shape[1]))
    short, long = (found, part) if found.shape[0] < part.shape[0] else (part, found)
    term = np.empty((long.shape[0], found.shape[1]))
    for place, own in enumerate(short, start=first):
        low, high = max(start, place), min(stop, place + long.shape[0] - 1)
        if low <= high:
            product = np.multiply(
                own, long[low - place : high - place + 1], out=term[: high - low + 1]
            )
            out[low - start : high - start + 1] += product
    return start, out


def _normalised(log_weight: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """Return weights (M, N) that sum to 1 over each part, and the logs of the sums (D, N)."""
    sizes = np.diff(np.append(starts, log_weight.shape[0]))
    top = np.maximum.reduceat(log_weight, starts, axis=0)
    weight = np.exp(log_weight - np.repeat(top, sizes, axis=0))
    total = np.add.reduceat(weight, starts, axis=0)
    weight /= np.repeat(total, sizes, axis=0)
    return weight, top + np.log(total)


def _tilts(stack: Floats, count: Floats, starts: Ints, often: Floats, ends: Floats) -> Floats:
    """Return a tilt of each node (N,), 0 where the sum is not improbably far from two ends.

    Else the tilted mean comes near the closer end, on either side: well inside, the sums at that
    end, which are the most probable ones without the tilt, would underflow with it.
    """
    tilt = np.zeros(stack.shape[1])
    low, high = np.full(tilt.size, -np.inf), np.full(tilt.size, np.inf)
    far, aim = np.arange(tilt.size), np.empty(tilt.size)
    for step in range(STEPS):
        weight, _unit = _normalised(stack[:, far] + count * tilt[far], starts)
        mean = np.add.reduceat(weight * count, starts, axis=0)
        square = np.add.reduceat(weight * (count * count), starts, axis=0)
        middle = often @ mean
        if step == 0:
            aim = np.clip(middle, *ends)
        off = aim[far] - middle
        variance = np.maximum(often @ (square - mean * mean), 0.0)
        low[far] = np.where(off > 0.0, tilt[far], low[far])
        high[far] = np.where(off < 0.0, tilt[far], high[far])
        still = off * off > NEAR * NEAR * (variance + 1.0)
        far, off, variance = far[still], off[still], variance[still]
        if not far.size:
            break
        tilt[far] = _stepped(tilt[far], off / np.maximum(variance, SMALL), low[far], high[far])
    return tilt


def _stepped(tilt: Floats, step: Floats, low: Floats, high: Floats) -> Floats:
    """Return the next tilts: Newton's, not too far at once, or the middle of a bracket."""
    most = 2.0 + 2.0 * np.abs(tilt)
    new = tilt + np.clip(step, -most, most)
    known = np.isfinite(low) & np.isfinite(high)
    outside = known & ~((new > low) & (new < high))
    middle = 0.5 * (np.where(known, low, 0.0) + np.where(known, high, 0.0))
    return np.where(outside, middle, new)
