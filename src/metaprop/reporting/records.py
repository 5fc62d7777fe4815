"""The one reader and the one writer of the JSON under ``results/``, schema 1.

``manifest.json`` says what went in and lists what stands there; each
``outcomes/<outcome>/<model>.json`` holds one outcome under one model with all that its tables and
figures need. Neither holds a date or a path of the machine: the same input gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from metaprop.core.errors import DatasetError, Problem
from metaprop.core.estimates import IntervalKind  # noqa: TC001 - read by the codec at run time
from metaprop.core.files import read_text
from metaprop.core.wording import visible
from metaprop.engines.posterior import EngineChoice  # noqa: TC001 - read by the codec at run time
from metaprop.questions.answers import (
    Analysis,
    Detail,
    Direction,
    ModelAnswer,
    ObservedStudy,
    OutcomeAnswer,
    Totals,
)
from metaprop.questions.readings import ReadingAnswer  # noqa: TC001 - read by the codec
from metaprop.reporting.codec import MismatchError, decode, dumps, encode
from metaprop.reporting.names import slug

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA = 1
MANIFEST = "manifest.json"
_AGAIN = "Write the results again with `metaprop run`"


@dataclass(frozen=True, slots=True)
class Passport:
    """Where an analysis comes from: ``inputs`` maps each file read to its SHA-256."""

    command: str
    inputs: dict[str, str]
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """One outcome of a manifest with the ids of its models, in the order of the report."""

    id: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The head of a folder of results."""

    schema: int
    dataset: str
    title: str
    engine: EngineChoice
    level: float
    kind: IntervalKind
    seed: int
    detail: Detail
    command: str
    inputs: dict[str, str]
    versions: dict[str, str]
    outcomes: tuple[Listing, ...]
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """One reading, as stored: an answer for each study that it may keep, or one."""

    schema: int
    dataset: str
    answers: tuple[ReadingAnswer, ...]


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """One outcome under one model, as stored: the outcome's own fields, then the model's answer."""

    schema: int
    dataset: str
    id: str
    label: str
    direction: Direction
    thresholds: tuple[float, ...]
    headline: float | None = field(default=None, kw_only=True)
    totals: Totals
    observed: tuple[ObservedStudy, ...]
    model: ModelAnswer


def manifest_of(
    analysis: Analysis, passport: Passport, readings: Sequence[ReadingAnswer] = ()
) -> Manifest:
    """Return the manifest of an analysis and of the other readings of its evidence."""
    listings = (Listing(o.id, tuple(m.id for m in o.models)) for o in analysis.outcomes)
    return Manifest(
        schema=SCHEMA,
        dataset=analysis.dataset,
        title=analysis.title,
        engine=analysis.engine,
        level=analysis.level,
        kind=analysis.kind,
        seed=analysis.seed,
        detail=analysis.detail,
        command=passport.command,
        inputs=dict(sorted(passport.inputs.items())),
        versions=dict(sorted(passport.versions.items())),
        outcomes=tuple(listings),
        readings=tuple(dict.fromkeys(answer.id for answer in readings)),
    )


def passport_of(manifest: Manifest) -> Passport:
    """Return the passport that a manifest was made with."""
    return Passport(manifest.command, manifest.inputs, manifest.versions)


def outcome_file(folder: Path, outcome: str, model: str) -> Path:
    """Return where one outcome under one model is stored; ids are cleaned for the disk."""
    return folder / "outcomes" / slug(outcome) / f"{slug(model)}.json"


def reading_file(folder: Path, reading: str) -> Path:
    """Return where one reading is stored."""
    return folder / "readings" / f"{slug(reading)}.json"


