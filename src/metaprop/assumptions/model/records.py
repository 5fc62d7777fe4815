"""A model as a record: a family, and a prior on each of its parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.assumptions.model.families import PARAMETERS, RANGES, SENTENCES, UNITS
from metaprop.core.errors import ModelError, Problem

if TYPE_CHECKING:
    from metaprop.assumptions.model.families import Family
    from metaprop.assumptions.priors import Prior


@dataclass(frozen=True, slots=True)
class ParameterPrior:
    """The prior on one parameter: its unit, why it was chosen, and where the reason is from."""

    parameter: str
    prior: Prior
    unit: str
    reason: str
    source: str

    def prose(self) -> str:
        """Return one line: parameter, unit, prior and reason."""
        return f"{self.parameter} ({self.unit}): {self.prior.prose()}. {self.reason}"


@dataclass(frozen=True, slots=True)
class Model:
    """What is assumed before any data are seen: no fitted object.

    ``id`` is the stem of the file, ``sentence`` what the model says in one line. ``heterogeneity``
    is None for the family ``common-rate`` and a prior for the others.

    Raises
    ------
    ModelError
        A parameter that the family does not take, or a prior that reaches beyond its parameter.

    Examples
    --------
    >>> from metaprop import default_models
    >>> model = default_models()[0]
    >>> model.id, model.family
    ('logit_normal', 'logit-normal')
    >>> print(model.location.prior.prose())
    logistic with location 0 and scale 1 (95 % between -3.66 and 3.66)
    """

    id: str
    name: str
    family: Family
    sentence: str
    location: ParameterPrior
    heterogeneity: ParameterPrior | None

    def __post_init__(self) -> None:
        """Refuse priors that do not fit the family."""
        problems = self._problems()
        if problems:
            raise ModelError(problems)

    def _problems(self) -> list[Problem]:
        where = f"model {self.id}"
        if self.family not in PARAMETERS:
            what = f"{self.family!r} is not a family"
            return [Problem(what, where, f"Use one of: {', '.join(PARAMETERS)}")]
        allowed = PARAMETERS[self.family]
        problems = fit_problems(self.location, allowed.location, where)
        if self.heterogeneity is not None:
            problems += fit_problems(self.heterogeneity, allowed.heterogeneity, where)
        elif allowed.heterogeneity:
            remedy = f"Give a prior on one of: {', '.join(allowed.heterogeneity)}"
            problems += [Problem("the heterogeneity has no prior", where, remedy)]
        return problems

    @property
    def parameters(self) -> tuple[ParameterPrior, ...]:
        """The priors of the model: location, then heterogeneity where there is one."""
        return tuple(p for p in (self.location, self.heterogeneity) if p is not None)

    def prose(self) -> str:
        """Return the model as a few lines: what it says, the family's formula, each prior."""
        head = f"{self.name}. {self.sentence}"
        return "\n".join([head, SENTENCES[self.family], *(p.prose() for p in self.parameters)])


def with_prior(
    model: Model,
    parameter: str,
    prior: Prior,
    *,
    reason: str = "Set in a call.",
    source: str = "The caller.",
) -> Model:
    """Return the model with another prior on a parameter, or on another of its parameters' names.

    Parameters
    ----------
    model
        The model to start from; it is not changed.
    parameter
        A parameter of the model's family. ``typical`` takes the place of ``mu``, ``kappa`` that of
        ``rho``, ``logit_average`` that of ``average``, and the other way round.
    prior
        The new prior; its support must lie inside the range of the parameter.
    reason, source
        Why this prior, and where that is from.

    Raises
    ------
    ModelError
        The family has no such parameter, or the prior reaches beyond its range.

    Examples
    --------
    >>> from metaprop.assumptions.model import default_models
    >>> from metaprop.assumptions.priors import Prior
    >>> wider = with_prior(default_models()[0], "tau", Prior.of("half_cauchy", scale=0.5))
    >>> print(wider.heterogeneity.prior.prose())
    half-Cauchy with scale 0.5 (95 % below 6.35)
    """
    allowed = PARAMETERS[model.family]
    unit = UNITS.get(parameter, "")
    changed = ParameterPrior(parameter, prior, unit, reason, source)
    if parameter in allowed.heterogeneity:
        return replace(model, heterogeneity=changed)
    if parameter in allowed.location:
        return replace(model, location=changed)
    names = (*allowed.location, *allowed.heterogeneity)
    raise ModelError(unknown_parameter(parameter, names, f"model {model.id}"))


def fit_problems(given: ParameterPrior, allowed: tuple[str, ...], where: str) -> list[Problem]:
    """Return what is wrong with a prior where only the parameters ``allowed`` may stand."""
    if given.parameter not in allowed:
        return [unknown_parameter(given.parameter, allowed, where)]
    return range_problems(given.parameter, given.prior, f"{where}, {given.parameter}")


def unknown_parameter(parameter: str, allowed: tuple[str, ...], where: str) -> Problem:
    """Return the fault that a family has no such parameter."""
    remedy = f"Use one of: {', '.join(allowed)}" if allowed else "Leave this prior out"
    return Problem(f"{parameter!r} is not a parameter of this family here", where, remedy)


def range_problems(parameter: str, prior: Prior, where: str) -> list[Problem]:
    """Return the fault that a prior reaches beyond the range of its parameter, if it does."""
    (low, high), (first, last) = RANGES[parameter], prior.support
    if low <= first and last <= high:
        return []
    what = f"{parameter} lies {_span(low, high)}, but this prior reaches {_span(first, last)}"
    return [Problem(what, where, _remedy(prior, low, high))]


def _span(low: float, high: float) -> str:
    if math.isinf(low) or math.isinf(high):
        return f"from {low:g} to {high:g}".replace("inf", "infinity")
    return f"between {low:g} and {high:g}"


def _remedy(prior: Prior, low: float, high: float) -> str:
    first, last = prior.support
    ends = [f"low = {low:g}"] * (first < low) + [f"high = {high:g}"] * (last > high)
    if prior.distribution == "uniform":
        return f"Set {' and '.join(ends)}"
    return f"Truncate it with {' and '.join(ends)}, or choose another distribution"
