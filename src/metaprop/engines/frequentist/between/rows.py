"""Many data sets as rows of one matrix, those with fewer than two studies left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.weighing import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Data sets in rows: estimates and variances (N, k), ``count`` (N,), and which is used.

    ``used`` is None where every study is.
    """

    estimate: Floats
    variance: Floats
    count: Floats
    used: Bools | None

    @classmethod
    def of(cls, effects: Effects) -> tuple[Rows, Bools]:
        """Lay out the data sets with two studies or more; say which they are, shape (...)."""
        several = effects.count > 1.0
        y, v = effects.estimate[several], effects.variance[several]
        used = None if effects.used is None else effects.used[several]
        return cls(y, v, effects.count[several], used), several

    def take(self, rows: Bools | NDArray[np.intp]) -> Rows:
        """Return some of the rows."""
        used = None if self.used is None else self.used[rows]
        return Rows(self.estimate[rows], self.variance[rows], self.count[rows], used)

    def weigh(self, tau2: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return weights (N, k), their sums (N,), residuals and weighted residuals (N, k)."""
        w = 1.0 / (self.variance + tau2[:, None])
        total = w.sum(axis=-1)
        residuals = self.estimate - (dot(w, self.estimate) / total)[:, None]
        return w, total, residuals, w * residuals


def spread_out(found: Floats, several: Bools) -> Floats:
    """Return answers (N,) where they belong, shape (...); NaN elsewhere."""
    if several.all():
        return found.reshape(several.shape)
    everywhere = np.full(several.shape, np.nan)
    everywhere[several] = found
    return everywhere
