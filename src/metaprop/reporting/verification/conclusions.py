"""What changed in the conclusions when the evidence or a model did: before, after, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import Analysis, ModelAnswer, OutcomeAnswer
    from metaprop.reporting.evidence import Evidence, StoredCount

HEADLINES: tuple[Estimand, ...] = ("average", "new_study")


@dataclass(frozen=True, slots=True)
class CellChange:
    """One study's count of one outcome, as printed before and after; empty where there is none."""

    outcome: str
    study: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One conclusion before and after: ``what`` in words, rates or probabilities in [0, 1]."""

    outcome: str
    model: str
    what: str
    before: float
    after: float

    @property
    def points(self) -> float:
        """Return the change in percentage points."""
        return 100.0 * (self.after - self.before)


def cell_changes(before: Evidence | None, after: Evidence | None) -> tuple[CellChange, ...]:
    """Return every count that was added, taken away or changed."""
    ours, theirs = _cells(before), _cells(after)
    names = dict.fromkeys((*ours, *theirs))
    return tuple(
        CellChange(*name, ours.get(name, ""), theirs.get(name, ""))
        for name in names
        if ours.get(name) != theirs.get(name)
    )


def _cells(evidence: Evidence | None) -> Mapping[tuple[str, str], str]:
    outcomes = () if evidence is None else evidence.outcomes
    return {(one.id, cell.study): _cell(cell) for one in outcomes for cell in one.counts}


def _cell(cell: StoredCount) -> str:
    events = f"{cell.low}" if cell.low == cell.high else f"{cell.low}-{cell.high}"
    return f"{events} of {cell.total}"


def conclusions(before: Analysis, after: Analysis) -> tuple[Conclusion, ...]:
    """Return every headline of the outcomes and models that both analyses have.

    The median of the average rate and of the next study's, and the probability that each lies on
    the good side of every threshold.
    """
    later = {outcome.id: outcome for outcome in after.outcomes}
    return tuple(
        found
        for outcome in before.outcomes
        if outcome.id in later
        for found in _outcome(outcome, later[outcome.id])
    )


def _outcome(before: OutcomeAnswer, after: OutcomeAnswer) -> Iterator[Conclusion]:
    later = {model.id: model for model in after.models}
    for model in prose.varying(before):
        if model.id in later:
            yield from _model(before, after, model, later[model.id])


def _model(
    before: OutcomeAnswer, after: OutcomeAnswer, model: ModelAnswer, later: ModelAnswer
) -> Iterator[Conclusion]:
    head = (before.id, model.id)
    for estimand in HEADLINES:
        name = prose.estimand_name(estimand, before.label)
        medians = (m.estimand(estimand).median.value for m in (model, later))
        yield Conclusion(*head, f"median of the {name}", *medians)
        for rate in (t for t in before.thresholds if t in after.thresholds):
            chances = (
                prose.side_probability(one, fit, estimand, rate)
                for one, fit in ((before, model), (after, later))
            )
            where = f"{prose.side(before)} {wording.threshold(rate)}"
            yield Conclusion(*head, f"P({name} {where})", *chances)


def changed_sentences(before: Analysis, after: Analysis) -> tuple[tuple[str, str], ...]:
    """Return the first sentences of every outcome that read otherwise now: before, after."""
    later = {outcome.id: outcome for outcome in after.outcomes}
    pairs = [
        pair
        for outcome in before.outcomes
        if outcome.id in later
        for pair in zip(_sentences(outcome), _sentences(later[outcome.id]), strict=False)
    ]
    return tuple(pair for pair in pairs if pair[0] != pair[1])


def _sentences(outcome: OutcomeAnswer) -> Sequence[str]:
    middle = prose.main_threshold(outcome)
    return prose.answers_in_words(outcome, () if middle is None else (middle,))
