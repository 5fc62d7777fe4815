"""Table 1 with its summaries and Table 2 made again: rows of a CSV, from stored records alone.

Rates are proportions in [0, 1]; what is printed stays as it is printed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from metaprop.evidence.columns import REACH
from metaprop.evidence.knowledge import Grade
from metaprop.reporting import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import Analysis, OutcomeAnswer
    from metaprop.questions.frequentist.answers import FrequentistAnswer, PublishedRate
    from metaprop.reporting.evidence import Covariate, Evidence, OutcomeEvidence, StoredTable
    from metaprop.reporting.stored import Beside

Cell = str | float | int | None

SUMMARIES = (
    *("column", "meaning", "unit", "studies", "sum", "unweighted_mean", "weighted_mean"),
    *("least", "most", "printed"),
)
LISTED = (
    *("outcome", "label", "studies_listed", "listed"),
    *("exact", "at_least", "range", "read_as_none", "unknown"),
    *("events_low", "events_high", "patients", "crude_low", "crude_high"),
    *("average_median", "average_low", "average_high", "level", "model"),
    *("usual_typical", "usual_low", "usual_high"),
    *("printed", "printed_low", "printed_high", "printed_source"),
)
PEOPLE = "patients"
"""Unit of a column that counts people: it adds up, and is not weighted by itself."""


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of Table 1 over the studies that fill it.

    ``unweighted`` is the mean over studies, each counted once; ``weighted`` counts each by its
    patients, NaN where the column itself counts people. ``total`` is NaN where a sum means nothing.
    ``printed`` is what the publication prints of it, in words.
    """

    column: str
    meaning: str
    unit: str
    studies: int
    total: float
    unweighted: float
    weighted: float
    least: float
    most: float
    printed: str


@dataclass(frozen=True, slots=True)
class ListedOutcome:
    """One outcome of Table 2: who is listed, what is known, what follows, what is printed.

    ``listed`` is None where no publication lists studies; ``grades`` counts studies by what is
    known of them, in the order of ``Grade``. ``usual`` is the pooled rate of the usual method,
    None where a count is not exact.
    """

    outcome: OutcomeAnswer
    listed: tuple[str, ...] | None
    grades: tuple[int, ...]
    usual: tuple[float, float, float] | None
    printed: PublishedRate | None


def table_1_head(evidence: Evidence) -> tuple[str, ...]:
    """Return the head of Table 1: the study, then every column about the studies."""
    return ("study", *(column.name for column in evidence.covariates))


def table_1_rows(evidence: Evidence) -> Iterator[tuple[Cell, ...]]:
    """Yield Table 1 as printed, one row a study."""
    for place, name in enumerate(evidence.study_names):
        yield (name, *(column.values[place] for column in evidence.covariates))


def column_summaries(evidence: Evidence) -> tuple[ColumnSummary, ...]:
    """Return the sums and means of every column of Table 1 that has a unit and holds numbers.

    A study's patients are those of the data set's first outcome.
    """
    first = evidence.outcomes[0] if evidence.outcomes else None
    patients = {count.study: count.total for count in first.counts} if first else {}
    sizes = tuple(patients.get(name) for name in evidence.study_names)
    printed = _printed(evidence.summaries)
    found = (_summary(c, sizes, printed.get(c.name, "")) for c in evidence.covariates if c.unit)
    return tuple(one for one in found if one is not None)


def _summary(
    column: Covariate, sizes: tuple[int | None, ...], printed: str
) -> ColumnSummary | None:
    values = tuple(_number(cell) for cell in column.values)
    if any(v is None and cell is not None for v, cell in zip(values, column.values, strict=True)):
        return None
    known = [value for value in values if value is not None]
    if not known:
        return None
    people = column.unit == PEOPLE
    sized = [(v, n) for v, n in zip(values, sizes, strict=True) if v is not None and n is not None]
    weight = math.fsum(n for _, n in sized)
    mean = math.fsum(v * n for v, n in sized) / weight if sized and not people else math.nan
    return ColumnSummary(
        column=column.name,
        meaning=column.meaning,
        unit=column.unit or "",
        studies=len(known),
        total=math.fsum(known) if people else math.nan,
        unweighted=math.fsum(known) / len(known),
        weighted=mean,
        least=min(known),
        most=max(known),
        printed=printed,
    )


