"""Begg and Mazumdar's rank test: do estimates go with their variances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.quantiles import two_sided_normal
from metaprop.engines.frequentist.small_study.reasons import (
    FEW,
    LEAST,
    NO_SELECTION,
    NO_VARIATION,
    SAME_SIZE,
    TOO_FEW,
    USUAL,
    constant,
    told,
)
from metaprop.engines.frequentist.weighing import weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

BEGG = Method(
    "Begg and Mazumdar's test",
    "Small-study effects were tested by Begg and Mazumdar's rank correlation of standardised "
    "estimates with their variances.",
    "10.2307/2533446",
)
MOST_EXACT = 49
"""Studies up to which the exact distribution of Kendall's score is used."""


@dataclass(frozen=True, slots=True)
class RankTest:
    """Kendall's correlation of standardised estimates with variances, shape (...) each.

    ``score`` is concordant less discordant pairs, ``score_se`` its standard error (ties allowed
    for), ``tau`` the correlation (tau-b, in [-1, 1]); ``p_value`` of the normal statistic,
    ``exact_p_value`` of the permutations (NaN with ties or more than 49 studies). NaN where there
    is no valid test: ``messages`` say why.
    """

    score: Floats
    score_se: Floats
    tau: Floats
    statistic: Floats
    p_value: Floats
    exact_p_value: Floats
    messages: tuple[str, ...]


def rank_test(effects: Effects) -> RankTest:
    """Return Begg and Mazumdar's test, without continuity correction.

    Notes
    -----
    The estimates are centred at the common effect and divided by sqrt(v - 1 / sum(1 / v)).
    """
    used, k = effects.mask, effects.count
    few, same = k < LEAST, constant(effects.variance, effects.mask)
    flat = constant(effects.estimate, used)
    valid = ~(few | same | flat)
    weighed = weigh(effects)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = effects.variance - 1.0 / weighed.total[..., None]
        standard = np.where(used, weighed.residuals / np.sqrt(spread), np.nan)
        order = _signs(standard) * _signs(np.where(used, effects.variance, np.nan))
        score = 0.5 * order.sum(axis=(-1, -2))
        ties = (_ties(standard), _ties(np.where(used, effects.variance, np.nan)))
        se = _score_se(k, *ties)
        pairs = 0.5 * k * (k - 1.0)
        halves = [pairs - 0.5 * np.where(t > 0, t - 1.0, 0.0).sum(axis=-1) for t in ties]
        tau = score / np.sqrt(halves[0] * halves[1])
        statistic = score / se
    untied = (ties[0] <= 1).all(axis=-1) & (ties[1] <= 1).all(axis=-1)
    exact = _exact(score, np.where(valid & untied, k, 0.0))
    reasons = [(TOO_FEW, few), (SAME_SIZE, same & ~few), (NO_VARIATION, flat & ~same & ~few)]
    notes = [(FEW, valid & (k < USUAL)), (NO_SELECTION, valid)]
    return RankTest(
        np.where(valid, score, np.nan),
        np.where(valid, se, np.nan),
        np.where(valid, tau, np.nan),
        np.where(valid, statistic, np.nan),
        np.where(valid, two_sided_normal(statistic), np.nan),
        exact,
        told([*reasons, *notes]),
    )


def _signs(values: Floats) -> Floats:
    """Return the signs of all differences, shape (..., k, k); 0 where one is not used."""
    return np.nan_to_num(np.sign(values[..., :, None] - values[..., None, :]))


def _ties(values: Floats) -> Floats:
    """Return how many have the same value, itself included, shape (..., k); 0 where not used."""
    same = values[..., :, None] == values[..., None, :]
    return np.asarray(same.sum(axis=-1), dtype=np.float64)


def _score_se(k: Floats, t: Floats, u: Floats) -> Floats:
    """Return the standard error of Kendall's score with ties (Kendall and Gibbons 1990)."""

    def over(ties: Floats, power: int) -> Floats:
        one = np.where(ties > 0, ties - 1.0, 0.0)
        factors = {1: one, 2: one * (ties - 2.0), 5: one * (2.0 * ties + 5.0)}
        return np.asarray(factors[power].sum(axis=-1))

    pairs = k * (k - 1.0)
    variance = (pairs * (2.0 * k + 5.0) - over(t, 5) - over(u, 5)) / 18.0
    variance = variance + over(t, 2) * over(u, 2) / (9.0 * pairs * (k - 2.0))
    return np.sqrt(variance + over(t, 1) * over(u, 1) / (2.0 * pairs))


def _exact(score: Floats, k: Floats) -> Floats:
    """Return the two-sided P over all permutations; NaN where k is 0 or large."""
    found = np.full(score.shape, np.nan)
    for size in np.unique(k).astype(int).tolist():
        if LEAST <= size <= MOST_EXACT:
            here = k == size
            below = _cumulative(size)
            # the concordant pairs, from 0 to k (k - 1) / 2
            at = np.rint(0.5 * (score + 0.5 * size * (size - 1)))[here].astype(int)
            lower, upper = below[at + 1], 1.0 - below[at]
            found[here] = np.minimum(1.0, 2.0 * np.minimum(lower, upper))
    return found


@lru_cache(maxsize=64)
def _cumulative(k: int) -> Floats:
    """Return P(fewer than c concordant pairs) of a random order of k, c from 0 to all + 1."""
    shares = np.ones(1)
    for size in range(2, k + 1):
        shares = np.convolve(shares, np.full(size, 1.0 / size))
    return np.concatenate([[0.0], np.cumsum(shares)])
