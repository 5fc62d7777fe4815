"""How far the joint model draws each type from its own separate fit, as numbers and in words.

Compared with the logit-normal fit of the same counts, whose studies differ in the same way. Both
the borrowing between types and the effect that a study has on all of them make the difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.answers import Analysis, Summary
    from metaprop.questions.joint_answers import JointAnswer, TypeAnswer
    from metaprop.reporting.tables import Cell

SEPARATE = "logit-normal"
"""The family of the separate fit."""
SHIFTS = (
    *("group", "fit", "outcome", "separate_model", "separate_median", "separate_low"),
    *("separate_high", "joint_median", "joint_low", "joint_high", "level"),
    *("shift_in_percentage_points", "odds_ratio_joint_to_separate"),
    *("towards_the_other_types", "interval_width_joint_to_separate"),
)


@dataclass(frozen=True, slots=True)
class TypeShift:
    """One type's average rate by its separate fit (of ``model``) and by the joint one.

    ``towards`` says whether the joint median is nearer to the centre of the types, the mean log
    odds of their separate medians. Widths of intervals are compared on the scale of log odds.
    """

    one: TypeAnswer
    model: str
    separate: Summary
    towards: bool

    @property
    def odds_ratio(self) -> float:
        """Odds of the joint median over those of the separate one."""
        return math.exp(_logit(self.one.average.median.value) - _logit(self.separate.median.value))

    @property
    def width_ratio(self) -> float:
        """Width of the joint interval over that of the separate one, both in log odds."""
        return _width(self.one.average) / _width(self.separate)


def type_shifts(analysis: Analysis, answer: JointAnswer) -> tuple[TypeShift, ...]:
    """Return the shift of each type that has a separate fit, in the order of the joint answer."""
    found: dict[str, tuple[str, Summary]] = {}
    for outcome in analysis.outcomes:
        for model in outcome.models:
            if model.family == SEPARATE and outcome.id not in found:
                found[outcome.id] = (model.id, model.estimand("average"))
    types = [one for one in answer.types if one.id in found]
    if not types:
        return ()
    alone = {one.id: _logit(found[one.id][1].median.value) for one in types}
    centre = sum(alone.values()) / len(alone)
    return tuple(
        TypeShift(
            one,
            *found[one.id],
            abs(_logit(one.average.median.value) - centre) < abs(alone[one.id] - centre),
        )
        for one in types
    )


def shift_rows(
    analysis: Analysis, named: Sequence[tuple[str, JointAnswer]]
) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each type in each fit, given with its name."""
    for fit, answer in named:
        for shift in type_shifts(analysis, answer):
            before, after = (
                (one.median.value, one.interval.low, one.interval.high)
                for one in (shift.separate, shift.one.average)
            )
            towards = "yes" if shift.towards else "no"
            numbers = (100.0 * (after[0] - before[0]), shift.odds_ratio, towards, shift.width_ratio)
            head = (answer.group, fit, shift.one.id, shift.model)
            yield (*head, *before, *after, answer.level, *numbers)


def shift_words(analysis: Analysis, answer: JointAnswer) -> str:
    """Return what the joint model does to the separate fits in two sentences, or nothing."""
    shifts = type_shifts(analysis, answer)
    if not shifts:
        return ""
    farthest = max(shifts, key=lambda one: abs(math.log(one.odds_ratio)))
    drawn = sum(one.towards for one in shifts)
    width = math.exp(sum(math.log(one.width_ratio) for one in shifts) / len(shifts))
    change = "narrower" if width < 1.0 else "wider"
    name = printable(farthest.one.label or farthest.one.id)
    medians = (farthest.separate.median.value, farthest.one.average.median.value)
    before, after = map(wording.inferred, medians)
    return (
        f"Against its own separate {SEPARATE} fit the joint model draws {drawn} of {len(shifts)} "
        f"types towards their common centre, {name} farthest: median average rate {before} "
        f"separately, {after} jointly. Credible intervals are {wording.percent(abs(1.0 - width))} "
        f"{change} (in log odds, geometric mean over types)."
    )


def _logit(rate: float) -> float:
    return math.log(rate) - math.log1p(-rate)


def _width(summary: Summary) -> float:
    return _logit(summary.interval.high) - _logit(summary.interval.low)
