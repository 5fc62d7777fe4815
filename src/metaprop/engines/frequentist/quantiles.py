"""Quantiles and tails of the normal, t and chi-squared distributions, for arrays and alone."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


LEAST_DF = 1e-9
"""Degrees of freedom below this are 0 but for rounding."""


@lru_cache(maxsize=4096)
def normal_width(level: float) -> float:
    """Return the normal quantile that leaves ``(1 - level) / 2`` above it."""
    return float(special.ndtri(0.5 + 0.5 * level))


@lru_cache(maxsize=4096)
def t_width(df: float, level: float) -> float:
    """Return the same of Student's t; NaN unless ``df`` is positive, normal where it is inf."""
    if not df > LEAST_DF:
        return float("nan")
    if np.isinf(df):
        return normal_width(level)
    return float(special.stdtrit(df, 0.5 + 0.5 * level))


def t_widths(df: Floats, level: float) -> Floats | float:
    """Return ``t_width`` of every degree of freedom; a float where all share one."""
    if df.ndim == 0:
        return t_width(float(df), level)
    values, place = np.unique(df, return_inverse=True)
    widths = np.array([t_width(float(value), level) for value in values])
    return widths[0] if values.size == 1 else widths[place].reshape(df.shape)


def chi2_tail(x: Floats, df: Floats) -> Floats:
    """Return P(chi-squared with ``df`` degrees of freedom > x); NaN without any."""
    return np.where(df > 0, special.chdtrc(np.maximum(df, 1.0), x), np.nan)


def chi2_quantiles(df: Floats, probability: float) -> Floats:
    """Return the quantile below which a chi-squared lies with a probability; NaN without df."""
    return np.where(df > 0, special.chdtri(np.maximum(df, 1.0), 1.0 - probability), np.nan)


def two_sided_normal(z: Floats) -> Floats:
    """Return the two-sided P of a standard normal statistic."""
    return np.asarray(2.0 * special.ndtr(-np.abs(z)))


def two_sided_t(t: Floats, df: Floats | float) -> Floats:
    """Return the two-sided P of a t statistic."""
    return np.asarray(2.0 * special.stdtr(df, -np.abs(t)))


def f_tail(x: Floats, numerator: float, denominator: Floats) -> Floats:
    """Return P(F > x); NaN without denominator degrees of freedom."""
    return np.asarray(special.fdtrc(numerator, denominator, x))
