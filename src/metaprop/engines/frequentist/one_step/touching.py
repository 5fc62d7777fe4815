"""Where a rate is extreme on the edge of a region of likelihood: Newton's steps for both at once.

At such a point the log likelihood l is at its target and its gradient is parallel to that of the
rate's log-odds psi (Venzon, Moolgavkar 1988, doi:10.2307/2347496):

    l(x, s) = target,   l_s psi_x - l_x psi_s = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.one_step.rates import rate_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Family, Model
    from metaprop.engines.frequentist.one_step.rates import RateName

    Floats = NDArray[np.float64]

STEPS = 12
"""Steps at the most: from a near start five do."""
DIFFERENCE = 1e-3
"""Half width of the differences that give psi's second derivatives, which only steer."""
AT_TARGET = 1e-10
"""A log likelihood this near to its target is there."""
ROUNDING = 1e-14
"""Rounding of a log likelihood, relative, a few studies added up."""
STILL = 1e-7
"""A spread that moves less than this, relative, is found: what it decides errs by the square."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Locations and spreads (J,) where rates are extreme, and whether each was found."""

    location: Floats
    spread: Floats
    found: NDArray[np.bool_]


def touch(
    family: Family,
    model: Model,
    names: list[RateName],
    target: float,
    start: tuple[Floats, Floats],
) -> Touch:
    """Return where each named rate touches the edge of a region, from starts near by."""
    x, s = start[0].copy(), start[1].copy()
    rows, found = np.zeros(x.size, dtype=np.int64), np.zeros(x.size, dtype=bool)
    for _ in range(STEPS):
        at = family(rows, x, s)
        first, by_x, by_s = _psi(model, names, x, s)
        gap = at.value - target
        parallel = at.by_spread * first[0] - at.by_location * first[1]
        turn_x = at.by_both * first[0] + at.by_spread * by_x[0]
        turn_x -= at.by_location_twice * first[1] + at.by_location * by_x[1]
        turn_s = at.by_spread_twice * first[0] + at.by_spread * by_s[0]
        turn_s -= at.by_both * first[1] + at.by_location * by_s[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            volume = at.by_location * turn_s - at.by_spread * turn_x
            step_x = (at.by_spread * parallel - gap * turn_s) / volume
            step_s = (gap * turn_x - at.by_location * parallel) / volume
        found = (np.abs(gap) < AT_TARGET + ROUNDING * abs(target)) & (
            np.abs(step_s) < STILL * (1.0 + s)
        )
        going = ~found & np.isfinite(step_x) & np.isfinite(step_s) & (np.abs(step_s) < 1.0 + s)
        if not going.any():
            break
        x, s = np.where(going, x + step_x, x), np.where(going, np.abs(s + step_s), s)
    return Touch(x, s, found)


def _psi(
    model: Model, names: list[RateName], x: Floats, s: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return psi's gradients (2, J), and how they move with location and with spread."""
    h = DIFFERENCE

    def gradient(up: float, out: float) -> Floats:
        both = np.empty((2, x.size))
        for i, name in enumerate(names):
            slopes = rate_slopes(model, name, x[i : i + 1] + up, s[i : i + 1] + out)
            both[:, i] = slopes.by_location[0], slopes.by_spread[0]
        return both

    by_x = (gradient(h, 0.0) - gradient(-h, 0.0)) / (2.0 * h)
    by_s = (gradient(0.0, h) - gradient(0.0, -h)) / (2.0 * h)
    return gradient(0.0, 0.0), by_x, by_s
