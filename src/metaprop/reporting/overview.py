"""What a run says at its end: the answers, how far readings move them, how the engines agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.readings import moves
from metaprop.reporting import prose
from metaprop.reporting.names import printable
from metaprop.reporting.terminal import drawn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from metaprop.questions.answers import Analysis, ModelAnswer, OutcomeAnswer, SampledAnswer
    from metaprop.questions.readings import Move, ReadingAnswer


def overview_lines(
    analysis: Analysis,
    readings: Sequence[ReadingAnswer],
    beside: Mapping[str, Collection[str]],
) -> list[str]:
    """Return the lines; ``beside`` names, for an outcome, readings without which none is told."""
    lines: list[str] = []
    for outcome in analysis.outcomes:
        threshold = prose.main_threshold(outcome)
        lines += prose.quality_lines(outcome)
        lines += prose.answers_in_words(outcome, () if threshold is None else (threshold,))
        lines += beside_lines(outcome, readings, beside.get(outcome.id, ()))
    lines += ["", *reading_lines(analysis, readings)] if readings else []
    agreement = agreement_lines(analysis)
    return [*lines, "", *agreement, ""] if agreement else lines


def beside_lines(
    outcome: OutcomeAnswer, readings: Sequence[ReadingAnswer], names: Collection[str]
) -> list[str]:
    """Return the answer for the average under each reading that belongs beside the default.

    At the threshold at which they differ most, and by default first where that is not its main one.
    """
    beside = [
        (answer.id, read)
        for answer in readings
        if answer.id in names
        for read in answer.outcomes
        if read.id == outcome.id
    ]
    threshold = telling_threshold([outcome, *(read for _, read in beside)])
    asked = () if threshold is None else (threshold,)
    told = [
        (f"Reading {printable(name)}", prose.answers_in_words(read, asked)[0])
        for name, read in beside
    ]
    if told and threshold != prose.main_threshold(outcome):
        told.insert(0, ("By default", prose.answers_in_words(outcome, asked)[0]))
    return [f"  {name}: {sentence}" for name, sentence in told]


def telling_threshold(answers: Sequence[OutcomeAnswer]) -> float | None:
    """Return the threshold at which the average of several readings of an outcome differs most."""

    def spread(threshold: float) -> float:
        averages = [prose.headline(answer).estimand("average") for answer in answers]
        chances = [average.probability(threshold).value for average in averages]
        return max(chances) - min(chances)

    return max(answers[0].thresholds, key=spread, default=None)


def reading_lines(analysis: Analysis, readings: Sequence[ReadingAnswer]) -> list[str]:
    """Return, for each outcome, the reading that moves its main average probability farthest."""
    header = ("outcome", "model", "P(average is", "by default", "moved farthest to", "by reading")
    rows = []
    for outcome in analysis.outcomes:
        threshold = prose.main_threshold(outcome)
        found = [
            (abs(move.read - move.default), move, answer.id)
            for answer in readings
            for move in moves(analysis, answer)
            if move.outcome == outcome.id and move.estimand == "average" and move.above == threshold
        ]
        for model in prose.in_order(outcome.models):
            mine = [entry for entry in found if entry[1].model == model.id]
            if mine:
                _, move, name = max(mine, key=lambda entry: entry[0])
                rows.append(_moved(outcome, model, move, name))
    return drawn([header, *rows]) if rows else []


def _moved(outcome: OutcomeAnswer, model: ModelAnswer, move: Move, reading: str) -> tuple[str, ...]:
    good = prose.side(outcome)
    chances = (move.default, move.read) if good == "above" else (1 - move.default, 1 - move.read)
    label = prose.model_label(model, outcome)
    where = f"{good} {wording.threshold(move.above)})"
    return printable(outcome.id), label, where, *map(wording.inferred, chances), reading


def agreement_lines(analysis: Analysis) -> list[str]:
    """Return the table of both engines: how they agree and how the chains mixed; or nothing."""
    header = (
        *("outcome", "model", "compared", "largest difference", "engines"),
        *("R-hat", "ESS bulk", "ESS tail", "divergences"),
    )
    rows = [
        (printable(outcome.id), prose.model_label(model, outcome), *_agreement(model.sampled))
        for outcome in analysis.outcomes
        for model in prose.in_order(outcome.models)
        if model.sampled is not None
    ]
    return drawn([header, *rows]) if rows else []


def _agreement(sampled: SampledAnswer) -> tuple[str, ...]:
    found, agreed = sampled.diagnostics, sampled.agreement
    if agreed is None:
        numbers: tuple[str, ...] = ("", "", "")
    else:
        verdict = "agree" if agreed.passed else "DISAGREE"
        numbers = (f"{agreed.compared}", f"{agreed.largest:.1f} SE", verdict)
    sizes = (f"{found.bulk:,.0f}", f"{found.tail:,.0f}", f"{found.divergences}")
    return *numbers, f"{found.r_hat:.4f}", *sizes