def write_records(
    analysis: Analysis,
    passport: Passport,
    folder: Path,
    readings: Sequence[ReadingAnswer] = (),
) -> None:
    """Write the manifest, every outcome under every model and every reading into a folder."""
    manifest = manifest_of(analysis, passport, readings)
    write_record(folder / MANIFEST, manifest)
    for name in manifest.readings:
        answers = tuple(answer for answer in readings if answer.id == name)
        stored = ReadingRecord(SCHEMA, analysis.dataset, answers)
        write_record(reading_file(folder, name), stored)
    for outcome in analysis.outcomes:
        for model in outcome.models:
            record = OutcomeRecord(
                schema=SCHEMA,
                dataset=analysis.dataset,
                id=outcome.id,
                label=outcome.label,
                direction=outcome.direction,
                thresholds=outcome.thresholds,
                headline=outcome.headline,
                totals=outcome.totals,
                observed=outcome.observed,
                model=model,
            )
            write_record(outcome_file(folder, outcome.id, model.id), record)


RECORD_HEAD = b'{\n "schema":'
"""What every record begins with, by which a folder is told from one of another program."""


def write_record(path: Path, record: object) -> None:
    """Write one record as JSON; its folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(encode(record)) + "\n", encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder of results.

    Raises
    ------
    DatasetError
        If it is missing, damaged or of another schema.
    """
    return read_record(folder / MANIFEST, Manifest)


def read_records(folder: Path) -> Analysis:
    """Return the analysis that a folder of results was written from.

    Raises
    ------
    DatasetError
        If a file is missing, damaged or of another schema, or two models of one outcome disagree on
        what was observed.
    """
    manifest = read_manifest(folder)
    return Analysis(
        dataset=manifest.dataset,
        title=manifest.title,
        engine=manifest.engine,
        level=manifest.level,
        kind=manifest.kind,
        seed=manifest.seed,
        detail=manifest.detail,
        outcomes=tuple(_read_outcome(folder, listing) for listing in manifest.outcomes),
    )


def read_readings(folder: Path) -> tuple[ReadingAnswer, ...]:
    """Return the other readings that stand in a folder of results.

    Raises
    ------
    DatasetError
        If a file is missing, damaged or of another schema.
    """
    names = read_manifest(folder).readings
    records = (read_record(reading_file(folder, name), ReadingRecord) for name in names)
    return tuple(answer for record in records for answer in record.answers)


def _read_outcome(folder: Path, listing: Listing) -> OutcomeAnswer:
    paths = [outcome_file(folder, listing.id, model) for model in listing.models]
    answers = [_as_answer(read_record(path, OutcomeRecord)) for path in paths]
    whole = replace(answers[0], models=tuple(answer.models[0] for answer in answers))
    for path, answer in zip(paths, answers, strict=True):
        if replace(answer, models=whole.models) != whole:
            what = "describes the outcome otherwise than the first model does"
            raise DatasetError(Problem(what, visible(path), _AGAIN))
    return whole


def _as_answer(record: OutcomeRecord) -> OutcomeAnswer:
    return OutcomeAnswer(
        id=record.id,
        label=record.label,
        direction=record.direction,
        thresholds=record.thresholds,
        headline=record.headline,
        totals=record.totals,
        observed=record.observed,
        models=(record.model,),
    )


def read_record[T](path: Path, wanted: type[T], remedy: str = _AGAIN) -> T:
    """Return one record, or raise DatasetError: missing, damaged, of another schema.

    ``remedy`` says how to write it again.
    """
    text = read_text(path, error=DatasetError)
    try:
        return _decoded(text, wanted)
    except RecursionError:
        what = "it is nested too deeply"
    except (MismatchError, _SchemaError) as error:
        what = str(error)
    except ValueError as error:  # no JSON, or an integer of thousands of digits
        what = f"no JSON: {error}"
    raise DatasetError(Problem(what, visible(path), remedy))


class _SchemaError(ValueError):
    """A record of another schema."""


def _decoded[T](text: str, wanted: type[T]) -> T:
    raw = json.loads(text, parse_constant=_no_number)
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if schema != SCHEMA:
        reads = f"this version of metaprop reads schema {SCHEMA}"
        raise _SchemaError(f"schema is {schema!r:.60}; {reads}")
    return decode(wanted, raw)


def _no_number(name: str) -> float:
    """Refuse what Python reads as JSON and nobody else does."""
    raise ValueError(f"{name} is no number")
