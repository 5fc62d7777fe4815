"""How to pool: in two steps or in one, every choice by name, with defaults that can be defended.

The two-step default is the logit scale, one half added to studies with an empty cell, restricted
maximum likelihood (Veroniki et al. 2016, 10.1002/jrsm.1164), and Hartung and Knapp's interval with
a standard error that is never below the classic one: without that safeguard it can be narrower
than the common-effect interval (Röver, Knapp and Friede 2015, 10.1186/s12874-015-0091-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from metaprop.core.errors import OptionError, Problem
from metaprop.engines.frequentist.one_step.prediction import PredictionRule
from metaprop.engines.frequentist.options import (
    Convention,
    Correction,
    MeanInterval,
    Prediction,
    Safeguard,
    Scale,
    Tau2Method,
    amount_problems,
    choice_problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PoolModel = Literal["two-step", "glmm", "beta-binomial"]
"""Estimates of the studies and their mean; or one model of all counts by maximum likelihood."""
OneStepInterval = Literal["profile", "z"]
"""Profile likelihood, or estimate and normal quantile on the log odds (Wald)."""
PoolInterval = Literal["z", "hartung-knapp", "kenward-roger", "profile"]
PoolPrediction = Literal[Prediction, PredictionRule]


@dataclass(frozen=True, slots=True)
class TwoStep:
    """Estimates of the studies on a scale, then their weighted mean: see ``effects``, ``Plan``."""

    scale: Scale = "logit"
    correction: Correction = "only0"
    amount: float = 0.5
    convention: Convention = "meta"
    tau2: Tau2Method = "reml"
    interval: MeanInterval = "hartung-knapp"
    safeguard: Safeguard = "se"
    prediction: Prediction = "hts-k-1"


@dataclass(frozen=True, slots=True)
class OneStep:
    """A model of the counts by maximum likelihood; ``prediction`` None is the model's own rule.

    ``glmm``: binomial counts, normal log odds; ``beta-binomial``: beta distributed rates.
    """

    model: Literal["glmm", "beta-binomial"] = "glmm"
    interval: OneStepInterval = "profile"
    prediction: PredictionRule | None = None


Way = TwoStep | OneStep


@dataclass(frozen=True, slots=True)
class Asked:
    """The choices that were made; None where the default of the model is taken."""

    model: PoolModel = "two-step"
    scale: Scale | None = None
    correction: Correction | None = None
    amount: float | None = None
    convention: Convention | None = None
    tau2: Tau2Method | None = None
    interval: PoolInterval | None = None
    safeguard: Safeguard | None = None
    prediction: PoolPrediction | None = None


CHOICES: dict[str, tuple[str, ...]] = {
    "model": get_args(PoolModel),
    "scale": get_args(Scale),
    "correction": get_args(Correction),
    "convention": get_args(Convention),
    "tau2": get_args(Tau2Method),
    "interval": get_args(PoolInterval),
    "safeguard": get_args(Safeguard),
    "prediction": tuple(dict.fromkeys((*get_args(Prediction), *get_args(PredictionRule)))),
}
"""The names that each choice can have."""
RULES: dict[PoolModel, tuple[str, ...]] = {
    "two-step": get_args(Prediction),
    "glmm": get_args(PredictionRule),
    "beta-binomial": ("plug-in",),
}
"""The prediction intervals of each model."""
FITTED: dict[str, str] = {"scale": "logit", "tau2": "ml"}
"""What a model of the counts is anyway, so that it may be said."""


def way_of(asked: Asked) -> Way:
    """Return the way to pool that was asked for.

    Raises
    ------
    OptionError
        A choice is none of the allowed ones, or not one of the model; all faults at once.
    """
    problems = [*_unknown(asked)] or [*_misplaced(asked)]
    if problems:
        raise OptionError(problems)
    if asked.model != "two-step":
        return OneStep(asked.model, asked.interval or "profile", asked.prediction)  # type: ignore[arg-type]  # checked by _misplaced
    interval = asked.interval or "hartung-knapp"
    usual: Safeguard = "se" if interval == "hartung-knapp" else "none"
    return TwoStep(
        asked.scale or "logit",
        asked.correction or "only0",
        0.5 if asked.amount is None else asked.amount,
        asked.convention or "meta",
        asked.tau2 or "reml",
        interval,  # type: ignore[arg-type]  # checked by _misplaced
        asked.safeguard or usual,
        asked.prediction or "hts-k-1",  # type: ignore[arg-type]  # the same
    )


def _unknown(asked: Asked) -> Iterator[Problem]:
    """Yield what is no name of a choice, and an amount that cannot be added."""
    for name, known in CHOICES.items():
        value = getattr(asked, name)
        if value is not None:
            yield from choice_problems(value, known, name)
    if asked.amount is not None:
        yield from amount_problems(asked.amount)


def _misplaced(asked: Asked) -> Iterator[Problem]:
    """Yield the choices that the model does not have."""
    counts = asked.model != "two-step"
    intervals = get_args(OneStepInterval) if counts else get_args(MeanInterval)
    if asked.interval is not None:
        yield from _not_here(asked.interval, intervals, "interval", asked.model)
    if asked.prediction is not None:
        yield from _not_here(asked.prediction, RULES[asked.model], "prediction", asked.model)
    if not counts:
        return
    for name in ("scale", "correction", "amount", "convention", "tau2", "safeguard"):
        value = getattr(asked, name)
        if value is not None and value != FITTED.get(name):
            what = f"the {asked.model} model takes no {name}"
            yield Problem(what, name, "Leave it out: nothing is transformed or corrected")


def _not_here(
    value: str, allowed: tuple[str, ...], where: str, model: PoolModel
) -> Iterator[Problem]:
    for problem in choice_problems(value, allowed, where):
        yield Problem(f"{value!r} is no {where} of {model}", where, problem.remedy)
