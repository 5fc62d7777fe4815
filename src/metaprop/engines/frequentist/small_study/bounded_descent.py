"""Minimising a function of a few variables between bounds: the algorithm behind R's L-BFGS-B.

The Copas model's likelihood has several maxima. Which of them is found depends on the path of the
optimiser, so that numbers of R's ``metasens`` need the path of R's ``optim``: that of Byrd, Lu,
Nocedal and Zhu as first published, with its backtracking from the subspace minimum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.small_study.line_search import Trial, line_search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

type Objective = Callable[[Floats], tuple[float, Floats]]
"""From a point (n,) to the value and the gradient (n,)."""

MEMORY = 5
MOST_ROUNDS = 100
TINY = float(np.finfo(np.float64).eps)
ENOUGH = 1e7 * TINY
"""Relative decrease below which the search ends: the default of R's ``optim``."""
FAR = 1e10


@dataclass(frozen=True, slots=True)
class Minimum:
    """A point (n,) with its value, and whether the search settled there."""

    point: Floats
    value: float
    settled: bool


@dataclass(slots=True)
class _Model:
    """A quadratic model of the function: pairs of steps and changes of the gradient."""

    pairs: list[tuple[Floats, Floats]]
    theta: float

    def matrix(self, n: int) -> Floats:
        """Return the limited-memory BFGS matrix (n, n)."""
        b: Floats = self.theta * np.eye(n)
        for s, y in self.pairs:
            bs = b @ s
            b = b + np.outer(y, y) / (y @ s) - np.outer(bs, bs) / (s @ bs)
        return b

    def learn(self, s: Floats, y: Floats) -> None:
        """Take in a step and the change of the gradient over it."""
        self.pairs = [*self.pairs, (s, y)][-MEMORY:]
        self.theta = float((y @ y) / (s @ y))

    def forget(self) -> None:
        """Start again from the identity."""
        self.pairs, self.theta = [], 1.0


def minimise(objective: Objective, start: Floats, low: Floats, high: Floats) -> Minimum:
    """Return a local minimum between bounds.

    Parameters
    ----------
    objective
        Value and gradient at a point.
    start
        Where to begin, shape (n,); put between the bounds first.
    low, high
        The bounds, -inf and inf where there are none.

    Notes
    -----
    Byrd, Lu, Nocedal and Zhu (1995, 10.1137/0916069).
    """
    x: Floats = np.clip(start, low, high)
    value, gradient = objective(x)
    model = _Model([], 1.0)
    for round_ in range(MOST_ROUNDS):
        if _projected(x, gradient, low, high) == 0.0:
            return Minimum(x, value, settled=True)
        goal = _goal(model, x, gradient, low, high)
        found = _along(objective, (x, value, gradient), goal, (low, high), first=round_ == 0)
        if found is None:
            if not model.pairs:
                return Minimum(x, value, settled=False)
            model.forget()
            continue
        step, after, new_value, new_gradient = found
        enough = value - new_value <= ENOUGH * max(abs(value), abs(new_value), 1.0)
        moved, change = step * (goal - x), new_gradient - gradient
        slope = -float(gradient @ (goal - x)) * step
        x, value, gradient = after, new_value, new_gradient
        if enough:
            return Minimum(x, value, settled=True)
        if float(change @ moved) > TINY * slope:
            model.learn(moved, change)
    return Minimum(x, value, settled=False)


def _projected(x: Floats, gradient: Floats, low: Floats, high: Floats) -> float:
    """Return the largest component of the gradient that the bounds leave."""
    down = np.where(gradient > 0.0, np.minimum(gradient, x - low), gradient)
    left = np.where(gradient < 0.0, np.maximum(gradient, x - high), down)
    return float(np.max(np.abs(left)))


def _goal(model: _Model, x: Floats, gradient: Floats, low: Floats, high: Floats) -> Floats:
    """Return the model's minimum: Cauchy's point, then Newton's in what is free there."""
    b = model.matrix(x.size)
    point, fixed = _cauchy(b, x, gradient, low, high)
    free = np.flatnonzero(~fixed)
    if not model.pairs or not free.size:
        return point
    left = gradient + b @ (point - x)
    d = -np.linalg.solve(b[np.ix_(free, free)], left[free])
    return _backtracked(point, free, d, low, high)


def _backtracked(
    point: Floats, free: NDArray[np.intp], d: Floats, low: Floats, high: Floats
) -> Floats:
    """Go along a direction in the free variables as far as the bounds allow."""
    room = np.where(d < 0.0, low[free] - point[free], high[free] - point[free])
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(d == 0.0, np.inf, np.where(np.sign(d) * room <= 0.0, 0.0, room / d))
    share, first = min(1.0, float(reach.min())), int(reach.argmin())
    after = point.copy()
    after[free] += share * d
    if share < 1.0:
        after[free[first]] = low[free[first]] if d[first] < 0.0 else high[free[first]]
    return after


def _cauchy(
    b: Floats, x: Floats, gradient: Floats, low: Floats, high: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the model's first minimum along the projected gradient, and what is fixed there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(gradient > 0.0, x - low, x - high)
        times = np.where(gradient == 0.0, np.inf, room / gradient)
    fixed = (times <= 0.0) & (gradient != 0.0)
    d = np.where(fixed | (gradient == 0.0), 0.0, -gradient)
    moved, now = np.zeros(x.size), 0.0
    order = [int(i) for i in np.argsort(times) if not fixed[i] and np.isfinite(times[i])]
    for i in [*order, None]:
        curvature = float(d @ b @ d)
        slope = float(gradient @ d + d @ b @ moved)
        best = -slope / curvature if curvature > 0.0 else 0.0
        if i is None or best < times[i] - now:
            return x + moved + max(best, 0.0) * d, fixed
        moved, now = moved + (times[i] - now) * d, float(times[i])
        moved[i] = (high[i] if d[i] > 0.0 else low[i]) - x[i]
        d[i], fixed[i] = 0.0, True
    return x + moved, fixed


def _along(
    objective: Objective,
    here: tuple[Floats, float, Floats],
    goal: Floats,
    bounds: tuple[Floats, Floats],
    *,
    first: bool,
) -> tuple[float, Floats, float, Floats] | None:
    """Search the line to the goal; None where it leads nowhere."""
    x, value, gradient = here
    d = goal - x
    slope = float(gradient @ d)
    if slope >= 0.0:
        return None
    most = 1.0 if first else _reach(x, d, *bounds)
    step = min(1.0 / float(np.linalg.norm(d)), most) if first else 1.0
    seen: dict[float, tuple[Floats, float, Floats]] = {}

    def along(trial: float) -> tuple[float, float]:
        point = goal if trial == 1.0 else x + trial * d
        seen[trial] = (point, *objective(point))
        return seen[trial][1], float(seen[trial][2] @ d)

    found = line_search(along, Trial(0.0, value, slope), step, most)
    return None if found is None or found not in seen else (found, *seen[found])


def _reach(x: Floats, d: Floats, low: Floats, high: Floats) -> float:
    """Return how far a direction can be followed between the bounds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(d < 0.0, low - x, high - x)
        reach = np.where(d == 0.0, FAR, np.where(room * np.sign(d) <= 0.0, 0.0, room / d))
    return min(FAR, float(reach.min()))
