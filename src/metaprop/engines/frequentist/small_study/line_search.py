"""Moré and Thuente's line search: a step that lowers a function enough along a direction."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

type Slope = Callable[[float], tuple[float, float]]
"""From a step to the value and the derivative along the direction."""

DECREASE, CURVATURE, NARROW = 1e-3, 0.9, 0.1
"""Shares of the first slope to be won and left at most, and the width of a bracket that ends."""
SHRINK, NEARER = 0.66, 0.5
LEAST_FACTOR, MOST_FACTOR = 1.1, 4.0
MOST_TRIALS = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """A step with the value and the derivative there."""

    step: float
    value: float
    slope: float

    def tilted(self, slope: float) -> Trial:
        """Return the trial of the function less a line of this slope."""
        return Trial(self.step, self.value - self.step * slope, self.slope - slope)


@dataclass(slots=True)
class _Search:
    """The bracket of a search: its best end, its other end, and whether it is one yet."""

    best: Trial
    other: Trial
    bracketed: bool
    low: float
    high: float

    def advance(self, at: Trial) -> float:
        """Take a trial in, and return the next step (cubic and secant steps, safeguarded)."""
        opposite = at.slope * self.best.slope < 0.0
        if at.value > self.best.value:
            step, self.bracketed = _higher(self.best, at), True
        elif opposite:
            step, self.bracketed = _turned(self.best, at), True
        elif abs(at.slope) < abs(self.best.slope):
            step = self._flatter(at)
        elif self.bracketed:
            step = _cubic(self.other, at)
        else:
            step = self.high if at.step > self.best.step else self.low
        if at.value > self.best.value:
            self.other = at
        else:
            self.other, self.best = (self.best if opposite else self.other), at
        return step

    def _flatter(self, at: Trial) -> float:
        """Return the step where the slope falls but keeps its sign."""
        best, secant = self.best, _secant(self.best, at)
        cubic = _far_cubic(best, at, self.low, self.high)
        nearer = abs(cubic - at.step) < abs(secant - at.step)
        if not self.bracketed:
            return min(max(secant if nearer else cubic, self.low), self.high)
        step = cubic if nearer else secant
        limit = at.step + SHRINK * (self.other.step - at.step)
        return min(limit, step) if at.step > best.step else max(limit, step)


def _gamma(a: Trial, b: Trial) -> tuple[float, float]:
    """Return the two constants of the cubic through two trials."""
    theta = 3.0 * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope
    size = max(abs(theta), abs(a.slope), abs(b.slope))
    inside = (theta / size) ** 2 - (a.slope / size) * (b.slope / size)
    return theta, size * math.sqrt(max(inside, 0.0))


def _higher(best: Trial, at: Trial) -> float:
    theta, gamma = _gamma(best, at)
    gamma = -gamma if at.step < best.step else gamma
    share = (gamma - best.slope + theta) / (gamma - best.slope + gamma + at.slope)
    cubic = best.step + share * (at.step - best.step)
    fall = (best.value - at.value) / (at.step - best.step) + best.slope
    parabola = best.step + 0.5 * best.slope / fall * (at.step - best.step)
    if abs(cubic - best.step) < abs(parabola - best.step):
        return cubic
    return cubic + 0.5 * (parabola - cubic)


def _turned(best: Trial, at: Trial) -> float:
    cubic, secant = _cubic(best, at), _secant(best, at)
    return cubic if abs(cubic - at.step) > abs(secant - at.step) else secant


def _secant(best: Trial, at: Trial) -> float:
    return at.step + at.slope / (at.slope - best.slope) * (best.step - at.step)


def _cubic(end: Trial, at: Trial) -> float:
    theta, gamma = _gamma(end, at)
    gamma = -gamma if at.step > end.step else gamma
    share = (gamma - at.slope + theta) / (gamma - at.slope + gamma + end.slope)
    return at.step + share * (end.step - at.step)


def _far_cubic(best: Trial, at: Trial, low: float, high: float) -> float:
    theta, gamma = _gamma(best, at)
    gamma = -gamma if at.step > best.step else gamma
    share = (gamma - at.slope + theta) / (gamma + (best.slope - at.slope) + gamma)
    if share < 0.0 and gamma != 0.0:
        return at.step + share * (best.step - at.step)
    return high if at.step > best.step else low


def line_search(along: Slope, start: Trial, step: float, most: float) -> float | None:
    """Return a step with enough decrease, or None where twenty trials find none.

    Parameters
    ----------
    along
        Value and derivative at a step.
    start
        The trial at step 0, its slope negative.
    step, most
        The first step to try, and the largest allowed.

    Notes
    -----
    Moré and Thuente (1994, 10.1145/192115.192132).
    """
    wanted = DECREASE * start.slope
    search = _Search(start, start, bracketed=False, low=0.0, high=(1.0 + MOST_FACTOR) * step)
    first_stage, width, width_before = True, most, 2.0 * most
    for _ in range(MOST_TRIALS):
        at = Trial(step, *along(step))
        bound = start.value + step * wanted
        first_stage = first_stage and not (at.value <= bound and at.slope >= 0.0)
        if _done(search, at, start, bound, wanted, most):
            return step
        if first_stage and bound < at.value <= search.best.value:
            search.best, search.other = search.best.tilted(wanted), search.other.tilted(wanted)
            step = search.advance(at.tilted(wanted))
            search.best, search.other = search.best.tilted(-wanted), search.other.tilted(-wanted)
        else:
            step = search.advance(at)
        if search.bracketed:
            apart = abs(search.other.step - search.best.step)
            if apart >= SHRINK * width_before:
                step = search.best.step + NEARER * (search.other.step - search.best.step)
            width_before, width = width, apart
        step = _bounded(search, step, most)
    return None


def _done(
    search: _Search, at: Trial, start: Trial, bound: float, wanted: float, most: float
) -> bool:
    """Return whether a trial is good enough, or nothing better can be found."""
    stuck = search.bracketed and (
        not search.low < at.step < search.high or search.high - search.low <= NARROW * search.high
    )
    at_end = at.step == most and at.value <= bound and at.slope <= wanted
    return stuck or at_end or (at.value <= bound and abs(at.slope) <= -CURVATURE * start.slope)


def _bounded(search: _Search, step: float, most: float) -> float:
    """Set the limits of the next step, and return it inside of them."""
    if search.bracketed:
        search.low, search.high = sorted((search.best.step, search.other.step))
    else:
        # from the step just proposed, not from the one tried
        search.low = step + LEAST_FACTOR * (step - search.best.step)
        search.high = step + MOST_FACTOR * (step - search.best.step)
    step = min(max(step, 0.0), most)
    if search.bracketed and (
        not search.low < step < search.high or search.high - search.low <= NARROW * search.high
    ):
        return search.best.step
    return step
