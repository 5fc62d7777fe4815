"""How many patients a distribution of the average rate is worth.

Expected local-information-ratio effective sample size (Neuenschwander et al. 2020,
doi:10.1111/biom.13252), for theta = logit(average) with density g:

    E[ -(log g)''(theta) / (p (1 - p)) ],    p = expit(theta).

``p (1 - p)`` is what one patient says of theta who comes from a study of its own: whatever varies
between studies, the event of such a patient is a coin with the average rate. Patients of one study
are alike, and are worth less. A Beta(a, b) on the rate is worth a + b patients; the uniform, 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.estimates import Estimate
from metaprop.core.methods import Method
from metaprop.core.scales import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.posterior import Marginal

    Floats = NDArray[np.float64]

ELIR = Method(
    "Prior information in patients",
    "The information in the prior of the average rate was expressed in patients, each from a "
    "study of its own, by the expected local-information-ratio effective sample size.",
    "10.1111/biom.13252",
)
POINTS = 1_600
OUTSIDE = 1e-6
"""Probability beyond each end of the lattice."""
FARTHEST = 11.0
"""A logit beyond which a double rate no longer tells the density's curvature."""
FINE, COARSE = 4, 8
"""Points of the lattice over which a curvature is taken, and for comparison."""
BLOCK = 0.05
"""Share of the lattice whose terms tell how fast those beyond it fade."""
SLOWEST = 0.9
"""What fades slower from block to block is rounding, or comes from rates next to 0 or 100 %."""
SHARE_OUT = 0.05
"""Share of the answer that may lie beyond the lattice or come from rates next to 0 or 100 %."""
FAR = 7.6
"""The logit of a rate within about 0.05 % of 100 %."""
REASON = (
    "The prior's weight lies at rates within about 0.05 % of 0 or 100 %, where one patient says "
    "next to nothing: it is worth no fixed number of patients."
)


def patients_worth(average: Marginal) -> Estimate:
    """Return what the distribution of an average rate is worth in patients.

    Parameters
    ----------
    average
        A marginal whose density is smooth: that of the exact engine.

    Returns
    -------
    Estimate
        Undefined where the number hangs on rates next to 0 or 100 %.
    """
    ends = [average.quantile(level).value for level in (OUTSIDE, 1.0 - OUTSIDE)]
    low, high = np.clip(logit(np.clip(ends, 1e-300, 1.0 - 1e-16)), -FARTHEST, FARTHEST)
    theta = np.linspace(low, high, POINTS + 1)
    fine, coarse = (_terms(average, theta, step) for step in (FINE, COARSE))
    value = float(fine.sum())
    beyond = sum(_beyond(side) for side in (fine, fine[::-1]))
    inner = theta[2 * FINE : theta.size - 2 * FINE]
    far = float(np.abs(fine[np.abs(inner) > FAR]).sum())
    if not far + beyond < SHARE_OUT * abs(value):
        return Estimate.without_value(REASON)
    return Estimate(value, abs(value - float(coarse.sum())) + beyond)


def _beyond(terms: Floats) -> float:
    """Return about how much lies beyond the first of the terms, if they fade as they do there."""
    size = max(1, int(BLOCK * terms.size))
    last, next_to = (float(np.abs(part).sum()) for part in (terms[:size], terms[size : 2 * size]))
    ratio = min(last / next_to, SLOWEST) if next_to > 0.0 else SLOWEST
    return last * ratio / (1.0 - ratio)


def _terms(average: Marginal, theta: Floats, step: int) -> Floats:
    """Return the terms of the integral, their curvature over five points ``step`` apart.

    They are over the mass of the lattice: beyond it a patient's share is taken as within.
    """
    rate, other = expit(theta), expit(-theta)
    density = average.density(rate) * rate * other
    with np.errstate(divide="ignore"):
        log = np.log(density)
    inner = slice(2 * step, -2 * step)
    weights = (-1.0, 16.0, -30.0, 16.0, -1.0)
    moved = [log[i * step : log.size - (4 - i) * step] for i in range(5)]
    spacing = float(theta[1] - theta[0])
    bent = np.stack([w * part for w, part in zip(weights, moved, strict=True)]).sum(axis=0)
    curvature = bent / (12.0 * (spacing * step) ** 2)
    terms = -density[inner] * curvature / (rate * other)[inner]
    found: Floats = np.where(np.isfinite(terms), terms, 0.0) / float(density[inner].sum())
    return found
