"""Every answer to one table of counts: all settings at once, for one data set or many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import expit
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool
from metaprop.engines.frequentist.quantiles import normal_width, t_width
from metaprop.engines.frequentist.rates import rates_of
from metaprop.questions.audit.settings import (
    Setting,
    choices,
    groups,
    one_step,
    poolings,
    sizes,
    two_step,
    variants,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.records import OneStepFit, RateEstimate
    from metaprop.engines.frequentist.options import Convention, Scale, Tau2Method
    from metaprop.engines.frequentist.pooling import Pooled
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

NUMBERS = ("estimate", "ci_low", "ci_high", "i2", "q_p")
"""What a setting answers, by the names of ``evidence.claims.Claim``: its last axis."""
USUAL = (0.0, 0.5)
"""What most reviews add to empty cells."""
MODELS: tuple[Model, ...] = ("binomial-normal", "beta-binomial")


@dataclass(frozen=True, slots=True)
class Space:
    """All answers to B tables of counts.

    ``values``, shape (S, 5, B): for each of the S ``settings`` the numbers named by ``NUMBERS``,
    all in [0, 1]; NaN where a setting does not give one. ``level`` is that of the intervals.
    """

    settings: tuple[Setting, ...]
    values: Floats
    level: float

    def table(self, place: int) -> Space:
        """Return the answers to one of the tables."""
        return replace(self, values=self.values[..., place : place + 1])

    def where(self, kept: Sequence[bool]) -> Space:
        """Return some of the settings, by a mask of shape (S,)."""
        mask = np.asarray(kept, dtype=bool)
        settings = tuple(one for one, keep in zip(self.settings, kept, strict=True) if keep)
        return Space(settings, self.values[mask], self.level)

    def joined(self, other: Space) -> Space:
        """Return the settings of both."""
        values = np.concatenate([self.values, other.values])
        return Space((*self.settings, *other.settings), values, self.level)


def space_of(studies: Studies, level: float = 0.95) -> Space:
    """Return every answer to one table of exact counts: pooled in two steps, and in one.

    Raises
    ------
    InputError
        A count is a range or not reported.
    """
    return two_step_space(studies.events, studies.totals, level).joined(
        one_step_space(studies, level)
    )


def two_step_space(events: ArrayLike, totals: ArrayLike, level: float = 0.95) -> Space:
    """Return the two-step answers to tables of counts: ``events`` (B, k) or (k,), ``totals`` (k,).

    Raises
    ------
    TableError
        The counts are no studies.
    """
    y = np.atleast_2d(np.asarray(events))
    n = np.broadcast_to(np.asarray(totals), y.shape)
    with np.errstate(all="ignore"):  # a setting without an answer has NaN
        blocks = [block for group in groups() for block in _blocks(y, n, *group, level)]
    return Space(two_step_settings(), np.concatenate(blocks), level)


def zero_space(totals: ArrayLike, level: float = 0.95) -> Space:
    """Return the answers to no event in any study, of settings that add a half or nothing."""
    n = np.asarray(totals)
    usual = [choice.variant.amount in USUAL for choice in choices()]
    return two_step_space(np.zeros_like(n), n, level).where(usual)


@cache
def two_step_settings() -> tuple[Setting, ...]:
    """Return the settings in the order of ``two_step_space``."""
    return tuple(map(two_step, choices()))


def _blocks(
    y: Floats, n: Floats, scale: Scale, convention: Convention, level: float
) -> Iterator[Floats]:
    """Yield the answers (V, 5, B) of all V variants of a group, pooling by pooling."""
    stacked = _stacked(y, n, scale, convention)
    between: dict[Tau2Method | None, Floats] = {None: np.zeros(stacked.count.shape)}
    for pooling in poolings():
        if pooling.tau2 not in between:
            assert pooling.tau2 is not None  # noqa: S101 - None is there from the start
            between[pooling.tau2] = estimate_tau2(stacked, pooling.tau2)
        plan = Plan(pooling.tau2 or "dl", pooling.interval, pooling.safeguard, level=level)
        tau2 = between[pooling.tau2]
        known = np.isfinite(tau2)  # not where a setting leaves one study or none
        pooled = pool(stacked, plan, tau2=np.where(known, tau2, 0.0))
        for size in sizes(scale):
            rates = rates_of(stacked, pooled.estimate, _limits(pooled), size)
            told = pooled.heterogeneity
            numbers = (rates.estimate, rates.ci_low, rates.ci_high, told.i2, told.p_value)
            yield np.stack([np.where(known, x, np.nan) for x in numbers], axis=1)


def _limits(pooled: Pooled) -> tuple[Floats, Floats, Floats, Floats]:
    return pooled.ci_low, pooled.ci_high, pooled.ci_low, pooled.ci_high


def _stacked(y: Floats, n: Floats, scale: Scale, convention: Convention) -> Effects:
    """Return the effects of all variants of a group along a new first axis."""
    made = [
        effects(y, n, scale, one.correction, one.amount, convention)
        for one in variants(scale, convention)
    ]
    used = np.stack([one.mask for one in made])
    return replace(
        made[0],
        estimate=np.stack([one.estimate for one in made]),
        variance=np.stack([one.variance for one in made]),
        added=0.0,
        used=None if used.all() else used,
        count=used.sum(axis=-1).astype(np.float64),
    )


def one_step_space(studies: Studies, level: float = 0.95) -> Space:
    """Return the answers of models fitted by maximum likelihood, heterogeneity left out."""
    rows: list[tuple[Setting, tuple[float, float, float]]] = []
    for model in MODELS:
        with np.errstate(all="ignore"):  # a limit that cannot be found is NaN
            fit = fit_one_step(studies, model, level=level)
        rows += _one_step_rows(fit)
    nothing = float("nan")
    values = np.array([(*numbers, nothing, nothing) for _, numbers in rows])
    return Space(tuple(setting for setting, _ in rows), values.reshape(-1, 5, 1), level)


def _one_step_rows(fit: OneStepFit) -> Iterator[tuple[Setting, tuple[float, float, float]]]:
    own: RateEstimate = fit.typical if fit.model == "binomial-normal" else fit.average
    location = fit.location
    if location.se is not None:
        widths = normal_width(fit.level), t_width(fit.k - 1.0, fit.level)
        for name, width in zip(("wald", "wald-t"), widths, strict=True):
            ends = location.estimate + np.array([0.0, -1.0, 1.0]) * width * location.se
            rate, low, high = map(float, expit(ends))
            yield one_step(fit.model, own.estimand, name), (rate, low, high)  # type: ignore[arg-type]  # the names above
    for told in (fit.average, fit.typical):
        for name, limits in (("wald", told.wald), ("profile", told.profile)):
            if limits is not None and not (told is own and name == "wald"):
                numbers = (told.estimate, limits.low, limits.high)
                yield one_step(fit.model, told.estimand, name), numbers  # type: ignore[arg-type]  # the names above
