"""Where studies of each size are expected, if nothing depends on size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import expit
from metaprop.questions.frequentist.answers import FunnelLimit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.records import OneStepFit
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

LEVEL = 0.95
REACH, NODES = 6.0, 121
"""Standard deviations and nodes of an even lattice over a normal: far finer than a drawing."""
MOST_SIZES = 120


def funnel_limits(fit: OneStepFit, studies: Studies) -> tuple[FunnelLimit, ...]:
    """Return the rates between which 95 % of studies of each size lie under a fit.

    The limits are the least and the greatest number of events that leave at most 2.5 % beyond, by
    the binomial mixed over the fitted normal log odds; under the crude rate where the model has
    no fit.
    """
    rates, weights = _mixture(fit, float(studies.events.sum() / studies.totals.sum()))
    limits = []
    for size in _sizes(int(studies.totals.min()), int(studies.totals.max())):
        low, high = (_quantile(size, rates, weights, at) for at in (0.025, 0.975))
        limits.append(FunnelLimit(size, low / size, high / size))
    return tuple(limits)


def _mixture(fit: OneStepFit, crude: float) -> tuple[Floats, Floats]:
    if fit.state != "regular":
        return np.array([crude]), np.ones(1)
    z = np.linspace(-REACH, REACH, NODES)
    weights = np.exp(-0.5 * z * z)
    return expit(fit.location.estimate + fit.spread * z), weights / weights.sum()


def _sizes(smallest: int, largest: int) -> list[int]:
    spaced = np.geomspace(smallest, largest, MOST_SIZES) if largest > MOST_SIZES else None
    if spaced is None:
        return list(range(smallest, largest + 1))
    return sorted({*np.rint(spaced).astype(int).tolist(), smallest, largest})


def _quantile(size: int, rates: Floats, weights: Floats, at: float) -> int:
    """Return the least number of events up to which the chance is at least ``at``."""
    low, high = -1, size
    while high - low > 1:
        middle = (low + high) // 2
        below = float(special.bdtr(float(middle), size, rates) @ weights)
        low, high = (low, middle) if below >= at else (middle, high)
    return high
