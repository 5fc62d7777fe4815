"""How far apart two priors are: the Hellinger distance.

``H^2 = 1 - ∫ √(p q)``, between 0 (the same) and 1 (never in the same place); it does not depend on
the scale on which the parameter is written. Priors of a model are independent, so that their
affinities ``∫ √(p q)`` multiply.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.core.scales import logit
from metaprop.engines.exact.coordinates import axis_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model, ParameterPrior

    Floats = NDArray[np.float64]

HELLINGER = Method(
    "Hellinger distance",
    "How far a prior is from the default one is told by the Hellinger distance between the two.",
)
REACH = 80.0
"""Natural coordinates (logits, logs) beyond which no prior has mass that counts."""
PANELS, POINTS = 160, 16
"""Panels between two break points at most, and Gauss-Legendre points in each."""


def hellinger(one: Model, other: Model) -> float:
    """Return the Hellinger distance between the priors of two models of one family, in [0, 1]."""
    affinity = math.prod(map(_affinity, one.parameters, other.parameters))
    return math.sqrt(max(1.0 - affinity, 0.0))


def prior_distance(one: ParameterPrior, other: ParameterPrior) -> float:
    """Return the Hellinger distance between two priors on the same quantity, in [0, 1]."""
    return math.sqrt(max(1.0 - _affinity(one, other), 0.0))


def _affinity(one: ParameterPrior, other: ParameterPrior) -> float:
    """Return ``∫ √(p q)`` over the natural coordinate, which both priors share."""
    if (one.parameter, one.prior) == (other.parameter, other.prior):
        return 1.0
    breaks = sorted({-REACH, REACH, *_ends(one), *_ends(other)})
    total = 0.0
    for low, high in pairwise(breaks):
        at, weights = _nodes(low, high)
        logs = 0.5 * (axis_of(one).log_prior(at) + axis_of(other).log_prior(at))
        total += float(weights @ np.exp(logs))
    return min(total, 1.0)


def _ends(prior: ParameterPrior) -> set[float]:
    """Return the ends of a prior's support in the natural coordinate, those within reach."""
    ends = np.array(prior.prior.support)
    with np.errstate(divide="ignore"):
        if prior.parameter in {"typical", "average", "rho"}:
            ends = logit(ends)
        elif prior.parameter in {"tau", "kappa"}:
            ends = np.log(ends) * (-1.0 if prior.parameter == "kappa" else 1.0)
    return {float(end) for end in ends if abs(end) < REACH}


@cache
def _legendre() -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(POINTS)
    return np.asarray(x), np.asarray(w)


def _nodes(low: float, high: float) -> tuple[Floats, Floats]:
    """Return nodes and weights of a composite Gauss-Legendre rule, shape ``(N,)`` each."""
    panels = max(1, math.ceil(PANELS * (high - low) / (2.0 * REACH)))
    edges = np.linspace(low, high, panels + 1)
    x, w = _legendre()
    half = 0.5 * np.diff(edges)[:, None]
    at = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * x
    return at.ravel(), (half * w).ravel()
