"""Moment estimators of the variance between studies: closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.weighing import dot, quiet, spread_of_weights, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]


def dersimonian_laird(effects: Effects) -> Floats:
    """Return (Q - (k - 1)) / (S1 - S2 / S1), S the sums of powers of the weights; at least 0."""
    fixed = weigh(effects)
    with quiet():
        spread = spread_of_weights(fixed)
    return positive(fixed.q - (effects.count - 1.0), spread)


def hunter_schmidt(effects: Effects) -> Floats:
    """Return (Q - k) / S1; at least 0."""
    fixed = weigh(effects)
    return positive(fixed.q - effects.count, fixed.total)


def hedges(effects: Effects) -> Floats:
    """Return the unweighted variance of the estimates less their mean variance; at least 0."""
    squares, count = squares_around_mean(effects), effects.count
    within = mean_variance(effects)
    return np.maximum(divided(squares, count - 1.0) - within, 0.0)


def sidik_jonkman(effects: Effects) -> Floats:
    """Return the start t0 (mean squared deviation) times Q at t0 over k - 1."""
    start = divided(squares_around_mean(effects), effects.count)
    return start * divided(weigh(effects, start).q, effects.count - 1.0)


def squares_around_mean(effects: Effects) -> Floats:
    """Return the sum of squared deviations from the unweighted mean, shape (...)."""
    y, count = effects.estimate, effects.count
    centred = y - divided(y.sum(axis=-1), count)[..., None]
    if effects.used is not None:
        centred = np.where(effects.used, centred, 0.0)
    return dot(centred, centred)


def mean_variance(effects: Effects) -> Floats:
    """Return the mean variance of the studies used, shape (...)."""
    v = effects.variance if effects.used is None else np.where(effects.used, effects.variance, 0.0)
    return divided(v.sum(axis=-1), effects.count)


def positive(numerator: Floats, denominator: Floats) -> Floats:
    """Return the ratio, at least 0; NaN where the denominator is not positive."""
    return np.maximum(divided(numerator, denominator), 0.0)


def divided(numerator: Floats, denominator: Floats) -> Floats:
    """Return the ratio; NaN where the denominator is not positive."""
    fine = denominator > 0.0
    if fine.all():
        return np.asarray(numerator / denominator)
    return np.where(fine, numerator / np.where(fine, denominator, 1.0), np.nan)
