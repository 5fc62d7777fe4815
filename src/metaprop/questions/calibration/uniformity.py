"""Whether numbers in [0, 1] look uniform: histogram, ECDF with a band, Kolmogorov's test."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, kolmogorov

from metaprop.core.methods import Method
from metaprop.questions.calibration.records import Ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BAND = Method(
    "simultaneous ECDF band",
    "Uniformity was judged by the empirical distribution function and a band that holds it "
    "everywhere at once with the stated probability.",
    "10.1007/s11222-022-10090-6",
)
BINS = 20
POINTS = 100
"""Places at which an ECDF is compared with its band."""
LEVEL = 0.99
"""Of one band: several are looked at together."""
ROUNDING = 1e-12
"""Of probabilities that are equal but for the order of sums."""
SIMULATED = 2000
"""Uniform samples from which the band's width is found: its probability has an error of 0.5 %."""


def ranks_of(quantity: str, below: Floats) -> Ranks:
    """Return how the posterior probabilities below the truth, shape (R,), are spread over [0, 1].

    Parameters
    ----------
    quantity
        What they are of.
    below
        One for each replicate; uniform if the posterior is calibrated.
    """
    at = np.arange(1, POINTS) / POINTS
    inside = np.sort(np.clip(below, 0.0, 1.0))
    low, high = band(below.size)
    return Ranks(
        quantity=quantity,
        replicates=below.size,
        counts=tuple(np.histogram(inside, BINS, (0.0, 1.0))[0].tolist()),
        at=tuple(at.tolist()),
        ecdf=tuple((np.searchsorted(inside, at, side="right") / below.size).tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        level=LEVEL,
        p_value=_kolmogorov(inside),
    )


@cache
def bin_band(replicates: int, bins: int, level: float) -> tuple[int, int]:
    """Return between which counts every one of ``bins`` even bins lies with probability ``level``.

    Each binomial, at its share of what may lie outside (Bonferroni): a little wider than it need
    be.
    """
    tail = 0.5 * (1.0 - level) / bins
    below = bdtr(np.arange(replicates + 1.0), replicates, 1.0 / bins)  # P(count <= c)
    return int((below < tail).sum()), int((below < 1.0 - tail).sum())


def _kolmogorov(inside: Floats) -> float:
    """Return the P value of the greatest distance between the ECDF and the diagonal."""
    n = inside.size
    steps = np.arange(n + 1) / n
    distance = max(float((steps[1:] - inside).max()), float((inside - steps[:-1]).max()))
    return float(kolmogorov(np.sqrt(n) * distance))


@cache
def band(n: int) -> tuple[Floats, Floats]:
    """Return the ends of the band of an ECDF of ``n`` uniform numbers, shape (POINTS - 1,) each.

    At every point the same central binomial interval, as narrow as it can be for all to hold at
    once; by simulation from random numbers of its own (Säilynoja, Bürkner and Vehtari 2022).
    """
    at = np.arange(1, POINTS) / POINTS
    below = bdtr(np.arange(n + 1.0), n, at[:, None])  # P(count <= c), shape (points, n + 1)
    rng = np.random.default_rng(0)
    counts = rng.multinomial(n, np.full(POINTS, 1.0 / POINTS), SIMULATED).cumsum(axis=1)[:, :-1]
    place = np.arange(at.size)
    least = below[place, counts]
    most = 1.0 - np.where(counts > 0, below[place, np.maximum(counts - 1, 0)], 0.0)
    worst = np.minimum(least, most).min(axis=1)
    tail = float(np.quantile(worst, 1.0 - LEVEL)) - ROUNDING
    low = (below < tail).sum(axis=1)
    high = (below <= 1.0 - tail).sum(axis=1)
    return low / n, np.minimum(high, n) / n
