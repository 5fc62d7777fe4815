"""What hangs on single studies: leave one out, add one by one, influence, Baujat's plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.frequentist.plan import DEFAULT_PLAN, Plan
from metaprop.engines.frequentist.pooling import Pooled, pool
from metaprop.engines.frequentist.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

INFLUENCE = Method(
    "influence diagnostics",
    "The influence of single studies was judged by deletion diagnostics (Viechtbauer and Cheung).",
    "10.1002/jrsm.11",
)
BAUJAT = Method(
    "Baujat's plot",
    "Each study's share of the heterogeneity was set against its influence on the mean (Baujat).",
    "10.1002/sim.1221",
)
LEAST = 3
"""Studies below which deleting one leaves no variance between studies to estimate."""


def leave_one_out(effects: Effects, plan: Plan = DEFAULT_PLAN) -> Pooled:
    """Return the pooled estimates without each study in turn, shape (..., k).

    Corrections stay as they were made in the whole table. One study alone leaves nothing: NaN.
    """
    return pool(without_each(effects), plan)


def without_each(effects: Effects) -> Effects:
    """Return the effects without each study in turn, shape (..., k, k - 1)."""
    k = effects.estimate.shape[-1]
    others = np.array([[j for j in range(k) if j != i] for i in range(k)], dtype=np.intp)
    return effects.take(others.reshape(k, k - 1))


def cumulative(
    effects: Effects, order: Sequence[int] | NDArray[np.intp], plan: Plan = DEFAULT_PLAN
) -> tuple[Pooled, ...]:
    """Return the pooled estimates of the first study of an order, the first two, ... all k.

    Raises
    ------
    OptionError
        The order does not name every study once.
    """
    places = np.asarray(order, dtype=np.intp)
    k = effects.estimate.shape[-1]
    if sorted(places.tolist()) != list(range(k)):
        remedy = f"Give every number from 0 to {k - 1} once"
        raise OptionError(Problem("this is no order of the studies", "order", remedy))
    return tuple(pool(effects.take(places[: m + 1]), plan) for m in range(k))


@dataclass(frozen=True, slots=True)
class Influence:
    """Deletion diagnostics of each study, shape (..., k) each; NaN with fewer than three studies.

    ``rstudent``: residual from the mean of the others, in its standard errors; ``dffits`` and
    ``dfbetas``: by how many standard errors the study moves its fitted value and the mean;
    ``cook``: the squared shift of the mean over its variance; ``cov_ratio``: the variance of the
    mean without the study over that with it; ``tau2`` and ``q`` without the study; ``hat``: its
    weight, in [0, 1]. ``influential``: a rule of thumb.
    """

    rstudent: Floats
    dffits: Floats
    cook: Floats
    cov_ratio: Floats
    tau2: Floats
    q: Floats
    hat: Floats
    dfbetas: Floats
    influential: NDArray[np.bool_]


HALF_OF_CHI2 = 0.454936423119572
"""The median of a chi-squared with 1 degree of freedom: a Cook's distance beyond it is large."""


def influence(effects: Effects, plan: Plan = DEFAULT_PLAN) -> Influence:
    """Return the deletion diagnostics of the random-effects mean with its classic standard error.

    Notes
    -----
    Influential: |DFFITS| > 3 sqrt(1 / (k - 1)), Cook's distance beyond the median of chi-squared,
    weight > 3 / k, or |DFBETAS| > 1 (Viechtbauer and Cheung 2010).
    """
    return diagnostics(pool(effects, plan), leave_one_out(effects, plan))


def diagnostics(whole: Pooled, without: Pooled) -> Influence:
    """Return the deletion diagnostics from the two fits: with all, and without each in turn."""
    effects = whole.effects
    enough = (effects.count >= LEAST)[..., None] & effects.mask
    k = effects.count[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        hat = whole.weights
        shift = whole.estimate[..., None] - without.estimate
        variance, deleted = 1.0 / whole.weighed.total[..., None], 1.0 / without.weighed.total
        around = effects.variance + without.tau2
        rstudent = (effects.estimate - without.estimate) / np.sqrt(around + deleted)
        dffits = shift / np.sqrt(hat * around)
        cook, cov_ratio = shift * shift / variance, deleted / variance
        again = effects.variance[..., None, :] + without.tau2[..., :, None]
        dfbetas = shift * np.sqrt((1.0 / again).sum(axis=-1))
        large = np.abs(dffits) > 3.0 * np.sqrt(1.0 / (k - 1.0))
        large |= (cook > HALF_OF_CHI2) | (hat > 3.0 / k) | (np.abs(dfbetas) > 1.0)
    return Influence(
        np.where(enough, rstudent, np.nan),
        np.where(enough, dffits, np.nan),
        np.where(enough, cook, np.nan),
        np.where(enough, cov_ratio, np.nan),
        np.where(enough, without.tau2, np.nan),
        np.where(enough, without.heterogeneity.q, np.nan),
        np.where(enough, hat, np.nan),
        np.where(enough, dfbetas, np.nan),
        enough & large,
    )


@dataclass(frozen=True, slots=True)
class Baujat:
    """Each study's part of Q and its influence on the common-effect mean, shape (..., k).

    ``heterogeneity`` adds up to Q; ``influence`` is the squared shift of the mean without the
    study over the variance of that mean.
    """

    heterogeneity: Floats
    influence: Floats


def baujat(effects: Effects) -> Baujat:
    """Return the two axes of Baujat's plot; NaN for studies that are not used."""
    whole = weigh(effects)
    w, total = whole.weights, whole.total[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = w * whole.residuals / (total - w)
        moved = shift * shift * (total - w)
    part = w * whole.residuals * whole.residuals
    return Baujat(
        np.where(effects.mask, part, np.nan),
        np.where(effects.mask & (effects.count > 1.0)[..., None], moved, np.nan),
    )
