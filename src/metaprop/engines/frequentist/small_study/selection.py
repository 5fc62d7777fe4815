"""Copas' selection model at one strength of selection: its likelihood and its maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import log_ndtr, ndtr

from metaprop.engines.frequentist.small_study.bounded_descent import Minimum, minimise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_ARGUMENT = -37.0
"""Below it the normal distribution function is 0 in doubles."""
HALF_LOG_TAU = 0.5 * np.log(2.0 * np.pi)
PROBE = 1e-3
"""Half the width of difference quotients: that of R's ``optim``."""
UNKNOWN = 1e-9
"""A parameter with less information than this share of the mean's says nothing."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Studies and how they are selected: published with probability Phi(gamma0 + gamma1 / s).

    ``estimate`` and ``se`` (k,) are on the scale; ``argument`` (k,) is gamma0 + gamma1 / s and
    ``share`` (k,) how far selection shrinks a variance; ``bound`` limits the correlation rho of
    an estimate with its chance of being published.
    """

    estimate: Floats
    se: Floats
    argument: Floats
    share: Floats
    bound: float

    @classmethod
    def of(cls, studies: tuple[Floats, Floats], gammas: tuple[float, float], bound: float) -> Self:
        """Return the selection of studies (estimates, standard errors) at two gammas."""
        estimate, se = studies
        u = gammas[0] + gammas[1] / se
        mills = np.exp(-0.5 * u * u - HALF_LOG_TAU - log_ndtr(u))
        return cls(estimate, se, u, mills * (u + mills), bound)

    @property
    def unpublished(self) -> float:
        """How many studies like these were not published, by the model."""
        chance = ndtr(self.argument)
        return float(np.sum((1.0 - chance) / chance))

    def minus_log_likelihood(self, point: Floats) -> tuple[float, Floats]:
        """Return the value and its gradient at (mu, rho, tau) or (mu, rho, tau, beta).

        ``beta`` lets the mean depend on the standard errors. Constants are left out.

        Notes
        -----
        Copas and Shi (2000, 10.1093/biostatistics/1.3.247): sigma^2 = s^2 / (1 - rho^2 c) with
        c = lambda(u) (u + lambda(u)), lambda the inverse Mills ratio.
        """
        mu, rho, tau = (float(value) for value in point[:3])
        s, u, c = self.se, self.argument, self.share
        sigma2 = s * s / (1.0 - rho * rho * c)
        sigma = np.sqrt(sigma2)
        total = sigma2 + tau * tau
        slope = rho * sigma / total
        shared = rho * rho * sigma2 / total
        left = 1.0 - shared
        residual = self.estimate - mu - (point[3] * s if point.size > 3 else 0.0)  # noqa: PLR2004 - beta
        v = np.maximum((u + slope * residual) / np.sqrt(left), LEAST_ARGUMENT)
        value = 0.5 * np.log(total) + 0.5 * residual**2 / total - log_ndtr(v)
        hazard = np.exp(-0.5 * v * v - HALF_LOG_TAU - log_ndtr(v))

        def derivative(d_total: Floats, d_slope: Floats, d_shared: Floats) -> float:
            d_v = d_slope * residual / np.sqrt(left) + 0.5 * v / left * d_shared
            spread = 0.5 * d_total / total * (1.0 - residual**2 / total)
            return float(np.sum(spread - hazard * d_v))

        pull = residual / total - hazard * slope / np.sqrt(left)
        d_sigma2 = 2.0 * rho * c * sigma2**2 / (s * s)
        d_slope = sigma / total + 0.5 * rho * d_sigma2 / (sigma * total) - slope * d_sigma2 / total
        d_shared = (2.0 * rho * sigma2 + rho * rho * d_sigma2 - shared * d_sigma2) / total
        by_rho = derivative(d_sigma2, d_slope, d_shared)
        twice = np.full_like(total, 2.0 * tau)
        by_tau = derivative(twice, -slope * twice / total, -shared * twice / total)
        gradient = [-float(np.sum(pull)), by_rho, by_tau, -float(np.sum(pull * s))]
        return float(np.sum(value)), np.array(gradient[: point.size])


@dataclass(frozen=True, slots=True)
class SelectionFit:
    """The maximum of the likelihood at one strength of selection.

    ``mean`` and ``se`` are on the scale (``se`` is NaN where rho lies on its bound), ``rho`` in
    [-bound, bound], ``tau`` at least 0.
    """

    mean: float
    se: float
    rho: float
    tau: float
    minus_log_likelihood: float


def fit_selection(selection: Selection, start: Floats) -> SelectionFit:
    """Return the maximum that is found from a start (mu, rho, tau)."""
    found = maximum(selection, start)
    mean, rho, tau = (float(value) for value in found.point)
    return SelectionFit(mean, _standard_error(selection, found.point), rho, tau, found.value)


def maximum(selection: Selection, start: Floats) -> Minimum:
    """Return the point (mu, rho, tau) of the maximum that is found from a start."""
    bound = selection.bound
    low, high = np.array([-np.inf, -bound, 0.0]), np.array([np.inf, bound, np.inf])
    return minimise(selection.minus_log_likelihood, start, low, high)


def fit_with_trend(selection: Selection, start: Floats, *, left: bool) -> float:
    """Return minus the log likelihood at the maximum with a trend in the standard errors.

    Selection is held to one side: rho is not negative where small estimates are missing. The
    gradient is that of difference quotients, as in R, whose path is followed.
    """
    bound = selection.bound
    low = np.array([-np.inf, 0.0 if left else -bound, 0.0, -np.inf])
    high = np.array([np.inf, bound if left else 0.0, np.inf, np.inf])

    def objective(point: Floats) -> tuple[float, Floats]:
        value = selection.minus_log_likelihood(point)[0]
        return value, _quotients(selection, point, low, high)

    return minimise(objective, np.append(start, 0.0), low, high).value


def _quotients(selection: Selection, point: Floats, low: Floats, high: Floats) -> Floats:
    """Return difference quotients between the bounds, shape (n,)."""
    gradient = np.empty(point.size)
    for i in range(point.size):
        above, below = point.copy(), point.copy()
        above[i] = min(point[i] + PROBE, high[i])
        below[i] = max(point[i] - PROBE, low[i])
        rise = selection.minus_log_likelihood(above)[0] - selection.minus_log_likelihood(below)[0]
        gradient[i] = rise / (above[i] - below[i])
    return gradient


def _standard_error(selection: Selection, point: Floats) -> float:
    """Return the standard error of the mean from the observed information; NaN on the bound.

    Parameters of which the likelihood knows nothing, such as rho without selection, are left out.
    """
    if abs(point[1]) >= selection.bound:
        return float("nan")
    steps = np.diag([PROBE, min(PROBE, selection.bound - abs(point[1])), PROBE])
    rows = []
    for step in steps:
        above, below = (selection.minus_log_likelihood(point + side * step)[1] for side in (1, -1))
        rows.append((above - below) / (2.0 * step.sum()))
    information = 0.5 * (np.array(rows) + np.array(rows).T)
    if not np.isfinite(information).all():
        return float("nan")
    known = np.diag(information) > UNKNOWN * information[0, 0]
    known[2] &= point[2] > 0.0
    part = information[np.ix_(known, known)]
    if not known[0] or np.linalg.eigvalsh(part)[0] <= 0.0:
        return float("nan")
    return float(np.sqrt(np.linalg.inv(part)[0, 0]))
