"""The distinct cells of a table: each (low, high, total) once, with how often it occurs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.evidence.counts import Count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.priors import Prior
    from metaprop.evidence.studies import Studies


@dataclass(frozen=True, slots=True)
class Cells:
    """Distinct cells that say something, shape ``(d,)`` each.

    ``low`` to ``high`` events of ``total`` patients, seen in ``times`` studies. A cell that says
    nothing (0 to total) is not among them, unless ``known_sum`` is there: what is known about the
    events of all ranges together, exact counts not among them. It makes the ranges one joint term.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    total: NDArray[np.int64]
    times: NDArray[np.int64]
    known_sum: Count | None = None

    @classmethod
    def of(cls, studies: Studies) -> Cells:
        """Gather equal cells of a table."""
        binding = studies.binding_total
        columns = (studies.low.tolist(), studies.high.tolist(), studies.totals.tolist())
        found = Counter(zip(*columns, strict=True))
        rows = sorted(
            (*cell, times)
            for cell, times in found.items()
            if binding is not None or cell[0] > 0 or cell[1] < cell[2]
        )
        cells = cls(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)
        if binding is None:
            return cells
        known = int(studies.low[studies.low == studies.high].sum())
        return replace(cells, known_sum=Count(binding.low - known, binding.high - known))

    @classmethod
    def single(cls, low: int, high: int, total: int) -> Cells:
        """Return one cell, also one that says nothing."""
        one = np.ones(1, dtype=np.int64)
        return cls(one * low, one * high, one * total, one)

    def __len__(self) -> int:
        """Return the number of distinct cells."""
        return self.low.size

    def where(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Cells:
        """Return the cells that the mask, shape ``(d,)``, or the places pick; no sum is kept."""
        return Cells(self.low[mask], self.high[mask], self.total[mask], self.times[mask])

    def without(self, low: int, high: int, total: int) -> Cells:
        """Return the cells with one study of this cell fewer; a known sum is that of the rest.

        A range that takes part in the sum is left out by ``without_count``.
        """
        same = (self.low == low) & (self.high == high) & (self.total == total)
        times = self.times - same
        left = Cells(self.low, self.high, self.total, times).where(times > 0)
        return replace(left, known_sum=self.known_sum)

    def without_count(self, low: int, high: int, total: int, events: int) -> Cells:
        """Return the cells without one range that had so many ``events`` of the known sum."""
        if self.known_sum is None:
            raise ValueError("no sum is known")
        left = Count(max(0, self.known_sum.low - events), self.known_sum.high - events)
        return replace(self.without(low, high, total), known_sum=left)

    def tightened(self) -> Cells:
        """Return the same cells, each range without the counts that the known sum rules out."""
        if self.known_sum is None:
            return self
        ranged = self.where(~self.exact)
        least, most = (int(np.sum(ranged.times * v)) for v in (ranged.low, ranged.high))
        low = np.maximum(self.low, self.high + self.known_sum.low - most)
        high = np.minimum(self.high, self.low + self.known_sum.high - least)
        low, high = (np.where(self.exact, self.low, v) for v in (low, high))
        return replace(self, low=low, high=high)

    @property
    def pooled_logit(self) -> float:
        """Logit of the crude pooled rate, half a count added to each side: a place to start."""
        middle = 0.5 * float(np.sum(self.times * (self.low + self.high))) + 0.5
        if self.known_sum is not None:
            events = np.where(self.exact, self.times * self.low, 0)
            middle = float(events.sum()) + 0.5 * (self.known_sum.low + self.known_sum.high) + 0.5
        return float(np.log(middle) - np.log(np.sum(self.times * self.total) + 1.0 - middle))

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Which cells are exact counts, shape ``(d,)``."""
        exact: NDArray[np.bool_] = self.low == self.high
        return exact


def log_choose(total: NDArray[np.int64], events: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the log binomial coefficient, elementwise; 1e-13 relative for totals to 1e9."""
    t, y = np.asarray(total, dtype=float), np.asarray(events, dtype=float)
    return np.asarray(-np.log1p(t) - special.betaln(y + 1.0, t - y + 1.0), dtype=np.float64)


def fewest_interior(cells: Cells) -> int:
    """Return how many studies have neither 0 nor all events, at the least."""
    inside = cells.times * ((cells.low > 0) & (cells.high < cells.total))
    if cells.known_sum is None:
        return int(inside.sum())
    ranged, least = cells.tightened().where(~cells.exact), np.zeros(1)
    columns = (ranged.low, ranged.high, ranged.total, ranged.times)
    for low, high, total, times in zip(*(column.tolist() for column in columns), strict=True):
        counts = np.arange(low, high + 1)
        cost = ((counts > 0) & (counts < total)).astype(float)
        for _ in range(times):
            least = _cheapest(least, cost)
    first = int(np.sum(ranged.times * ranged.low))
    ends = (max(0, cells.known_sum.low - first), cells.known_sum.high - first + 1)
    return int(inside[cells.exact].sum()) + int(least[ends[0] : ends[1]].min())


def _cheapest(least: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least cost of each sum once a count of this cost is added."""
    out = np.full(least.size + cost.size - 1, np.inf)
    for count, own in enumerate(cost):
        part = out[count : count + least.size]
        np.minimum(part, least + own, out=part)
    return out


def tau_mean_undefined(cells: Cells, prior: Prior) -> str | None:
    """Return why E[tau] does not exist under a prior on tau, or None where it does.

    As tau grows, each study whose count excludes both 0 and all takes a factor 1/tau from the
    prior's tail ``tau^-(a + 1)``; the others take none. The mean exists where ``a`` plus the number
    of such studies exceeds 1. Where a sum is known, it is the fewest that can make it up.
    """
    interior = fewest_interior(cells)
    if prior.tail_index + interior > 1.0:
        return None
    return (
        f"The mean of tau does not exist: its prior's tail falls like tau^-"
        f"{prior.tail_index + 1.0:g} and {interior} studies bound it. Use quantiles."
    )
