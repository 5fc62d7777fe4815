"""A one-dimensional posterior on a lattice, and the questions it answers with an error each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import special

from metaprop.core.estimates import Estimate, Interval
from metaprop.engines.exact.lattice import SinhMap, below_nodes, step_response, tails

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
FAR = 1e6
"""Steps beyond the outermost nodes where nothing changes any more."""
AT_NODE = 1e-20
"""Stands for a distance of 0, where a sine would be divided by it."""
LARGEST_LOG = 700.0
"""The log of a density is cut off here: a double holds no more."""
ROUNDING = 5e-10
"""Added to every error: sums over thousands of nodes and interpolation round this much."""
BULK = (0.02, 0.98)
"""Between which levels a marginal's errors are checked."""
BEYOND_ENDS = 3.0
"""Steps beyond the outermost nodes up to which a quantile is looked for."""


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
    the error of each answer. ``beyond_mean`` is what the mean of a quantity without bound loses
    outside the grid.
    """

    estimand: Estimand
    scale: Scale
    map: SinhMap
    nodes: Ints
    step: float
    masses: Floats
    beyond: float
    mean_undefined: str | None = None
    beyond_mean: float = 0.0
    _below: Floats = field(init=False, repr=False, compare=False)
    _error: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the distribution function and its error at the nodes, shape ``(G,)`` each."""
        versions = below_nodes(self.nodes, self.masses)
        error = np.abs(versions[1:] - versions[0]).sum(axis=0) + self.beyond + ROUNDING
        # frozen: what follows from the fields is set once, here
        object.__setattr__(self, "_below", versions[0])
        object.__setattr__(self, "_error", np.minimum(error, 1.0))

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return int(self.nodes.size)

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
        tail = tails(self.masses[0] * value) + self.beyond_mean
        reach = max(1.0, abs(float(means[0])))
        mean = min(max(float(means[0]), self.scale.ends[0]), self.scale.ends[1])
        return Estimate(mean, float(spread + tail + (self.beyond + ROUNDING) * reach))

    def quantile(self, level: float) -> Estimate:
        """Return the value below which the quantity lies with probability ``level`` in [0, 1]."""
        if level <= 0.0 or level >= 1.0:
            return Estimate(self.scale.ends[int(level > 0.0)], 0.0)
        place, missed, mass = self._place(level)
        t = np.array([place * self.step])
        value = float(self.scale.value(self.map.value(t))[0])
        density = mass / self.step * float(self._slope(t)[0])
        error = self._error_near(place) + abs(missed)
        return Estimate(value, error / density if density > 0.0 else np.inf)

    def interval(self, level: float, kind: IntervalKind) -> Interval:
        """Return the credible interval that holds ``level`` in (0, 1), of the kind asked for."""
        lower = 0.5 * (1.0 - level) if kind == "equal-tailed" else self._shortest(level)
        low, high = self.quantile(lower), self.quantile(lower + level)
        return Interval(low.value, high.value, level, kind, max(low.error, high.error))

    def probability(self, *, above: float) -> Estimate:
        """Return the posterior probability that the quantity exceeds ``above``."""
        if not self.scale.ends[0] < above < self.scale.ends[1]:
            return Estimate(float(above <= self.scale.ends[0]), 0.0)
        place = float(self._t(np.array([above]))[0]) / self.step
        place = min(max(place, float(self.nodes[0]) - FAR), float(self.nodes[-1]) + FAR)
        value = min(max(1.0 - self._at(place)[0], 0.0), 1.0)
        return Estimate(value, self._error_near(place))

    def survival(self, at: ArrayLike) -> Floats:
        """Return P(quantity > t) for each t of ``at``: same shape, values in [0, 1]."""
        values = np.asarray(at, dtype=np.float64)
        inside = (values > self.scale.ends[0]) & (values < self.scale.ends[1])
        answer = np.where(values <= self.scale.ends[0], 1.0, 0.0)
        at_step = self._t(values[inside])[:, None] / self.step
        below = step_response(at_step - self.nodes) @ self.masses[0]
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

        Twice what is found at the nodes, since it may be larger between them.
        """
        bulk = np.flatnonzero((self._below > BULK[0]) & (self._below < BULK[1]))
        if not bulk.size:  # all but nothing between two nodes
            middle = int(np.searchsorted(self._below[1:-1], 0.5))
            bulk = np.array([middle, middle + 1])
        error = self._error[bulk]
        if self.scale.ends[1] <= 1.0:
            t = np.multiply(self.nodes[bulk], self.step, dtype=np.float64)
            density = self.masses[0, bulk] / self.step * self._slope(t)
            error = error / np.minimum(np.maximum(density, np.finfo(float).tiny), 1.0)
        return 2.0 * float(error.max())

    def _t(self, value: Floats) -> Floats:
        return self.map.inverse(self.scale.place(value))

    def _at(self, place: float) -> tuple[float, float]:
        """Return P(quantity <= value) and its derivative at a place in steps of the lattice."""
        angle = np.pi * (place - self.nodes)
        angle[angle == 0.0] = AT_NODE
        response, sinc = special.sici(angle)[0] / np.pi + 0.5, np.sin(angle) / angle
        return float(response @ self.masses[0]), float(sinc @ self.masses[0])

    def _error_near(self, place: float) -> float:
        """Return the largest error of that probability at the nodes around a place."""
        left = min(max(math.floor(place) - int(self.nodes[0]) - 1, 0), self.nodes.size - 1)
        return float(self._error[left : left + 4].max())

    def _slope(self, t: Floats) -> Floats:
        """Return the derivative of the lattice coordinate by the quantity."""
        log_slope = self.map.log_slope(t) + self.scale.log_slope(self.map.value(t))
        return np.exp(np.minimum(-log_slope, LARGEST_LOG))

    def _density(self, t: Floats) -> Floats:
        """Return the density on the quantity's own scale at lattice coordinates."""
        per_step = np.sinc(t[:, None] / self.step - self.nodes) @ self.masses[0]
        density: Floats = per_step / self.step * self._slope(t)
        return density

    def _place(self, level: float) -> tuple[float, float, float]:
        """Return where a quantile lies, in steps, by Newton's steps between two nodes.

        Also by how much its probability misses the level, and the mass per step there.
        """
        right = int(np.searchsorted(self._below, level))
        low = float(self.nodes[right - 1] if right > 0 else self.nodes[0] - BEYOND_ENDS)
        high = float(self.nodes[right] if right < self.nodes.size else self.nodes[-1] + BEYOND_ENDS)
        place = self._start(level, right)
        for _ in range(60):
            below, mass = self._at(place)
            missed = below - level
            if abs(missed) < CLOSE or high - low < CLOSE:
                break
            low, high = (place, high) if missed < 0.0 else (low, place)
            newton = place - missed / mass if mass > 0.0 else np.inf
            place = newton if low < newton < high else 0.5 * (low + high)
        return place, missed, mass

    def _start(self, level: float, right: int) -> float:
        """Return about where a quantile lies: by inverse cubic interpolation between two nodes."""
        if not 0 < right < self.nodes.size:
            return float(self.nodes[0] - 1 if right == 0 else self.nodes[-1] + 1)
        below, mass = self._below[right - 1 : right + 1], self.masses[0, right - 1 : right + 1]
        rise = float(below[1] - below[0])
        share = (level - float(below[0])) / rise
        first, last = (rise / max(float(m), 0.3 * rise) for m in mass)
        curve = share * (1.0 - share) * ((first - 1.0) * (1.0 - share) - (last - 1.0) * share)
        return float(self.nodes[right - 1]) + min(max(share + curve, 0.0), 1.0)

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
