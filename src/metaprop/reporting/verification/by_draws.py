"""Numbers that are known by draws but stored without an error, with the error that they must have.

It is taken from what is stored beside them: on the log odds, the end of an interval is known as
well, in parts of the interval's width, as the same end of another interval of the same draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.estimates import Estimate, Quality
from metaprop.core.scales import logit
from metaprop.questions.moderators.asking import THIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.answers import Summary
    from metaprop.questions.joint_answers import JointAnswer, ParameterAnswer, TypeAnswer
    from metaprop.questions.moderators.answers import (
        ContrastAnswer,
        CurvePoint,
        Difference,
        LevelAnswer,
        ModeratorAnswer,
        Moderators,
        StudyPoint,
        UnaskedCovariate,
    )

PRIOR_END = 0.01
"""Standard error of an end of a prior's interval over its width: of 10 000 independent draws it is
.007 for a normal, .009 for a logistic distribution."""
TAILS = 5.0
"""Kurtosis less one of log odds ratios: 2 for a normal, 3.2 for a logistic, 5 for a Laplace."""
LONG = 2.5
"""Times that an end of an exponential tail is known less well, in widths, than that of a normal:
the own rate of a study at 0 or 100 % may have such a tail where the average rate has none."""
TINY = 1e-9
"""Rates closer to 0 or 1 are as good as there."""
type Parts = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class HeldType:
    """One type of the joint model; ``ranks`` are probabilities, ``mean_rank`` is from 1 up."""

    id: str
    label: str
    average: Summary
    new_study: Summary
    ranks: tuple[Estimate, ...]
    mean_rank: Estimate


@dataclass(frozen=True, slots=True)
class HeldJoint:
    """One group under the joint model, as ``JointAnswer``."""

    group: str
    model: str
    left_out: tuple[str, ...]
    level: float
    quality: Quality
    types: tuple[HeldType, ...]
    parameters: tuple[ParameterAnswer, ...]
    more_frequent: tuple[tuple[Estimate, ...], ...]


@dataclass(frozen=True, slots=True)
class HeldContrast:
    """Two values of a covariate; ``reach`` are the prior's ends as log odds ratios."""

    lower: str
    upper: str
    difference: Difference
    prior: Difference
    start: Estimate
    reach: tuple[Estimate, Estimate]
    learnt: Estimate


@dataclass(frozen=True, slots=True)
class HeldRate:
    """A rate by draws with the ends of its interval: of a study, or at a ``value`` of a curve.

    ``seen`` is what the study reports: least and most events, patients; () for a curve.
    """

    study: str
    value: float | None
    group: str | None
    seen: tuple[int, ...]
    low: Estimate
    middle: Estimate
    high: Estimate


@dataclass(frozen=True, slots=True)
class HeldModerator:
    """One covariate, as ``ModeratorAnswer``."""

    covariate: str
    label: str
    unit: str | None
    kind: str
    left_out: tuple[str, ...]
    quality: Quality
    levels: tuple[LevelAnswer, ...]
    contrasts: tuple[HeldContrast, ...]
    rates: tuple[HeldRate, ...]
    tau: Summary
    tau_without: Summary


@dataclass(frozen=True, slots=True)
class HeldModerators:
    """One outcome on every covariate, as ``Moderators``."""

    outcome: str
    label: str
    model: str
    coefficient: str
    level: float
    answers: tuple[HeldModerator, ...]
    unasked: tuple[UnaskedCovariate, ...]
    direction_by_chance: float


def held_joint(answers: Sequence[JointAnswer]) -> tuple[HeldJoint, ...]:
    """Return the fits of the joint model with an error for every number."""
    return tuple(
        HeldJoint(
            one.group,
            one.model,
            one.left_out,
            one.level,
            one.quality,
            tuple(_type(each, one.rank_error) for each in one.types),
            one.parameters,
            one.more_frequent,
        )
        for one in answers
    )


