"""The distinct cells of a table: each (low, high, total) once, with how often it occurs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.priors import Prior
    from metaprop.evidence.studies import Studies


@dataclass(frozen=True, slots=True)
class Cells:
    """Distinct cells that say something, shape ``(d,)`` each.

    ``low`` to ``high`` events of ``total`` patients, seen in ``times`` studies. A cell that says
    nothing (0 to total) is not among them.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    total: NDArray[np.int64]
    times: NDArray[np.int64]

    @classmethod
    def of(cls, studies: Studies) -> Cells:
        """Gather equal cells of a table."""
        columns = (studies.low.tolist(), studies.high.tolist(), studies.totals.tolist())
        found = Counter(zip(*columns, strict=True))
        rows = sorted(
            (*cell, times) for cell, times in found.items() if cell[0] > 0 or cell[1] < cell[2]
        )
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)

    @classmethod
    def single(cls, low: int, high: int, total: int) -> Cells:
        """Return one cell, also one that says nothing."""
        one = np.ones(1, dtype=np.int64)
        return cls(one * low, one * high, one * total, one)

    def __len__(self) -> int:
        """Return the number of distinct cells."""
        return self.low.size

    def where(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Cells:
        """Return the cells that the mask, shape ``(d,)``, or the places pick."""
        return Cells(self.low[mask], self.high[mask], self.total[mask], self.times[mask])

    def without(self, low: int, high: int, total: int) -> Cells:
        """Return the cells with one study of this cell fewer."""
        same = (self.low == low) & (self.high == high) & (self.total == total)
        times = self.times - same
        return Cells(self.low, self.high, self.total, times).where(times > 0)

    @property
    def pooled_logit(self) -> float:
        """Logit of the crude pooled rate, half a count added to each side: a place to start."""
        middle = 0.5 * float(np.sum(self.times * (self.low + self.high))) + 0.5
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


def tau_mean_undefined(cells: Cells, prior: Prior) -> str | None:
    """Return why E[tau] does not exist under a prior on tau, or None where it does.

    As tau grows, each study whose count excludes both 0 and all takes a factor 1/tau from the
    prior's tail ``tau^-(a + 1)``; the others take none. The mean exists where ``a`` plus the number
    of such studies exceeds 1.
    """
    interior = int(np.sum(cells.times[(cells.low > 0) & (cells.high < cells.total)]))
    if prior.tail_index + interior > 1.0:
        return None
    return (
        f"The mean of tau does not exist: its prior's tail falls like tau^-"
        f"{prior.tail_index + 1.0:g} and {interior} studies bound it. Use quantiles."
    )
