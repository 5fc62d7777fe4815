"""Answers for a terminal: sentences first, then a table, or lines where the terminal is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.core.estimates import Estimate
    from metaprop.questions.answers import Analysis, OutcomeAnswer, Summary

GAP = "  "
"""Between two columns."""
_ESTIMATES = 5
"""Columns before those of the thresholds: estimand, model, mean, median, interval."""
_TEXTS = 2
"""Columns that are words, and stand at the left."""
_NAMES = {
    "average": "average rate",
    "typical": "typical study",
    "new_study": "next study",
    "tau": "tau (log odds)",
    "rho": "rho",
}


def table_cells(outcome: OutcomeAnswer) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and the rows of the table of one outcome: estimand by model."""
    models = prose.in_order(outcome.models)
    interval = models[0].estimands[0].interval
    sign = ">" if prose.side(outcome) == "above" else "<"
    asked = [f"P({sign} {wording.threshold(t)})" for t in outcome.thresholds]
    level = f"{wording.threshold(interval.level)} interval"
    header = ("", "model", "mean", "median", level, *asked)
    names = dict.fromkeys(summary.estimand for model in models for summary in model.estimands)
    rows = [
        (_NAMES[summary.estimand], prose.model_label(model, outcome), *_numbers(summary, outcome))
        for name in names
        for model in models
        for summary in model.estimands
        if summary.estimand == name
    ]
    return header, rows


def _numbers(summary: Summary, outcome: OutcomeAnswer) -> tuple[str, ...]:
    ends = summary.interval
    if summary.scale != "rate":
        texts = (wording.number(summary.mean.value), wording.number(summary.median.value))
        return *texts, wording.number_interval(ends.low, ends.high), *[""] * len(outcome.thresholds)
    above = [entry.probability.value for entry in summary.above]
    good = above if prose.side(outcome) == "above" else [1.0 - value for value in above]
    chances = [wording.inferred(value) for value in good]
    numbers = (_percent(summary.mean), _percent(summary.median))
    return *numbers, wording.interval(ends.low, ends.high), *chances


def _percent(number: Estimate) -> str:
    return wording.inferred(number.value)


def narrow_lines(outcome: OutcomeAnswer) -> list[str]:
    """Return the table as short lines, for a terminal of forty characters."""
    header, rows = table_cells(outcome)
    lines = []
    for name, model, *cells in rows:
        lines.append(f"{name}, {model}")
        lines += [f"  {head} {cell}" for head, cell in zip(header[2:], cells, strict=True) if cell]
    return lines


def count_lines(outcome: OutcomeAnswer) -> list[str]:
    """Return, for each model, the most probable numbers of events in the next study."""
    return [
        f"Events among the next {wording.counted(count.patients, 'patient', 'patients')} of one"
        " new study"
        f" ({prose.model_label(model, outcome)}): {_most_probable(count.probabilities)}"
        for model in prose.in_order(outcome.models)
        if (count := model.new_count) is not None
    ]


def _most_probable(probabilities: Sequence[float], most: int = 5) -> str:
    order = sorted(range(len(probabilities)), key=lambda y: -probabilities[y])[:most]
    return ", ".join(f"{y} ({wording.inferred(probabilities[y])})" for y in order)


def foot_line(analysis: Analysis) -> str:
    """Return who computed the numbers and what the intervals are."""
    engines = {
        "exact": "exact (deterministic quadrature)",
        "nuts": "nuts (Hamiltonian Monte Carlo)",
        "both": "exact (deterministic quadrature), checked by nuts (Hamiltonian Monte Carlo)",
    }
    kind = prose.interval_words(analysis.level, analysis.kind)
    return f"Engine {engines[analysis.engine]}; {kind}s."


def undefined_lines(outcome: OutcomeAnswer) -> list[str]:
    """Return one line for each mean that does not exist, with the reason."""
    return [
        f"The mean of {_NAMES[summary.estimand]} ({prose.model_label(model, outcome)}) is"
        f" undefined: {summary.mean.undefined}"
        for model in prose.in_order(outcome.models)
        for summary in model.estimands
        if summary.mean.undefined
    ]


def silence_line(outcome: OutcomeAnswer) -> str:
    """Return what to say where no study reports the outcome: then every answer is the prior's."""
    return (
        f"CAUTION ({printable(outcome.id)}): no study reports a count. Every number here is that"
        " of the prior; nothing was learnt from the table."
    )


def unreported_line(unreported: int, studies: int) -> str:
    """Return how many of the studies report no count, and what that means."""
    verb = "reports" if unreported == 1 else "report"
    of = wording.counted(studies, "study", "studies")
    return f"{unreported} of {of} {verb} no count (?): that is neither an event nor a zero"


def outcome_lines(
    outcome: OutcomeAnswer,
    thresholds: Sequence[float],
    width: int,
    *,
    named: bool,
    unreported: int = 0,
    silent: bool = False,
) -> list[str]:
    """Return everything that ``fit`` says of one outcome, each entry one or several lines.

    ``unreported`` studies report no count; ``silent`` says that nothing at all is known.
    """
    title = [printable(outcome.label or outcome.id)] if named else []
    missing = [unreported_line(unreported, outcome.totals.studies)] if unreported else []
    return [
        *([silence_line(outcome)] if silent else []),
        *prose.quality_lines(outcome),
        *title,
        *prose.answers_in_words(outcome, thresholds),
        *count_lines(outcome),
        "",
        prose.evidence_line(outcome),
        *missing,
        *_table(outcome, width),
        *undefined_lines(outcome),
    ]


def _table(outcome: OutcomeAnswer, width: int) -> list[str]:
    """Return the table whole, or in two parts, or as short lines: whichever fits the width."""
    header, rows = table_cells(outcome)
    whole = [header, *rows]
    estimates = drawn([row[:_ESTIMATES] for row in whole])
    chances = drawn([row[:_TEXTS] + row[_ESTIMATES:] for row in whole if any(row[_ESTIMATES:])])
    for lines in (drawn(whole), [*estimates, "", *chances]):
        if max(map(len, lines)) <= width:
            return lines
    return narrow_lines(outcome)


def drawn(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows of cells as lines: words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            cell.ljust(width) if place < _TEXTS else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
