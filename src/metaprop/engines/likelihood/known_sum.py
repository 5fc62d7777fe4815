"""Ranges whose sum is known: one joint term of the likelihood.

    P(low_i <= y_i <= high_i for every i, and L <= sum y_i <= H | hyperparameters)

is the distribution of the sum of counts that keep to their ranges, added up from L to H. Studies
are independent given the hyperparameters, so it is a convolution, at each node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.likelihood.convolution import Tilted, log_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from metaprop.engines.likelihood.cells import Cells

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Likelihood = Callable[[Floats, Floats], Floats]

BLOCK = 400_000
"""Elements of a temporary array."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What a known sum says about one study's count, C counts from ``first`` on, at each node.

    ``log_rest`` (C, R, J): log probability that the other ranges make up what the count leaves of
    the sum, over that of the known sum itself. ``share`` (C, R, J): probability of the count given
    the node and all counts' ranges and sum; 1 over all counts.
    """

    first: int
    log_rest: Floats
    share: Floats


@dataclass(frozen=True, slots=True)
class KnownSum:
    """Log likelihood of a set of cells with a known sum; called like those without one.

    ``alone`` is that of the exact counts, ``each`` gives the log probability (R, J, M) of every
    one of M counts. ``ranges`` are as in the table, ``tight`` what the sum leaves of them;
    ``places`` says where the counts of each are among the M. ``ends`` is what is known about the
    sum beyond the least.
    """

    alone: Likelihood
    each: Likelihood
    ranges: Cells
    tight: Cells
    places: tuple[slice, ...]
    ends: tuple[int, int]

    @classmethod
    def of(cls, cells: Cells, alone: Likelihood, each: Callable[[Cells], Likelihood]) -> KnownSum:
        """Take cells with a known sum, and what a family says of exact counts and of ranges."""
        if cells.known_sum is None:
            raise ValueError("no sum is known")
        ranged = ~cells.exact
        tight = cells.tightened().where(ranged)
        sizes = tight.high - tight.low + 1
        stops = np.cumsum(sizes)
        places = tuple(map(slice, (stops - sizes).tolist(), stops.tolist()))
        least, most = (int(np.sum(tight.times * v)) for v in (tight.low, tight.high))
        ends = (max(cells.known_sum.low, least) - least, min(cells.known_sum.high, most) - least)
        return cls(alone, each(tight), cells.where(ranged), tight, places, ends)

    def __call__(self, location: Floats, log_spread: Floats) -> Floats:
        """Return the log likelihood at (R, J) and (R, 1): shape (R, J)."""
        total = np.array(self.alone(location, log_spread))
        for rows, tilted in self._by_block(location, log_spread):
            units = np.asarray(tilted.times) @ tilted.log_unit
            total[rows] += (units + self._log_joint(tilted)).reshape(rows.size, -1)
        return total

    def shares(self, cell: tuple[int, int, int], location: Floats, log_spread: Floats) -> Shares:
        """Return what the sum says about one study with this cell (low, high, total) of the table.

        Arrays as in a call.
        """
        columns = (self.ranges.low, self.ranges.high, self.ranges.total)
        kind = list(zip(*(column.tolist() for column in columns), strict=True)).index(cell)
        shape = (self.places[kind].stop - self.places[kind].start, *location.shape)
        found = Shares(int(self.tight.low[kind]), np.empty(shape), np.empty(shape))
        for rows, tilted in self._by_block(location, log_spread):
            log_rest = self._log_rest(tilted, kind)
            untilted = log_rest - tilted.tilt * np.arange(shape[0])[:, None]
            share = np.exp(untilted) * tilted.parts[kind]
            log_rest -= tilted.log_unit[kind]
            found.log_rest[:, rows] = log_rest.reshape(shape[0], rows.size, -1)
            found.share[:, rows] = share.reshape(shape[0], rows.size, -1)
        return found

    def _log_rest(self, tilted: Tilted, kind: int) -> Floats:
        """Return the log of the probability of what each count leaves, over the joint: (C, N).

        The units are left out.
        """
        low, high = self.ends
        count = tilted.parts[kind].shape[0]
        first = max(0, low - count + 1)
        rest = tilted.sums(tilted.without(kind), first, high)
        out = np.empty((count, tilted.tilt.size))
        for own in range(count):
            start, stop = max(0, low - own), high - own + 1
            inside = rest[start - first : max(0, stop - first)]
            out[own] = log_within(inside, tilted.tilt, start) if inside.size else -np.inf
        return out - self._log_joint(tilted)

    def _by_block(self, location: Floats, log_spread: Floats) -> Iterator[tuple[Ints, Tilted]]:
        """Yield row numbers and the tilted probabilities of the counts at their nodes."""
        size = max(1, BLOCK // (location.shape[1] * self.places[-1].stop))
        for start in range(0, location.shape[0], size):
            rows = np.arange(start, min(start + size, location.shape[0]))
            logs = self.each(location[rows], log_spread[rows])
            flat = np.ascontiguousarray(logs.reshape(-1, logs.shape[-1]).T)
            parts = [flat[place] for place in self.places]
            yield rows, Tilted.towards(parts, self.tight.times.tolist(), self.ends)

    def _log_joint(self, tilted: Tilted) -> Floats:
        """Return the log probability of the known sum, (N,), its units left out."""
        return log_within(tilted.sums(tilted.times, *self.ends), tilted.tilt, self.ends[0])


def convolution_work(cells: Cells) -> int:
    """Return about how many products the convolution of cells with a known sum takes at a node."""
    if cells.known_sum is None:
        return 0
    ranges = cells.tightened().where(~cells.exact)
    left = int(np.sum(ranges.times * (ranges.high - ranges.low)))
    most = cells.known_sum.high - int(np.sum(ranges.times * ranges.low))
    return left * min(left, most)
