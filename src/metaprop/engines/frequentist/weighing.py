"""Weighted means and sums of squares over studies: what every other part is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]


def dot(left: Floats, right: Floats) -> Floats:
    """Return the sum of products over the last axis."""
    return np.vecdot(left, right)  # type: ignore[no-any-return]  # a ufunc without types


@dataclass(frozen=True, slots=True)
class Weighed:
    """Studies weighed by 1 / (variance + tau2).

    ``weights`` and ``residuals`` (estimate - mean), shape (..., k); ``total`` (the sum of the
    weights), ``mean`` and ``q`` (the weighted sum of squared residuals), shape (...). Where no
    study is used, ``mean`` is NaN.
    """

    weights: Floats
    total: Floats
    mean: Floats
    residuals: Floats
    q: Floats


def quiet() -> np.errstate:
    """Return a context in which no usable study, or no degree of freedom, is NaN without words."""
    return np.errstate(divide="ignore", invalid="ignore")


def spread_of_weights(weighed: Weighed) -> Floats:
    """Return S1 - S2 / S1, S the sums of powers of the weights, shape (...).

    As sum(w (S1 - w)) / S1, with S1 - w of the heaviest study summed over the others: no digits
    are lost where one study outweighs all.
    """
    w, total = weighed.weights, weighed.total
    if w.shape[-1] == 0:
        return total
    others = total[..., None] - w
    if w.ndim == 1:
        at = int(w.argmax())
        others[at] = w[:at].sum() + w[at + 1 :].sum()
    else:
        heaviest = w.argmax(axis=-1)[..., None]
        light = w.copy()
        np.put_along_axis(light, heaviest, 0.0, axis=-1)
        np.put_along_axis(others, heaviest, light.sum(axis=-1)[..., None], axis=-1)
    return np.asarray(dot(w, others) / total)


def weigh(effects: Effects, tau2: Floats | float = 0.0) -> Weighed:
    """Weigh the studies for a variance between them, shape (...)."""
    variance = effects.variance
    weights = 1.0 / (variance if tau2 is ZERO else variance + np.asarray(tau2)[..., None])
    total = weights.sum(axis=-1)
    with quiet():
        mean = dot(weights, effects.estimate) / total
    residuals = effects.estimate - mean[..., None]
    if effects.used is not None:
        residuals = np.where(effects.used, residuals, 0.0)
    return Weighed(weights, total, mean, residuals, dot(weights, residuals * residuals))


ZERO = 0.0
"""No variance between studies, told apart from an array of it by identity: it need not be added."""
