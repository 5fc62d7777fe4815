"""The answers themselves, as tables: every outcome under every model, with its thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.appendix.blocks import (
    Column,
    Heading,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.words import (
    RESULTS,
    UNKNOWN,
    good_chance,
    in_percent,
    interval_name,
    label,
    median_and_ends,
    seen_in_percent,
)
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.stored import Results

ESTIMATES, THRESHOLDS, JOINT = "estimates", "thresholds", "joint"
NO_REASON = "no clinical reason is known"


def thresholds(results: Results) -> Section:
    """Return the thresholds asked about with the reason for them, and the tables of answers."""
    blocks: list[Block] = [Heading(1, RESULTS), paragraph(*_told(results))]
    blocks += [paragraph(*_joint_words(one)) for one in results.beside.joint if not one.left_out]
    tables = [_estimates(results), _thresholds(results)]
    tables += [_joint_table(results)] if results.beside.joint else []
    return Section(tuple(blocks), tuple(tables))


def _told(results: Results) -> Inlines:
    known = [label(outcome) for outcome in results.analysis.outcomes if _reason(results, outcome)]
    unknown = len(results.analysis.outcomes) - len(known)
    if not known:
        why = (
            "The data set gives no clinical reason for any of them: they are round numbers, and a "
            "reader may put another in their place."
        )
    elif unknown:
        why = f"A clinical reason is given for {wording.listed(known)}, none for the others."
    else:
        why = "The reason for each is given in the table."
    return inlines(
        "Estimates by every model stand in ",
        TableNumber(ESTIMATES),
        "; the probability of lying on the good side of each threshold, in ",
        TableNumber(THRESHOLDS),
        f". {why} A probability answers the question how sure one can be, given the model, the "
        "priors and the counts as they were read; it says nothing about bias of the studies.",
    )


def _reason(results: Results, outcome: OutcomeAnswer) -> str:
    """Return the reason for an outcome's thresholds where it is known and they are its own."""
    evidence = results.beside.evidence
    if evidence is None:
        return ""
    own = evidence.outcome(outcome.id)
    reason = printable(own.thresholds_reason or "")
    return reason if own.thresholds == outcome.thresholds else ""


def _estimates(results: Results) -> Table:
    heads = (
        Column("Outcome", 0.22),
        Column("Studies", 0.08, "right"),
        Column("Events of patients", 0.13, "right"),
        Column("Crude rate", 0.08, "right"),
        Column("Model", 0.13),
        Column("Average rate", 0.18),
        Column("New study", 0.18),
    )
    rows = tuple(
        cells(*_seen(outcome, first=place == 0), prose.model_label(model, outcome), *_rates(model))
        for outcome in results.analysis.outcomes
        for place, model in enumerate(prose.in_order(outcome.models))
    )
    caption = (
        f"Average rate and rate of a new study (percent; posterior median with "
        f"{interval_name(results)})."
    )
    return Table(ESTIMATES, caption, heads, rows)


def _seen(outcome: OutcomeAnswer, *, first: bool) -> tuple[str, str, str, str]:
    if not first:
        return "", "", "", ""
    totals = outcome.totals
    events = str(totals.low) if totals.low == totals.high else f"{totals.low} to {totals.high}"
    crude = UNKNOWN if totals.crude_rate is None else seen_in_percent(totals.crude_rate)
    return label(outcome), str(totals.studies), f"{events} of {totals.patients}", crude


def _rates(model: ModelAnswer) -> tuple[str, str]:
    average, new = model.estimand("average"), model.estimand("new_study")
    return median_and_ends(average), median_and_ends(new)


def _thresholds(results: Results) -> Table:
    heads = (
        Column("Outcome", 0.2),
        Column("Rate is", 0.11),
        Column("Average", 0.24),
        Column("New study", 0.24),
        Column("Reason for the thresholds", 0.21),
    )
    rows = tuple(row for outcome in results.analysis.outcomes for row in _rows(results, outcome))
    first = results.analysis.outcomes[0]
    names = [prose.model_label(model, first) for model in prose.varying(first)]
    note = inlines(f"In each cell: {wording.listed(names)}, in this order.")
    caption = "Probability (percent) that a rate lies on the good side of each threshold."
    return Table(THRESHOLDS, caption, heads, rows, (note,))


def _rows(results: Results, outcome: OutcomeAnswer) -> Iterator[tuple[Inlines, ...]]:
    for place, threshold in enumerate(outcome.thresholds):
        told = [
            " / ".join(
                good_chance(outcome, model.estimand(estimand), threshold)
                for model in prose.varying(outcome)
            )
            for estimand in ("average", "new_study")
        ]
        head = label(outcome) if place == 0 else ""
        reason = (_reason(results, outcome) or NO_REASON) if place == 0 else ""
        side = f"{prose.side(outcome)} {wording.threshold(threshold)}"
        yield cells(head, side, *told, reason)


def _joint_words(answer: JointAnswer) -> Inlines:
    first = max(answer.types, key=lambda one: one.ranks[0])
    return inlines(
        f'The outcomes of the group "{printable(answer.group)}" were also modelled together (',
        TableNumber(JOINT),
        f"). {printable(first.label)} is the most frequent of {len(answer.types)} with "
        f"probability {wording.inferred(first.ranks[0])}, under the default reading.",
    )


def _joint_table(results: Results) -> Table:
    heads = (
        Column("Fit", 0.24),
        Column("Outcome", 0.26),
        Column("Average rate", 0.2),
        Column("Most frequent (%)", 0.15, "right"),
        Column("Mean rank", 0.15, "right"),
    )
    rows = tuple(
        cells(
            _fit_name(answer) if place == 0 else "",
            printable(one.label or one.id),
            median_and_ends(one.average),
            in_percent(one.ranks[0]),
            f"{one.mean_rank:.1f}",
        )
        for answer in results.beside.joint
        for place, one in enumerate(sorted(answer.types, key=lambda one: one.mean_rank))
    )
    level = wording.threshold(results.beside.joint[0].level)
    caption = (
        f"Joint model: average rate (percent; posterior median with {level} equal-tailed credible "
        "interval), and how probably each outcome is the most frequent."
    )
    return Table(JOINT, caption, heads, rows)


def _fit_name(answer: JointAnswer) -> str:
    left = wording.listed([printable(name) for name in answer.left_out])
    return printable(answer.group) + (f" without {left}" if left else "")
