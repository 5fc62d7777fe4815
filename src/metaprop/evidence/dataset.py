"""A data set: a folder with its passport, its studies and its counts, or one plain CSV.

File names are fixed, so that a passport can point nowhere:

    dataset.toml   title, question, outcomes, columns and their units      (required)
    studies.csv    one row a study: what is known about it                  (required)
    counts.csv     outcome, study, events, total, source                    (required)
    claims.csv, minors.csv, prisma.csv, primary_reports.csv, summaries.csv  (where there are any)

What stands in ``readings/`` is read by ``readings``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from metaprop.core.errors import DatasetError, TableError
from metaprop.core.files import read_contents
from metaprop.core.wording import visible
from metaprop.evidence.coherence import check_groups, superset_problems, with_known_totals
from metaprop.evidence.columns import described_columns
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.folder import (
    COUNT_COLUMNS,
    COUNTS,
    PASSPORT,
    STUDIES,
    Basis,
    Evidence,
    Folder,
)
from metaprop.evidence.plain import studies_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from metaprop.evidence.columns import Column
    from metaprop.evidence.counts import Count
    from metaprop.evidence.passport import OutcomeEntry
    from metaprop.evidence.studies import Studies
    from metaprop.evidence.table import Table

Direction = Literal["higher is better", "lower is better"]

EXTRAS = {
    "claims.csv": ("outcome", "source"),
    "minors.csv": ("study", "source"),
    "prisma.csv": ("stage", "count", "source"),
    "primary_reports.csv": ("study", "outcome", "events", "total", "certainty", "source"),
    "summaries.csv": ("column", "statistic", "printed", "source"),
}
"""Files that a folder may hold, and the columns that each must have, filled in every row."""
DEFAULT_THRESHOLDS = (0.80, 0.85, 0.90, 0.95)
"""Rates asked about where a plain CSV says nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: its name, which way is better, the rates asked about, and the evidence.

    ``thresholds`` are rates in (0, 1), increasing, and ``thresholds_reason`` says why those, None
    where no reason is known; titles are about ``headline``, None for the usual one. ``sources`` and
    ``bases`` say for each study, in the order of ``studies``, where its count comes from and what
    it stands on. Outcomes of one ``group`` belong into one joint model; a ``consequence`` of the
    others is left out of it once, and a superset of them (``any_of`` names their group) never
    enters it.
    """

    id: str
    label: str
    direction: Direction
    thresholds: tuple[float, ...]
    studies: Studies
    sources: tuple[str, ...]
    bases: tuple[Basis, ...]
    group: str | None = None
    consequence: bool = False
    any_of: str | None = None
    known_total_source: str | None = None
    thresholds_reason: str | None = None
    headline: float | None = None

    @property
    def known_total(self) -> Count | None:
        """What is printed about the events of all studies together; None if nothing is."""
        return self.studies.known_total


@dataclass(frozen=True, slots=True)
class Dataset:
    """What was observed, and where it stands.

    ``id`` names the data set's results; ``study_names`` and every ``Column.values`` follow the
    rows of ``studies.csv``, which an outcome need not cover; ``covariates`` are all its columns,
    in the order of the passport, and say which of them may explain why rates differ; ``hashes``
    has the SHA-256 of each file read, by its name. ``claims``, ``minors``, ``prisma``,
    ``primary_reports`` and ``summaries`` are None where there is no file. ``registration`` and
    ``limitations`` are what the passport says of them, in words.

    Examples
    --------
    >>> dataset = read_dataset("data/kalantar2026")
    >>> for outcome in list(dataset.outcomes.values())[:2]:
    ...     print(outcome.id, outcome.studies.k, outcome.direction)
    union 17 higher is better
    any_complication 17 lower is better
    """

    folder: Path
    id: str
    title: str
    question: str
    citation: str | None
    doi: str | None
    outcomes: Mapping[str, Outcome]
    study_names: tuple[str, ...]
    covariates: Mapping[str, Column]
    claims: Table | None
    minors: Table | None
    prisma: Table | None
    primary_reports: Table | None
    summaries: Table | None
    hashes: Mapping[str, str]
    registration: str | None = None
    limitations: tuple[str, ...] = ()

    @property
    def groups(self) -> Mapping[str, tuple[Outcome, ...]]:
        """The outcomes of each group, in the order of the passport."""
        found: dict[str, tuple[Outcome, ...]] = {}
        for outcome in self.outcomes.values():
            if outcome.group is not None:
                found[outcome.group] = (*found.get(outcome.group, ()), outcome)
        return MappingProxyType(found)


def read_evidence(path: str | PathLike[str]) -> Dataset:
    """Return the data set of a folder, or of a plain CSV with one outcome called ``events``.

    Raises
    ------
    DatasetError
        If a folder is at fault; with every fault of every file.
    TableError
        If a plain CSV is at fault; with every fault.
    """
    return read_dataset(path) if Path(path).is_dir() else _plain(Path(path))


def read_dataset(folder: str | PathLike[str]) -> Dataset:
    """Return the data set of a folder.

    Raises
    ------
    DatasetError
        With every fault of every file: its key, or its row and column; value; what to do.

    Examples
    --------
    >>> dataset = read_dataset("data/kalantar2026")
    >>> dataset.id, dataset.outcomes["union"].studies.k
    ('kalantar2026', 17)
    """
    folder = Path(folder)
    faults = Faults(visible(folder))
    if not folder.is_dir():
        remedy = f"Name a folder that holds {PASSPORT}, {STUDIES} and {COUNTS}"
        faults.add("there is no such folder", faults.where, remedy)
        faults.raise_any(DatasetError)
    return _assembled(Folder(folder, faults))


def _plain(path: Path) -> Dataset:
    contents = read_contents(path, error=TableError)
    studies = studies_in(contents.text, visible(path))
    title = path.stem
    sources = tuple(f"{path.name}, study {row}" for row in range(1, studies.k + 1))
    reported: Basis = "reported"
    evidence = (studies, sources, (reported,) * studies.k)
    outcome = Outcome("events", title, "higher is better", DEFAULT_THRESHOLDS, *evidence)
    return Dataset(
        folder=path.parent,
        id=_id(path.stem),
        title=title,
        question="",
        citation=None,
        doi=None,
        outcomes=MappingProxyType({outcome.id: outcome}),
        study_names=studies.names,
        covariates=MappingProxyType({}),
        claims=None,
        minors=None,
        prisma=None,
        primary_reports=None,
        summaries=None,
        hashes=MappingProxyType({path.name: contents.sha256}),
    )


def _id(name: str) -> str:
    """Return a name that can name a folder of results."""
    return "dataset" if name.strip(". ") == "" else name


def _check_labels(folder: Folder, described: Mapping[str, OutcomeEntry]) -> None:
    """Note labels that stand twice: nobody could tell in a table which outcome is meant."""
    first: dict[str, str] = {}
    for key, entry in described.items():
        other = first.setdefault(entry.label.casefold(), key)
        if other != key:
            what = f"{shown(entry.label)} is the label of {other}, too"
            place = f"{folder.place(PASSPORT)}, key outcomes.{key}.label"
            folder.faults.add(what, place, "Call each outcome by a label of its own")


def _assembled(folder: Folder) -> Dataset:
    """Read every file, so that all faults are known, then return the data set or raise."""
    passport = folder.passport()
    studies = folder.table(STUDIES, ("study", "source"))
    names = folder.study_names(studies)
    counts = folder.table(COUNTS, COUNT_COLUMNS)
    folder.known_studies(counts, COUNTS, names)
    extras = {name: folder.optional(name, *columns) for name, columns in EXTRAS.items()}
    claims, minors, prisma, reports, summaries = extras.values()
    for name, table in extras.items():
        folder.known_studies(table, name, names)
    described = {} if passport is None else passport.outcomes
    evidence = folder.outcomes(counts, None if passport is None else tuple(described))
    evidence = with_known_totals(folder, described, evidence)
    check_groups(folder, described)
    _check_labels(folder, described)
    studied = {key: rows.studies for key, rows in evidence.items()}
    folder.faults.extend(superset_problems(described, studied, folder.place(COUNTS)))
    columns = described_columns(folder, passport, studies)
    folder.faults.raise_any(DatasetError)
    assert passport is not None  # noqa: S101 - every way to None has noted a fault
    outcomes = {key: _outcome(key, entry, evidence[key]) for key, entry in described.items()}
    return Dataset(
        folder=folder.path,
        id=_id(folder.path.resolve().name),
        title=passport.title,
        question=passport.question,
        citation=passport.citation,
        doi=passport.doi,
        outcomes=MappingProxyType(outcomes),
        study_names=names,
        covariates=MappingProxyType(columns),
        claims=claims,
        minors=minors,
        prisma=prisma,
        primary_reports=reports,
        summaries=summaries,
        hashes=MappingProxyType(dict(sorted(folder.hashes.items()))),
        registration=passport.registration,
        limitations=tuple(passport.limitations),
    )


def _outcome(key: str, entry: OutcomeEntry, evidence: Evidence) -> Outcome:
    return Outcome(
        id=key,
        label=entry.label,
        direction=entry.direction,
        thresholds=tuple(entry.thresholds),
        studies=evidence.studies,
        sources=evidence.sources,
        bases=evidence.bases,
        group=entry.group,
        consequence=entry.consequence,
        any_of=entry.any_of,
        known_total_source=entry.known_total_source,
        thresholds_reason=entry.thresholds_reason,
        headline=entry.headline,
    )
