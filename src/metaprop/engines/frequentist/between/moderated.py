"""The variance between studies that moderators leave: the same eight estimators, p columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.between.iterations import TINY, scored, search
from metaprop.engines.frequentist.between.moments import divided, squares_around_mean
from metaprop.engines.frequentist.between.rows import spread_out
from metaprop.engines.frequentist.linear import LinearFit, linear_fit
from metaprop.engines.frequentist.options import Tau2Method, check_choice
from metaprop.engines.frequentist.weighing import dot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Moderated:
    """Data sets in rows with their columns: estimates, variances (N, k), design (N, k, p)."""

    estimate: Floats
    variance: Floats
    design: Floats
    count: Floats
    used: Bools

    @classmethod
    def of(cls, effects: Effects, design: Floats) -> tuple[Moderated, Bools]:
        """Lay out the data sets with more studies than columns; say which they are."""
        p, mask = design.shape[-1], effects.mask
        enough = effects.count > p
        columns = np.where(mask[..., None], design, 0.0)[enough]
        y, v = effects.estimate[enough], effects.variance[enough]
        return cls(y, v, columns, effects.count[enough], mask[enough]), enough

    def take(self, rows: Bools) -> Moderated:
        """Return some of the rows."""
        return Moderated(
            self.estimate[rows],
            self.variance[rows],
            self.design[rows],
            self.count[rows],
            self.used[rows],
        )

    def fit(self, tau2: Floats) -> tuple[Floats, LinearFit]:
        """Return the weights for a tau2 (N,), and the regression with them."""
        w = 1.0 / (self.variance + tau2[:, None])
        return w, linear_fit(self.estimate, w, self.design, self.count)

    def powers(self, w: Floats, fit: LinearFit, power: int) -> Floats:
        """Return A X'W^power X (N, p, p), A the inverse of X'WX."""
        weighed = self.design * (w**power)[..., None]
        cross = np.matmul(np.swapaxes(self.design, -1, -2), weighed)
        return np.asarray(np.matmul(fit.covariance, cross))


def moderated_tau2(effects: Effects, design: Floats, method: Tau2Method) -> Floats:
    """Return the variance between studies around a regression, shape (...).

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    design
        Columns of the regression, shape (k, p) or (..., k, p); one of ones alone gives the same as
        ``tau2``.
    method
        One of the eight estimators.

    Returns
    -------
    ndarray
        At least 0; NaN where there are no more studies than columns or the columns explain each
        other.
    """
    check_choice(method, Tau2Method, "tau2")
    rows, enough = Moderated.of(effects, design)
    if method == "sj":
        start = divided(squares_around_mean(effects), effects.count)[enough]
        found = start * _q_per_df(rows, start)
    elif method in {"he", "hs", "dl"}:
        found = _MOMENTS[method](rows)
    elif method in {"pm", "eb"}:
        found = search(rows, np.zeros(rows.count.shape), _q_step, rows.count - design.shape[-1])
    else:
        found = _climb(rows, restricted=method == "reml")
    lost = np.isnan(rows.fit(np.zeros(rows.count.shape))[1].q)
    return spread_out(np.where(lost, np.nan, found), enough)


def _q_per_df(rows: Moderated, tau2: Floats) -> Floats:
    fit = rows.fit(tau2)[1]
    return np.asarray(fit.q / fit.df)


def _trace(matrix: Floats) -> Floats:
    return np.asarray(np.trace(matrix, axis1=-2, axis2=-1))


def _dersimonian_laird(rows: Moderated) -> Floats:
    w, fit = rows.fit(np.zeros(rows.count.shape))
    spread = w.sum(axis=-1) - _trace(rows.powers(w, fit, 2))
    return np.maximum((fit.q - fit.df) / spread, 0.0)


def _hunter_schmidt(rows: Moderated) -> Floats:
    w, fit = rows.fit(np.zeros(rows.count.shape))
    return np.maximum((fit.q - rows.count) / w.sum(axis=-1), 0.0)


def _hedges(rows: Moderated) -> Floats:
    ones = rows.used.astype(np.float64)
    fit = linear_fit(rows.estimate, ones, rows.design, rows.count)
    leverage = dot(rows.design, np.matmul(rows.design, fit.covariance))
    within = np.where(rows.used, rows.variance, 0.0) * (1.0 - leverage)
    return np.maximum((fit.q - within.sum(axis=-1)) / fit.df, 0.0)


_MOMENTS: Mapping[str, Callable[[Moderated], Floats]] = {
    "dl": _dersimonian_laird,
    "hs": _hunter_schmidt,
    "he": _hedges,
}


def _q_step(rows: Moderated, tau2: Floats, aim: Floats) -> Floats:
    w, fit = rows.fit(tau2)
    wr = w * fit.residuals
    step = fit.q * (fit.q - aim) / (aim * np.maximum(dot(wr, wr), TINY))
    return np.asarray(np.nan_to_num(step), dtype=np.float64)


def _climb(rows: Moderated, *, restricted: bool) -> Floats:
    def step(part: Moderated, tau2: Floats, _aim: Floats) -> Floats:
        w, fit = part.fit(tau2)
        wr = w * fit.residuals
        across = np.matvec(np.swapaxes(part.design, -1, -2), w * wr)
        bend = 2.0 * (dot(wr * wr, w) - dot(across, np.matvec(fit.covariance, across)))
        slope, squares = w.sum(axis=-1), dot(w, w)
        information = squares
        if restricted:
            second = part.powers(w, fit, 2)
            slope = slope - _trace(second)
            information = information - 2.0 * _trace(part.powers(w, fit, 3))
            information = information + _trace(np.matmul(second, second))
        gain = dot(wr, wr) - slope
        return np.nan_to_num(scored(gain, information, bend - information, squares))

    start = np.nan_to_num(_hedges(rows))
    found = search(rows, start, step, start)
    nowhere = np.zeros(found.shape)
    low = _log_likelihood(rows, nowhere, restricted=restricted)
    high = _log_likelihood(rows, found, restricted=restricted)
    return np.where(low > high, 0.0, found)


def _log_likelihood(rows: Moderated, tau2: Floats, *, restricted: bool) -> Floats:
    w, fit = rows.fit(tau2)
    value = 0.5 * (np.log(np.where(rows.used, w, 1.0)).sum(axis=-1) - fit.q)
    if not restricted:
        return np.asarray(value)
    with np.errstate(invalid="ignore"):  # columns that explain each other: NaN
        return np.asarray(value + 0.5 * np.linalg.slogdet(fit.covariance)[1])
