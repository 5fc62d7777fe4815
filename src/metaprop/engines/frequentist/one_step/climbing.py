"""Newton's method for many small maximisations at once, safe far from the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEPS = 200
"""Steps at the most."""
SETTLED = 1e-10
"""Newton's decrement, relative to the log likelihood, at which one more step reaches the top."""
LARGEST = 1e6
"""No larger log likelihood excuses a larger decrement: it grows with patients, answers do not."""
CLOSE = 1e-9
"""The same for a problem whose steps no longer help: what is left is rounding."""
LONGEST = 2.0
"""Longest step in any coordinate (log-odds)."""
SHORTEST = 1e-7
"""Share of a step at which shortening it is given up."""
FLATTEST = 1e-12
"""Least curvature that a step divides by, relative to the largest."""
SLACK = 1e-13
"""Losses of this much, relative to the log likelihood, are rounding."""


@dataclass(frozen=True, slots=True)
class Tangent:
    """Values (R,), gradients (R, p) and Hessians (R, p, p) of R log likelihoods."""

    value: Floats
    gradient: Floats
    hessian: Floats

    def of(self, rows: NDArray[np.bool_] | Ints) -> Tangent:
        """Return some of them."""
        return Tangent(self.value[rows], self.gradient[rows], self.hessian[rows])


@dataclass(frozen=True, slots=True)
class Top:
    """Where R log likelihoods are largest: ``at`` (R, p), ``value`` (R,), whether settled (R,)."""

    at: Floats
    value: Floats
    settled: NDArray[np.bool_]


def climb(
    evaluate: Callable[[Ints, Floats], Tangent],
    start: Floats,
    *,
    steps: int = STEPS,
    longest: Floats | None = None,
    enough: float = SETTLED,
) -> Top:
    """Maximise R functions of p coordinates.

    Parameters
    ----------
    evaluate
        Called with row numbers and their points (R', p).
    start
        Where to begin, shape ``(R, p)``.
    steps
        Steps at the most; few of them for a rough answer.
    longest
        Longest step of each in any coordinate, shape ``(R,)``; None for ``LONGEST``.
    enough
        Newton's decrement, relative to the log likelihood, before the last step; more for a
        rough answer.
    """
    at = start.copy()
    every = np.arange(start.shape[0])
    best = evaluate(every, at)
    settled = np.zeros(every.size, dtype=bool)
    share = np.ones(every.size)
    active, reach = every, np.full(every.size, LONGEST) if longest is None else longest
    for _ in range(steps):
        step, decrement = _step(best.of(active), reach[active])
        scale = np.maximum(np.abs(best.value[active]), 1.0)
        stuck = share[active] < SHORTEST
        near = (decrement <= enough * np.minimum(scale, LARGEST)) & ~stuck
        at[active[near]] += step[near]  # what this step leaves is the square of what it mends
        best.value[active[near]] += 0.5 * decrement[near]
        settled[active] = near | (stuck & (decrement <= CLOSE * scale))
        going = ~near & ~stuck
        active, step, scale = active[going], step[going], scale[going]
        if not active.size:
            break
        trial = at[active] + share[active, None] * step
        tried = evaluate(active, trial)
        better = tried.value >= best.value[active] - SLACK * scale
        gained = active[better]
        at[gained] = trial[better]
        _put(best, gained, tried.of(better))
        share[active] = np.where(better, np.minimum(1.0, 2.0 * share[active]), share[active] / 4.0)
    return Top(at, best.value, settled)


def _put(kept: Tangent, rows: Ints, new: Tangent) -> None:
    kept.value[rows], kept.gradient[rows], kept.hessian[rows] = new.value, new.gradient, new.hessian


def _step(tangent: Tangent, reach: Floats) -> tuple[Floats, Floats]:
    """Return Newton's steps uphill (also where a function is not concave) and decrements."""
    if tangent.gradient.shape[1] == 1:
        bend = np.maximum(np.abs(tangent.hessian[:, 0, 0]), np.finfo(float).tiny)
        step = tangent.gradient / bend[:, None]
    else:
        values, axes = np.linalg.eigh(-tangent.hessian)
        size = np.abs(values)
        floor = FLATTEST * size.max(axis=1, keepdims=True) + np.finfo(float).tiny
        along = np.einsum("rij,ri->rj", axes, tangent.gradient) / np.maximum(size, floor)
        step = np.einsum("rij,rj->ri", axes, along)
    decrement = np.einsum("ri,ri->r", step, tangent.gradient)
    longest = np.maximum(np.abs(step).max(axis=1), reach)
    return step * (reach / longest)[:, None], decrement
