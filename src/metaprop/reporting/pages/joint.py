"""Outcomes of one group together: which is more frequent, under the joint model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.joint import joint_finding
from metaprop.reporting.joint import fit_name, stem_of
from metaprop.reporting.joint_shift import shift_words
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Section,
    Sheet,
    chance,
    number,
    paragraphs,
    table,
    text,
)

if TYPE_CHECKING:
    from metaprop.questions.joint_answers import JointAnswer, TypeAnswer
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

MEANING = (
    "The joint model takes the outcomes of a group together, so that rare ones borrow from the "
    "others and their order can be asked for. Each study counts once for each outcome; that one "
    "patient may have several is not modelled."
)


def joint_section(results: Results, pictures: Pictures) -> Section | None:
    """Return every fit of the joint model with its table and figure; None where none was asked."""
    answers = results.beside.joint
    if not answers:
        return None
    blocks: list[Block] = [paragraphs(MEANING, tone="quiet")]
    for answer in answers:
        if answer.quality.status != "ok":
            said = f"{answer.quality.message} {answer.quality.remedy}"
            blocks.append(paragraphs(said, tone="warning"))
        stem = f"joint_{stem_of(answer)}"
        blocks += [
            paragraphs(_finding(answer, results)),
            _sheet(answer, results),
            pictures.take(stem),
        ]
        shift = shift_words(results.analysis, answer)
        blocks += [paragraphs(shift)] if shift else []
        blocks.append(pictures.take(f"joint_ranks_{stem_of(answer)}"))
    groups = wording.listed(list(dict.fromkeys(printable(a.group) for a in answers)))
    return Section("joint", f"Together: {groups}", "Together", tuple(blocks))


def _finding(answer: JointAnswer, results: Results) -> str:
    without = _without(answer, results).strip()
    scope = f"{without[:1].upper()}{without[1:]}, which follows from others. " if without else ""
    return f"{scope}{joint_finding(answer)}."


def _without(answer: JointAnswer, results: Results) -> str:
    """Return which outcomes of the group a fit leaves out, for the middle of a line; or nothing."""
    labels = {one.id: one.label or one.id for one in results.analysis.outcomes}
    names = [
        prose.rate_name(labels.get(name, name)).removesuffix(" rate") for name in answer.left_out
    ]
    return f" without {wording.listed(names)}" if names else ""


def _name(one: TypeAnswer) -> str:
    return printable(one.label or one.id)


def _sheet(answer: JointAnswer, results: Results) -> Sheet:
    level = wording.threshold(answer.level)
    return table(
        f"joint-{slug(answer.group)}-{slug(fit_name(answer))}",
        f"Average rates of the {printable(answer.group)}{_without(answer, results)} "
        "under the joint model, and their order",
        (
            *(("Outcome", "text"), (f"Average: median [{level} equal-tailed]", "number")),
            *(("Most frequent", "number"), ("Expected rank", "number")),
            ("More frequent than the next in the table", "number"),
        ),
        _rows(answer),
        f"Probabilities by NUTS; Monte Carlo error of a rank's probability at most "
        f"{wording.percent(answer.rank_error)}.",
    )


def _rows(answer: JointAnswer) -> list[tuple[Cell, ...]]:
    order = sorted(range(len(answer.types)), key=lambda place: answer.types[place].mean_rank)
    rows: list[tuple[Cell, ...]] = []
    for here, place in enumerate(order):
        one = answer.types[place]
        summary = one.average
        low, high = (
            wording.inferred(end).removesuffix(" %")
            for end in (summary.interval.low, summary.interval.high)
        )
        middle = summary.median.value
        beats = Cell("")
        if here + 1 < len(order):
            beats = chance(answer.more_frequent[place][order[here + 1]].value)
        rows.append(
            (
                text(_name(one)),
                Cell(f"{wording.inferred(middle)} [{low}, {high}]", middle),
                chance(one.ranks[0]),
                number(one.mean_rank),
                beats,
            )
        )
    return rows
