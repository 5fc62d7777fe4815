"""From a scale back to proportions: estimates and limits as rates in [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.options import SizeMean, check_choice
from metaprop.engines.frequentist.transforms import rate_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """An estimate, its confidence interval and its prediction interval: proportions in [0, 1].

    Shape (...) each; NaN where one does not exist.
    """

    estimate: Floats
    ci_low: Floats
    ci_high: Floats
    prediction_low: Floats
    prediction_high: Floats


def rates_of(
    effects: Effects,
    estimate: Floats,
    limits: tuple[Floats, Floats, Floats, Floats],
    at: SizeMean = "harmonic",
) -> Rates:
    """Return an estimate and four limits, all on the scale of the effects, as proportions.

    Raises
    ------
    OptionError
        ``at`` names no mean of the sizes.
    """
    check_choice(at, SizeMean, "at")
    size = mean_size(effects, at) if effects.scale == "freeman-tukey" else None
    return Rates(*(rate_of(value, effects.scale, size) for value in (estimate, *limits)))


def mean_size(effects: Effects, at: SizeMean = "harmonic") -> Floats:
    """Return the mean number of patients of the studies used, shape (...); NaN without any."""
    n, used, count = effects.tables.totals, effects.mask, effects.count
    if at == "smallest":
        return np.where(used, n, np.inf).min(axis=-1)
    if at == "largest":
        return np.where(used, n, 0.0).max(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if at == "harmonic":
            return np.asarray(count / np.where(used, 1.0 / n, 0.0).sum(axis=-1))
        if at == "geometric":
            return np.exp(np.where(used, np.log(n), 0.0).sum(axis=-1) / count)
        return np.asarray(np.where(used, n, 0.0).sum(axis=-1) / count)
