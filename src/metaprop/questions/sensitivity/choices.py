"""The priors that could have been chosen, the same questions in both families.

Heterogeneity is told by ``tau`` in the logit-normal and by ``rho`` in the beta-binomial. Each prior
on ``tau`` has its counterpart ``rho ~ Beta(1, b)``: around a rate of 50 %, the standard deviation
of the studies' rates has the same median under both. What is matched is that median alone; the
tails are not, and away from 50 % the two spread the studies differently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.assumptions.model import with_prior
from metaprop.assumptions.priors import Prior
from metaprop.core.methods import Method
from metaprop.core.scales import expit
from metaprop.questions.sensitivity.distance import prior_distance
from metaprop.questions.sensitivity.records import PriorChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import Model, ParameterPrior
    from metaprop.questions.sensitivity.records import Part
    from metaprop.questions.thresholds import Side

TURNER = Method(
    "Empirical heterogeneity prior of Turner et al.",
    "As one choice among others the heterogeneity had the empirical prior of Turner et al. for a "
    "general setting, log-normal(-2.56, 1.74^2) on tau^2, which was made for log odds ratios of "
    "two arms and not for the log odds of one.",
    "10.1002/sim.6381",
)
TURNER_LOG_TAU2 = (-2.56, 1.74)
"""Mean and standard deviation of log tau^2 in a general setting: Turner et al. 2015, p. 993, as the
R package bayesmeta has them."""
SAME = 0.1
"""A model's own prior this close (Hellinger) to a usual choice stands in its place."""
WORTH = 10.0
"""Patients that a sceptical or an optimistic prior on the rate is worth: alpha + beta."""
SCEPTICAL, OPTIMISTIC = 0.05, 0.5
"""Prior probability that the rate is on the good side of the main threshold."""
DIGITS = 3
"""Significant digits of parameters that were worked out: what is printed is what was used."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A choice with its prior, ready to be put into a model."""

    choice: PriorChoice
    prior: Prior | None

    def put_into(self, model: Model) -> Model:
        """Return the model with this prior; unchanged where there is none to change."""
        if self.prior is None or self.choice.default:
            return model
        return with_prior(model, self.choice.parameter, self.prior, reason=self.choice.reason)


def spread_alternatives(model: Model) -> tuple[Alternative, ...]:
    """Return the heterogeneity priors, the model's own among them; one without prior if none."""
    own = model.heterogeneity
    if own is None:
        choice = PriorChoice("none", "heterogeneity", "", "one common rate", "", "", default=True)
        return (Alternative(choice, None),)
    named = _tau_priors()
    usual = [_spread(model, key, prior, why) for key, (prior, why) in named.items()]
    return _with_own(own, "heterogeneity", usual)


def location_alternatives(
    model: Model, threshold: float | None, side: Side
) -> tuple[Alternative, ...]:
    """Return the location priors, the model's own among them.

    ``threshold`` (a rate in (0, 1)) and its good ``side`` make the sceptical and the optimistic
    prior; None leaves them out.
    """
    log_odds, rate = _location_names(model)
    uniform = Prior.of("beta", alpha=1.0, beta=1.0)
    usual = [_alternative("uniform", "location", rate, uniform, "No rate is favoured.")]
    for scale in (1.5, 2.5, 10.0):
        prior = Prior.of("normal", location=0.0, scale=scale)
        why = "A usual choice on the log odds; it pulls towards 50 %, the less the wider it is."
        usual.append(_alternative(f"normal_{scale:g}", "location", log_odds, prior, why))
    if threshold is not None:
        for name, chance in (("sceptical", SCEPTICAL), ("optimistic", OPTIMISTIC)):
            usual.append(_opinion(name, chance, rate, threshold, side))
    return _with_own(model.location, "location", usual)


def _location_names(model: Model) -> tuple[str, str]:
    """Return what a family calls its location on the log odds and as a rate."""
    return ("mu", "typical") if model.family == "logit-normal" else ("logit_average", "average")


def _tau_priors() -> dict[str, tuple[Prior, str]]:
    """Return the priors on tau by id, each with its reason."""
    mean, sd = TURNER_LOG_TAU2
    found = {
        f"half_normal_{scale:g}": (
            Prior.of("half_normal", scale=scale),
            "Half-normal: light tail, no heterogeneity possible.",
        )
        for scale in (0.25, 0.5, 1.0, 2.0)
    }
    for scale in (0.5, 1.0):
        why = "Half-Cauchy: large heterogeneity stays possible."
        found[f"half_cauchy_{scale:g}"] = (Prior.of("half_cauchy", scale=scale), why)
    why = "Exponential with mean 1: more mass near no heterogeneity."
    found["exponential_1"] = (Prior.of("exponential", rate=1.0), why)
    found["uniform_5"] = (
        Prior.of("uniform", low=0.0, high=5.0),
        "Uniform from 0 to 5: mostly more heterogeneity than anybody expects.",
    )
    why = (
        "Turner et al. 2015, general setting; made for log odds ratios, not for the log odds of "
        "one arm: shown for comparison, not a recommendation."
    )
    found["turner"] = (Prior.of("log_normal", location=mean / 2.0, scale=sd / 2.0), why)
    return found


