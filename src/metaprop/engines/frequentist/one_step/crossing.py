"""Where functions cross zero, for many functions at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEPS = 100
"""Steps at the most."""
AT_ZERO = 1e-10
"""A log likelihood within this of its target is there."""
NO_ROOM = 1e-13
"""A bracket this narrow, relative to where it lies, is a point."""
FARTHER = 3.0
"""A search that is still inside goes at most so many times as far out as it has come."""
TURN = 1e-6
"""A turning point is known this well, relative: what it decides errs by the square."""
BISECTION = 2
"""Which of three steps halves the bracket."""


@dataclass(frozen=True, slots=True)
class Line:
    """Values and slopes of R functions, each at a point of its own; shape ``(R,)`` each."""

    value: Floats
    slope: Floats


def leave(
    evaluate: Callable[[Ints, Floats], Line],
    inside: Floats,
    step: Floats,
    wall: Floats | None = None,
    *,
    near: float | Floats = AT_ZERO,
) -> Floats:
    """Return where R functions fall below zero on the way out, by Newton within brackets.

    Parameters
    ----------
    evaluate
        Called with row numbers and a point of each.
    inside
        Where each function is at least 0, shape ``(R,)``.
    step
        The first step out; its sign is the way, shape ``(R,)``.
    wall
        Points known to lie outside, if any; NaN where there is none.
    near
        How near to zero a value is at it: of all, or of each, shape ``(R,)``.
    """
    inner = inside.copy()
    outer = np.full(inside.size, np.nan) if wall is None else wall.copy()
    x = inside + step
    found, at_zero = x.copy(), np.broadcast_to(near, inside.shape)
    active = np.arange(inside.size)
    for _ in range(STEPS):
        line = evaluate(active, x[active])
        here = x[active]
        found[active] = here
        within = line.value >= 0.0
        inner[active[within]], outer[active[~within]] = here[within], here[~within]
        room = np.abs(outer[active] - inner[active])
        done = (np.abs(line.value) <= at_zero[active]) | (room <= NO_ROOM * (1.0 + np.abs(here)))
        x[active] = _next(here, line, inner[active], outer[active], inside[active])
        active = active[~done]
        if not active.size:
            break
    return found


def _next(here: Floats, line: Line, inner: Floats, outer: Floats, start: Floats) -> Floats:
    """Return Newton's point if the bracket holds it, else its middle or a point farther out."""
    with np.errstate(divide="ignore", invalid="ignore"):
        newton = here - line.value / line.slope
    open_ended = np.isnan(outer)
    edge = np.where(open_ended, here + FARTHER * (here - start), outer)
    fits = (newton - inner) * (edge - newton) > 0.0
    return np.where(fits, newton, np.where(open_ended, edge, 0.5 * (inner + edge)))


def turning(slope: Callable[[Ints, Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Return where R slopes turn from positive (at ``low``) to negative; shape ``(R,)``.

    By the Illinois variant of regula falsi with a bisection every third step. A slope that is
    negative at ``low`` or positive at ``high`` turns there.
    """
    low, high = low.copy(), high.copy()
    at_low = slope(np.arange(low.size), low)
    found = low.copy()
    rising = np.flatnonzero(at_low > 0.0)  # the others turn at once: nothing else is asked of them
    found[rising] = high[rising]
    at_high = np.zeros(low.size)
    if rising.size:
        at_high[rising] = slope(rising, high[rising])
    active = rising[at_high[rising] < 0.0]
    for step in range(STEPS):
        if not active.size:
            break
        a, b, fa, fb = low[active], high[active], at_low[active], at_high[active]
        chord = np.isfinite(fa - fb) & (step % 3 != BISECTION)
        with np.errstate(invalid="ignore"):
            share = np.where(chord, fa / (fa - fb), 0.5)
        x = a + share * (b - a)
        f = slope(active, x)
        found[active] = x
        up = f > 0.0
        # an end that stays has its value halved, so that the other end moves next
        low[active], at_low[active] = np.where(up, x, a), np.where(up, f, 0.5 * fa)
        high[active], at_high[active] = np.where(up, b, x), np.where(up, 0.5 * fb, f)
        wide = high[active] - low[active] > TURN * (1.0 + np.abs(x))
        active = active[wide & (f != 0.0)]
    return found
