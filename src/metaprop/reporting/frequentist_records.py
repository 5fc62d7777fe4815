"""The reader and writer of ``outcomes/<outcome>/frequentist.json``, schema 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.questions.frequentist.answers import (
    FrequentistAnswer,  # noqa: TC001 - read by the codec at run time
)
from metaprop.reporting.names import slug
from metaprop.reporting.records import SCHEMA, read_manifest, read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FrequentistRecord:
    """One outcome by every frequentist method, as stored."""

    schema: int
    dataset: str
    answer: FrequentistAnswer


def frequentist_file(folder: Path, outcome: str) -> Path:
    """Return where the frequentist answers of one outcome are stored."""
    return folder / "outcomes" / slug(outcome) / "frequentist.json"


def write_frequentist(answers: Sequence[FrequentistAnswer], dataset: str, folder: Path) -> None:
    """Write the answers into an existing folder of results."""
    for answer in answers:
        record = FrequentistRecord(SCHEMA, dataset, answer)
        write_record(frequentist_file(folder, answer.id), record)


def read_frequentist(folder: Path) -> tuple[FrequentistAnswer, ...]:
    """Return the answers of a folder of results, one for each outcome of its manifest.

    Raises
    ------
    DatasetError
        If a file is missing, damaged or of another schema.
    """
    paths = (frequentist_file(folder, one.id) for one in read_manifest(folder).outcomes)
    return tuple(read_record(path, FrequentistRecord).answer for path in paths)