def _spread(model: Model, key: str, prior: Prior, why: str) -> Alternative:
    if model.family == "logit-normal":
        found = _alternative(key, "heterogeneity", "tau", prior, why)
        return _named(found, "Turner") if key == "turner" else found
    matched = matched_rho(prior)
    reason = f"Matched to tau ~ {short(prior)}: same median spread of the rates around 50 %. {why}"
    return _alternative(key, "heterogeneity", "rho", matched, reason)


def matched_rho(tau: Prior) -> Prior:
    """Return ``Beta(1, b)`` on rho that spreads the rates around 50 % as a prior on tau does.

    The standard deviation of the rates increases with tau and with rho, so that its medians agree
    where ``rho / 4 = Var[expit(N(0, tau^2))]`` at the two medians.
    """
    rho = 4.0 * rate_variance(float(tau.quantile(0.5)))
    return Prior.of("beta", alpha=1.0, beta=_rounded(math.log(0.5) / math.log1p(-rho)))


@cache
def rate_variance(tau: float) -> float:
    """Return the variance of ``expit(N(0, tau^2))``, whose mean is one half."""
    z = np.linspace(-9.0, 9.0, 3601)
    weight = np.exp(-0.5 * z * z)
    return float(weight @ (expit(tau * z) - 0.5) ** 2 / weight.sum())


def _opinion(name: str, chance: float, rate: str, threshold: float, side: Side) -> Alternative:
    """Return the beta prior that gives the good side of a threshold a probability."""
    below = 1.0 - chance if side == "above" else chance
    low, high = 0.0, WORTH
    for _ in range(200):  # the cdf at a threshold falls as alpha grows
        alpha = 0.5 * (low + high)
        if special.betainc(alpha, WORTH - alpha, threshold) > below:
            low = alpha
        else:
            high = alpha
    alpha = min(max(_rounded(alpha), 1e-3), WORTH - 1e-3)
    prior = Prior.of("beta", alpha=alpha, beta=round(WORTH - alpha, 10))
    why = (
        f"{name.capitalize()}: worth {WORTH:g} patients, with a probability of {100 * chance:g} % "
        f"{side} {100 * threshold:g} %."
    )
    return _named(_alternative(name, "location", rate, prior, why), name)


def _named(found: Alternative, name: str) -> Alternative:
    """Return a choice whose label begins with a name that people know it by."""
    return replace(found, choice=replace(found.choice, label=f"{name}: {found.choice.label}"))


def _alternative(key: str, part: Part, parameter: str, prior: Prior, why: str) -> Alternative:
    label = short(prior)
    if part == "location":
        label = f"{label} on the {'log odds' if parameter in {'mu', 'logit_average'} else 'rate'}"
    full = f"{parameter}: {prior.prose()}"
    return Alternative(PriorChoice(key, part, parameter, label, full, why, default=False), prior)


def _with_own(
    own: ParameterPrior, part: Part, usual: Sequence[Alternative]
) -> tuple[Alternative, ...]:
    """Return the choices with the model's own: in place of one that is as good as the same."""
    mine = _alternative("own", part, own.parameter, own.prior, own.reason)
    distances = [_distance(own, other) for other in usual]
    nearest = int(np.argmin(distances))
    key = usual[nearest].choice.id if distances[nearest] < SAME else "own"
    mine = replace(mine, choice=replace(mine.choice, id=key, default=True))
    if key == "own":
        return (mine, *usual)
    return (*usual[:nearest], mine, *usual[nearest + 1 :])


def _distance(own: ParameterPrior, other: Alternative) -> float:
    assert other.prior is not None  # noqa: S101 - only a common rate has none, and no choice
    theirs = replace(own, parameter=other.choice.parameter, prior=other.prior)
    return prior_distance(own, theirs)


def short(prior: Prior) -> str:
    """Return a prior as its name and numbers, such as ``half-normal(0.5)``."""
    names = {"normal": "N", "beta": "Beta", "half_cauchy": "half-Cauchy", "student_t": "t"}
    name = names.get(prior.distribution, prior.distribution.replace("_", "-"))
    if prior.distribution == "beta" and set(prior.parameters.values()) == {1.0}:
        return "uniform"
    values = ", ".join(f"{value:.4g}" for value in prior.parameters.values())
    return f"{name}({values})" + (" truncated" if prior.truncated else "")


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
