"""Tables without a maximum inside: a named answer and a sentence on what the data cannot tell.

No events, or nothing else
    Any heterogeneity fits as well as any other, and the estimate is the end of the scale. The
    interval is one-sided, exact binomial under a common rate: with every study alike nothing in
    the data speaks against it, and it counts patients. The profile likelihood with the
    heterogeneity left free is given beside it; there a study at 0 has probability
    E[(1 - p)^n] <= 1 - average, attained when studies are all or nothing, so that it counts
    studies: 1 - exp(-z^2 / 2k).
All or nothing
    By the same inequality the likelihood rises without end as studies differ more; what is left
    is a binomial of k studies, which has an average, but no typical rate.
Unreplicated
    One study, or studies of one patient: a common rate, exact (Clopper-Pearson).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import expit, logit
from metaprop.core.wording import counted, inferred
from metaprop.engines.frequentist.one_step.family import BinomialNormal, family_of
from metaprop.engines.frequentist.one_step.records import (
    Heterogeneity,
    Limits,
    LogOdds,
    RateEstimate,
)
from metaprop.engines.frequentist.one_step.region import Regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.records import OneStepFit

    Ints = NDArray[np.int64]

UNTOLD = float("nan")


def answer_extreme(fit: OneStepFit, events: Ints, totals: Ints) -> OneStepFit:
    """Return a fit with the answers for a table that is not ``regular``."""
    if fit.state in {"none", "all"}:
        return _one_sided(fit)
    if fit.state == "all-or-nothing":
        return _all_or_nothing(fit, events, totals)
    return _unreplicated(fit, int(events.sum()))


def clopper_pearson(events: int, patients: int, level: float) -> Limits:
    """Return the exact two-sided interval of a proportion."""
    tail, rest = 0.5 * (1.0 - level), patients - events
    low = float(special.betaincinv(events, rest + 1.0, tail)) if events else 0.0
    high = float(special.betaincinv(events + 1.0, rest, 1.0 - tail)) if rest else 1.0
    return Limits(low, high, level, "exact")


def one_sided_exact(patients: int, level: float, *, every: bool) -> Limits:
    """Return the exact one-sided interval where no patient, or ``every`` one, had the event."""
    return _towards(1.0 - (1.0 - level) ** (1.0 / patients), every, level, "exact")


def common_profile(events: int, patients: int, level: float) -> Limits:
    """Return the likelihood interval of a proportion strictly between 0 and 1, as a rate."""
    family = BinomialNormal(np.array([[events]]), np.array([patients]))
    rate = events / patients
    best = special.xlogy(events, rate) + special.xlogy(patients - events, 1.0 - rate)
    drop = 0.5 * float(special.ndtri(0.5 + 0.5 * level)) ** 2
    target = np.array([float(best) - drop])
    regions = Regions(family, "binomial-normal", np.array([float(logit(rate))]), target)
    rows, common = np.zeros(2, dtype=np.int64), np.zeros(2)
    ridge = regions.ridge(rows, common)
    ends = expit(regions.edge(rows, common, np.array([-1.0, 1.0]), ridge))
    return Limits(float(ends[0]), float(ends[1]), level, "profile")


def _untold(model: Model, estimate: float = UNTOLD, profile: Limits | None = None) -> Heterogeneity:
    parameter = "tau2" if model == "binomial-normal" else "rho"
    return Heterogeneity(parameter, estimate, None, None, profile)  # type: ignore[arg-type]


def _one_sided(fit: OneStepFit) -> OneStepFit:
    """Return the answers where no study, or every study, has nothing but events."""
    every, level = fit.state == "all", fit.level
    exact = one_sided_exact(fit.patients, level, every=every)
    z = float(special.ndtri(level))
    free = _towards(float(-np.expm1(-0.5 * z * z / fit.k)), every, level, "profile")
    average = RateEstimate("average", float(every), None, None, free, exact)
    typical = RateEstimate("typical", float(every), None, None, None, exact)
    end = "a lower" if every else "an upper"
    limit = exact.low if every else exact.high
    free_limit = free.low if every else free.high
    had = "all" if every else "none"
    first = (
        f"Of {counted(fit.patients, 'patient', 'patients')} in "
        f"{counted(fit.k, 'study', 'studies')} {had} had the event: the data give {end} limit "
        f"only, {inferred(limit)}, exact if the studies share one rate."
    )
    second = (
        "Heterogeneity cannot be estimated. With studies free to differ without limit, only their "
        f"number counts: the limit of the average rate is then {inferred(free_limit)}."
    )
    location = LogOdds(float("inf") if every else float("-inf"), None, None, None)
    return replace(
        fit,
        location=location,
        average=average,
        typical=typical,
        heterogeneity=_untold(fit.model),
        messages=(first, second),
    )


def _towards(high: float, every: bool, level: float, kind: str) -> Limits:  # noqa: FBT001
    """Return ``[0, high]`` as a one-sided interval, or its mirror image."""
    if every:
        return Limits(1.0 - high, 1.0, level, kind, "lower")  # type: ignore[arg-type]
    return Limits(0.0, high, level, kind, "upper")  # type: ignore[arg-type]


def _all_or_nothing(fit: OneStepFit, events: Ints, totals: Ints) -> OneStepFit:
    """Return the answers where each study is at an end: the studies are what is counted."""
    count, level = int((events > 0).sum()), fit.level
    exact, profile = clopper_pearson(count, fit.k, level), common_profile(count, fit.k, level)
    average = RateEstimate("average", count / fit.k, None, None, profile, exact)
    drop = 0.5 * float(special.ndtri(0.5 + 0.5 * level)) ** 2
    best = float(special.xlogy(count, count / fit.k))
    best += float(special.xlogy(fit.k - count, 1.0 - count / fit.k))
    family = family_of(fit.model, events[None, :], totals)
    crude = np.array([float(logit(events.sum() / totals.sum()))])
    least = Regions(family, fit.model, crude, np.array([best - drop])).least_spread() ** 2
    normal = fit.model == "binomial-normal"
    low = least if normal else least / (1.0 + least)
    end = float("inf") if normal else 1.0
    spread = _untold(fit.model, end, Limits(low, end, level, "profile"))
    message = (
        f"Every study is at 0 % or at 100 % ({count} of {fit.k} at 100 %): the likelihood rises as "
        "the studies differ more, without end. The heterogeneity has a lower limit but no "
        "estimate, there is no typical rate, and the average rate is that of a study picked at "
        "random: the interval counts studies, not patients."
    )
    return replace(
        fit,
        location=LogOdds(fit.location.estimate, None, None, None),
        average=average,
        typical=RateEstimate("typical", UNTOLD, None, None, None),
        heterogeneity=spread,
        messages=(message,),
    )


def _unreplicated(fit: OneStepFit, events: int) -> OneStepFit:
    """Return the answers for one study, or for studies of one patient each: a common rate."""
    n, level = fit.patients, fit.level
    rate = events / n
    centre, se = float(logit(rate)), float(np.sqrt(1.0 / events + 1.0 / (n - events)))
    profile = common_profile(events, n, level)
    z = float(special.ndtri(0.5 + 0.5 * level))
    ends = (centre - z * se, centre + z * se)
    wald = Limits(float(expit(ends[0])), float(expit(ends[1])), level, "wald")
    exact = clopper_pearson(events, n, level)
    average = RateEstimate("average", rate, se, wald, profile, exact)
    on_logit = Limits(float(logit(profile.low)), float(logit(profile.high)), level, "profile")
    message = (
        "One study cannot show how much studies differ: the interval is that of this study's "
        "rate, and says nothing of other studies."
        if fit.k == 1
        else "With one patient in each study nothing shows how much studies differ: the average "
        "rate stands whatever they do, the typical rate only if they do not differ."
    )
    return replace(
        fit,
        location=LogOdds(centre, se, Limits(*ends, level, "wald"), on_logit),
        average=average,
        typical=replace(average, estimand="typical"),
        heterogeneity=_untold(fit.model),
        messages=(message,),
    )
