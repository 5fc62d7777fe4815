"""Prepare the forest over outcomes: each average rate, by every model, beside the published one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures import style
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaprop.questions.answers import Analysis, ModelAnswer, OutcomeAnswer, Summary
    from metaprop.questions.frequentist.answers import PublishedRate
    from metaprop.questions.joint_answers import JointAnswer, TypeAnswer
    from metaprop.reporting.figures.style import RateAxis

PUBLISHED = "as published"
JOINT = "joint"
LONGEST = 40
"""Letters of an outcome's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One interval: ``low`` to ``high`` around ``middle``, rates in [0, 1], and its numbers."""

    label: str
    middle: float
    low: float
    high: float
    text: str
    colour: str
    published: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One outcome: its name, what was seen of it, and its lines."""

    name: str
    seen: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OutcomesForest:
    """The figure: groups from the top, with title, a line under it, and the axis."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    groups: tuple[Group, ...]
    axis: RateAxis


def prepare_outcomes(
    analysis: Analysis,
    published: Mapping[str, PublishedRate],
    joint: Sequence[JointAnswer],
    width: float,
) -> OutcomesForest:
    """Return the figure of all outcomes; ``joint`` are fits of whole groups, ``width`` is in mm."""
    together = {one.id: one for answer in joint for one in answer.types}
    groups = tuple(
        _group(outcome, together.get(outcome.id), published.get(outcome.id))
        for outcome in analysis.outcomes
    )
    ends = [end for group in groups for line in group.lines for end in (line.low, line.high)]
    interval = prose.interval_words(analysis.level, analysis.kind)
    note = f"Average rate over studies: median and {interval} of each model"
    note += ", each outcome by itself; joint: the outcomes of a group together" if together else ""
    note += "; grey diamonds: as published."
    title = style.wrapped(_title(analysis.outcomes, published), width, style.TITLE, bold=True)
    return OutcomesForest(
        title, style.wrapped(note, width - style.MARGIN, style.SMALL), groups, style.rate_axis(ends)
    )


def _title(outcomes: Sequence[OutcomeAnswer], published: Mapping[str, PublishedRate]) -> str:
    """Return the finding: how many published intervals leave out the average of each model."""
    claimed = [outcome for outcome in outcomes if outcome.id in published]
    if not claimed:
        return f"Average rates of {wording.counted(len(outcomes), 'outcome', 'outcomes')}"
    out = sum(
        all(
            not published[outcome.id].ci_low
            <= model.estimand("average").median.value
            <= published[outcome.id].ci_high
            for model in prose.varying(outcome)
        )
        for outcome in claimed
    )
    return (
        f"{out} of {len(claimed)} published intervals leave out the median average rate of "
        "every model"
    )


def _group(
    outcome: OutcomeAnswer, together: TypeAnswer | None, published: PublishedRate | None
) -> Group:
    lines = [_line(model, outcome) for model in prose.varying(outcome)]
    if together is not None:
        ends = _ends(together.average)
        lines.append(Line(JOINT, *ends, _text(*ends), style.family_colour(JOINT), published=False))
    if published is not None:
        ends = (published.estimate, published.ci_low, published.ci_high)
        middle, low, high = (f"{100 * end:.1f}" for end in ends)
        text = f"{middle} [{low}, {high}]"
        lines.append(Line(PUBLISHED, *ends, text, style.QUIET, published=True))
    totals = outcome.totals
    events = f"{totals.low}" if totals.low == totals.high else f"{totals.low} to {totals.high}"
    name = shorten(printable(outcome.label or outcome.id), LONGEST)
    return Group(name, f"{events} of {totals.patients}", tuple(lines))


def _line(model: ModelAnswer, outcome: OutcomeAnswer) -> Line:
    ends = _ends(model.estimand("average"))
    colour = style.family_colour(model.family)
    return Line(prose.model_label(model, outcome), *ends, _text(*ends), colour, published=False)


def _ends(summary: Summary) -> tuple[float, float, float]:
    return summary.median.value, summary.interval.low, summary.interval.high


def _text(middle: float, low: float, high: float) -> str:
    ends = wording.interval(low, high).removesuffix(" %").replace(" %", "").split(" to ")
    return f"{wording.inferred(middle).removesuffix(' %')} [{', '.join(ends)}]"
