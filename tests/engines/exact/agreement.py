"""Every number of a reference posterior beside the engine's answer to the same question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaprop import Marginal, Model, Prior, Studies
from metaprop.assumptions.model import ParameterPrior
from metaprop.core.estimates import Estimate
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact

if TYPE_CHECKING:
    from problems import Problem

REFERENCES = Path(__file__).parents[2] / "references" / "exact.json"
NAMES = {
    "normal": ("location", "scale"),
    "logistic": ("location", "scale"),
    "student_t": ("df", "location", "scale"),
    "half_normal": ("scale",),
    "half_cauchy": ("scale",),
    "half_student_t": ("df", "scale"),
    "uniform": ("low", "high"),
    "exponential": ("rate",),
    "gamma": ("shape", "rate"),
    "log_normal": ("location", "scale"),
    "beta": ("alpha", "beta"),
}


@dataclass(frozen=True)
class Pair:
    """One quantity: what the engine says, and the reference with its own error."""

    quantity: str
    estimate: Estimate
    reference: float
    reference_error: float
    tau: bool

    @property
    def difference(self) -> float:
        """Absolute difference of the two values."""
        return abs(self.estimate.value - self.reference)


@cache
def references() -> dict[str, Any]:
    """Return the pinned posteriors by problem id."""
    answer: dict[str, Any] = json.loads(REFERENCES.read_text())["posteriors"]
    return answer


def prior_of(table: tuple[Any, ...]) -> Prior:
    """Return the prior that a problem's tuple names."""
    name, *values = table
    return Prior.of(name, **dict(zip(NAMES[name], values, strict=True)))


def model_of(problem: Problem) -> Model:
    """Return a problem's model."""
    location = ParameterPrior(
        problem.location_parameter, prior_of(problem.location), "", "a test", "a test"
    )
    parameter = "tau" if problem.family == "logit-normal" else "rho"
    spread = ParameterPrior(parameter, prior_of(problem.heterogeneity), "", "a test", "a test")
    return Model("problem", "Problem", problem.family, "A test.", location, spread)


def studies_of(problem: Problem) -> Studies:
    """Return a problem's data."""
    cells = [
        str(low) if low == high else f"{low}-{high}"
        for low, high in zip(problem.events_low, problem.events_high, strict=True)
    ]
    names = [f"study {i}" for i in range(len(cells))]
    return Studies.of(names, cells, list(problem.totals))


def posterior_of(problem: Problem, tolerance: float) -> ExactPosterior:
    """Return the engine's posterior of a problem."""
    return fit_exact(studies_of(problem), model_of(problem), tolerance=tolerance)


def pairs(problem: Problem, tolerance: float) -> Iterator[Pair]:
    """Yield every quantity of the reference with the engine's answer."""
    reference = references()[problem.id]
    posterior = posterior_of(problem, tolerance)
    spread = "tau" if problem.family == "logit-normal" else "rho"
    value, error = reference["log_marginal_likelihood"]
    yield Pair("log Z", posterior.log_marginal_likelihood, value, error, tau=False)
    for name in ("average", "typical", "new_study", spread):
        marginal = posterior.heterogeneity if name == spread else getattr(posterior, name)
        yield from _of_marginal(name, marginal, reference.get(name, {}), tau=name == "tau")
    for index, known in reference.get("studies", {}).items():
        yield from _of_marginal(f"study {index}", posterior.study(int(index)), known, tau=False)
    if "new_count_10" in reference:
        table = posterior.new_count(10)
        for y, (value, error) in enumerate(reference["new_count_10"]):
            estimate = Estimate(float(table.probabilities[y]), table.error)
            yield Pair(f"new count {y}", estimate, value, error, tau=False)


def _of_marginal(
    name: str, marginal: Marginal | None, known: dict[str, Any], *, tau: bool
) -> Iterator[Pair]:
    assert marginal is not None
    if known.get("mean"):
        value, error = known["mean"]
        yield Pair(f"{name} mean", marginal.mean(), value, error, tau=tau)
    for at, (value, error) in known.get("above", {}).items():
        estimate = marginal.probability(above=float(at))
        yield Pair(f"P({name} > {at})", estimate, value, error, tau=False)
    for level, (value, error) in known.get("quantiles", {}).items():
        yield Pair(f"{name} q{level}", marginal.quantile(float(level)), value, error, tau=tau)
