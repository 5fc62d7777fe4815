"""Regions of likelihood: every (location, spread) that data do not reject, many data sets at once.

A region holds every (location, spread) whose log likelihood is within some nats of the best. At a
given spread it is one stretch of the location around a ridge: the best location there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.one_step.climbing import LONGEST, SETTLED, Tangent, climb
from metaprop.engines.frequentist.one_step.crossing import AT_ZERO, Line, leave
from metaprop.engines.frequentist.one_step.family import location_tangent
from metaprop.engines.likelihood.logit_normal_slopes import EXACT, ROUGH, Rule
from metaprop.engines.likelihood.slopes import Slopes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Family, Model

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FIRST_STEP = 0.3
"""First step out in the spread, with half the spread itself."""
FARTHEST = 20.0
"""Farthest first step out in the location, at spread 0 and by the spread farther."""
ROUNDING = 1e-14
"""Rounding of a log likelihood, relative, a few studies added up."""


@dataclass(frozen=True, slots=True)
class Care:
    """How exactly an edge is found.

    ``enough``: Newton's decrement at a ridge, relative; ``near``: nats from the target that are
    none; ``gap``: a slice whose ridge is this near to the target is a point.
    """

    rule: Rule
    enough: float
    near: float
    gap: float


EXACTLY = Care(EXACT, SETTLED, AT_ZERO, 1e-9)
ROUGHLY = Care(ROUGH, 1e-4, 1e-3, 1e-3)
"""To choose where to look more closely: a likelihood good to 1e-5 is not followed farther."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """The best location at R spreads, the log likelihood there, ``slopes`` next to it; ``(R,)``."""

    location: Floats
    value: Floats
    slopes: Slopes

    def of(self, places: Ints) -> Ridge:
        """Return some of them."""
        found = (getattr(self.slopes, name)[places] for name in self.slopes.__slots__)
        return Ridge(self.location[places], self.value[places], Slopes(*found))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Two ends of each of B ranges, shape ``(B,)``."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Regions:
    """The (location, spread) of B data sets whose log likelihood reaches ``target``, (B,).

    ``crude``, (B,), is the logit of each pooled rate: the best location at spread 0. Methods take
    the data set of each of R points as ``rows``, shape (R,), as all that is of a point.
    """

    family: Family
    model: Model
    crude: Floats
    target: Floats

    def near(self, rows: Ints, care: Care = EXACTLY) -> Floats:
        """Return how near to the target is at it: rounding grows with the log likelihood."""
        return np.asarray(care.near + ROUNDING * np.abs(self.target[rows]))

    def ridge(
        self, rows: Ints, spread: Floats, start: Floats | None = None, care: Care = EXACTLY
    ) -> Ridge:
        """Return the best location at each spread, searched from ``start``."""
        last = Slopes.empty(rows.size)

        def evaluate(which: Ints, at: Floats) -> Tangent:
            slopes = self.family(rows[which], at[:, 0], spread[which], care.rule)
            last.put(which, slopes)
            return location_tangent(slopes)

        begin = self.family.widened(self.crude[rows], spread) if start is None else start
        reach = LONGEST * (1.0 + spread)
        top = climb(evaluate, begin[:, None], longest=reach, enough=care.enough)
        return Ridge(top.at[:, 0], top.value, last)

    def edge(
        self,
        rows: Ints,
        spread: Floats,
        side: Floats,
        ridge: Ridge,
        care: Care = EXACTLY,
        first: Floats | None = None,
    ) -> Floats:
        """Return the end of the stretch of locations at each spread; ``side`` is -1 or 1.

        ``first`` is where each is looked for first, if that is known.
        """
        gap = np.maximum(ridge.value - self.target[rows], 0.0)
        open_ = np.flatnonzero(gap > care.gap)
        out = ridge.location.copy()

        def evaluate(which: Ints, location: Floats) -> Line:
            chosen = open_[which]
            slopes = self.family(rows[chosen], location, spread[chosen], care.rule)
            return Line(slopes.value - self.target[rows[chosen]], slopes.by_location)

        bend = np.maximum(-ridge.slopes.by_location_twice, np.finfo(float).tiny)
        # where a rough likelihood is not bent at its ridge, the parabola has no end
        step = side * np.minimum(np.sqrt(2.0 * gap / bend), FARTHEST * (1.0 + spread))
        if first is not None:
            step = np.where(side * (first - ridge.location) > 0.0, first - ridge.location, step)
        near = self.near(rows[open_], care)
        out[open_] = leave(evaluate, ridge.location[open_], step[open_], near=near)
        return out

    def spread_ranges(self, location: Floats, spread: Floats) -> Ranges:
        """Return the range of the spread in each region, around the best fits, shape ``(B,)``.

        Each spread is judged at its best location: these are profile-likelihood intervals.
        """
        every = np.arange(spread.size)
        common = self.family(every, self.crude, np.zeros_like(spread)).value
        inner = np.flatnonzero((spread > 0.0) & (common < self.target))
        rows = np.concatenate([every, inner])
        steps = [FIRST_STEP + 0.5 * spread, -0.5 * spread[inner]]
        walls = [np.full(spread.size, np.nan), np.zeros(inner.size)]
        profile = self._profile(rows, location[rows], spread[rows])
        found = leave(
            profile,
            spread[rows],
            np.concatenate(steps),
            np.concatenate(walls),
            near=self.near(rows),
        )
        low = np.zeros_like(spread)
        low[inner] = found[spread.size :]
        return Ranges(low, found[: spread.size])

    def least_spread(self) -> float:
        """Return the least spread that reaches the target, where the likelihood rises with it.

        Of one data set.
        """
        row, inside = np.zeros(1, dtype=np.int64), np.ones(1)
        while self.ridge(row, inside).value[0] < self.target[0]:
            inside *= 2.0
        if self.ridge(row, np.zeros(1)).value[0] >= self.target[0]:
            return 0.0
        profile = self._profile(row, self.family.widened(self.crude, inside), inside)
        walls = np.zeros(1)
        return float(leave(profile, inside, -0.5 * inside, walls, near=self.near(row))[0])

    def _profile(
        self, rows: Ints, location: Floats, spread: Floats
    ) -> Callable[[Ints, Floats], Line]:
        """Return what tells how far spreads, at their best location, are above the target.

        Each ridge is looked for where the last one of the same row, at first ``location`` at
        ``spread``, and the way in which it ran lead to.
        """
        at, last = location.copy(), spread.copy()
        drift = np.full(rows.size, np.nan)

        def evaluate(which: Ints, to: Floats) -> Line:
            ahead = at[which] + drift[which] * (to - last[which])
            wider = self.family.widened(at[which], to) - self.family.widened(at[which], last[which])
            start = np.where(np.isfinite(ahead), ahead, at[which] + wider)
            ridge = self.ridge(rows[which], to, start)
            at[which], last[which] = ridge.location, to
            with np.errstate(divide="ignore", invalid="ignore"):
                drift[which] = -ridge.slopes.by_both / ridge.slopes.by_location_twice
            return Line(ridge.value - self.target[rows[which]], ridge.slopes.by_spread)

        return evaluate
