"""Subgroups of studies, each pooled by itself, and a test of whether they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.moderated import moderated_tau2
from metaprop.engines.frequentist.mean_interval import classic
from metaprop.engines.frequentist.plan import DEFAULT_PLAN, Plan
from metaprop.engines.frequentist.pooling import Pooled, pool
from metaprop.engines.frequentist.quantiles import chi2_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

SUBGROUPS = Method(
    "test for subgroup differences",
    "Subgroups were pooled by themselves and compared by the Q of their means.",
)
SMALL = "At least one subgroup is a single study: the variance inside it cannot be estimated."


@dataclass(frozen=True, slots=True)
class Subgroups:
    """The subgroups' pooled estimates, in the order of ``labels``, and their comparison.

    ``q_between`` with ``df`` and ``p_value`` compares the subgroups' random-effects means,
    ``fixed_q_between`` their common-effect means; shape (...) each.
    """

    labels: tuple[str, ...]
    pooled: tuple[Pooled, ...]
    q_between: Floats
    df: int
    p_value: Floats
    fixed_q_between: Floats
    fixed_p_value: Floats
    messages: tuple[str, ...]


def subgroups(
    effects: Effects, labels: Sequence[str], plan: Plan = DEFAULT_PLAN, *, common_tau2: bool = False
) -> Subgroups:
    """Return the pooled estimate of each subgroup, and the test of their differences.

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    labels
        The subgroup of each study, length k.
    plan
        How each subgroup is pooled.
    common_tau2
        Whether one variance between studies holds inside all subgroups; else each has its own.

    Raises
    ------
    OptionError
        There are not k labels, or only one subgroup.

    Notes
    -----
    Q between is the weighted sum of squares of the subgroups' means around their mean, weights
    the inverse of their classic variances.
    """
    groups = _groups(effects, labels)
    shared = None
    if common_tau2:
        columns = np.stack([np.array(labels) == name for name in groups], axis=-1)
        shared = moderated_tau2(effects, columns.astype(np.float64), plan.tau2)
    parts = [effects.take(places) for places in groups.values()]
    pooled = tuple(pool(part, plan, tau2=shared) for part in parts)
    fixed = tuple(pool(part, plan, tau2=0.0) for part in parts)
    df = len(groups) - 1
    q, fixed_q = _between(pooled), _between(fixed)
    small = any(np.any(part.count == 1.0) for part in parts)
    return Subgroups(
        tuple(groups),
        pooled,
        q,
        df,
        chi2_tail(q, np.full_like(q, df)),
        fixed_q,
        chi2_tail(fixed_q, np.full_like(fixed_q, df)),
        (SMALL,) if small else (),
    )


def _groups(effects: Effects, labels: Sequence[str]) -> dict[str, NDArray[np.intp]]:
    k = effects.estimate.shape[-1]
    if len(labels) != k:
        what = f"{len(labels)} labels for {k} studies"
        raise OptionError(Problem(what, "labels", "Give one label for each study"))
    groups = {name: np.flatnonzero(np.array(labels) == name) for name in dict.fromkeys(labels)}
    if len(groups) == 1:
        what = f"all studies are in the subgroup {labels[0]!r}"
        raise OptionError(Problem(what, "labels", "Name at least two subgroups"))
    return groups


def _between(pooled: tuple[Pooled, ...]) -> Floats:
    means = np.stack([one.estimate for one in pooled], axis=-1)
    weights = np.stack([classic(one.weighed).se ** -2.0 for one in pooled], axis=-1)
    centre = np.vecdot(weights, means) / weights.sum(axis=-1)
    return np.asarray(np.vecdot(weights, (means - centre[..., None]) ** 2))
