"""Estimators of the variance between studies that are roots or maxima: PM (EB), ML, REML.

The same steps for one data set and for many; a data set that has converged is no longer touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from metaprop.engines.frequentist.between.moments import hedges
from metaprop.engines.frequentist.between.rows import Rows, spread_out
from metaprop.engines.frequentist.weighing import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

type Step = Callable[[Rows, Floats, Floats], Floats]
"""From data sets in rows, tau2 (N,) and what is aimed at (N,) to the next step in tau2 (N,)."""

CLOSE = 1e-13
"""Steps shorter than this, relative to tau2 and the smallest variance, end the search."""
MOST_STEPS = 200
LEAST_INFORMATION = 1e-12
TINY = 1e-200
"""Keeps 0 / 0 from being asked where all estimates are equal."""
FEW = 0.7
"""Converged data sets are set aside when less than this share is left."""


def paule_mandel(effects: Effects) -> Floats:
    """Return the root of Q(tau2) = k - 1, or 0; empirical Bayes solves the same equation."""
    return solve_q(effects, effects.count - 1.0)


def solve_q(effects: Effects, target: Floats) -> Floats:
    """Return where Q(tau2) falls to ``target`` > 0, shape (...); 0 where it starts below it.

    1 / Q is concave and increasing in tau2, so Newton's steps from 0 approach the root from
    below and never pass it.
    """

    def step(rows: Rows, tau2: Floats, aim: Floats) -> Floats:
        _, _, residuals, wr = rows.weigh(tau2)
        q, squares = dot(wr, residuals), dot(wr, wr)
        return np.asarray(q * (q - aim) / (aim * np.maximum(squares, TINY)))

    rows, several = Rows.of(effects)
    aim = np.broadcast_to(target, effects.count.shape)[several]
    found = search(rows, np.zeros(rows.count.shape), step, aim)
    return spread_out(found, several)


def maximum_likelihood(effects: Effects) -> Floats:
    """Return where the likelihood of tau2, the mean maximised out, is largest; at least 0."""

    def step(rows: Rows, tau2: Floats, _aim: Floats) -> Floats:
        w, total, _, wr = rows.weigh(tau2)
        squares = dot(w, w)
        return scored(dot(wr, wr) - total, squares, _bend(w, total, wr) - squares, squares)

    return _climb(effects, step, restricted=False)


def restricted_maximum_likelihood(effects: Effects) -> Floats:
    """Return where the restricted likelihood of tau2 is largest; at least 0."""

    def step(rows: Rows, tau2: Floats, _aim: Floats) -> Floats:
        w, total, _, wr = rows.weigh(tau2)
        w2 = w * w
        squares = w2.sum(axis=-1)
        ratio = squares / total
        information = squares - 2.0 * dot(w2, w) / total + ratio * ratio
        gain = dot(wr, wr) - (total - ratio)
        return scored(gain, information, _bend(w, total, wr) - information, squares)

    return _climb(effects, step, restricted=True)


def _bend(w: Floats, total: Floats, wr: Floats) -> Floats:
    """Return twice y'PPPy: how fast the fit's share of the score falls with tau2."""
    leaning = dot(w, wr)
    return np.asarray(2.0 * (dot(wr * wr, w) - leaning * leaning / total))


def scored(gain: Floats, expected: Floats, observed: Floats, scale: Floats) -> Floats:
    """Return Fisher's step, or Newton's where that is safe: near the maximum, and no longer.

    ``scale`` is the sum of squared weights: of the information little more than rounding is left
    where one study outweighs all.
    """
    expected = np.maximum(expected, LEAST_INFORMATION * scale)
    fisher = gain / expected
    newton = gain / np.where(observed > 0.5 * expected, observed, expected)
    return np.where(np.abs(newton) < 2.0 * np.abs(fisher), newton, fisher)


def _climb(effects: Effects, step: Step, *, restricted: bool) -> Floats:
    """Climb from Hedges' estimate; keep 0 where the likelihood is larger there."""
    rows, several = Rows.of(effects)
    start = hedges(effects)[several]
    found = search(rows, start, step, start)
    above = np.flatnonzero(found > 0.0)
    if above.size:
        part = rows if above.size == found.size else rows.take(above)
        high = log_likelihood(part, found[above], restricted=restricted)
        low = log_likelihood(part, np.zeros(above.size), restricted=restricted)
        found[above] = np.where(low > high, 0.0, found[above])
    return spread_out(found, several)


def log_likelihood(rows: Rows, tau2: Floats, *, restricted: bool) -> Floats:
    """Return the (restricted) log likelihood of tau2, shape (N,), without its constant."""
    w, total, residuals, wr = rows.weigh(tau2)
    logs = np.log(w if rows.used is None else np.where(rows.used, w, 1.0)).sum(axis=-1)
    value = 0.5 * (logs - dot(wr, residuals))
    return value - 0.5 * np.log(total) if restricted else value


class Searchable(Protocol):
    """Data sets in rows, whatever else they hold."""

    @property
    def variance(self) -> Floats:
        """Variances within studies, (N, k)."""

    def take(self, rows: NDArray[np.bool_]) -> Self:
        """Return some of the rows."""


def search[S: Searchable](
    rows: S, start: Floats, step: Callable[[S, Floats, Floats], Floats], aim: Floats
) -> Floats:
    """Follow steps from ``start`` (N,), never below 0, until each is negligible."""
    found, place = start.astype(np.float64), np.arange(start.size)
    unit, tau2 = rows.variance.min(axis=-1, initial=np.inf), found.copy()
    for _ in range(MOST_STEPS):
        after = np.maximum(tau2 + step(rows, tau2, aim), 0.0)
        moving = np.abs(after - tau2) > CLOSE * (after + unit)
        tau2 = np.where(moving, after, tau2)
        left = np.count_nonzero(moving)
        if left == 0:
            break
        if left < FEW * moving.size:
            found[place] = tau2
            place, rows = place[moving], rows.take(moving)
            tau2, aim, unit = tau2[moving], aim[moving], unit[moving]
    found[place] = tau2
    return found
