"""What methods make of the usual rate when they allow for small-study effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.small_study.copas import CopasPlan, copas
from metaprop.engines.frequentist.small_study.limit import limit_analysis
from metaprop.engines.frequentist.small_study.trim_fill import trim_fill
from metaprop.engines.frequentist.transforms import rate_of
from metaprop.questions.frequentist.answers import AdjustedRate

if TYPE_CHECKING:
    from metaprop.engines.frequentist.effects import Effects

MOST_FOR_COPAS = 200
"""Studies beyond which the path of the selection model takes too long for a run."""
TOO_MANY = "More than {} studies: ask for the Copas selection model by itself."


def adjusted_rates(effects: Effects, level: float) -> tuple[AdjustedRate, ...]:
    """Return the rates that trim and fill, Copas and limit meta-analysis put in the usual place.

    ``effects`` are those of one outcome, on the logit scale.
    """
    return _filled(effects, level), _selected(effects, level), _limit(effects, level)


def _filled(effects: Effects, level: float) -> AdjustedRate:
    plan = Plan("dl", "hartung-knapp", "none", "hts-k-1", level)
    found = trim_fill(effects, plan=plan)
    if np.isnan(found.added):
        return AdjustedRate("trim-and-fill", np.nan, np.nan, np.nan, found.messages)
    rates = found.pooled.rates()
    ends = (float(rates.estimate), float(rates.ci_low), float(rates.ci_high))
    return AdjustedRate("trim-and-fill", *ends, found.messages)


def _selected(effects: Effects, level: float) -> AdjustedRate:
    if effects.estimate.shape[-1] > MOST_FOR_COPAS:
        said = (TOO_MANY.format(MOST_FOR_COPAS),)
        return AdjustedRate("copas", np.nan, np.nan, np.nan, said)
    found = copas(effects, CopasPlan(level=level))
    step = found.adjusted
    if step is None:
        return AdjustedRate("copas", np.nan, np.nan, np.nan, found.messages)
    values = (step.fit.mean, step.ci_low, step.ci_high)
    return _answer("copas", values, effects, found.messages)


def _limit(effects: Effects, level: float) -> AdjustedRate:
    found = limit_analysis(effects, "reml", level)
    values = (float(found.estimate), float(found.ci_low), float(found.ci_high))
    return _answer("limit", values, effects, found.messages)


def _answer(
    method: Literal["copas", "limit"],
    values: tuple[float, float, float],
    effects: Effects,
    messages: tuple[str, ...],
) -> AdjustedRate:
    """Return values on the scale of the effects as rates."""
    estimate, low, high = rate_of(np.array(values), effects.scale).tolist()
    return AdjustedRate(method, estimate, low, high, messages)