def _number(cell: str | None) -> float | None:
    try:
        value = float(cell or "")
    except ValueError:
        return None
    # A column that is no covariate may hold anything: what cannot be summed up is no number here.
    return value if abs(value) <= REACH else None


def _printed(summaries: StoredTable | None) -> dict[str, str]:
    """Return what is printed of each single column: ``mean 44.3``."""
    found: dict[str, str] = {}
    for row in summaries.rows if summaries is not None else ():
        cells = dict(zip(summaries.columns, row, strict=True)) if summaries is not None else {}
        name = (cells["column"] or "").strip()
        words = f"{cells['statistic']} {cells['printed']}"
        found[name] = f"{found[name]}; {words}" if name in found else words
    return found


def summary_rows(evidence: Evidence) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each column of Table 1 that can be summed up."""
    for one in column_summaries(evidence):
        means = (one.total, one.unweighted, one.weighted, one.least, one.most)
        yield (one.column, one.meaning, one.unit, one.studies, *means, one.printed)


def listed_outcomes(analysis: Analysis, beside: Beside) -> tuple[ListedOutcome, ...]:
    """Return Table 2 made again: every outcome of which evidence is stored.

    Where no publication lists studies under outcomes there is no Table 2, and nothing is returned.
    """
    evidence = beside.evidence
    if evidence is None or evidence.claims is None:
        return ()
    if "studies_listed" not in evidence.claims.columns:
        return ()
    usual = {answer.id: answer for answer in beside.frequentist}
    known = {outcome.id for outcome in evidence.outcomes}
    return tuple(
        ListedOutcome(
            outcome=outcome,
            listed=_listed(evidence, outcome.id),
            grades=_grades(evidence.outcome(outcome.id)),
            usual=_usual(usual.get(outcome.id)),
            printed=beside.published.get(outcome.id),
        )
        for outcome in analysis.outcomes
        if outcome.id in known
    )


def _grades(outcome: OutcomeEvidence) -> tuple[int, ...]:
    grades = [count.grade for count in outcome.counts]
    return tuple(grades.count(grade) for grade in get_args(Grade))


def _usual(answer: FrequentistAnswer | None) -> tuple[float, float, float] | None:
    if answer is None or answer.usual is None:
        return None
    pooled = answer.usual.pooled
    return pooled.estimate, pooled.ci_low, pooled.ci_high


def _listed(evidence: Evidence, outcome: str) -> tuple[str, ...] | None:
    """Return the names of the studies that a publication lists under an outcome."""
    ids = next((column.values for column in evidence.covariates if column.name == "study_id"), None)
    if evidence.claims is None or ids is None:
        return None
    names = dict(zip(ids, evidence.study_names, strict=True))
    for row in evidence.claims.rows:
        cells = dict(zip(evidence.claims.columns, row, strict=True))
        if cells.get("outcome") == outcome and cells["studies_listed"]:
            parts = (part.strip() for part in cells["studies_listed"].split(";"))
            return tuple(names.get(part, part) for part in parts if part)
    return None


def listed_rows(analysis: Analysis, beside: Beside) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each outcome of Table 2: the average rate by the headline model."""
    nothing = (math.nan, math.nan, math.nan)
    for one in listed_outcomes(analysis, beside):
        totals, model, claim = one.outcome.totals, prose.headline(one.outcome), one.printed
        average = model.estimand("average")
        listed = (None, None) if one.listed is None else ("; ".join(one.listed), len(one.listed))
        printed: tuple[Cell, ...] = (*nothing, None)
        if claim is not None:
            printed = (claim.estimate, claim.ci_low, claim.ci_high, claim.source)
        yield (
            *(one.outcome.id, one.outcome.label, *listed, *one.grades),
            *(totals.low, totals.high, totals.patients),
            *(totals.low / totals.patients, totals.high / totals.patients),
            *(average.median.value, average.interval.low, average.interval.high),
            *(average.interval.level, model.id),
            *(one.usual or nothing),
            *printed,
        )
