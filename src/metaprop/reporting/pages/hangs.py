"""What the answer hangs on: the same evidence read otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.readings import moves
from metaprop.reporting import prose
from metaprop.reporting.names import printable
from metaprop.reporting.overview import telling_threshold
from metaprop.reporting.pages.blocks import (
    Block,
    Bullets,
    Cell,
    Fold,
    Section,
    chance,
    paragraphs,
    reading_name,
    table,
    text,
    unbroken,
)
from metaprop.reporting.pages.multiverse import multiverse_blocks

if TYPE_CHECKING:
    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.readings import Move, ReadingAnswer
    from metaprop.reporting.pages.blocks import Kind
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

FIRST = "readings-first"
"""The table of the first outcome, which has a main threshold."""


def hangs_section(results: Results, pictures: Pictures) -> Section:
    """Return how far each reading moves each outcome's main probability."""
    blocks: list[Block] = []
    if results.beside.readings:
        blocks += [paragraphs(_farthest(results)), *_sheets(results), _meanings(results)]
    else:
        absent = "The data set brings no other reading of its evidence."
        blocks.append(paragraphs(absent, tone="quiet"))
    blocks += multiverse_blocks(results, pictures)
    return Section("hangs", "What the answer hangs on", "Sensitivity", tuple(blocks))


def _meanings(results: Results) -> Fold:
    told = {reading_name(one.id): one.sentence for one in results.beside.readings}
    lines = tuple(f"{name}: {printable(sentence)}" for name, sentence in told.items())
    return Fold("What each reading assumes", (Bullets(lines),))


def _main_moves(results: Results) -> list[tuple[ReadingAnswer, OutcomeAnswer, list[Move]]]:
    """Return, for each reading and outcome, how an average's probability moves.

    At the main threshold of the first outcome; of the others at the one that tells most.
    """
    asked = {outcome.id: _threshold(outcome, results) for outcome in results.analysis.outcomes}
    found = []
    for answer in results.beside.readings:
        all_moves = moves(results.analysis, answer)
        for read in answer.outcomes:
            where = (read.id, "average", asked[read.id])
            mine = [m for m in all_moves if (m.outcome, m.estimand, m.above) == where]
            if mine:
                found.append((answer, results.outcome(read.id), mine))
    return found


def _threshold(outcome: OutcomeAnswer, results: Results) -> float | None:
    if outcome.id == results.analysis.outcomes[0].id:
        return prose.main_threshold(outcome)
    reads = (read for answer in results.beside.readings for read in answer.outcomes)
    mine = [read for read in reads if read.id == outcome.id and read.models]
    return telling_threshold([outcome, *mine])


def _good(outcome: OutcomeAnswer, above: float) -> float:
    return above if prose.side(outcome) == "above" else 1.0 - above


def _farthest(results: Results) -> str:
    """Return the move that is largest, for the first outcome and over all."""
    first = results.analysis.outcomes[0].id
    found = [
        (abs(move.read - move.default), move, outcome, answer)
        for answer, outcome, mine in _main_moves(results)
        for move in mine
    ]
    told = []
    for scope in ([one for one in found if one[2].id == first], found):
        if scope:
            _, move, outcome, answer = max(scope, key=lambda one: one[0])
            told.append(_moved(move, outcome, answer))
    return " ".join(dict.fromkeys(told))


def _moved(move: Move, outcome: OutcomeAnswer, answer: ReadingAnswer) -> str:
    name = prose.estimand_name("average", outcome.label)
    where = f"{prose.side(outcome)} {wording.threshold(move.above)}"
    before, after = (wording.inferred(_good(outcome, p)) for p in (move.default, move.read))
    model = next(m for m in outcome.models if m.id == move.model)
    return (
        f"Of the {name}, the probability of lying {where} moves farthest under the reading "
        f"{reading_name(answer.id)!r}: from {before} to {after} "
        f"({prose.model_label(model, outcome)})."
    )


def _sheets(results: Results) -> list[Block]:
    """Return a table of the first outcome, and one of the others, folded away."""
    first = results.analysis.outcomes[0]
    found = _main_moves(results)
    mine = [one for one in found if one[1].id == first.id]
    others = [one for one in found if one[1].id != first.id]
    blocks: list[Block] = []
    if mine:
        name = prose.rate_name(first.label)
        blocks.append(_sheet(results, mine, FIRST, f"The {name}, read otherwise"))
    if others:
        sheet = _sheet(results, others, "readings-others", "Every other outcome, read otherwise")
        blocks.append(Fold("The other outcomes, read otherwise", (sheet,)))
    return blocks


def _sheet(
    results: Results,
    found: list[tuple[ReadingAnswer, OutcomeAnswer, list[Move]]],
    name: str,
    caption: str,
) -> Block:
    first = results.analysis.outcomes[0]
    models = prose.varying(first)
    heads: list[tuple[str, Kind]] = [("Reading", "text"), ("Outcome", "text"), ("Average", "text")]
    for model in models:
        label = prose.model_label(model, first)
        heads += [(f"By default, {label}", "number"), (f"As read, {label}", "number")]
    rows = []
    for answer, outcome, mine in found:
        by_model = {move.model: move for move in mine}
        cells: list[Cell] = []
        for model in models:
            move = by_model.get(model.id)
            pair = (None, None) if move is None else (move.default, move.read)
            cells += [Cell("") if p is None else chance(_good(outcome, p)) for p in pair]
        kept = f"only {answer.choice} kept" if answer.choice else ""
        asked = unbroken(f"{prose.side(outcome)} {wording.threshold(mine[0].above)}")
        head = text(reading_name(answer.id), kept)
        rows.append((head, text(outcome.label or outcome.id), Cell(asked), *cells))
    note = "" if name == FIRST else "Each at the threshold at which its readings differ most."
    return table(name, caption, heads, rows, note)
