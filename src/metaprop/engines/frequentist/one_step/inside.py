"""Intervals around a best fit that lies inside, or at a common rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import expit
from metaprop.engines.frequentist.one_step.family import joint_tangent
from metaprop.engines.frequentist.one_step.limits import rate_limits
from metaprop.engines.frequentist.one_step.rates import rate_logit, rate_slopes
from metaprop.engines.frequentist.one_step.records import (
    Heterogeneity,
    Limits,
    LogOdds,
    RateEstimate,
)
from metaprop.engines.frequentist.one_step.region import Regions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Family
    from metaprop.engines.frequentist.one_step.rates import RateName
    from metaprop.engines.frequentist.one_step.records import Distribution, OneStepFit
    from metaprop.engines.frequentist.one_step.region import Ranges

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


def answer_inside(
    family: Family, bare: Sequence[OneStepFit], crude: Floats, distribution: Distribution
) -> tuple[OneStepFit, ...]:
    """Return the answers of B regular data sets.

    Parameters
    ----------
    family
        Their likelihoods.
    bare
        Their best fits, without answers, all by one model at one level.
    crude
        The logits of their pooled rates, shape ``(B,)``.
    distribution
        Of Wald intervals.
    """
    location = np.array([fit.location.estimate for fit in bare])
    spread = np.array([fit.spread for fit in bare])
    best = family(np.arange(spread.size), location, spread)
    drop = 0.5 * quantile("normal", 0, bare[0].level) ** 2
    regions = Regions(family, bare[0].model, crude, best.value - drop)
    spreads = regions.spread_ranges(location, spread)
    rates = dict(zip(NAMES, rate_limits(regions, spreads, NAMES), strict=True))
    hessian = joint_tangent(best).hessian

    def answers(row: int) -> OneStepFit:
        limits = {name: _row(ranges, row) for name, ranges in rates.items()}
        covariance = _covariance(-hessian[row], float(spread[row]))
        return Answers(bare[row], covariance, limits, _row(spreads, row), distribution).fit()

    return tuple(answers(row) for row in range(spread.size))


def _row(ranges: Ranges, row: int) -> Range:
    return Range(float(ranges.low[row]), float(ranges.high[row]))


def _covariance(information: Floats, spread: float) -> Floats:
    """Return the inverse of the observed information (2, 2) of (location, spread).

    At spread 0 the spread has none (its slope there is 0 whatever the data): the location's
    alone, which is that of the common rate.
    """
    if spread == 0.0:
        return np.diag([1.0 / information[0, 0], 0.0])
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Range:
    """Two ends of a range."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What the answers of one regular data set are made of.

    ``covariance`` (2, 2) is that of (location, spread); ``limits`` are those of the log-odds of
    each rate by the profile likelihood, ``spreads`` those of the spread.
    """

    bare: OneStepFit
    covariance: Floats
    limits: Mapping[RateName, Range]
    spreads: Range
    distribution: Distribution

    def fit(self) -> OneStepFit:
        """Return the fit with all its answers."""
        messages = self.bare.messages
        if self.bare.spread == 0.0:
            messages = (*messages, NO_HETEROGENEITY)
        own: RateName = "typical" if self.bare.model == "binomial-normal" else "average"
        return replace(
            self.bare,
            location=self._location(self.limits[own]),
            average=self._rate("average"),
            typical=self._rate("typical"),
            heterogeneity=self._heterogeneity(),
            messages=messages,
        )

    def _wald(self, centre: float, se: float) -> Limits:
        reach = quantile(self.distribution, self.bare.k - 1, self.bare.level) * se
        return Limits(centre - reach, centre + reach, self.bare.level, "wald")

    def _location(self, profile: Range) -> LogOdds:
        centre, se = self.bare.location.estimate, float(np.sqrt(self.covariance[0, 0]))
        limits = Limits(profile.low, profile.high, self.bare.level, "profile")
        return LogOdds(centre, se, self._wald(centre, se), limits)

    def _rate(self, name: RateName) -> RateEstimate:
        """Return a rate with its intervals, found on its log-odds."""
        at = np.array([self.bare.location.estimate]), np.array([self.bare.spread])
        centre = float(rate_logit(self.bare.model, name, *at)[0])
        slopes = rate_slopes(self.bare.model, name, *at)
        along = np.array([slopes.by_location[0], slopes.by_spread[0]])
        se = float(np.sqrt(along @ self.covariance @ along))
        profile = self.limits[name]
        wald = _as_rates(self._wald(centre, se))
        limits = Limits(profile.low, profile.high, self.bare.level, "profile")
        return RateEstimate(name, float(expit(centre)), se, wald, _as_rates(limits))

    def _heterogeneity(self) -> Heterogeneity:
        """Return tau2 or rho with its intervals; Wald's is cut off at 0."""
        normal, level = self.bare.model == "binomial-normal", self.bare.level

        def scaled(spread: float) -> float:
            return spread**2 if normal else spread**2 / (1.0 + spread**2)

        ends = scaled(self.spreads.low), scaled(self.spreads.high)
        profile = Limits(*ends, level, "profile")
        parameter, spread = self.bare.heterogeneity.parameter, self.bare.spread
        if spread == 0.0:
            return Heterogeneity(parameter, 0.0, None, None, profile)
        slope = 2.0 * spread if normal else 2.0 * spread / (1.0 + spread**2) ** 2
        estimate, se = scaled(spread), slope * float(np.sqrt(self.covariance[1, 1]))
        reach = self._wald(estimate, se)
        top = np.inf if normal else 1.0
        wald = replace(reach, low=max(reach.low, 0.0), high=min(reach.high, top))
        return Heterogeneity(parameter, estimate, se, wald, profile)


def _as_rates(limits: Limits) -> Limits:
    return replace(limits, low=float(expit(limits.low)), high=float(expit(limits.high)))
