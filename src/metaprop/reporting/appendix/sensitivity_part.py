"""How far the answers move when the same evidence is read otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.readings import moves
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
from metaprop.reporting.appendix.words import UNKNOWN, in_percent, label
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer
    from metaprop.questions.readings import Move
    from metaprop.reporting.appendix.blocks import Block, Inlines
    from metaprop.reporting.stored import Results

READINGS, LISTED = "readings", "listed-readings"
HEADING = "Sensitivity"
NO_READINGS = "The data set holds no other reading of its evidence."


@dataclass(frozen=True, slots=True)
class _Moved:
    """One probability by default, and the readings that move it lowest and highest."""

    outcome: OutcomeAnswer
    model: ModelAnswer
    threshold: float
    default: float
    lowest: tuple[float, str]
    highest: tuple[float, str]

    @property
    def widest(self) -> float:
        """Return how far the farthest reading moves the probability."""
        return max(abs(end - self.default) for end in (self.lowest[0], self.highest[0]))


def sensitivity(results: Results) -> Section:
    """Return what other readings of the evidence make of the main probabilities."""
    head = Heading(1, HEADING)
    if not results.beside.readings:
        return Section((head, paragraph(NO_READINGS)))
    moved = _all_moved(results)
    blocks: list[Block] = [head, paragraph(*_told(results, moved))]
    tables = [_reading_table(results), *([_moved_table(moved)] if moved else [])]
    return Section(tuple(blocks), tuple(tables))


def _told(results: Results, moved: Sequence[_Moved]) -> Inlines:
    names = dict.fromkeys(answer.id for answer in results.beside.readings)
    lead = (
        f"The same evidence was read in {wording.counted(len(names), 'other way', 'other ways')} (",
        TableNumber(LISTED),
        "), each fitted by quadrature to the outcomes that it touches. ",
    )
    if not moved:
        return inlines(*lead)
    most = max(moved, key=lambda one: one.widest)
    end, reading = max((most.lowest, most.highest), key=lambda entry: abs(entry[0] - most.default))
    where = f"{prose.side(most.outcome)} {wording.threshold(most.threshold)}"
    return inlines(
        *lead,
        f"The largest move of a main probability is that of {label(most.outcome)} "
        f"({prose.model_label(most.model, most.outcome)}): the probability that the average is "
        f"{where} goes from {wording.inferred(most.default)} to {wording.inferred(end)} under "
        f"{reading} (",
        TableNumber(READINGS),
        ").",
    )


def _all_moved(results: Results) -> list[_Moved]:
    """Return how far the readings move the probability of the average at the main threshold."""
    found = []
    for outcome in results.analysis.outcomes:
        threshold = prose.main_threshold(outcome)
        for model in prose.in_order(outcome.models):
            ends = [] if threshold is None else _ends(results, outcome, model, threshold)
            if ends and threshold is not None:
                default = prose.side_probability(outcome, model, "average", threshold)
                found.append(_Moved(outcome, model, threshold, default, min(ends), max(ends)))
    return found


def _ends(
    results: Results, outcome: OutcomeAnswer, model: ModelAnswer, threshold: float
) -> list[tuple[float, str]]:
    return [
        (_good(outcome, move), _name(answer.id, answer.choice))
        for answer in results.beside.readings
        for move in moves(results.analysis, answer)
        if (move.outcome, move.model) == (outcome.id, model.id)
        and (move.estimand, move.above) == ("average", threshold)
    ]


def _good(outcome: OutcomeAnswer, move: Move) -> float:
    return move.read if prose.side(outcome) == "above" else 1.0 - move.read


def _name(reading: str, choice: str | None) -> str:
    kept = "" if choice is None else f" (kept: {printable(choice)})"
    return f"{printable(reading)}{kept}"


def _reading_table(results: Results) -> Table:
    labels = {outcome.id: label(outcome) for outcome in results.analysis.outcomes}
    sentences: dict[str, str] = {}
    touched: dict[str, dict[str, None]] = {}
    for answer in results.beside.readings:
        sentences.setdefault(answer.id, printable(answer.sentence))
        names = {labels.get(outcome.id, outcome.id): None for outcome in answer.outcomes}
        touched.setdefault(answer.id, {}).update(names)
    heads = (Column("Reading", 0.24), Column("What it assumes", 0.51), Column("Outcomes", 0.25))
    rows = tuple(
        cells(printable(name), sentence, _touched(list(touched[name]), list(labels.values())))
        for name, sentence in sentences.items()
    )
    return Table(LISTED, "Other readings of the evidence.", heads, rows)


def _touched(names: list[str], everything: list[str]) -> str:
    """Return which outcomes a reading touches, the shorter way round."""
    others = [name for name in everything if name not in names]
    if not others and len(names) > 1:
        return "all"
    if len(others) < len(names) - 1:
        return f"all but {wording.listed(others)}"
    return wording.listed(names)


def _end(end: tuple[float, str], *, moved: bool) -> str:
    """Return how far readings move a probability to one side; a dash where none does."""
    value, name = end
    return f"{in_percent(value)}, {name}" if moved else UNKNOWN


def _moved_table(moved: Sequence[_Moved]) -> Table:
    heads = (
        Column("Outcome", 0.19),
        Column("Model", 0.12),
        Column("Average is", 0.11),
        Column("By default", 0.09, "right"),
        Column("Lowest, by reading", 0.245),
        Column("Highest, by reading", 0.245),
    )
    rows = tuple(
        cells(
            label(one.outcome),
            prose.model_label(one.model, one.outcome),
            f"{prose.side(one.outcome)} {wording.threshold(one.threshold)}",
            in_percent(one.default),
            _end(one.lowest, moved=one.lowest[0] < one.default),
            _end(one.highest, moved=one.highest[0] > one.default),
        )
        for one in moved
    )
    caption = (
        "Probability (percent) that the average rate lies on the good side of the main threshold, "
        "by default and under the readings that move it farthest to either side."
    )
    return Table(READINGS, caption, heads, rows)
