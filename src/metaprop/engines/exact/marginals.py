"""A one-dimensional posterior on a lattice, and the questions it answers with an error each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from metaprop.core.estimates import Estimate, Interval
from metaprop.engines.exact.lattice import SinhMap, step_response, tails

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Estimand

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TABLE = 4096
"""Points of the table through which draws and the shortest interval are found."""
CLOSE = 1e-12
"""A quantile is found when its probability, or its place in steps, is this close."""
LARGEST_LOG = 700.0
"""The log of a density is cut off here: a double holds no more."""
ROUNDING = 5e-10
"""Added to every error: sums over thousands of nodes and interpolation round this much."""
BULK, CHECKED = (0.02, 0.98), 16
"""Between which levels, and at how many of them, a marginal's errors are checked."""


class Scale(Protocol):
    """How the lattice coordinate x becomes the quantity; both increase together."""

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value that the quantity can take."""
        ...

    def value(self, x: Floats) -> Floats:
        """Return the quantity at x."""
        ...

    def place(self, value: Floats) -> Floats:
        """Return x at a quantity; infinite at and beyond the ends."""
        ...

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``value``."""
        ...


@dataclass(frozen=True, slots=True)
class LatticeMarginal:
    """The posterior of one quantity as masses on a sinh lattice.

    ``masses`` has shape ``(V, G)``: the posterior first, then coarser versions of it (half the
    grid's columns, half its rows). What they differ by, what every second node of this lattice
    differs by, and ``beyond`` (the mass outside the grid and the error of the likelihood) make
    the error of each answer.
    """

    estimand: Estimand
    scale: Scale
    map: SinhMap
    nodes: Ints
    step: float
    masses: Floats
    beyond: float
    mean_undefined: str | None = None

    def mean(self) -> Estimate:
        """Return the posterior mean; ``undefined`` where it does not exist."""
        if self.mean_undefined is not None:
            return Estimate.without_value(self.mean_undefined)
        t = np.multiply(self.nodes, self.step, dtype=np.float64)
        value = self.scale.value(self.map.value(t))
        means = self.masses @ value
        even = self.nodes % 2 == 0
        half = self.masses[0, even] @ value[even] / self.masses[0, even].sum()
        spread = np.abs(np.append(means[1:], half) - means[0]).sum()
        tail = tails(self.masses[0] * value)
        reach = max(1.0, abs(float(means[0])))
        return Estimate(float(means[0]), float(spread) + tail + (self.beyond + ROUNDING) * reach)

    def quantile(self, level: float) -> Estimate:
        """Return the value below which the quantity lies with probability ``level`` in [0, 1]."""
        if level <= 0.0 or level >= 1.0:
            return Estimate(self.scale.ends[int(level > 0.0)], 0.0)
        t = self._positions(np.array([level]))
        below, error = self._below(t)
        x = self.map.value(t)
        value = float(self.scale.value(x)[0])
        density = float(self._density(t)[0])
        missed = float(error[0]) + abs(float(below[0]) - level)
        return Estimate(value, missed / density if density > 0.0 else np.inf)

    def interval(self, level: float, kind: IntervalKind) -> Interval:
        """Return the credible interval that holds ``level`` in (0, 1), of the kind asked for."""
        lower = 0.5 * (1.0 - level) if kind == "equal-tailed" else self._shortest(level)
        low, high = self.quantile(lower), self.quantile(lower + level)
        return Interval(low.value, high.value, level, kind, max(low.error, high.error))

    def probability(self, *, above: float) -> Estimate:
        """Return the posterior probability that the quantity exceeds ``above``."""
        if not self.scale.ends[0] < above < self.scale.ends[1]:
            return Estimate(float(above <= self.scale.ends[0]), 0.0)
        below, error = self._below(self._t(np.array([above])))
        return Estimate(float(np.clip(1.0 - below[0], 0.0, 1.0)), float(error[0]))

    def survival(self, at: ArrayLike) -> Floats:
        """Return P(quantity > t) for each t of ``at``: same shape, values in [0, 1]."""
        values = np.asarray(at, dtype=np.float64)
        inside = (values > self.scale.ends[0]) & (values < self.scale.ends[1])
        answer = np.where(values <= self.scale.ends[0], 1.0, 0.0)
        below, _ = self._below(self._t(values[inside]))
        answer[inside] = np.clip(1.0 - below, 0.0, 1.0)
        return answer

    def density(self, at: ArrayLike) -> Floats:
        """Return the posterior density of the quantity, on its own scale, at each t of ``at``."""
        values = np.asarray(at, dtype=np.float64)
        inside = (values > self.scale.ends[0]) & (values < self.scale.ends[1])
        answer = np.zeros(values.shape)
        answer[inside] = np.maximum(self._density(self._t(values[inside])), 0.0)
        return answer

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Return ``n`` independent draws, shape ``(n,)``, by inverting the distribution."""
        t, below = self._table()
        return self.scale.value(self.map.value(np.interp(rng.random(n), below, t)))

    def worst_error(self) -> float:
        """Return the largest error of probabilities, and of quantiles between 0 and 1, in the bulk.

        Twice what is found at some places, since it may be larger between them.
        """
        t = self._near(np.linspace(*BULK, CHECKED))
        error = self._below(t)[1]
        if self.scale.ends[1] <= 1.0:
            error = error / np.minimum(np.maximum(self._density(t), np.finfo(float).tiny), 1.0)
        return 2.0 * float(error.max())

    def _t(self, value: Floats) -> Floats:
        return self.map.inverse(self.scale.place(value))

    def _below(self, t: Floats) -> tuple[Floats, Floats]:
        """Return P(quantity <= value at t) and its error, shape ``(P,)`` each."""
        at = t[:, None] / self.step
        full = step_response(at - self.nodes) @ self.masses.T
        even = self.nodes % 2 == 0
        coarse = step_response((at - self.nodes[even]) / 2.0) @ self.masses[0, even]
        coarse /= self.masses[0, even].sum()
        error = np.abs(full[:, 1:] - full[:, :1]).sum(axis=1) + np.abs(coarse - full[:, 0])
        return full[:, 0], np.minimum(error + self.beyond + ROUNDING, 1.0)

    def _density(self, t: Floats) -> Floats:
        """Return the density on the quantity's own scale at lattice coordinates."""
        per_step = np.sinc(t[:, None] / self.step - self.nodes) @ self.masses[0]
        slope = self.map.log_slope(t) + self.scale.log_slope(self.map.value(t))
        density: Floats = per_step / self.step * np.exp(np.minimum(-slope, LARGEST_LOG))
        return density

    def _positions(self, levels: Floats) -> Floats:
        """Return lattice coordinates of quantiles by safeguarded Newton steps."""
        t = self._near(levels)
        low, high = t - 3.0 * self.step, t + 3.0 * self.step
        for _ in range(60):
            below = step_response(t[:, None] / self.step - self.nodes) @ self.masses[0] - levels
            low, high = np.where(below < 0, t, low), np.where(below < 0, high, t)
            slope = np.sinc(t[:, None] / self.step - self.nodes) @ self.masses[0] / self.step
            newton = t - below / np.where(slope > 0, slope, np.inf)
            inside = (newton >= low) & (newton <= high)
            t_next = np.where(inside, newton, 0.5 * (low + high))
            settled = np.abs(t_next - t) < CLOSE * self.step
            t = t_next
            if (settled | (np.abs(below) < CLOSE)).all():
                break
        return t

    def _near(self, levels: Floats) -> Floats:
        """Return lattice coordinates within about a step of quantiles."""
        crude = np.maximum.accumulate(np.cumsum(self.masses[0]) - 0.5 * self.masses[0])
        near: Floats = np.interp(levels, crude, self.nodes * self.step)
        return near

    def _table(self) -> tuple[Floats, Floats]:
        """Return lattice coordinates and the distribution function there, increasing."""
        t = np.linspace(self.nodes[0], self.nodes[-1], TABLE) * self.step
        below = step_response(t[:, None] / self.step - self.nodes) @ self.masses[0]
        return t, np.maximum.accumulate(np.clip(below, 0.0, 1.0))

    def _shortest(self, level: float) -> float:
        """Return the lower tail of the shortest interval that holds ``level``."""
        t, below = self._table()
        lower = np.linspace(0.0, 1.0 - level, 2001)
        x = self.map.value(np.interp(np.stack([lower, lower + level]), below, t))
        ends = self.scale.value(x)
        ends[0, 0], ends[1, -1] = self.scale.ends
        return float(lower[np.argmin(ends[1] - ends[0])])
