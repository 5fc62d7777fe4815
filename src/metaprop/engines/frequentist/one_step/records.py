"""What a one-step fit returns: every number with its estimand, every interval with its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.core.methods import Method

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.maximum import State
    from metaprop.engines.frequentist.one_step.rates import RateName

LimitsKind = Literal["wald", "profile", "exact"]
Side = Literal["two-sided", "upper", "lower"]
Distribution = Literal["normal", "t"]

WALD = Method(
    "Wald interval",
    "Wald intervals were taken on the log-odds scale, with standard errors from the observed "
    "information.",
)
PROFILE = Method(
    "profile-likelihood interval",
    "Intervals hold the values that the profile likelihood does not reject.",
    "10.2307/2347496",
)
EXACT = Method(
    "Clopper-Pearson interval",
    "Where heterogeneity could not be estimated, the interval is exact binomial "
    "(Clopper-Pearson) under a common rate.",
    "10.1093/biomet/26.4.404",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """A confidence interval from ``low`` to ``high``, on the scale of its quantity.

    ``level`` is its nominal coverage in (0, 1). With ``side`` ``"upper"`` or ``"lower"`` only that
    limit says something, at the whole of the level; the other end is the end of the scale.
    """

    low: float
    high: float
    level: float
    kind: LimitsKind
    side: Side = "two-sided"


@dataclass(frozen=True, slots=True)
class LogOdds:
    """The location that a model is fitted in, on the log-odds scale.

    mu (binomial-normal: the log-odds of the typical rate) or logit m (beta-binomial: of the
    average rate). ``se`` is from the observed information, the heterogeneity estimated with it:
    what glmer and rma.glmm report too, rma.glmm from a likelihood that is off in the fourth digit.
    Infinite or NaN where there is no such estimate; intervals are then None.
    """

    estimate: float
    se: float | None
    wald: Limits | None
    profile: Limits | None


@dataclass(frozen=True, slots=True)
class RateEstimate:
    """A rate as a proportion in [0, 1]; NaN where the data do not tell it.

    ``estimand`` is ``average`` (mean rate over the population of studies) or ``typical`` (rate of
    the median study). ``se_logit`` is the standard error of its log-odds, by the delta method;
    ``exact`` is there where the heterogeneity could not be estimated.
    """

    estimand: RateName
    estimate: float
    se_logit: float | None
    wald: Limits | None
    profile: Limits | None
    exact: Limits | None = None


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How much studies differ: tau2 in [0, inf] (log-odds scale), or rho in [0, 1].

    NaN where the data do not tell it. ``se`` and ``wald`` are None at the ends of the scale.
    """

    parameter: Literal["tau2", "rho"]
    estimate: float
    se: float | None
    wald: Limits | None
    profile: Limits | None


@dataclass(frozen=True, slots=True)
class OneStepFit:
    """A one-step model fitted to one outcome by maximum likelihood.

    ``state`` says which kind of table it was (see ``maximum``); ``spread`` is the heterogeneity on
    the scale of the fit (tau, or the square root of ``rho / (1 - rho)``). Log likelihoods include
    the binomial coefficients; ``log_likelihood_common`` is that of a common rate. ``messages``
    are plain sentences on what the data cannot tell.
    """

    model: Model
    state: State
    k: int
    patients: int
    location: LogOdds
    spread: float
    average: RateEstimate
    typical: RateEstimate
    heterogeneity: Heterogeneity
    log_likelihood: float
    log_likelihood_common: float
    level: float
    methods: tuple[Method, ...]
    messages: tuple[str, ...]
