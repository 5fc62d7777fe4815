"""One quantity of a posterior, known by its draws: every answer with its Monte Carlo error."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.estimates import Estimate, Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Estimand

    Floats = NDArray[np.float64]

AXES = {"chain_axis": 0, "draw_axis": 1}
FEW = 10
"""With fewer draws on one side of a value, the autocorrelation of that side cannot be told."""
POINTS = 512
"""Of the grid on which a density is estimated."""


class SampledMarginal:
    """The posterior of one quantity from ``values``, draws of shape ``(chains, draws)``.

    ``unit`` says whether the quantity lies in [0, 1]; errors are Monte Carlo standard errors.
    """

    def __init__(
        self,
        estimand: Estimand,
        values: Floats,
        *,
        unit: bool = True,
        mean_undefined: str | None = None,
    ) -> None:
        """Keep the draws; nothing is computed yet."""
        self._estimand = estimand
        self.values = values
        self._unit = unit
        self._mean_undefined = mean_undefined

    @property
    def estimand(self) -> Estimand:
        """Which quantity this is."""
        return self._estimand

    def mean(self) -> Estimate:
        """Return the posterior mean; ``undefined`` where it does not exist."""
        from arviz_stats.base import array_stats

        if self._mean_undefined is not None:
            return Estimate.without_value(self._mean_undefined)
        error = array_stats.mcse(self.values, method="mean", **AXES)
        return Estimate(float(self.values.mean()), float(error))

    def quantile(self, level: float) -> Estimate:
        """Return the value below which the quantity lies with probability ``level``.

        The error is that of the level, carried over to the quantity's own scale.
        """
        value = float(np.quantile(self._sorted, level))
        size = self.effective_draws(above=value)
        spread = np.sqrt(level * (1.0 - level) / size)
        ends = np.quantile(self._sorted, np.clip([level - spread, level + spread], 0.0, 1.0))
        return Estimate(value, float(0.5 * (ends[1] - ends[0])))

    def interval(self, level: float, kind: IntervalKind) -> Interval:
        """Return the credible interval that holds ``level``, of the kind asked for."""
        tail = 0.5 * (1.0 - level)
        if kind == "highest-density":
            tail = self._lowest_tail(level)
        low, high = self.quantile(tail), self.quantile(tail + level)
        return Interval(low.value, high.value, level, kind, max(low.error, high.error))

    def _lowest_tail(self, level: float) -> float:
        """Return the probability below the shortest interval that holds ``level``."""
        n = self._sorted.size
        inside = int(np.floor(level * n))
        widths = self._sorted[inside:] - self._sorted[: n - inside]
        return float(min(np.argmin(widths) / n, 1.0 - level))

    def probability(self, *, above: float) -> Estimate:
        """Return the posterior probability that the quantity exceeds ``above``."""
        share = float(np.mean(self.values > above))
        # half a draw each way, so that a probability of 0 or 1 is not free of error
        size = self.effective_draws(above=above)
        kept = (share * size + 0.5) / (size + 1.0)
        return Estimate(share, float(np.sqrt(kept * (1.0 - kept) / size)))

    def effective_draws(self, *, above: float) -> float:
        """Return how many independent draws would tell P(quantity > above) as well."""
        from arviz_stats.base import array_stats

        over = self.values > above
        fewer = min(int(over.sum()), int(over.size - over.sum()))
        if fewer < FEW:
            return self._least_effective
        size = float(array_stats.ess(over.astype(np.float64), method="mean", **AXES))
        return min(size, float(over.size))

    @cached_property
    def _least_effective(self) -> float:
        from arviz_stats.base import array_stats

        if np.ptp(self.values) == 0.0:
            return float(self.values.size)
        bulk = array_stats.ess(self.values, method="bulk", **AXES)
        tail = array_stats.ess(self.values, method="tail", prob=(0.05, 0.95), **AXES)
        return float(min(bulk, tail, self.values.size))

    @cached_property
    def _sorted(self) -> Floats:
        return np.sort(self.values, axis=None)

    def survival(self, at: ArrayLike) -> Floats:
        """Return P(quantity > t) for each t of ``at``: same shape, values in [0, 1]."""
        points = np.asarray(at, dtype=np.float64)
        size = self._sorted.size
        return np.asarray((size - np.searchsorted(self._sorted, points, side="right")) / size)

    def density(self, at: ArrayLike) -> Floats:
        """Return a kernel estimate of the density on the quantity's own scale, at each t.

        The kernel works on the logit of a rate and on the log of tau, where nothing is cut off.
        """
        points = np.asarray(at, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            place = special.logit(points) if self._unit else np.log(points)
            stretch = 1.0 / (points * (1.0 - points)) if self._unit else 1.0 / points
            grid, heights = self._kernel
            found = np.interp(place, grid, heights, left=0.0, right=0.0) * stretch
        inside = (points > 0.0) & ((points < 1.0) | (not self._unit))
        return np.where(inside, found, np.nan)

    @cached_property
    def _kernel(self) -> tuple[Floats, Floats]:
        from arviz_stats.base import array_stats

        with np.errstate(divide="ignore"):
            moved = special.logit(self._sorted) if self._unit else np.log(self._sorted)
        grid, heights, _ = array_stats.kde(moved[np.isfinite(moved)], grid_len=POINTS)
        return np.asarray(grid), np.asarray(heights)

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Return ``n`` of the draws, taken at random with replacement, shape ``(n,)``."""
        return rng.choice(self._sorted, size=n)
