"""Profile-likelihood limits: how far a quantity reaches within a region of likelihood.

The region holds every (location, spread) whose log likelihood is within ``drop`` of the best. At a
given spread it is one stretch of the location, and both rates rise with the location; so the
limits of a rate are the extremes, over the spreads of the region, of the rate at the ends of the
stretch. They are the same as the limits of the profile likelihood of that rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.one_step.climbing import LONGEST, Tangent, climb
from metaprop.engines.frequentist.one_step.crossing import AT_ZERO, Line, leave, turning
from metaprop.engines.frequentist.one_step.family import location_tangent
from metaprop.engines.frequentist.one_step.rates import rate_logit, rate_slopes
from metaprop.engines.frequentist.one_step.touching import touch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Family, Model
    from metaprop.engines.frequentist.one_step.rates import RateName

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SLICES = 21
"""Spreads at which a region is cut first."""
FIRST_STEP = 0.3
"""First step out in the spread, with half the spread itself."""
ROUNDING = 1e-14
"""Rounding of a log likelihood, relative, a few studies added up."""
NO_GAP = 1e-9
"""A slice whose ridge is this near to the target is a point."""
NEAR_COMMON = 0.05
"""Share of the first slice at which it is decided whether a limit lies at the common rate."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """The best location at each of S spreads, the log likelihood there; shape ``(S,)`` each."""

    location: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Range:
    """Two ends of a range."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Job:
    """One limit of one rate: ``side`` is -1 (low) or 1 (high), ``place`` the slice nearest to it.

    ``edge`` is the location there, ``reached`` the log-odds of the rate, times the side.
    """

    name: RateName
    side: float
    place: int
    edge: float
    reached: float


