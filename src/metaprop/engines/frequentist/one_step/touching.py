"""Where a rate is extreme on the edge of a region of likelihood: Newton's steps for both at once.

At such a point the log likelihood l is at its target and its gradient is parallel to that of the
rate's log-odds psi (Venzon, Moolgavkar 1988, doi:10.2307/2347496):

    l(x, s) = target,   l_s psi_x - l_x psi_s = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.one_step.rates import each_bend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Family, Model

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEPS = 12
"""Steps at the most: from a near start five do."""
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
    names: NDArray[np.str_],
    rows: Ints,
    target: Floats,
    start: tuple[Floats, Floats],
) -> Touch:
    """Return where each rate touches the edge of a region, from starts near by.

    Parameters
    ----------
    names, rows
        The rate and the data set of each, shape ``(J,)``.
    target
        The log likelihood on each edge, shape ``(J,)``.
    start
        Locations and spreads, shape ``(J,)``.
    """
    x, s = start[0].copy(), start[1].copy()
    found = np.zeros(x.size, dtype=bool)
    active = np.flatnonzero(s > 0.0)  # at spread 0 both sides are flat in it: no step leaves it
    for _ in range(STEPS):
        if not active.size:
            break
        here, there = x[active], s[active]
        gap, step_x, step_s = _step(
            family, model, names[active], rows[active], target[active], (here, there)
        )
        still = np.abs(step_s) < STILL * (1.0 + there)
        done = still & (np.abs(gap) < AT_TARGET + ROUNDING * np.abs(target[active]))
        found[active] = done
        going = ~done & np.isfinite(step_x) & np.isfinite(step_s) & (np.abs(step_s) < 1.0 + there)
        x[active] = np.where(going, here + step_x, here)
        s[active] = np.where(going, np.abs(there + step_s), there)
        active = active[going]
    return Touch(x, s, found)


def _step(
    family: Family,
    model: Model,
    names: NDArray[np.str_],
    rows: Ints,
    target: Floats,
    at: tuple[Floats, Floats],
) -> tuple[Floats, Floats, Floats]:
    """Return how far each is above its target, and Newton's steps in location and spread."""
    log = family(rows, *at)
    psi = each_bend(model, names, *at)
    gap = log.value - target
    parallel = log.by_spread * psi.by_location - log.by_location * psi.by_spread
    turn_x = log.by_both * psi.by_location + log.by_spread * psi.by_location_twice
    turn_x -= log.by_location_twice * psi.by_spread + log.by_location * psi.by_both
    turn_s = log.by_spread_twice * psi.by_location + log.by_spread * psi.by_both
    turn_s -= log.by_both * psi.by_spread + log.by_location * psi.by_spread_twice
    with np.errstate(divide="ignore", invalid="ignore"):
        volume = log.by_location * turn_s - log.by_spread * turn_x
        step_x = (log.by_spread * parallel - gap * turn_s) / volume
        step_s = (gap * turn_x - log.by_location * parallel) / volume
    return gap, step_x, step_s
