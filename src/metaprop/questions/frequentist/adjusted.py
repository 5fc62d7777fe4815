"""What methods make of the usual rate when they allow for small-study effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.core.scales import expit
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.small_study.copas import CopasPlan, copas
from metaprop.engines.frequentist.small_study.limit import limit_analysis
from metaprop.engines.frequentist.small_study.trim_fill import trim_fill
from metaprop.questions.frequentist.answers import AdjustedRate

if TYPE_CHECKING:
    from metaprop.engines.frequentist.effects import Effects

MOST_FOR_COPAS = 200
"""Studies beyond which the path of the selection model takes too long for a run."""
UNKNOWN, UNASKED = (np.nan, np.nan, np.nan), (np.nan, np.nan)
AdjustedMethod = Literal["trim-and-fill", "copas", "copas-all", "limit"]
TOO_MANY = "More than {} studies: ask for the Copas selection model by itself."


def adjusted_rates(effects: Effects, every: Effects, level: float) -> tuple[AdjustedRate, ...]:
    """Return the rates that trim and fill, Copas and limit meta-analysis put in the usual place.

    ``effects`` are those of one outcome on the logit scale, corrected as usual; in ``every`` all
    studies are corrected, on which the answer of the selection model hangs.
    """
    return (
        _filled(effects, level),
        _selected("copas", effects, level),
        _selected("copas-all", every, level),
        _limit(effects, level),
    )


def _filled(effects: Effects, level: float) -> AdjustedRate:
    found = trim_fill(effects, plan=Plan("dl", "hartung-knapp", "none", "hts-k-1", level))
    pooled = found.pooled
    values = (float(pooled.estimate), float(pooled.ci_low), float(pooled.ci_high))
    if np.isnan(found.added):
        values = UNKNOWN
    facts = (np.nan, float(found.added))
    return _answer("trim-and-fill", values, facts, found.messages)


def _selected(method: AdjustedMethod, effects: Effects, level: float) -> AdjustedRate:
    if effects.estimate.shape[-1] > MOST_FOR_COPAS:
        return _answer(method, UNKNOWN, UNASKED, (TOO_MANY.format(MOST_FOR_COPAS),))
    found = copas(effects, CopasPlan(level=level))
    step = found.adjusted
    if step is None:
        return _answer(method, UNKNOWN, UNASKED, found.messages)
    values = (step.fit.mean, step.ci_low, step.ci_high)
    return _answer(method, values, (step.residual_p, step.unpublished), found.messages)


def _limit(effects: Effects, level: float) -> AdjustedRate:
    found = limit_analysis(effects, "reml", level)
    values = (float(found.estimate), float(found.ci_low), float(found.ci_high))
    return _answer("limit", values, UNASKED, found.messages)


def _answer(
    method: AdjustedMethod,
    values: tuple[float, float, float],
    facts: tuple[float, float],
    messages: tuple[str, ...],
) -> AdjustedRate:
    """Return log odds as rates, with the P that is left and the studies that are missing."""
    estimate, low, high = expit(values).tolist()
    return AdjustedRate(method, estimate, low, high, *facts, messages)
