"""Every reader of files that a person or a program wrote, fed with bytes: an answer or one error.

A reader takes the bytes of one file, in a folder whose other files are sound. ``read`` returns
nothing where the promise holds, and lets through whatever else the reader raises.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from metaprop import Studies, read_dataset, read_model, read_studies
from metaprop.assumptions.model import read_joint_model, read_regression_model
from metaprop.core.errors import InputError
from metaprop.evidence.claims import read_claims
from metaprop.evidence.counts import MAX_TOTAL
from metaprop.evidence.readings import read_readings
from metaprop.reporting.audit import AuditRecord
from metaprop.reporting.records import Manifest, OutcomeRecord, ReadingRecord, read_record
from metaprop.reporting.sensitivity import SensitivityRecord

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "cases" / "readers"
DATA, MODELS = ROOT / "data" / "kalantar2026", ROOT / "models"
RESULTS = ROOT / "results" / "kalantar2026"
LONGEST_MESSAGE = 60_000
"""Characters: a fault is told, not the file told again."""

PASSPORT = b"""title = "Trees"
question = "How many live?"
[outcomes.lives]
label = "Lives"
direction = "higher is better"
thresholds = [0.8, 0.9]
group = "fates"
[outcomes.falls]
label = "Falls"
direction = "lower is better"
thresholds = [0.1]
group = "fates"
known_total = "1-9"
known_total_source = "Text."
[columns.age]
meaning = "Age."
unit = "years"
covariate = "number"
label = "Age"
"""
STUDIES = b"study,source,age\nAsh,Row 1,3\nBirch,Row 2,\nCedar,Row 3,7.5\n"
COUNTS = b"""outcome,study,events,total,source,basis
lives,Ash,9,9,Row 1,
lives,Birch,1+,15,Row 2,inferred
lives,Cedar,?,7,Row 3,silent
falls,Ash,0,9,Row 1,silent
falls,Birch,0-3,15,Row 2,
falls,Cedar,,7,Row 3,
"""
READING = b"""sentence = "Cedars are left out."
leave_out = ["Cedar"]
outcomes = ["lives"]
[known_total]
falls = "?"
"""
CELLS = b"""outcome,study,events,total,source,replaces
lives,Ash,8,9,Row 1,9
falls,Birch,2,15,Text,0-3
"""
WHOLE = {
    "dataset.toml": PASSPORT,
    "studies.csv": STUDIES,
    "counts.csv": COUNTS,
    "readings/other.toml": READING,
    "readings/other.csv": CELLS,
}
"""A small data set, whole: one of its files is replaced by what is tried."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader: the name of its file, sound files to start from, and what reads and checks."""

    file: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], None]


def tried(name: str, data: bytes, folder: Path) -> None:
    """Give bytes to a reader in an empty folder; what is no promised error passes."""
    reader = READERS[name]
    if reader.file in WHOLE:
        for file, sound in WHOLE.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(sound)
    path = folder / reader.file
    path.write_bytes(data)
    try:
        check_refusal(lambda: reader.read(path))
    finally:
        shutil.rmtree(folder / "readings", ignore_errors=True)


def check_refusal(read: Callable[[], object]) -> bool:
    """Return whether a reader refuses its file; AssertionError where its words do not help."""
    try:
        read()
    except InputError as error:
        _check_words(error)
        return True
    return False


def kept(name: str, data: bytes) -> Path:
    """Write bytes that broke a reader where the next test run replays them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}-{hashlib.sha256(data).hexdigest()[:8]}"
    path.write_bytes(data)
    return path


def _check_words(error: InputError) -> None:
    """Refuse an error without its three parts, or one as long as the file."""
    assert error.problems
    assert len(str(error)) < LONGEST_MESSAGE
    for problem in error.problems:
        assert problem.what
        assert problem.where
        assert problem.remedy
        assert "\n" not in str(problem)


def _table(path: Path) -> None:
    studies = read_studies(path)
    assert len(studies.names) == len(set(studies.names)) == studies.k
    assert ((studies.low >= 0) & (studies.low <= studies.high)).all()
    assert ((studies.high <= studies.totals) & (studies.totals <= MAX_TOTAL)).all()
    assert studies == Studies.of(studies.names, studies.counts, studies.totals)


def _dataset(path: Path) -> None:
    dataset = read_dataset(path.parent)
    assert dataset.outcomes
    assert all(outcome.studies.k for outcome in dataset.outcomes.values())


def _readings(path: Path) -> None:
    dataset = read_dataset(path.parents[1])
    for reading in read_readings(dataset).readings:
        assert reading.apply(dataset).outcomes.keys() == dataset.outcomes.keys()


def _model(path: Path) -> None:
    model = read_model(path)
    for parameter in model.parameters:
        low, middle, high = parameter.prior.quantile([0.025, 0.5, 0.975])
        assert low <= middle <= high
    assert model.prose()


def _joint(path: Path) -> None:
    assert read_joint_model(path).id


def _regression(path: Path) -> None:
    assert read_regression_model(path).id


def _claims(path: Path) -> None:
    for claim in read_claims(path):
        assert 0.0 <= claim.estimate.value <= 1.0
        assert 0.0 < claim.level < 1.0


def _record(wanted: type) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        read_record(path, wanted)

    return read


def _seeds(*paths: Path) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in paths)


_TABLES = (
    b"study,events,total\nAsh,9,9\nBirch,1+,15\nCedar,0-3,7\nElm,?,8\nFir,,2\n",
    b'\xef\xbb\xbfauthor;n;"Events"\r\n"A; B";12;0 - 3\r\n\r\n"C ""x""";1000000000;3\r\n',
    b"slab\tri\tni\ty\n\xc3\x85\t1\t2\t0\xe2\x80\x931\n",
)
READERS: Mapping[str, Reader] = {
    "table": Reader("table.csv", _TABLES, _table),
    "claims": Reader("claims.csv", _seeds(DATA / "claims.csv"), _claims),
    "passport": Reader("dataset.toml", (PASSPORT,), _dataset),
    "studies": Reader("studies.csv", (STUDIES,), _dataset),
    "counts": Reader("counts.csv", (COUNTS,), _dataset),
    "reading": Reader("readings/other.toml", (READING,), _readings),
    "cells": Reader("readings/other.csv", (CELLS,), _readings),
    "model": Reader("model.toml", _seeds(*sorted(MODELS.glob("*.toml"))), _model),
    "joint": Reader("model.toml", _seeds(MODELS / "joint.toml"), _joint),
    "regression": Reader("model.toml", _seeds(MODELS / "meta_regression.toml"), _regression),
    "manifest": Reader("manifest.json", _seeds(RESULTS / "manifest.json"), _record(Manifest)),
    "outcome": Reader(
        "outcome.json",
        _seeds(RESULTS / "outcomes" / "union" / "common_rate.json"),
        _record(OutcomeRecord),
    ),
    "stored_reading": Reader(
        "reading.json", _seeds(RESULTS / "readings" / "all_bones.json"), _record(ReadingRecord)
    ),
    "audit": Reader("audit.json", _seeds(RESULTS / "audit.json"), _record(AuditRecord)),
    "sensitivity": Reader(
        "sensitivity.json", (b'{"schema": 1, "sensitivity": {}}',), _record(SensitivityRecord)
    ),
}
"""Every reader by a name of its own."""
