"""A prior raised to a power is again a prior of the same grammar, wherever it has a name there.

The density is raised to the power on the scale of the parameter that the prior is put on, and
normalised again: a power of 1 changes nothing, 0 makes it flat, 2 counts it twice.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from metaprop.assumptions.model import with_prior
from metaprop.assumptions.priors import Prior
from metaprop.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from metaprop.assumptions.model import Model, ParameterPrior

    Numbers = Mapping[str, float]
    Named = tuple[str, dict[str, float]]


def powered_model(model: Model, power: float) -> Model | None:
    """Return the model with each of its priors raised to a power above 0.

    None where a power of a prior has no name in the grammar, or cannot be normalised.
    """
    if power == 1.0:
        return model
    for given in model.parameters:
        raised = powered(given, power)
        if raised is None:
            return None
        model = with_prior(model, raised.parameter, raised.prior, reason=raised.reason)
    return model


def powered(given: ParameterPrior, power: float) -> ParameterPrior | None:
    """Return a prior raised to a power, on the same parameter or on its other name; or None."""
    prior = given.prior
    if prior.distribution == "logistic":
        return _logistic(given, power)
    raised = _RAISED.get(prior.distribution)
    if raised is None:
        return None
    name, numbers = raised(prior.parameters, power)
    ends = {"low": prior.low, "high": prior.high} if prior.truncated else {}
    kept = {key: end for key, end in ends.items() if math.isfinite(end)}
    try:
        return replace(given, prior=Prior.of(name, **(numbers | kept)))
    except ModelError:  # a power that cannot be normalised
        return None


def _logistic(given: ParameterPrior, power: float) -> ParameterPrior | None:
    """Return ``Beta(power, power)`` on the rate, which a standard logistic on its logit becomes."""
    rate = {"mu": "typical", "logit_average": "average"}.get(given.parameter)
    standard = dict(given.prior.parameters) == {"location": 0.0, "scale": 1.0}
    if rate is None or not standard or given.prior.truncated:
        return None
    prior = Prior.of("beta", alpha=power, beta=power)
    return replace(given, parameter=rate, unit="rate", prior=prior)


def _scaled(name: str) -> Callable[[Numbers, float], Named]:
    """Return the rule of a density ``exp(-z^2 / 2)``: its scale shrinks by the root."""

    def rule(at: Numbers, power: float) -> Named:
        return name, {**at, "scale": at["scale"] / math.sqrt(power)}

    return rule


def _student(name: str) -> Callable[[Numbers, float], Named]:
    """Return the rule of ``(1 + z^2 / df)^(-(df + 1) / 2)``: Student's t of other df and scale."""

    def rule(at: Numbers, power: float) -> Named:
        df = at.get("df", 1.0)
        fresh = power * (df + 1.0) - 1.0
        scale = at["scale"] * math.sqrt(df / fresh) if fresh > 0.0 else -1.0
        others = {key: value for key, value in at.items() if key == "location"}
        return name, {**others, "df": fresh, "scale": scale}

    return rule


def _exponential(at: Numbers, power: float) -> Named:
    return "exponential", {"rate": power * at["rate"]}


def _gamma(at: Numbers, power: float) -> Named:
    return "gamma", {"shape": power * (at["shape"] - 1.0) + 1.0, "rate": power * at["rate"]}


def _log_normal(at: Numbers, power: float) -> Named:
    variance = at["scale"] ** 2
    location = at["location"] + (1.0 - power) * variance / power
    return "log_normal", {"location": location, "scale": at["scale"] / math.sqrt(power)}


def _beta(at: Numbers, power: float) -> Named:
    return "beta", {key: power * (at[key] - 1.0) + 1.0 for key in ("alpha", "beta")}


def _uniform(at: Numbers, power: float) -> Named:
    del power  # flat stays flat
    return "uniform", dict(at)


_RAISED: Mapping[str, Callable[[Numbers, float], Named]] = {
    "normal": _scaled("normal"),
    "half_normal": _scaled("half_normal"),
    "half_cauchy": _student("half_student_t"),
    "half_student_t": _student("half_student_t"),
    "student_t": _student("student_t"),
    "exponential": _exponential,
    "gamma": _gamma,
    "log_normal": _log_normal,
    "beta": _beta,
    "uniform": _uniform,
}
