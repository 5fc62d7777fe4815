"""Trim and fill: how many studies would have to be added for the funnel to be even."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.options import Convention, check_choice
from metaprop.engines.frequentist.plan import DEFAULT_PLAN, Plan
from metaprop.engines.frequentist.pooling import Pooled, pool
from metaprop.engines.frequentist.small_study.asymmetry import Model, regression_test
from metaprop.engines.frequentist.small_study.reasons import (
    EMPTY_CELLS,
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
from metaprop.engines.frequentist.tables import Tables
from metaprop.engines.frequentist.weighing import weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

Estimator = Literal["L0", "R0"]

TRIM_AND_FILL = Method(
    "trim and fill",
    "The number of studies missing from an even funnel was estimated by trim and fill.",
    "10.1111/j.0006-341X.2000.00455.x",
)
MOST_ROUNDS = 100
UNSETTLED = "Trim and fill went in circles: the number of studies is that of its last round"


@dataclass(frozen=True, slots=True)
class TrimFill:
    """How many studies trim and fill adds, and what they do to the pooled estimate.

    ``added`` (k0) is a whole number, NaN where there is no valid answer; ``left`` says on which
    side they are added; ``p_value`` (R0 only, else NaN) is that of none missing. Shape (...) each.
    ``filled`` holds the studies and their added mirror images, shape (..., 2k); ``pooled`` is the
    mean of both.
    """

    added: Floats
    left: Bools
    p_value: Floats
    filled: Effects
    pooled: Pooled
    messages: tuple[str, ...]


def trim_fill(
    effects: Effects,
    estimator: Estimator = "L0",
    plan: Plan = DEFAULT_PLAN,
    convention: Convention = "meta",
) -> TrimFill:
    """Return what trim and fill adds.

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    estimator
        ``L0`` from the sum of ranks on the longer side, ``R0`` from the length of its last run.
    plan
        How the filled studies are pooled.
    convention
        ``meta`` trims around the common effect, finds the side by Egger's test and shares tied
        ranks; ``metafor`` trims around the random-effects mean, finds the side by a mixed-effects
        regression and ranks ties in their order.

    Raises
    ------
    OptionError
        A choice is none of the allowed ones.

    Notes
    -----
    Duval and Tweedie (2000): L0 = (4 T - k (k + 1)) / (2k - 1), T the sum of the positive ranks
    of |y - mean|; R0 = k - 1 - the largest negative rank.
    """
    check_choice(estimator, Estimator, "estimator")
    check_choice(convention, Convention, "convention")
    model: Model = "multiplicative" if convention == "meta" else "additive"
    slope = regression_test(effects, "se", model, plan.tau2).slope
    left = slope > 0.0 if convention == "meta" else ~(slope < 0.0)
    ordered, order = _ordered(effects, left)
    centre, added, settled = _rounds(ordered, estimator, plan, convention)
    few, same = effects.count < LEAST, constant(effects.variance, effects.mask)
    flat = constant(effects.estimate, effects.mask)
    valid = ~(few | same | flat)
    added = np.where(valid, added, 0.0)
    filled = _filled(effects, ordered, order, (centre, added, left))
    p_value = np.where(valid & (estimator == "R0"), 0.5 ** (added + 1.0), np.nan)
    said = [
        (TOO_FEW, few),
        (SAME_SIZE, same & ~few),
        (NO_VARIATION, flat & ~same & ~few),
        (UNSETTLED, valid & ~settled),
        (FEW, valid & (effects.count < USUAL)),
        (EMPTY_CELLS, valid & (effects.corrected & effects.mask).any(axis=-1)),
        (NO_SELECTION, valid),
    ]
    shown = np.where(valid, added, np.nan)
    return TrimFill(shown, left, p_value, filled, pool(filled, plan), told(said))


def _ordered(effects: Effects, left: Bools) -> tuple[Effects, NDArray[np.intp]]:
    """Return the studies from the side of the missing ones on; those not used stand last."""
    y = np.where(left[..., None], effects.estimate, -effects.estimate)
    order = np.argsort(np.where(effects.mask, y, np.inf), axis=-1, kind="stable")
    return replace(
        effects,
        estimate=np.take_along_axis(y, order, axis=-1),
        variance=np.take_along_axis(effects.variance, order, axis=-1),
        used=np.take_along_axis(effects.mask, order, axis=-1),
    ), order


def _rounds(
    ordered: Effects, estimator: Estimator, plan: Plan, convention: Convention
) -> tuple[Floats, Floats, Bools]:
    """Trim, centre and count until the count stays; return centre, count and whether it did."""
    place = np.arange(ordered.estimate.shape[-1])
    k, added = ordered.count, np.zeros(ordered.count.shape)
    centre, settled = added, np.zeros(k.shape, dtype=bool)
    for _ in range(MOST_ROUNDS):
        kept = place < (k - added)[..., None]
        centre = np.where(settled, centre, _centre(ordered, kept, plan, convention))
        ranks = _signed_ranks(ordered, centre, shared=convention == "meta")
        found = np.clip(_count(ranks, k, estimator, convention), 0.0, np.maximum(k - 1.0, 0.0))
        settled = settled | (found == added)
        if settled.all():
            break
        added = np.where(settled, added, found)
    return centre, added, settled


def _centre(ordered: Effects, kept: Bools, plan: Plan, convention: Convention) -> Floats:
    mask = kept & ordered.mask
    part = replace(
        ordered,
        estimate=np.where(mask, ordered.estimate, 0.0),
        variance=np.where(mask, ordered.variance, np.inf),
        used=mask,
        count=mask.sum(axis=-1).astype(np.float64),
    )
    if convention == "meta":
        return weigh(part).mean
    return weigh(part, np.nan_to_num(estimate_tau2(part, plan.tau2))).mean


def _signed_ranks(ordered: Effects, centre: Floats, *, shared: bool) -> Floats:
    """Return ranks of the distances with their signs, shape (..., k); 0 where not used."""
    centred = ordered.estimate - centre[..., None]
    size = np.where(ordered.mask, np.abs(centred), np.inf)
    smaller = (size[..., None, :] < size[..., :, None]).sum(axis=-1)
    if shared:
        ranks = smaller + 0.5 * ((size[..., None, :] == size[..., :, None]).sum(axis=-1) + 1.0)
    else:
        first = np.argsort(np.argsort(size, axis=-1, kind="stable"), axis=-1, kind="stable")
        ranks = first + 1.0
    return np.where(ordered.mask, np.sign(centred) * ranks, 0.0)


def _count(ranks: Floats, k: Floats, estimator: Estimator, convention: Convention) -> Floats:
    if estimator == "R0":
        return np.asarray(np.floor(k - 0.5 - np.maximum(-ranks, 0.0).max(axis=-1) - 0.5))
    total = np.maximum(ranks, 0.0).sum(axis=-1)
    raw = (4.0 * total - k * (k + 1.0)) / (2.0 * k - 1.0)
    # a half is rounded up by meta and to the even number by metafor
    return np.floor(raw + 0.5) if convention == "meta" else np.rint(raw)


def _filled(
    effects: Effects,
    ordered: Effects,
    order: NDArray[np.intp],
    found: tuple[Floats, Floats, Bools],
) -> Effects:
    """Return the studies with their mirror images behind them, shape (..., 2k)."""
    centre, added, left = found
    place = np.arange(order.shape[-1])
    first = effects.count - added
    mirrored = (place >= first[..., None]) & ordered.mask
    image = 2.0 * centre[..., None] - ordered.estimate
    image = np.where(left[..., None], image, -image)

    def both(mine: Floats, theirs: Floats) -> Floats:
        return np.concatenate([mine, theirs], axis=-1)

    tables = (
        both(counts, np.take_along_axis(counts, order, axis=-1))
        for counts in (effects.tables.events, effects.tables.totals)
    )
    used = np.concatenate([effects.mask, mirrored], axis=-1)
    corrected = np.broadcast_to(np.asarray(effects.added), effects.estimate.shape)
    return replace(
        effects,
        tables=Tables(*tables),
        estimate=both(effects.estimate, np.where(mirrored, image, 0.0)),
        variance=both(effects.variance, np.where(mirrored, ordered.variance, np.inf)),
        added=both(corrected, np.zeros_like(corrected)),
        used=used,
        count=used.sum(axis=-1).astype(np.float64),
    )
