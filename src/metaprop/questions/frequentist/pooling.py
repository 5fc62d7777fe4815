"""One table, one way to pool, one answer: the public ``pool``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.core.errors import InputError
from metaprop.core.scales import logit
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.one_step.prediction import predict_new_study
from metaprop.engines.frequentist.options import check_level
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool as pool_effects
from metaprop.questions.frequentist.answers import OtherRate, PooledRate, Transformed
from metaprop.questions.frequentist.spread import one_step_limits, two_step_limits
from metaprop.questions.frequentist.ways import Asked, OneStep, TwoStep, Way, way_of

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.records import Limits, OneStepFit, RateEstimate
    from metaprop.engines.frequentist.options import (
        Convention,
        Correction,
        Safeguard,
        Scale,
        Tau2Method,
    )
    from metaprop.engines.frequentist.pooling import Pooled
    from metaprop.evidence.studies import Studies
    from metaprop.questions.frequentist.answers import RateName
    from metaprop.questions.frequentist.ways import PoolInterval, PoolModel, PoolPrediction

NOTHING = float("nan")
RANGES = "Give an exact count; `metaprop fit` takes ranges and unknown counts as they are"
UNGUARDED = "A safeguard belongs to the Hartung-Knapp interval: this interval has none."
TYPICAL_ONLY = (
    "On this scale the rate of the typical (median) study is pooled, not the average rate."
)


def pool(  # noqa: PLR0913 - the one door to the frequentist engine; all have names and defaults
    studies: Studies,
    *,
    model: PoolModel = "two-step",
    scale: Scale | None = None,
    correction: Correction | None = None,
    amount: float | None = None,
    tau2: Tau2Method | None = None,
    interval: PoolInterval | None = None,
    safeguard: Safeguard | None = None,
    prediction: PoolPrediction | None = None,
    convention: Convention | None = None,
    level: float = 0.95,
) -> PooledRate:
    """Pool the rates of one outcome by a frequentist random-effects method.

    Parameters
    ----------
    studies
        One outcome in k >= 1 studies, every count exact.
    model
        ``"two-step"``: estimates of the studies, then their mean weighted by inverse variance;
        ``"glmm"`` and ``"beta-binomial"``: one model of the counts by maximum likelihood, which
        corrects and transforms nothing.
    scale, correction, amount, convention
        Of two steps: see ``engines.frequentist.effects``. Default: logit, 0.5 added to both cells
        of studies with an empty one (``only0``), by the convention of R's ``meta``.
    tau2, safeguard
        Of two steps: see ``Plan``. Default: restricted maximum likelihood; the standard error of
        Hartung and Knapp is never below the classic one (``se``).
    interval
        Two steps: ``"hartung-knapp"`` (default), ``"kenward-roger"`` or ``"z"``; else
        ``"profile"`` (default) or ``"z"``.
    prediction
        Rule of the prediction interval; default ``hts-k-1``, ``t-k-1`` (glmm) or ``plug-in``.
    level
        Nominal coverage of the intervals, in (0, 1).

    Returns
    -------
    PooledRate
        Rates as proportions in [0, 1], with the estimand named; the same on the scale.

    Raises
    ------
    InputError
        A count is a range or not reported; every such study is listed.
    OptionError
        A choice is none of the allowed ones, or not one of the model; all faults at once.

    Examples
    --------
    >>> from metaprop import Studies, pool
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 6], totals=[9, 15, 11])
    >>> two = pool(studies, tau2="dl", safeguard="none")
    >>> two.estimand, round(two.estimate, 3), round(two.ci_low, 3), round(two.ci_high, 3)
    ('typical', 0.841, 0.096, 0.996)
    >>> one = pool(studies, model="beta-binomial")
    >>> one.estimand, round(one.estimate, 3), round(one.rho, 3)
    ('average', 0.828, 0.198)
    """
    asked = Asked(
        model, scale, correction, amount, convention, tau2, interval, safeguard, prediction
    )
    return pool_by(studies, way_of(asked), level)


def pool_by(studies: Studies, way: Way, level: float) -> PooledRate:
    """Return the pooled rate by one way; the errors of ``pool``."""
    check_level(level)
    check_counts(studies)
    if isinstance(way, OneStep):
        return _in_one(studies, way, level)
    return _in_two(studies, way, level)


def check_counts(studies: Studies) -> None:
    """Refuse counts that are not exact, each with its study.

    Raises
    ------
    InputError
        With one problem for each such study.
    """
    try:
        studies.events  # noqa: B018 - raises where a count is a range
    except InputError as fault:
        raise InputError(replace(problem, remedy=RANGES) for problem in fault.problems) from None


def two_step(studies: Studies, way: TwoStep, level: float) -> Pooled:
    """Return the engine's own answer in two steps, with its effects and weights."""
    found = effects(
        studies.events, studies.totals, way.scale, way.correction, way.amount, way.convention
    )
    plan = Plan(way.tau2, way.interval, way.safeguard, way.prediction, level)
    return pool_effects(found, plan)


