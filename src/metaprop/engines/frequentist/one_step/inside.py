"""Intervals around a best fit that lies inside, or at a common rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import expit
from metaprop.engines.frequentist.one_step.family import joint_tangent
from metaprop.engines.frequentist.one_step.rates import rate_logit, rate_slopes
from metaprop.engines.frequentist.one_step.records import (
    Heterogeneity,
    Limits,
    LogOdds,
    RateEstimate,
)
from metaprop.engines.frequentist.one_step.region import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Family
    from metaprop.engines.frequentist.one_step.rates import RateName
    from metaprop.engines.frequentist.one_step.records import Distribution, OneStepFit
    from metaprop.engines.frequentist.one_step.region import Range

    Floats = NDArray[np.float64]

NO_HETEROGENEITY = (
    "The likelihood is highest where the studies share one rate: average and typical rate "
    "coincide. With few or small studies this is no evidence that studies do not differ; see the "
    "upper limit of the heterogeneity."
)
NAMES: tuple[RateName, RateName] = ("average", "typical")


def quantile(distribution: Distribution, df: int, level: float) -> float:
    """Return the quantile that a two-sided interval reaches, normal or t with ``df``."""
    upper = 0.5 + 0.5 * level
    found = special.ndtri(upper) if distribution == "normal" else special.stdtrit(df, upper)
    return float(found)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one regular data set; ``crude`` is the logit of its pooled rate."""

    family: Family
    bare: OneStepFit
    crude: float
    distribution: Distribution

    def fit(self) -> OneStepFit:
        """Return the fit with all its answers."""
        covariance = self._covariance()
        region = self._region()
        limits = dict(zip(NAMES, region.limits(NAMES), strict=True))
        rates = {name: self._rate(name, covariance, limits[name]) for name in NAMES}
        messages = self.bare.messages
        if self.bare.spread == 0.0:
            messages = (*messages, NO_HETEROGENEITY)
        own: RateName = "typical" if self.bare.model == "binomial-normal" else "average"
        return replace(
            self.bare,
            location=self._location(covariance, limits[own]),
            average=rates["average"],
            typical=rates["typical"],
            heterogeneity=self._heterogeneity(covariance, region.spreads),
            messages=messages,
        )

    @property
    def _at(self) -> tuple[Floats, Floats]:
        return np.array([self.bare.location.estimate]), np.array([self.bare.spread])

    def _covariance(self) -> Floats:
        """Return the inverse of the observed information of (location, spread).

        At spread 0 the spread has none (its slope there is 0 whatever the data): the location's
        alone, which is that of the common rate.
        """
        tangent = joint_tangent(self.family(np.zeros(1, dtype=np.int64), *self._at))
        information = -tangent.hessian[0]
        if self.bare.spread == 0.0:
            return np.diag([1.0 / information[0, 0], 0.0])
        return np.asarray(np.linalg.inv(information), dtype=np.float64)

    def _region(self) -> Region:
        """Return the region of the profile-likelihood intervals, judged by chi-square (1 df)."""
        location, spread = self._at
        value = self.family(np.zeros(1, dtype=np.int64), location, spread).value
        best = np.concatenate([location, spread, value])
        drop = 0.5 * quantile("normal", 0, self.bare.level) ** 2
        return Region.of(self.family, self.bare.model, self.crude, best, drop)

    def _wald(self, centre: float, se: float) -> Limits:
        reach = quantile(self.distribution, self.bare.k - 1, self.bare.level) * se
        return Limits(centre - reach, centre + reach, self.bare.level, "wald")

    def _location(self, covariance: Floats, profile: Range) -> LogOdds:
        centre, se = self.bare.location.estimate, float(np.sqrt(covariance[0, 0]))
        limits = Limits(profile.low, profile.high, self.bare.level, "profile")
        return LogOdds(centre, se, self._wald(centre, se), limits)

    def _rate(self, name: RateName, covariance: Floats, profile: Range) -> RateEstimate:
        """Return a rate with its intervals, found on its log-odds."""
        centre = float(rate_logit(self.bare.model, name, *self._at)[0])
        slopes = rate_slopes(self.bare.model, name, *self._at)
        along = np.array([slopes.by_location[0], slopes.by_spread[0]])
        se = float(np.sqrt(along @ covariance @ along))
        wald = _as_rates(self._wald(centre, se))
        limits = Limits(profile.low, profile.high, self.bare.level, "profile")
        return RateEstimate(name, float(expit(centre)), se, wald, _as_rates(limits))

    def _heterogeneity(self, covariance: Floats, spreads: Range) -> Heterogeneity:
        """Return tau2 or rho with its intervals; Wald's is cut off at 0."""
        normal, level = self.bare.model == "binomial-normal", self.bare.level

        def scaled(spread: float) -> float:
            return spread**2 if normal else spread**2 / (1.0 + spread**2)

        profile = Limits(scaled(spreads.low), scaled(spreads.high), level, "profile")
        parameter, spread = self.bare.heterogeneity.parameter, self.bare.spread
        if spread == 0.0:
            return Heterogeneity(parameter, 0.0, None, None, profile)
        slope = 2.0 * spread if normal else 2.0 * spread / (1.0 + spread**2) ** 2
        estimate, se = scaled(spread), slope * float(np.sqrt(covariance[1, 1]))
        reach = self._wald(estimate, se)
        top = np.inf if normal else 1.0
        wald = replace(reach, low=max(reach.low, 0.0), high=min(reach.high, top))
        return Heterogeneity(parameter, estimate, se, wald, profile)


def _as_rates(limits: Limits) -> Limits:
    return replace(limits, low=float(expit(limits.low)), high=float(expit(limits.high)))
