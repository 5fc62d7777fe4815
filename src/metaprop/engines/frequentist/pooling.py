"""Random effects in two steps: estimates of the studies, then their weighted mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.heterogeneity import Heterogeneity, heterogeneity
from metaprop.engines.frequentist.honesty import messages_of
from metaprop.engines.frequentist.mean_interval import (
    Spread,
    classic,
    mean_spread,
    new_study_spread,
)
from metaprop.engines.frequentist.options import check_level
from metaprop.engines.frequentist.plan import DEFAULT_PLAN, Plan
from metaprop.engines.frequentist.quantiles import normal_width, two_sided_normal
from metaprop.engines.frequentist.rates import Rates, rates_of
from metaprop.engines.frequentist.weighing import ZERO, Weighed, dot, quiet, weigh

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.options import SizeMean

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled estimate with its intervals, on the scale of the effects, shape (...) each.

    ``estimate`` is the mean of the studies' values, the limits of ``ci`` and ``prediction`` those
    of the plan; ``rates`` turns all of them into proportions. ``spread`` holds the standard error
    and degrees of freedom of the mean, ``new`` those that the prediction interval builds on.
    ``tau2`` is NaN for one study, where it cannot be estimated (and is pooled as 0). A number that
    does not exist is NaN, and ``messages`` says why.
    """

    effects: Effects
    plan: Plan
    tau2: Floats
    weighed: Weighed
    heterogeneity: Heterogeneity
    spread: Spread
    new: Spread
    ci_low: Floats
    ci_high: Floats
    prediction_low: Floats
    prediction_high: Floats

    @property
    def estimate(self) -> Floats:
        """The pooled mean on the scale, shape (...)."""
        return self.weighed.mean

    @property
    def se(self) -> Floats:
        """Its standard error, by the plan's interval, shape (...)."""
        return self.spread.se

    @property
    def weights(self) -> Floats:
        """Each study's share of the mean, shape (..., k), adding up to 1."""
        with quiet():
            return self.weighed.weights / self.weighed.total[..., None]

    @property
    def corrected_weight(self) -> Floats:
        """The share of the mean that studies with added counts carry, in [0, 1], shape (...)."""
        return np.where(self.effects.corrected, self.weights, 0.0).sum(axis=-1)

    @property
    def estimand(self) -> str:
        """What is estimated: the average rate on the raw scale, else the typical (median) one."""
        return "average" if self.effects.scale == "raw" else "typical"

    @property
    def p_value(self) -> Floats:
        """Two-sided P that the mean on the scale is 0 (a rate of 50 % on the logit), shape (...).

        Of the normal statistic: kept for comparison, of no interest for a rate.
        """
        return two_sided_normal(self.estimate / self.spread.se)

    def rates(self, at: SizeMean = "harmonic") -> Rates:
        """Return the estimate and its intervals as proportions in [0, 1].

        ``at`` is the size of study for Freeman-Tukey; the other scales need none.
        """
        limits = (self.ci_low, self.ci_high, self.prediction_low, self.prediction_high)
        return rates_of(self.effects, self.estimate, limits, at)

    @property
    def messages(self) -> tuple[str, ...]:
        """What a reader must know before trusting the numbers; empty where nothing is odd."""
        half_width = 0.5 * (self.ci_high - self.ci_low)
        return messages_of(self.effects, self.plan, self.weighed, half_width, self.rates())


def pool(effects: Effects, plan: Plan = DEFAULT_PLAN, *, tau2: ArrayLike | None = None) -> Pooled:
    """Return the random-effects mean of the studies, its intervals and their heterogeneity.

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    plan
        Estimator of tau2, intervals, level.
    tau2
        A variance between studies to be used instead of an estimate, shape (...) or a number; 0
        gives the common-effect mean.

    Raises
    ------
    OptionError
        A ``tau2`` that is given is negative, or no finite number.

    Notes
    -----
    The mean is sum(w y) / sum(w) with w = 1 / (v + tau2); the intervals are those of ``Plan``.
    """
    if tau2 is None:
        between = estimate_tau2(effects, plan.tau2)
    else:
        between = _held(tau2, effects.count.shape)
    fixed = weigh(effects, ZERO)
    known = between if (between >= 0.0).all() else np.nan_to_num(between)
    weighed = weigh(effects, known) if known.any() else fixed
    usual = classic(weighed)
    spread = mean_spread(effects, weighed, plan, usual)
    base = new_study_spread(effects, weighed, (usual, spread), plan.prediction)
    half = spread.half_width(plan.level)
    new = Spread(np.sqrt(base.se * base.se + between), base.df)
    reach = new.half_width(plan.level)
    mean = weighed.mean
    return Pooled(
        effects,
        plan,
        between,
        weighed,
        heterogeneity(effects, between, fixed),
        spread,
        new,
        mean - half,
        mean + half,
        mean - reach,
        mean + reach,
    )


def _held(tau2: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Return a variance between studies that was given, checked, in the shape of the data sets."""
    held = np.asarray(tau2, dtype=np.float64)
    if not ((held >= 0.0) & (held < np.inf)).all():
        remedy = "Give a finite number that is not negative"
        raise OptionError(Problem(f"{held.tolist()} is no variance", "tau2", remedy))
    return np.broadcast_to(held, shape)


@dataclass(frozen=True, slots=True)
class Common:
    """The common-effect mean with its interval, on the scale, shape (...) each.

    ``se`` is the classic one, or, for ``ivhet``, the one that allows for differences between
    studies without changing the weights.
    """

    effects: Effects
    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats

    def rates(self, at: SizeMean = "harmonic") -> Rates:
        """Return estimate and interval as proportions; there is no prediction interval."""
        nothing = np.full(self.estimate.shape, np.nan)
        limits = (self.ci_low, self.ci_high, nothing, nothing)
        return rates_of(self.effects, self.estimate, limits, at)


def common_effect(effects: Effects, level: float = 0.95) -> Common:
    """Return the mean weighed by 1 / v, as if all studies had one rate."""
    weighed = weigh(effects, ZERO)
    return _common(effects, weighed, classic(weighed).se, level)


def ivhet(effects: Effects, tau2: Floats, level: float = 0.95) -> Common:
    """Return the common-effect mean with a standard error that allows for heterogeneity.

    Notes
    -----
    The variance is sum(w^2 (v + tau2)) / sum(w)^2 with w = 1 / v (Doi et al. 2015,
    10.1016/j.cct.2015.05.009).
    """
    weighed = weigh(effects, ZERO)
    w = weighed.weights
    with quiet():
        se = np.sqrt((weighed.total + tau2 * dot(w, w)) / weighed.total**2)
    return _common(effects, weighed, se, level)


def _common(effects: Effects, weighed: Weighed, se: Floats, level: float) -> Common:
    check_level(level)
    half = se * normal_width(level)
    return Common(effects, weighed.mean, se, weighed.mean - half, weighed.mean + half)
