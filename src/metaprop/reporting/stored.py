"""Read a whole folder of results back: what tables, figures, pages and documents are made of.

Each kind of record has its one reader in its own room; this one knows which of them make a folder.
What is optional and not there is empty: ``Results`` never holds half of a part.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from metaprop.reporting.assumptions import ASSUMPTIONS, Assumptions
from metaprop.reporting.audit import RECORD as AUDIT
from metaprop.reporting.audit import read_audit
from metaprop.reporting.calibration import read_calibration
from metaprop.reporting.checks import read_checks
from metaprop.reporting.codec import decode, encode
from metaprop.reporting.evidence import EVIDENCE, Evidence
from metaprop.reporting.frequentist_records import frequentist_file, read_frequentist
from metaprop.reporting.joint import read_joint
from metaprop.reporting.moderators import read_moderators
from metaprop.reporting.records import (
    read_manifest,
    read_readings,
    read_record,
    read_records,
    write_record,
)
from metaprop.reporting.sensitivity import read_sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from metaprop.questions.answers import Analysis, OutcomeAnswer
    from metaprop.questions.audit.records import Audit
    from metaprop.questions.calibration.records import Calibration
    from metaprop.questions.checks.answers import Checks
    from metaprop.questions.frequentist.answers import FrequentistAnswer, PublishedRate
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.questions.moderators.answers import Moderators
    from metaprop.questions.readings import ReadingAnswer
    from metaprop.questions.sensitivity.records import Sensitivity
    from metaprop.reporting.records import Manifest


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the main analysis, each of it empty where it was not asked for.

    ``published`` maps outcomes to what a publication claims of them; ``frequentist`` has one answer
    for each outcome, or none at all.
    """

    readings: tuple[ReadingAnswer, ...] = ()
    frequentist: tuple[FrequentistAnswer, ...] = ()
    published: Mapping[str, PublishedRate] = field(default_factory=dict)
    joint: tuple[JointAnswer, ...] = ()
    audit: Audit | None = None
    evidence: Evidence | None = None
    assumptions: Assumptions | None = None
    checks: Checks | None = None
    sensitivity: Sensitivity | None = None
    moderators: tuple[Moderators, ...] = ()
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A folder of results: ``manifest`` is its passport, ``analysis`` the main answers."""

    manifest: Manifest
    analysis: Analysis
    beside: Beside

    def outcome(self, name: str) -> OutcomeAnswer:
        """Return the main answer to one outcome; ``KeyError`` if it is none of these."""
        for outcome in self.analysis.outcomes:
            if outcome.id == name:
                return outcome
        raise KeyError(name)

    def frequentist(self, name: str) -> FrequentistAnswer | None:
        """Return the frequentist answer to one outcome, None where nobody asked."""
        found = (answer for answer in self.beside.frequentist if answer.id == name)
        return next(found, None)


def read_results(folder: Path) -> Results:
    """Return everything that stands in a folder of results.

    Raises
    ------
    DatasetError
        If a record is missing where another calls for it, damaged, or of another schema.
    """
    analysis = read_records(folder)
    evidence = _optional(folder / EVIDENCE, Evidence)
    frequentist = _frequentist(folder, analysis)
    models = tuple(dict.fromkeys(m.id for one in analysis.outcomes for m in one.models))
    checks = read_checks(folder, [one.id for one in analysis.outcomes], models)
    beside = Beside(
        readings=read_readings(folder),
        frequentist=frequentist,
        published={one.id: one.published for one in frequentist if one.published is not None},
        joint=tuple(_in_order(read_joint(folder), evidence)),
        audit=read_audit(folder) if (folder / AUDIT).exists() else None,
        evidence=evidence,
        assumptions=_optional(folder / ASSUMPTIONS, Assumptions),
        checks=checks,
        sensitivity=read_sensitivity(folder),
        moderators=read_moderators(folder, [one.id for one in analysis.outcomes]),
        calibration=read_calibration(folder),
    )
    return Results(read_manifest(folder), analysis, beside)


def write_beside(beside: Beside, folder: Path) -> None:
    """Write what was observed and assumed into an existing folder of results."""
    for name, record in ((EVIDENCE, beside.evidence), (ASSUMPTIONS, beside.assumptions)):
        if record is not None:
            write_record(folder / name, record)


def as_stored[T](record: T) -> T:
    """Return a record as it would be read back: what is drawn of it is drawn the same later."""
    if isinstance(record, tuple):
        return tuple(map(as_stored, record))  # type: ignore[return-value]
    if isinstance(record, dict):
        return {key: as_stored(value) for key, value in record.items()}  # type: ignore[return-value]
    if isinstance(record, Beside):
        held: dict[str, Any] = {f.name: as_stored(getattr(record, f.name)) for f in fields(Beside)}
        return replace(record, **held)
    if is_dataclass(record) and not isinstance(record, type):
        return decode(type(record), encode(record))
    return record


def _optional[T](path: Path, wanted: type[T]) -> T | None:
    return read_record(path, wanted) if path.exists() else None


def _frequentist(folder: Path, analysis: Analysis) -> tuple[FrequentistAnswer, ...]:
    """Return an answer for each outcome, or none if there is none at all."""
    if not any(frequentist_file(folder, one.id).exists() for one in analysis.outcomes):
        return ()
    return read_frequentist(folder)


def _in_order(answers: Iterable[JointAnswer], evidence: Evidence | None) -> list[JointAnswer]:
    """Return the joint fits as they were asked: by model, by group, then with consequences."""
    groups = [one.group for one in evidence.outcomes] if evidence is not None else []
    places = {group: place for place, group in reversed(list(enumerate(groups)))}
    return sorted(answers, key=lambda one: (one.model, places.get(one.group, -1), one.left_out))
