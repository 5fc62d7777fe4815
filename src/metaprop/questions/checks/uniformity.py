"""Are values even on (0, 1)? A band for the ordered values, and a P value, by equal local levels.

The j-th smallest of k even values follows Beta(j, k - j + 1). The band takes the same central
probability of each of these, so chosen that all k lie inside at once with the level asked for
(Aldor-Noiman et al. 2013, doi:10.1080/00031305.2013.847865).

Counts make a study's PIT an interval: a value is drawn evenly inside it (randomised PIT: Czado,
Gneiting and Held 2009, doi:10.1111/j.1541-0420.2009.01191.x), often, so that no conclusion hangs on
one draw.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.estimates import Estimate
from metaprop.core.methods import Method
from metaprop.questions.checks.answers import PitCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.questions.checks.answers import StudySurprise

    Floats = NDArray[np.float64]

PIT = Method(
    "Randomised leave-one-out PIT",
    "Calibration was checked by randomised probability integral transforms of each study given the "
    "others, held against a simultaneous band for even values.",
    "10.1111/j.1541-0420.2009.01191.x",
)
SIMULATED = 10_000
"""Sets of even values that the band is found from; they have a seed of their own."""
RANDOMISATIONS = 1_000


@lru_cache(maxsize=64)
def _least_levels(k: int) -> Floats:
    """Return the least local level of each simulated set of ``k`` even values, ascending."""
    rng = np.random.default_rng([k, SIMULATED])
    return np.sort(_least(rng.random((SIMULATED, k))))


def _least(values: Floats) -> Floats:
    """Return the least two-sided local level of each set of values, ``(S, k)`` -> ``(S,)``."""
    ordered = np.sort(values, axis=-1)
    rank = np.arange(1.0, ordered.shape[-1] + 1.0)
    below = special.betainc(rank, rank[::-1], ordered)
    found: Floats = 2.0 * np.min(np.minimum(below, 1.0 - below), axis=-1)
    return found


def uniform_band(k: int, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the band for the ordered values, shape ``(k,)`` each."""
    local = float(np.quantile(_least_levels(k), 1.0 - level))
    rank = np.arange(1.0, k + 1.0)
    low: Floats = special.betaincinv(rank, rank[::-1], 0.5 * local)
    high: Floats = special.betaincinv(rank, rank[::-1], 1.0 - 0.5 * local)
    return low, high


def uniform_p(values: Floats) -> Floats:
    """Return the P value of evenness of each set of values, ``(S, k)`` -> ``(S,)``."""
    least = _least_levels(values.shape[-1])
    place = np.searchsorted(least, _least(values), side="right")
    return np.asarray((place + 1.0) / (least.size + 1.0), dtype=np.float64)


def pit_check(studies: Sequence[StudySurprise], level: float, seed: int) -> PitCheck:
    """Return how even the randomised PIT values of studies are."""
    below = np.array([study.below for study in studies])
    upto = np.array([study.upto for study in studies])
    rng = np.random.default_rng([seed, 2])
    drawn = below + rng.random((RANDOMISATIONS, below.size)) * (upto - below)
    p = uniform_p(drawn)
    low, high = uniform_band(below.size, level)
    ordered = np.sort(drawn, axis=-1)
    outside = np.any((ordered < low) | (ordered > high), axis=-1)
    return PitCheck(
        values=tuple(ordered[0].tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        level=level,
        randomisations=RANDOMISATIONS,
        outside=float(outside.mean()),
        p_value=Estimate(float(p.mean()), float(p.std() / np.sqrt(p.size))),
    )