def _type(one: TypeAnswer, error: float) -> HeldType:
    """Return a type; the error of its mean rank is that of as many independent draws."""
    places = range(1, len(one.ranks) + 1)
    variance = sum(p * (r - one.mean_rank) ** 2 for r, p in zip(places, one.ranks, strict=True))
    widest = max(p * (1.0 - p) for p in one.ranks)
    mean_error = error * math.sqrt(max(variance, 0.0) / widest) if widest > 0.0 else error
    ranks = tuple(Estimate(p, error) for p in one.ranks)
    mean = Estimate(one.mean_rank, mean_error)
    return HeldType(one.id, one.label, one.average, one.new_study, ranks, mean)


def held_moderators(found: Sequence[Moderators]) -> tuple[HeldModerators, ...]:
    """Return the meta-regressions with an error for every number."""
    return tuple(
        HeldModerators(
            one.outcome,
            one.outcome_label,
            one.model,
            one.coefficient,
            one.level,
            tuple(map(_moderator, one.answers)),
            one.unasked,
            one.direction_by_chance,
        )
        for one in found
    )


def _moderator(one: ModeratorAnswer) -> HeldModerator:
    parts = _parts([level.average for level in one.levels])
    rates = [
        *(_point(point, parts) for point in one.curve),
        *(_study(study, parts) for study in one.studies),
    ]
    return HeldModerator(
        one.covariate,
        one.label,
        one.unit,
        one.kind,
        one.left_out,
        one.quality,
        one.levels,
        tuple(_contrast(each, one.levels) for each in one.contrasts),
        tuple(rates),
        one.tau,
        one.tau_without,
    )


def _parts(summaries: Sequence[Summary]) -> Parts:
    """Return the largest errors of lower end, median and upper end, in widths of the interval."""
    rows = []
    for one in summaries:
        at = [quantile.value for quantile in one.quantiles]
        width = _width(one.interval.low, one.interval.high)
        rows.append([q.error / (_slope(q.value) * width) for q in at])
    low, middle, high = (max(column) for column in zip(*rows, strict=True))
    return low, middle, high


def _width(low: float, high: float) -> float:
    return _logit(high) - _logit(low)


def _slope(rate: float) -> float:
    """Return by how much a rate moves with its log odds."""
    return max(rate * (1.0 - rate), TINY)


def _point(one: CurvePoint, parts: Parts) -> HeldRate:
    ends = _with_errors((one.low, one.median, one.high), parts, math.sqrt(THIN))
    return HeldRate("", one.value, None, (), *ends)


def _study(one: StudyPoint, parts: Parts) -> HeldRate:
    ends = _with_errors((one.rate_low, one.rate, one.rate_high), parts, LONG)
    return HeldRate(one.name, one.value, one.group, (one.low, one.high, one.total), *ends)


def _with_errors(
    at: tuple[float, float, float], parts: Parts, less: float
) -> tuple[Estimate, Estimate, Estimate]:
    """Return estimates whose errors are ``less`` times those of the levels of a covariate."""
    width = less * _width(at[0], at[2])
    errors = (part * width * _slope(x) for x, part in zip(at, parts, strict=True))
    low, middle, high = (Estimate(x, error) for x, error in zip(at, errors, strict=True))
    return low, middle, high


def _contrast(one: ContrastAnswer, levels: Sequence[LevelAnswer]) -> HeldContrast:
    lower = next(level.average.median for level in levels if level.label == one.lower)
    ends = [_width(one.start, reach) for reach in (one.reach_low, one.reach_high)]
    error = PRIOR_END * (ends[1] - ends[0])
    low, high = (Estimate(end, error) for end in ends)
    draws = _effective(one.difference.above_zero)
    learnt = Estimate(one.learnt, (1.0 - one.learnt) * math.sqrt(TAILS / draws))
    start = Estimate(one.start, lower.error)
    return HeldContrast(one.lower, one.upper, one.difference, one.prior, start, (low, high), learnt)


def _effective(probability: Estimate) -> float:
    """Return how many independent draws know a probability as well."""
    p, error = probability.value, probability.error
    return max(p * (1.0 - p) / error**2, 1.0) if error > 0.0 else 1.0


def _logit(rate: float) -> float:
    return float(logit(min(max(rate, TINY), 1.0 - TINY)))
