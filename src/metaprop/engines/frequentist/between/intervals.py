"""Confidence intervals of the variance between studies: Q-profile and profile likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.iterations import (
    log_likelihood,
    maximum_likelihood,
    restricted_maximum_likelihood,
    solve_q,
)
from metaprop.engines.frequentist.between.rows import Rows, spread_out
from metaprop.engines.frequentist.options import check_level
from metaprop.engines.frequentist.quantiles import chi2_quantiles, normal_width
from metaprop.engines.frequentist.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]
    _Test = Callable[[Floats], NDArray[np.bool_]]

Q_PROFILE = Method(
    "Q-profile interval",
    "The interval of tau2 holds the values at which Cochran's Q is neither too large nor too small "
    "for a chi-squared (Viechtbauer).",
    "10.1002/sim.2514",
)
PROFILE_LIKELIHOOD = Method(
    "profile-likelihood interval",
    "The interval of tau2 is by profile likelihood (Hardy and Thompson).",
    "10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
)
HALVINGS = 60
POINTS = np.linspace(0.0, 1.0, 300)
LOWEST, HIGHEST = 1e-5, 1e14
"""Where humps of the likelihood are looked for: from so much of the smallest variance to so many
times the largest variance and the scatter of the estimates."""


@dataclass(frozen=True, slots=True)
class Tau2Interval:
    """Limits of tau2 on the squared scale of the effects, at least 0, shape (...).

    NaN where fewer than two studies are used, and where the interval is ``empty``: Q is then too
    small even for tau2 = 0, so that no tau2 fits the method's own assumptions.
    """

    low: Floats
    high: Floats
    empty: NDArray[np.bool_]


def q_profile(effects: Effects, level: float = 0.95) -> Tau2Interval:
    """Return the tau2 at which Q(tau2) lies between two chi-squared quantiles, k - 1 df.

    Raises
    ------
    OptionError
        The level is not in (0, 1).
    """
    check_level(level)
    df, tail = effects.count - 1.0, 0.5 * (1.0 - level)
    small, large = chi2_quantiles(df, tail), chi2_quantiles(df, 1.0 - tail)
    empty = (df > 0.0) & (weigh(effects).q < small)
    low, high = (solve_q(effects, np.nan_to_num(aim)) for aim in (large, small))
    return Tau2Interval(np.where(empty, np.nan, low), np.where(empty, np.nan, high), empty)


def profile_likelihood(
    effects: Effects, level: float = 0.95, *, restricted: bool = True
) -> Tau2Interval:
    """Return the tau2 around its maximum that twice the log likelihood does not tell from it.

    ``restricted`` chooses the restricted likelihood. Where it has two humps that cannot be told
    apart, the limits are the outermost.

    Raises
    ------
    OptionError
        The level is not in (0, 1).
    """
    check_level(level)
    estimator = restricted_maximum_likelihood if restricted else maximum_likelihood
    rows, several = Rows.of(effects)
    best = estimator(effects)[several]
    least = log_likelihood(rows, best, restricted=restricted) - 0.5 * normal_width(level) ** 2

    def holds(tau2: Floats) -> NDArray[np.bool_]:
        found = log_likelihood(rows, tau2, restricted=restricted)
        return np.asarray(found >= least, dtype=np.bool_)

    inner, outer = _brackets(holds, best, _grid(rows))
    low = np.where(holds(np.zeros(best.shape)), 0.0, _halved(holds, *inner))
    high = _halved(holds, *outer)
    nowhere = np.zeros(several.shape, dtype=bool)
    return Tau2Interval(spread_out(low, several), spread_out(high, several), nowhere)


def _grid(rows: Rows) -> Floats:
    """Return values of tau2 (300, N), evenly spaced in their logarithms."""
    used = np.isfinite(rows.variance)
    spread = np.ptp(rows.estimate, axis=-1) ** 2 if rows.count.size else rows.count
    low = LOWEST * rows.variance.min(axis=-1, initial=np.inf)
    largest = np.where(used, rows.variance, 0.0).max(axis=-1, initial=0.0)
    high = HIGHEST * (largest + spread)
    return np.asarray(low * (high / low) ** POINTS[:, None])


def _brackets(
    holds: _Test, best: Floats, points: Floats
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return, below and above, the outermost point of a grid that holds and its neighbour."""
    fine = np.array([holds(point) for point in points], dtype=bool).reshape(points.shape)
    highest = np.maximum(np.where(fine, points, 0.0).max(axis=0), best)
    lowest = np.minimum(np.where(fine, points, np.inf).min(axis=0), best)
    above = np.where(points > highest, points, np.inf).min(axis=0)
    below = np.where(points < lowest, points, 0.0).max(axis=0)
    return (lowest, below), (highest, above)


def _halved(holds: _Test, inside: Floats, outside: Floats) -> Floats:
    """Return the border between a value that holds and one that does not."""
    for _ in range(HALVINGS):
        middle = 0.5 * (inside + outside)
        fine = holds(middle)
        inside, outside = np.where(fine, middle, inside), np.where(fine, outside, middle)
    return np.asarray(0.5 * (inside + outside))
