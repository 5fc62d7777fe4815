"""Each prior as PyMC declares it, its numbers kept as data so that they can be exchanged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import ParameterPrior
    from metaprop.assumptions.priors import Prior

    type Tensor = Any

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


PACKED = "priors"
"""Under which name a model for any table keeps the numbers of all its priors."""


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


def declare(shape: PriorShape, value: Tensor, dims: str | None = None) -> Any:  # noqa: ANN401 - a PyMC variable
    """Add the parameter with its prior to the model that is open, and return it.

    ``value`` has the ``numbers`` of the prior, as a PyTensor vector; ``dims`` makes the parameter a
    vector of independent ones, a prior for each.
    """
    import pymc as pm

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


def packed(parameters: Sequence[ParameterPrior]) -> NDArray[np.float64]:
    """Return the numbers of several priors in one row, as ``declare_all`` takes them."""
    return np.concatenate([numbers(p.prior) for p in parameters])


def declare_all(
    parameters: Sequence[ParameterPrior], dims: Mapping[str, str] | None = None
) -> list[Any]:
    """Add parameters to the model that is open, all their numbers in one array to be exchanged.

    ``dims`` names the dimension of those that are vectors.
    """
    import pymc as pm

    row, found, start = pm.Data(PACKED, packed(parameters)), [], 0
    for p in parameters:
        stop = start + numbers(p.prior).size
        shape = PriorShape.of(p.parameter, p.prior)
        found.append(declare(shape, row[start:stop], (dims or {}).get(p.parameter)))
        start = stop
    return found
