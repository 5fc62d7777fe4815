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
OUTSIDE = 1e-5
"""Probability beyond each end of the lattice."""
FARTHEST = 11.0
"""A logit beyond which a double rate no longer tells the density's curvature."""
SHARE_OUT = 0.05
"""Share of the answer that may come from rates within about 0.05 % of 0 or 100 %."""
FAR = 7.6
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
    value, coarse = (_integral(average, theta, step) for step in (4, 8))
    beyond = max(2.0 * OUTSIDE, 1.0 - _mass(average, low, high))
    error = abs(value[0] - coarse[0]) + beyond * (abs(value[0]) + 1.0)
    if value[1] > SHARE_OUT * abs(value[0]) or beyond > SHARE_OUT:
        return Estimate.without_value(REASON)
    return Estimate(value[0], error)


def _mass(average: Marginal, low: float, high: float) -> float:
    above = average.survival(expit(np.array([low, high])))
    return float(above[0] - above[1])


def _integral(average: Marginal, theta: Floats, step: int) -> tuple[float, float]:
    """Return the integral over the lattice, and the size of what comes from extreme rates.

    The curvature is taken over five points, ``step`` apart.
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
    terms = np.where(np.isfinite(terms), terms, 0.0) * spacing
    far = np.abs(theta[inner]) > FAR
    return float(terms.sum()), float(np.abs(terms[far]).sum())
