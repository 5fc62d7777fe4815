"""``assumptions.json``, schema 1: what was assumed, in the words and numbers of the model files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.assumptions.model.families import SENTENCES
from metaprop.assumptions.model.joint import JOINT_SENTENCE, JointModel
from metaprop.assumptions.model.regression import REGRESSION_SENTENCE
from metaprop.questions.answers import Summary  # noqa: TC001 - read by the codec at run time
from metaprop.questions.implied import implied_prior
from metaprop.reporting.records import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import Model, ParameterPrior, RegressionModel
    from metaprop.questions.answers import Analysis

ASSUMPTIONS = "assumptions.json"
StoredFamily = Literal["beta-binomial", "logit-normal", "common-rate", "joint", "meta-regression"]
TAILS = (0.025, 0.975)
"""Quantiles between which 95 % of a prior lies."""


@dataclass(frozen=True, slots=True)
class StoredPrior:
    """The prior on one parameter: ``prose`` names the distribution, ``low`` to ``high`` hold 95 %.

    Both ends are in the parameter's own ``unit``; ``reason`` says why this prior, ``source`` where
    that is from.
    """

    parameter: str
    distribution: str
    prose: str
    low: float
    high: float
    unit: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model: ``sentence`` is its own, ``formula`` that of its family.

    ``implied`` is the prior of every estimand, with the exceedances of every threshold of the data
    set, and empty for a joint model and for a meta-regression.
    """

    id: str
    name: str
    family: StoredFamily
    sentence: str
    formula: str
    priors: tuple[StoredPrior, ...]
    implied: tuple[Summary, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What was assumed: every model that was fitted, in the order of their files."""

    schema: int
    dataset: str
    models: tuple[StoredModel, ...]

    def model(self, name: str) -> StoredModel:
        """Return one model by its id; ``KeyError`` if it is none of these."""
        for model in self.models:
            if model.id == name:
                return model
        raise KeyError(name)


def assumptions_of(
    models: Sequence[Model],
    others: Sequence[JointModel | RegressionModel],
    analysis: Analysis,
) -> Assumptions:
    """Return what is stored of the models of an analysis, asked as the analysis was."""
    above = sorted({t for outcome in analysis.outcomes for t in outcome.thresholds})
    told = [
        _stored(
            model,
            model.family,
            SENTENCES[model.family],
            implied_prior(model, above, analysis.level, analysis.kind),
        )
        for model in models
    ]
    for model in others:
        joint = isinstance(model, JointModel)
        sentence = JOINT_SENTENCE if joint else REGRESSION_SENTENCE
        told.append(_stored(model, "joint" if joint else "meta-regression", sentence, ()))
    return Assumptions(SCHEMA, analysis.dataset, tuple(told))


def _stored(
    model: Model | JointModel | RegressionModel,
    family: StoredFamily,
    formula: str,
    implied: tuple[Summary, ...],
) -> StoredModel:
    priors = tuple(map(_prior, model.parameters))
    sentence = " ".join(model.sentence.split())
    return StoredModel(model.id, model.name, family, sentence, formula, priors, implied)


def _prior(given: ParameterPrior) -> StoredPrior:
    low, high = (float(given.prior.quantile(level)) for level in TAILS)
    return StoredPrior(
        parameter=given.parameter,
        distribution=given.prior.distribution,
        prose=given.prior.prose(),
        low=low,
        high=high,
        unit=given.unit,
        reason=given.reason,
        source=given.source,
    )
