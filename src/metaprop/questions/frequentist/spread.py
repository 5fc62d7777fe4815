"""How uncertain the heterogeneity is: limits of tau2, rho and I2 beside their estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.engines.frequentist.between.intervals import q_profile
from metaprop.engines.frequentist.heterogeneity import heterogeneity, heterogeneity_intervals
from metaprop.questions.frequentist.answers import SpreadLimits

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.records import Heterogeneity
    from metaprop.engines.frequentist.pooling import Pooled

NOTHING = float("nan")
EMPTY = (
    "The estimates scatter less than their standard errors say even of studies that share one "
    "rate: no tau2 fits, and it has no Q-profile interval."
)


def two_step_limits(pooled: Pooled, level: float) -> tuple[SpreadLimits, tuple[str, ...]]:
    """Return the Q-profile interval of tau2 and the interval of I2, and what must be said.

    I2 follows the convention of the effects: ``meta`` takes its limits from Q (Higgins and
    Thompson), ``metafor`` from those of tau2.
    """
    found = pooled.effects
    tau2 = q_profile(found, level)
    if found.convention == "meta":
        i2 = heterogeneity_intervals(found, level)
        low, high = i2.i2_low, i2.i2_high
    else:
        low, high = (heterogeneity(found, end).i2 for end in (tau2.low, tau2.high))
    limits = SpreadLimits(
        float(tau2.low), float(tau2.high), NOTHING, NOTHING, float(low), float(high)
    )
    return limits, (EMPTY,) if bool(tau2.empty) else ()


def one_step_limits(found: Heterogeneity, *, wald: bool) -> SpreadLimits:
    """Return the limits of tau2 or rho by the kind of interval asked for; I2 has none here."""
    ends = found.wald if wald else found.profile
    low, high = (NOTHING, NOTHING) if ends is None else (ends.low, ends.high)
    if found.parameter == "tau2":
        return SpreadLimits(low, high, NOTHING, NOTHING, NOTHING, NOTHING)
    return SpreadLimits(NOTHING, NOTHING, low, high, NOTHING, NOTHING)
