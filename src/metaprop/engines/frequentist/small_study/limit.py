"""Limit meta-analysis: the rate of a study so large that small-study effects are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.options import Tau2Method, check_level
from metaprop.engines.frequentist.quantiles import normal_width
from metaprop.engines.frequentist.small_study.reasons import (
    FEW,
    LEAST,
    NO_SELECTION,
    SAME_SIZE,
    TOO_FEW,
    USUAL,
    constant,
    told,
)
from metaprop.engines.frequentist.weighing import weigh

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

LIMIT = Method(
    "limit meta-analysis",
    "The estimate was adjusted for small-study effects by limit meta-analysis (Rücker et al.).",
    "10.1093/biostatistics/kxq046",
)
OUTSIDE = (
    "The adjusted value lies outside the values of all studies: it is an extrapolation to a study "
    "that nobody has seen"
)


@dataclass(frozen=True, slots=True)
class LimitAnalysis:
    """A limit meta-analysis on the scale of the effects, shape (...) each.

    ``estimate`` is beta + tau alpha, with its interval; ``alpha`` the small-study effect and
    ``beta`` the slope of the radial plot. ``limits`` (..., k) are the studies' values if they were
    infinitely precise. ``q_small`` of ``q`` goes with small-study effects, ``q_residual`` does
    not; ``g2`` in [0, 1] is the heterogeneity left without them. NaN where there is no answer.
    """

    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    alpha: Floats
    beta: Floats
    q: Floats
    q_small: Floats
    q_residual: Floats
    g2: Floats
    limits: Floats
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radial:
    """The line through a radial plot: y / s against 1 / s, shape (...) each."""

    intercept: Floats
    slope: Floats
    left: Floats
    r2: Floats
    x_mean: Floats
    x_squares: Floats

    @classmethod
    def of(cls, y: Floats, w: Floats, used: NDArray[np.bool_]) -> Radial:
        """Fit the line for values with weights w = 1 / s^2."""
        count = used.sum(axis=-1)
        x = np.where(used, np.sqrt(w), 0.0)
        z = y * x
        x_mean, z_mean = x.sum(axis=-1) / count, z.sum(axis=-1) / count
        across = np.where(used, x - x_mean[..., None], 0.0)
        up = np.where(used, z - z_mean[..., None], 0.0)
        squares = np.vecdot(across, across)
        slope = np.vecdot(across, up) / squares
        left = np.vecdot(up, up) - slope * np.vecdot(across, up)
        return cls(
            z_mean - slope * x_mean,
            slope,
            np.maximum(left, 0.0),
            1.0 - left / np.vecdot(up, up),
            x_mean,
            squares,
        )


def limit_analysis(
    effects: Effects,
    tau2: Tau2Method = "reml",
    level: float = 0.95,
    *,
    between: ArrayLike | None = None,
) -> LimitAnalysis:
    """Return the limit meta-analysis of the studies.

    ``tau2`` names the estimator of the variance between studies; ``between``, shape (...), takes
    its place where it is given.

    Raises
    ------
    OptionError
        The estimator of tau2 or the level is not allowed.

    Notes
    -----
    With s^2 = v + tau2, alpha and beta are intercept and slope of y / s on 1 / s, and the value of
    an infinitely precise study is beta + tau alpha; its variance is that of the line with unit
    residuals (Rücker et al. 2011).
    """
    check_level(level)
    used, k = effects.mask, effects.count
    between = np.nan_to_num(estimate_tau2(effects, tau2) if between is None else between)
    few, same = k < LEAST, constant(effects.variance, used)
    valid = ~(few | same)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = 1.0 / (effects.variance + between[..., None])
        line = Radial.of(effects.estimate, weights, used)
        tau = np.sqrt(between)
        estimate = line.slope + tau * line.intercept
        mean_weight = np.where(used, weights, 0.0).sum(axis=-1) / k
        variance = 1.0 + between * mean_weight - 2.0 * tau * line.x_mean
        se = np.sqrt(variance / line.x_squares)
        shrunk = (tau[..., None] * np.sqrt(weights)) * (effects.estimate - line.slope[..., None])
        limits = line.slope[..., None] + shrunk
        g2 = 1.0 - Radial.of(limits, 1.0 / effects.variance, used).r2
        fixed = Radial.of(effects.estimate, 1.0 / effects.variance, used)
    q = weigh(effects).q
    half = normal_width(level) * se
    low = np.where(used, effects.estimate, np.inf).min(axis=-1)
    high = np.where(used, effects.estimate, -np.inf).max(axis=-1)
    said = [
        (TOO_FEW, few),
        (SAME_SIZE, same & ~few),
        (FEW, valid & (k < USUAL)),
        (OUTSIDE, valid & ((estimate < low) | (estimate > high))),
        (NO_SELECTION, valid),
    ]
    return LimitAnalysis(
        np.where(valid, estimate, np.nan),
        np.where(valid, se, np.nan),
        np.where(valid, estimate - half, np.nan),
        np.where(valid, estimate + half, np.nan),
        np.where(valid, line.intercept, np.nan),
        np.where(valid, line.slope, np.nan),
        np.where(valid, q, np.nan),
        np.where(valid, q - fixed.left, np.nan),
        np.where(valid, fixed.left, np.nan),
        np.where(valid, g2, np.nan),
        np.where(valid[..., None] & used, limits, np.nan),
        told(said),
    )
