"""Each prior as PyMC declares it, its numbers kept as data so that they can be exchanged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.priors import Prior

PYMC: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "normal": ("Normal", ("mu", "sigma")),
    "logistic": ("Logistic", ("mu", "s")),
    "student_t": ("StudentT", ("nu", "mu", "sigma")),
    "half_normal": ("HalfNormal", ("sigma",)),
    "half_cauchy": ("HalfCauchy", ("beta",)),
    "half_student_t": ("HalfStudentT", ("nu", "sigma")),
    "exponential": ("Exponential", ("lam",)),
    "gamma": ("Gamma", ("alpha", "beta")),
    "log_normal": ("LogNormal", ("mu", "sigma")),
    "uniform": ("Uniform", ("lower", "upper")),
    "beta": ("Beta", ("alpha", "beta")),
}
"""PyMC's name for each distribution and for its parameters, in the order of ours."""


@dataclass(frozen=True, slots=True)
class PriorShape:
    """What must be compiled of a prior: whose it is, its distribution, where it is truncated."""

    parameter: str
    distribution: str
    low: bool
    high: bool

    @classmethod
    def of(cls, parameter: str, prior: Prior) -> PriorShape:
        """Return the shape of a prior on a parameter."""
        first, last = prior.whole.support
        low, high = prior.support
        return cls(parameter, prior.distribution, low > first, high < last)

    @property
    def data_name(self) -> str:
        """Under which name a model keeps the numbers of the prior."""
        return f"{self.parameter}_prior"


def numbers(prior: Prior) -> NDArray[np.float64]:
    """Return the parameters of the distribution, then the ends of the truncation (2 more)."""
    ends = [end if math.isfinite(end) else 0.0 for end in prior.support]
    return np.array([*prior.parameters.values(), *ends])


def declare(shape: PriorShape, prior: Prior, dims: str | None = None) -> Any:  # noqa: ANN401 - a PyMC variable
    """Add the parameter with its prior to the model that is open, and return it.

    ``dims`` makes it a vector of independent ones, a prior for each.
    """
    import pymc as pm

    value = pm.Data(shape.data_name, numbers(prior))
    name, parameters = PYMC[shape.distribution]
    given = {parameter: value[place] for place, parameter in enumerate(parameters)}
    distribution = getattr(pm, name)
    if not (shape.low or shape.high):
        return distribution(shape.parameter, dims=dims, **given)
    halved = shape.distribution == "half_student_t"  # PyMC cannot truncate it, but the whole t
    lower = value[len(parameters)] if shape.low or halved else None
    upper = value[len(parameters) + 1] if shape.high else None
    whole = pm.StudentT.dist(mu=0.0, **given) if halved else distribution.dist(**given)
    return pm.Truncated(shape.parameter, whole, lower=lower, upper=upper, dims=dims)
