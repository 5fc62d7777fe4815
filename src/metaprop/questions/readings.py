"""How far each conclusion moves when the same evidence is read otherwise.

Every reading is fitted by the exact engine, to the outcomes that it touches and under the models in
which studies differ; NUTS checks the default reading alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.questions.analysis import analyse

# read back by their type hints while the program runs: see reporting/codec.py
from metaprop.questions.answers import OutcomeAnswer  # noqa: TC001
from metaprop.questions.assumed import groups_of, with_shared_effect, with_unreported_odds
from metaprop.questions.summaries import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.reading import Reading
    from metaprop.questions.answers import Analysis


@dataclass(frozen=True, slots=True)
class ReadingAnswer:
    """The outcomes that a reading touches, under every model, and what the reading assumes.

    ``choice`` is the one study kept where a reading keeps one of several, else None.
    """

    id: str
    choice: str | None
    sentence: str
    outcomes: tuple[OutcomeAnswer, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """How far one probability moves: P(rate > ``above``) by default and under a reading."""

    outcome: str
    model: str
    estimand: str
    above: float
    default: float
    read: float


def ask_readings(
    dataset: Dataset,
    readings: Sequence[Reading],
    models: Sequence[Model],
    default: Analysis,
    on_reading: Callable[[str], None] | None = None,
) -> tuple[ReadingAnswer, ...]:
    """Return the answers under every reading, asked as the default was.

    Parameters
    ----------
    dataset
        The outcomes asked for; a reading that touches none of them is passed over.
    readings
        Other readings of the same evidence.
    models
        At least one; the common rate is left out where others are there.
    default
        The analysis of the data set as it stands: its level, kind and thresholds hold.
    on_reading
        Called with the id of each reading before it is fitted, to show progress.
    """
    varying = [model for model in models if model.family != "common-rate"] or list(models)
    asked = {outcome.id: outcome for outcome in default.outcomes}
    answers = []
    for reading in readings:
        touched = [key for key in reading.outcomes if key in dataset.outcomes and key in asked]
        if not touched:
            continue
        if on_reading is not None:
            on_reading(reading.id)
        read = reading.apply(dataset)
        fitted = tuple(
            _read(reading, read, key, varying, _question(default, asked[key])) for key in touched
        )
        if not any(outcome.models for outcome in fitted):  # none of a family that it can be told in
            continue
        sentence = " ".join(reading.sentence.split())
        answers.append(ReadingAnswer(reading.id, reading.choice, sentence, fitted))
    return tuple(answers)


def _question(default: Analysis, outcome: OutcomeAnswer) -> Question:
    """Return how the default was asked about an outcome."""
    return Question(outcome.thresholds, default.level, default.kind, "summary", None)


def _read(
    reading: Reading, read: Dataset, key: str, models: Sequence[Model], question: Question
) -> OutcomeAnswer:
    """Return one outcome under what the reading makes of its counts and assumes of its rates."""
    outcome = read.outcomes[key]
    if reading.shared_effect is not None:
        column = read.covariates[reading.shared_effect]
        groups = groups_of(column, read.study_names, outcome)
        return with_shared_effect(outcome, models, question, groups)
    if reading.unreported_odds != 1.0:
        return with_unreported_odds(outcome, models, question, reading.unreported_odds)
    analysis = analyse(
        outcome,
        models,
        thresholds=question.above,
        level=question.level,
        kind=question.kind,
        detail=question.detail,
    )
    return analysis.outcomes[0]


def moves(default: Analysis, answer: ReadingAnswer) -> tuple[Move, ...]:
    """Return how far a reading moves every probability that was asked for."""
    known = {outcome.id: {m.id: m for m in outcome.models} for outcome in default.outcomes}
    return tuple(
        Move(
            outcome.id,
            model.id,
            summary.estimand,
            entry.above,
            known[outcome.id][model.id].estimand(summary.estimand).probability(entry.above).value,
            entry.probability.value,
        )
        for outcome in answer.outcomes
        for model in outcome.models
        for summary in model.estimands
        for entry in summary.above
    )
