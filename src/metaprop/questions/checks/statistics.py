"""What is looked at in a table of counts, and between which values it lies where counts are ranges.

Each statistic takes replicated events of shape ``(R, k)`` and returns ``(R,)``. For a table whose
counts are ranges its least and its greatest value over all tables that the ranges, and a known
total, allow are found exactly; the standard deviation of the rates is left out there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.evidence.studies import Studies
    from metaprop.questions.checks.answers import StatisticName

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

ROUNDED = 1e-9
"""A rate times its total may miss a whole number by so much."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The counts that a table allows: ``low`` to ``high`` of ``totals``, shape ``(k,)`` each.

    Together they add up to ``least`` to ``most``, and each of them can be reached.
    """

    low: Ints
    high: Ints
    totals: Ints
    least: int
    most: int

    @classmethod
    def of(cls, studies: Studies) -> Allowed:
        """Narrow each range to the counts with which the others can reach the total."""
        total = studies.total_events
        low, high = studies.low, studies.high
        narrowed = np.maximum(low, total.low - (high.sum() - high))
        widest = np.minimum(high, total.high - (low.sum() - low))
        return cls(narrowed, widest, studies.totals, total.low, total.high)

    @property
    def exact(self) -> bool:
        """Whether only one table is allowed."""
        return bool(np.array_equal(self.low, self.high))

    @property
    def mirrored(self) -> Allowed:
        """The same of the patients without the event."""
        patients = int(self.totals.sum())
        ends = (patients - self.most, patients - self.least)
        return Allowed(self.totals - self.high, self.totals - self.low, self.totals, *ends)


def at_zero(allowed: Allowed) -> tuple[float, float]:
    """Return the fewest and the most studies without an event."""
    can = allowed.low == 0
    free = int(np.sum(can & (allowed.high > 0)))
    spare = allowed.most - int(allowed.low.sum())
    fewest = int(np.sum(allowed.high == 0)) + max(0, free - spare)
    # the narrowest ranges first: what they would have given to the total, others can give
    given_up = np.cumsum(np.sort(allowed.high[can]))
    most = int(np.sum(given_up <= int(allowed.high.sum()) - allowed.least))
    return float(fewest), float(most)


def smallest(allowed: Allowed) -> tuple[float, float]:
    """Return the least and the greatest value of the smallest rate."""
    least = float(np.min(allowed.low / allowed.totals))
    columns = (allowed.low.tolist(), allowed.high.tolist(), allowed.totals.tolist())
    rates = [np.arange(low, high + 1) / total for low, high, total in zip(*columns, strict=True)]
    candidates = np.unique(np.concatenate(rates))
    first, last = 0, candidates.size - 1  # the first can be reached, so halve what is left
    while first < last:
        middle = (first + last + 1) // 2
        if _reachable(allowed, float(candidates[middle])):
            first = middle
        else:
            last = middle - 1
    return least, float(candidates[first])


def _reachable(allowed: Allowed, rate: float) -> bool:
    """Return whether all rates can be at least this one."""
    need = np.maximum(allowed.low, np.ceil(rate * allowed.totals - ROUNDED).astype(np.int64))
    return bool(np.all(need <= allowed.high)) and int(need.sum()) <= allowed.most


def largest(allowed: Allowed) -> tuple[float, float]:
    """Return the least and the greatest value of the largest rate."""
    low, high = smallest(allowed.mirrored)
    return 1.0 - high, 1.0 - low


def _spread(events: Ints, totals: Ints) -> Floats:
    return np.asarray(np.std(events / totals, axis=-1, ddof=1), dtype=np.float64)


def _known_spread(allowed: Allowed) -> tuple[float, float] | None:
    if not allowed.exact or allowed.totals.size == 1:
        return None
    found = float(_spread(allowed.low, allowed.totals))
    return found, found


@dataclass(frozen=True, slots=True)
class Statistic:
    """``of`` replicated events (R, k) and totals (k,); ``bounds`` None where they are not found.

    ``counts`` says whether it is a whole number; ``fewest`` is the number of studies that it needs.
    """

    of: Callable[[Ints, Ints], NDArray[np.generic]]
    bounds: Callable[[Allowed], tuple[float, float] | None]
    counts: bool
    fewest: int = 1


STATISTICS: Mapping[StatisticName, Statistic] = {
    "studies_at_0": Statistic(lambda y, _n: np.sum(y == 0, axis=-1), at_zero, counts=True),
    "studies_at_100": Statistic(
        lambda y, n: np.sum(y == n, axis=-1), lambda a: at_zero(a.mirrored), counts=True
    ),
    "smallest_rate": Statistic(lambda y, n: np.min(y / n, axis=-1), smallest, counts=False),
    "largest_rate": Statistic(lambda y, n: np.max(y / n, axis=-1), largest, counts=False),
    "total_events": Statistic(
        lambda y, _n: np.sum(y, axis=-1), lambda a: (float(a.least), float(a.most)), counts=True
    ),
    "sd_of_rates": Statistic(_spread, _known_spread, counts=False, fewest=2),
}
NO_SPREAD = "Counts are ranges: how far apart the rates can be was not worked out."
TOO_FEW = "One study has no spread."