def _in_two(studies: Studies, way: TwoStep, level: float) -> PooledRate:
    pooled = two_step(studies, way, level)
    rates, spread = pooled.rates(), pooled.heterogeneity
    limits, empty = two_step_limits(pooled, level)
    said = [*pooled.messages, *empty, *([TYPICAL_ONLY] if pooled.estimand == "typical" else [])]
    if way.interval != "hartung-knapp" and way.safeguard != "none":
        said.append(UNGUARDED)
    return PooledRate(
        estimand="average" if pooled.estimand == "average" else "typical",
        estimate=float(rates.estimate),
        ci_low=float(rates.ci_low),
        ci_high=float(rates.ci_high),
        prediction_low=float(rates.prediction_low),
        prediction_high=float(rates.prediction_high),
        transformed=_transformed(pooled),
        scale=way.scale,
        interval=way.interval,
        level=level,
        se=float(pooled.se),
        tau2=float(pooled.tau2),
        rho=NOTHING,
        i2=float(spread.i2),
        h2=float(spread.h2),
        spread=limits,
        q=float(spread.q),
        q_df=float(spread.df),
        q_p_value=float(spread.p_value),
        k=studies.k,
        used=int(pooled.effects.count),
        phantom_events=float(pooled.effects.phantom_events),
        corrected_weight=float(pooled.corrected_weight),
        other=None,
        messages=tuple(said),
    )


def _transformed(pooled: Pooled) -> Transformed:
    return Transformed(
        float(pooled.estimate),
        float(pooled.ci_low),
        float(pooled.ci_high),
        float(pooled.prediction_low),
        float(pooled.prediction_high),
    )


def _in_one(studies: Studies, way: OneStep, level: float) -> PooledRate:
    fit = fit_one_step(
        studies, "binomial-normal" if way.model == "glmm" else "beta-binomial", level=level
    )
    return one_step_rate(fit, way, "typical" if way.model == "glmm" else "average")


@dataclass(frozen=True, slots=True)
class _Ends:
    low: float
    high: float
    kind: str


def one_step_rate(fit: OneStepFit, way: OneStep, estimand: RateName) -> PooledRate:
    """Return one of the two rates of a fit as a pooled rate, the other one beside it."""
    mine, other = fit.average, fit.typical
    if estimand == "typical":
        mine, other = other, mine
    ends, beside = _ends(mine, way), _ends(other, way)
    new = predict_new_study(fit, rule=way.prediction)
    rates = (mine.estimate, ends.low, ends.high, new.low, new.high)
    normal = fit.heterogeneity.parameter == "tau2"
    spread = fit.heterogeneity.estimate
    return PooledRate(
        estimand,
        *rates,
        transformed=Transformed(*(float(logit(rate)) for rate in rates)),
        scale="logit",
        interval=ends.kind,
        level=fit.level,
        se=NOTHING if mine.se_logit is None else mine.se_logit,
        tau2=spread if normal else NOTHING,
        rho=NOTHING if normal else spread,
        i2=NOTHING,
        h2=NOTHING,
        spread=one_step_limits(fit.heterogeneity, wald=way.interval == "z"),
        q=NOTHING,
        q_df=NOTHING,
        q_p_value=NOTHING,
        k=fit.k,
        used=fit.k,
        phantom_events=0.0,
        corrected_weight=0.0,
        other=OtherRate(other.estimand, other.estimate, beside.low, beside.high),
        messages=(*fit.messages, *new.messages),
    )


def _ends(rate: RateEstimate, way: OneStep) -> _Ends:
    """Return the interval asked for, or the exact one where there is no other that holds."""
    asked = rate.wald if way.interval == "z" else rate.profile
    kept: Limits | None = rate.exact or asked
    if kept is None:
        return _Ends(NOTHING, NOTHING, "none")
    side = "" if kept.side == "two-sided" else ", one-sided"
    return _Ends(kept.low, kept.high, f"{'z' if kept.kind == 'wald' else kept.kind}{side}")
