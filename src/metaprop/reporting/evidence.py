"""``evidence.json``, schema 1: what was observed, with the source of every count.

A report is made from stored records alone, so the evidence is stored beside the answers: who says
each count and how surely, the claims as printed, and the tables about the studies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.evidence.columns import CovariateKind  # noqa: TC001 - read by the codec at run time
from metaprop.evidence.folder import Basis  # noqa: TC001 - read by the codec at run time
from metaprop.evidence.knowledge import Grade, grades
from metaprop.questions.answers import Direction  # noqa: TC001 - read by the codec at run time
from metaprop.reporting.records import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.evidence.columns import Column
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.reading import Reading
    from metaprop.evidence.table import Table

EVIDENCE = "evidence.json"


@dataclass(frozen=True, slots=True)
class StoredCount:
    """What is known of one study: ``low`` to ``high`` events of ``total``, and who says so.

    ``grade`` says how much is known, ``basis`` what it stands on, ``source`` where that is.
    """

    study: str
    low: int
    high: int
    total: int
    grade: Grade
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class KnownTotal:
    """What is printed about the events of all studies together."""

    low: int
    high: int
    source: str


@dataclass(frozen=True, slots=True)
class OutcomeEvidence:
    """One outcome as it was asked about: fields as in ``evidence.dataset.Outcome``.

    ``thresholds`` are the data set's own rates in (0, 1), ``thresholds_reason`` why those, None
    where no reason is known.
    """

    id: str
    label: str
    direction: Direction
    thresholds: tuple[float, ...]
    thresholds_reason: str | None
    group: str | None
    consequence: bool
    any_of: str | None
    known_total: KnownTotal | None
    counts: tuple[StoredCount, ...]


@dataclass(frozen=True, slots=True)
class Covariate:
    """A column about the studies: cells as printed, one for each of ``study_names``.

    ``covariate`` says what its cells are where it may explain why rates differ, None elsewhere.
    """

    name: str
    meaning: str
    unit: str | None
    label: str | None
    covariate: CovariateKind | None
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A small table as printed: ``rows`` of cells in the order of ``columns``; None is empty."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class ReadCount:
    """A count that a reading puts in place of the data set's own."""

    outcome: str
    count: StoredCount


@dataclass(frozen=True, slots=True)
class ReadingEvidence:
    """What a reading changes: counts, and studies ``left_out`` of ``left_out_of``.

    ``choice`` is the one study kept where a reading keeps one of several. ``unreported_odds`` is
    the factor of the odds in studies that do not report, 1 where nothing is assumed of them;
    ``shared_effect`` names the column by which studies share a random effect, None where none.
    """

    id: str
    choice: str | None
    sentence: str
    outcomes: tuple[str, ...]
    counts: tuple[ReadCount, ...]
    left_out: tuple[str, ...]
    left_out_of: tuple[str, ...]
    unreported_odds: float
    shared_effect: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was observed.

    ``study_names`` are all studies of the data set; an outcome need not cover them. The tables are
    None where there is no file.
    """

    schema: int
    dataset: str
    title: str
    question: str
    citation: str | None
    doi: str | None
    registration: str | None
    limitations: tuple[str, ...]
    study_names: tuple[str, ...]
    outcomes: tuple[OutcomeEvidence, ...]
    covariates: tuple[Covariate, ...]
    readings: tuple[ReadingEvidence, ...]
    claims: StoredTable | None
    minors: StoredTable | None
    prisma: StoredTable | None
    primary_reports: StoredTable | None
    summaries: StoredTable | None

    def outcome(self, name: str) -> OutcomeEvidence:
        """Return the evidence of one outcome; ``KeyError`` if it is none of these."""
        for outcome in self.outcomes:
            if outcome.id == name:
                return outcome
        raise KeyError(name)


def evidence_of(dataset: Dataset, readings: Sequence[Reading] = ()) -> Evidence:
    """Return what is stored of a data set and of the other readings of it."""
    return Evidence(
        schema=SCHEMA,
        dataset=dataset.id,
        title=dataset.title,
        question=dataset.question,
        citation=dataset.citation,
        doi=dataset.doi,
        registration=dataset.registration,
        limitations=dataset.limitations,
        study_names=dataset.study_names,
        outcomes=tuple(map(_outcome, dataset.outcomes.values())),
        covariates=tuple(map(_covariate, dataset.covariates.values())),
        readings=tuple(_reading(reading, dataset) for reading in readings),
        claims=_table(dataset.claims),
        minors=_table(dataset.minors),
        prisma=_table(dataset.prisma),
        primary_reports=_table(dataset.primary_reports),
        summaries=_table(dataset.summaries),
    )


def _outcome(outcome: Outcome) -> OutcomeEvidence:
    known = outcome.known_total
    printed = None
    if known is not None:
        printed = KnownTotal(known.low, known.high, outcome.known_total_source or "")
    return OutcomeEvidence(
        id=outcome.id,
        label=outcome.label,
        direction=outcome.direction,
        thresholds=outcome.thresholds,
        thresholds_reason=outcome.thresholds_reason,
        group=outcome.group,
        consequence=outcome.consequence,
        any_of=outcome.any_of,
        known_total=printed,
        counts=_counts(outcome),
    )


def _counts(outcome: Outcome) -> tuple[StoredCount, ...]:
    studies = outcome.studies
    numbers = zip(
        studies.names, studies.low.tolist(), studies.high.tolist(), studies.totals.tolist(),
        strict=True,
    )  # fmt: skip
    words = zip(grades(outcome), outcome.bases, outcome.sources, strict=True)
    return tuple(StoredCount(*n, *w) for n, w in zip(numbers, words, strict=True))


def _covariate(column: Column) -> Covariate:
    head = (column.name, column.meaning, column.unit, column.label, column.covariate)
    return Covariate(*head, column.values)


def _reading(reading: Reading, dataset: Dataset) -> ReadingEvidence:
    read = {outcome.id: _counts(outcome) for outcome in reading.apply(dataset).outcomes.values()}
    changed = tuple(
        ReadCount(override.outcome, count)
        for override in reading.standing(dataset)
        for count in read[override.outcome]
        if count.study == override.study
    )
    return ReadingEvidence(
        id=reading.id,
        choice=reading.choice,
        sentence=" ".join(reading.sentence.split()),
        outcomes=reading.outcomes,
        counts=changed,
        left_out=reading.left_out,
        left_out_of=reading.left_out_of,
        unreported_odds=reading.unreported_odds,
        shared_effect=reading.shared_effect,
    )


def _table(table: Table | None) -> StoredTable | None:
    if table is None:
        return None
    rows = tuple(tuple(row.cells[name] for name in table.columns) for row in table.rows)
    return StoredTable(table.columns, rows)
