"""The meta-regression as a record: rates that go with one covariate of the studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.assumptions.model.records import ParameterPrior, fit_problems, unknown_parameter
from metaprop.core.errors import ModelError

if TYPE_CHECKING:
    from metaprop.assumptions.priors import Prior

REGRESSION_PARAMETERS: tuple[tuple[str, ...], ...] = (("mu", "typical"), ("tau",), ("beta",))
"""The names that each of its priors may be put on, the usual one first."""

REGRESSION_SENTENCE = (
    "The log odds of study i are mu + x_i beta + tau z_i with z_i ~ Normal(0, 1): x_i is a number "
    "less its mean, over two standard deviations, or what tells groups apart, so coded that every "
    "two groups differ by the prior of beta."
)
"""What the meta-regression says of the rates."""


@dataclass(frozen=True, slots=True)
class RegressionModel:
    """What is assumed of rates that go with one covariate, before any data are seen.

    ``logit p_i = mu + x_i beta + tau z_i``; all three parameters are on the log-odds scale.

    Raises
    ------
    ModelError
        A prior on another parameter than its own, or one that reaches beyond its parameter.

    Examples
    --------
    >>> from metaprop.assumptions.model import default_regression_model
    >>> [given.parameter for given in default_regression_model().parameters]
    ['mu', 'tau', 'beta']
    """

    id: str
    name: str
    sentence: str
    location: ParameterPrior
    heterogeneity: ParameterPrior
    coefficient: ParameterPrior

    def __post_init__(self) -> None:
        """Refuse priors that do not fit."""
        pairs = zip(self.parameters, REGRESSION_PARAMETERS, strict=True)
        where = f"model {self.id}"
        problems = [p for given, names in pairs for p in fit_problems(given, names, where)]
        if problems:
            raise ModelError(problems)

    @property
    def parameters(self) -> tuple[ParameterPrior, ...]:
        """The priors: location, heterogeneity, coefficient."""
        return self.location, self.heterogeneity, self.coefficient

    def prose(self) -> str:
        """Return the model as a few lines: what it says, its formula, each prior."""
        head = f"{self.name}. {self.sentence}"
        return "\n".join([head, REGRESSION_SENTENCE, *(p.prose() for p in self.parameters)])

    def with_prior(self, parameter: str, prior: Prior) -> RegressionModel:
        """Return the model with another prior on one of its parameters.

        Raises
        ------
        ModelError
            There is no such parameter, or the prior reaches beyond its range.
        """
        unit = "rate" if parameter == "typical" else "log odds"
        given = ParameterPrior(parameter, prior, unit, "Set in a call.", "The caller.")
        names = [name for each in REGRESSION_PARAMETERS for name in each]
        if parameter not in names:
            raise ModelError(unknown_parameter(parameter, tuple(names), f"model {self.id}"))
        priors = [
            given if parameter in allowed else own
            for own, allowed in zip(self.parameters, REGRESSION_PARAMETERS, strict=True)
        ]
        return RegressionModel(self.id, self.name, self.sentence, *priors)
