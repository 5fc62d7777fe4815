"""Tables as CSV: plain columns, and nothing that a spreadsheet would execute."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from metaprop.questions.readings import moves
from metaprop.reporting.codec import encode
from metaprop.reporting.names import csv_cell, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from metaprop.questions.answers import (
        Analysis,
        ModelAnswer,
        ObservedStudy,
        OutcomeAnswer,
        Summary,
    )
    from metaprop.questions.readings import ReadingAnswer

Cell = str | float | int | None

ESTIMATES = (
    *("outcome", "model", "engine", "estimand", "scale", "mean", "median", "low", "high"),
    *("level", "kind", "error"),
)
THRESHOLDS = ("outcome", "model", "engine", "estimand", "threshold", "probability_above", "error")
AGREEMENT = (
    *("outcome", "model", "compared", "largest_in_standard_errors", "least_p_value", "gate"),
    *("agree", "r_hat", "ess_bulk", "ess_tail", "divergences", "energy", "draws", "seed"),
)
READINGS = (
    *("reading", "study_kept", "outcome", "model", "estimand", "threshold"),
    *("probability_above", "probability_above_under_reading", "change_in_percentage_points"),
)
SHRINKAGE = (
    *("outcome", "study", "events_low", "events_high", "total"),
    *("observed", "observed_low", "observed_high", "observed_method"),
    *("model", "engine", "estimand", "mean", "median", "low", "high", "level", "kind", "error"),
)


def estimate_rows(analysis: Analysis) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each estimand; ``error`` is the largest of its four numbers."""
    for outcome, model in _pairs(analysis):
        for summary in model.estimands:
            yield (*_head(outcome, model), summary.estimand, summary.scale, *_numbers(summary))


def threshold_rows(analysis: Analysis) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each probability of lying above a threshold."""
    for outcome, model in _pairs(analysis):
        for summary in model.estimands:
            for entry in summary.above:
                chance = entry.probability
                numbers = (entry.above, chance.value, _error(chance.error))
                yield (*_head(outcome, model), summary.estimand, *numbers)


def shrinkage_rows(analysis: Analysis) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each study under each model: what it observed, and its posterior."""
    for outcome, model in _pairs(analysis):
        for study, rate in zip(outcome.observed, model.studies, strict=True):
            fit = (model.id, model.engine, rate.estimand, *_numbers(rate))
            yield (outcome.id, *_observed(study), *fit)


def agreement_rows(analysis: Analysis) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each fit by NUTS: how it agrees with the exact engine, how it mixed."""
    for outcome, model in _pairs(analysis):
        if model.sampled is None:
            continue
        found, agreed = model.sampled.diagnostics, model.sampled.agreement
        compared: tuple[Cell, ...] = (None,) * 5
        if agreed is not None:
            verdict = "yes" if agreed.passed else "no"
            numbers = (agreed.compared, agreed.largest, agreed.worst.p_value, agreed.gate)
            compared = (*numbers, verdict)
        sizes = (found.r_hat, found.bulk, found.tail, found.divergences, found.energy, found.draws)
        yield (outcome.id, model.id, *compared, *sizes, model.sampled.settings.seed)


def reading_rows(
    analysis: Analysis, readings: Sequence[ReadingAnswer]
) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each probability under each reading, beside that of the default."""
    for answer in readings:
        for move in moves(analysis, answer):
            where = (move.outcome, move.model, move.estimand, move.above)
            change = 100.0 * (move.read - move.default)
            yield (answer.id, answer.choice, *where, move.default, move.read, change)


def write_tables(analysis: Analysis, folder: Path, readings: Sequence[ReadingAnswer] = ()) -> None:
    """Write the tables into an existing folder; that of the two engines if NUTS ran."""
    write_csv(folder / "estimates.csv", ESTIMATES, estimate_rows(analysis))
    write_csv(folder / "thresholds.csv", THRESHOLDS, threshold_rows(analysis))
    write_csv(folder / "shrinkage.csv", SHRINKAGE, shrinkage_rows(analysis))
    if readings:
        write_csv(folder / "readings.csv", READINGS, reading_rows(analysis, readings))
    agreement = list(agreement_rows(analysis))
    if agreement:
        write_csv(folder / "agreement.csv", AGREEMENT, agreement)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write one table: UTF-8, commas, Unix line ends, numbers rounded as in the JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return csv_cell(printable(value))
    if isinstance(value, float):
        value = encode(value)
    return "" if value is None else f"{value}"


def _pairs(analysis: Analysis) -> Iterator[tuple[OutcomeAnswer, ModelAnswer]]:
    return ((outcome, model) for outcome in analysis.outcomes for model in outcome.models)


def _head(outcome: OutcomeAnswer, model: ModelAnswer) -> tuple[Cell, ...]:
    return outcome.id, model.id, model.engine


def _numbers(summary: Summary) -> tuple[Cell, ...]:
    interval = summary.interval
    error = max(summary.mean.error, summary.median.error, interval.error)
    ends = (interval.low, interval.high, interval.level, interval.kind)
    return summary.mean.value, summary.median.value, *ends, _error(error)


def _error(error: float) -> float | None:
    rounded: float | None = encode(error, "error")
    return rounded


def _observed(study: ObservedStudy) -> tuple[Cell, ...]:
    counts = (study.name, study.low, study.high, study.total)
    if study.interval is None:
        return (*counts, None, None, None, None)
    interval = study.interval
    return (*counts, study.rate, interval.low, interval.high, interval.method)