@dataclass(frozen=True, slots=True)
class Region:
    """The (location, spread) of one data set whose log likelihood reaches ``target``.

    ``crude`` is the logit of the pooled rate; ``spreads`` the range of the spread in the region,
    which is its profile-likelihood interval.
    """

    family: Family
    model: Model
    crude: float
    target: float
    spreads: Range

    @classmethod
    def of(cls, family: Family, model: Model, crude: float, best: Floats, drop: float) -> Region:
        """Return the region within ``drop`` nats of ``best`` (location, spread, value)."""
        target = float(best[2]) - drop
        start = cls.at_common(family, model, crude, target)
        return cls(family, model, crude, target, start.spread_range(float(best[1])))

    @classmethod
    def at_common(cls, family: Family, model: Model, crude: float, target: float) -> Region:
        """Return what reaches the target at spread 0, where that alone is asked for."""
        return cls(family, model, crude, target, Range(0.0, 0.0))

    @property
    def _near(self) -> float:
        """How near to the target is at it: rounding grows with the log likelihood."""
        return AT_ZERO + ROUNDING * abs(self.target)

    def least_spread(self) -> float:
        """Return the least spread that reaches the target, where the likelihood rises with it."""
        inside = np.ones(1)
        while self.ridge(inside).value[0] < self.target:
            inside *= 2.0
        if self.ridge(np.zeros(1)).value[0] >= self.target:
            return 0.0
        return float(leave(self._profile, inside, -0.5 * inside, np.zeros(1), near=self._near)[0])

    def _profile(self, _: Ints, spread: Floats) -> Line:
        """Return how far each spread, at its best location, is above the target; its slope."""
        ridge = self.ridge(spread)
        slopes = self.family(np.zeros(spread.size, dtype=np.int64), ridge.location, spread)
        return Line(ridge.value - self.target, slopes.by_spread)

    def ridge(self, spread: Floats) -> Ridge:
        """Return the best location at each spread."""

        def evaluate(which: Ints, at: Floats) -> Tangent:
            rows = np.zeros_like(which)
            return location_tangent(self.family(rows, at[:, 0], spread[which]))

        start = self.family.widened(np.full(spread.size, self.crude), spread)
        top = climb(evaluate, start[:, None], longest=LONGEST * (1.0 + spread))
        return Ridge(top.at[:, 0], top.value)

    def spread_range(self, best: float) -> Range:
        """Return the range of the spread, each value judged at its best location."""
        one = np.ones(1)
        high = leave(self._profile, best * one, (FIRST_STEP + 0.5 * best) * one, near=self._near)
        reaches_common = best == 0.0 or self.ridge(0.0 * one).value[0] >= self.target
        if reaches_common:
            return Range(0.0, float(high[0]))
        low = leave(self._profile, best * one, -0.5 * best * one, 0.0 * one, near=self._near)
        return Range(float(low[0]), float(high[0]))

    def edge(self, spread: Floats, side: Floats) -> Floats:
        """Return the end of the stretch of locations at each spread; ``side`` is -1 or 1."""
        distinct, place = np.unique(spread, return_inverse=True)
        ridge = self.ridge(distinct)
        ridge = Ridge(ridge.location[place], ridge.value[place])
        rows = np.zeros(spread.size, dtype=np.int64)
        bend = -self.family(rows, ridge.location, spread).by_location_twice
        gap = np.maximum(ridge.value - self.target, 0.0)
        open_ = np.flatnonzero(gap > NO_GAP)
        out = ridge.location.copy()

        def evaluate(which: Ints, location: Floats) -> Line:
            chosen = open_[which]
            slopes = self.family(rows[chosen], location, spread[chosen])
            return Line(slopes.value - self.target, slopes.by_location)

        step = side * np.sqrt(2.0 * gap / np.maximum(bend, np.finfo(float).tiny))
        out[open_] = leave(evaluate, ridge.location[open_], step[open_], near=self._near)
        return out

    def limits(self, names: tuple[RateName, ...]) -> tuple[Range, ...]:
        """Return the profile-likelihood limits of rates, as log-odds, one range for each name."""
        share = np.linspace(0.0, 1.0, SLICES)
        cuts = self.spreads.low + (self.spreads.high - self.spreads.low) * share * share
        sides = np.repeat([-1.0, 1.0], SLICES)
        edges = self.edge(np.tile(cuts, 2), sides).reshape(2, SLICES)
        jobs: list[Job] = []
        for name in names:
            for row, side in enumerate((-1.0, 1.0)):
                rates = side * rate_logit(self.model, name, edges[row], cuts)
                best = int(np.argmax(rates))
                jobs.append(Job(name, side, best, float(edges[row, best]), float(rates[best])))
        found = self._refined(jobs, cuts).reshape(-1, 2)
        return tuple(Range(float(low), float(high)) for low, high in found)

    def _refined(self, jobs: list[Job], cuts: Floats) -> Floats:
        """Return each limit, from the slice where it is nearest and that slice's neighbours."""
        at = np.array([job.place for job in jobs])
        start = np.array([job.edge for job in jobs]), cuts[at]
        names = [job.name for job in jobs]
        touched = touch(self.family, self.model, names, self.target, start)
        values = self._rates(jobs, touched.location, touched.spread)
        low, high = cuts[np.maximum(at - 1, 0)], cuts[np.minimum(at + 1, SLICES - 1)]
        held = touched.found & (touched.spread > low) & (touched.spread < high)
        sides = np.array([job.side for job in jobs])
        held &= sides * values >= [job.reached for job in jobs]
        for i in np.flatnonzero(~held):
            values[i] = self._searched(jobs[i], cuts, float(low[i]), float(high[i]))
        return values

    def _searched(self, job: Job, cuts: Floats, low: float, high: float) -> float:
        """Return a limit by following the edge: slower than ``touch``, and also at spread 0."""
        near = max(low, NEAR_COMMON * high) if cuts[job.place] == 0.0 else low
        ends = np.array([near]), np.array([high])
        spread = turning(lambda _, s: self._slope([job], s), *ends)
        if cuts[job.place] == 0.0 and spread[0] <= near:
            spread = np.zeros(1)
        edge = self.edge(spread, np.array([job.side]))
        return float(self._rates([job], edge, spread)[0])

    def _rates(self, jobs: list[Job], location: Floats, spread: Floats) -> Floats:
        """Return the log-odds of each job's rate at its own point."""
        places = [slice(i, i + 1) for i in range(len(jobs))]
        return np.concatenate(
            [
                rate_logit(self.model, job.name, location[at], spread[at])
                for job, at in zip(jobs, places, strict=True)
            ]
        )

    def _slope(self, jobs: list[Job], spread: Floats) -> Floats:
        """Return how each rate at its edge moves outwards with the spread."""
        sides = np.array([job.side for job in jobs])
        edge = self.edge(spread, sides)
        slopes = self.family(np.zeros(spread.size, dtype=np.int64), edge, spread)
        with np.errstate(divide="ignore", invalid="ignore"):
            drift = -slopes.by_spread / slopes.by_location
        out = []
        for i, job in enumerate(jobs):
            rate = rate_slopes(self.model, job.name, edge[i : i + 1], spread[i : i + 1])
            out.append(job.side * float(rate.by_spread[0] + rate.by_location[0] * drift[i]))
        return np.array(out)
