"""The joint model as a record: several outcomes of the same studies, and a prior on each spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.assumptions.model.records import ParameterPrior, fit_problems, unknown_parameter
from metaprop.core.errors import ModelError

if TYPE_CHECKING:
    from metaprop.assumptions.priors import Prior

JOINT_PARAMETERS = ("alpha", "sigma_alpha", "lambda", "omega")
"""The parameters that a joint model has priors on."""

JOINT_SENTENCE = (
    "In study i the log odds of type c are alpha_c + lambda u_i + v_ic: alpha_c ~ Normal(alpha, "
    "sigma_alpha^2) is the type's own level, u_i ~ Normal(0, 1) what all types of a study share, "
    "v_ic ~ Normal(0, omega^2) the rest."
)
"""What the joint model says of the rates."""


@dataclass(frozen=True, slots=True)
class JointModel:
    """What is assumed of several outcomes of the same studies before any data are seen.

    ``logit p_ic = alpha_c + lambda u_i + v_ic`` for type c in study i; all four parameters are on
    the log-odds scale. Dependence of types within a patient is not modelled.

    Raises
    ------
    ModelError
        A prior on another parameter than its own, or one that reaches beyond its parameter.

    Examples
    --------
    >>> from metaprop.assumptions.model import default_joint_model
    >>> model = default_joint_model()
    >>> [given.parameter for given in model.parameters]
    ['alpha', 'sigma_alpha', 'lambda', 'omega']
    """

    id: str
    name: str
    sentence: str
    location: ParameterPrior
    between_types: ParameterPrior
    shared: ParameterPrior
    between_studies: ParameterPrior

    def __post_init__(self) -> None:
        """Refuse priors that do not fit."""
        pairs = zip(self.parameters, JOINT_PARAMETERS, strict=True)
        where = f"model {self.id}"
        problems = [p for given, name in pairs for p in fit_problems(given, (name,), where)]
        if problems:
            raise ModelError(problems)

    @property
    def parameters(self) -> tuple[ParameterPrior, ...]:
        """The priors, in the order of ``JOINT_PARAMETERS``."""
        return self.location, self.between_types, self.shared, self.between_studies

    def prose(self) -> str:
        """Return the model as a few lines: what it says, its formula, each prior."""
        head = f"{self.name}. {self.sentence}"
        return "\n".join([head, JOINT_SENTENCE, *(p.prose() for p in self.parameters)])

    def with_prior(self, parameter: str, prior: Prior) -> JointModel:
        """Return the model with another prior on one of its parameters.

        Raises
        ------
        ModelError
            There is no such parameter, or the prior reaches beyond its range.
        """
        if parameter not in JOINT_PARAMETERS:
            raise ModelError(unknown_parameter(parameter, JOINT_PARAMETERS, f"model {self.id}"))
        unit = self.location.unit
        given = ParameterPrior(parameter, prior, unit, "Set in a call.", "The caller.")
        priors = [given if p.parameter == parameter else p for p in self.parameters]
        return JointModel(self.id, self.name, self.sentence, *priors)
