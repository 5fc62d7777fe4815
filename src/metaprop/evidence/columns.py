"""Columns of ``studies.csv`` as ``dataset.toml`` describes them, and covariates among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.evidence.faults import shown
from metaprop.evidence.folder import PASSPORT, STUDIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.evidence.folder import Folder
    from metaprop.evidence.passport import ColumnEntry, Passport
    from metaprop.evidence.studies import Studies
    from metaprop.evidence.table import Table

CovariateKind = Literal["number", "category"]
"""What the cells of a covariate are: numbers in its unit, or words that name groups."""
REACH = 1e12
"""The largest number of a covariate, and one over the least: beyond, squares of them overflow."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``studies.csv``: cells as printed, one for each study, ``None`` where empty.

    ``covariate`` says what its cells are where it may explain why rates differ, ``label`` how it
    is then called; both are None where it is no covariate. ``eligible`` are the cells that fit the
    printed ``criterion`` of the choice of studies, if the column tells it.
    """

    name: str
    meaning: str
    unit: str | None
    values: tuple[str | None, ...]
    label: str | None = None
    covariate: CovariateKind | None = None
    eligible: tuple[str, ...] = ()
    criterion: str | None = None


@dataclass(frozen=True, slots=True)
class Covariate:
    """One covariate of k studies: floats (``number``) or texts (``category``), None if unknown.

    ``name`` is its column, ``label`` its name on paper; ``unit`` is None for a category.
    """

    name: str
    label: str
    unit: str | None
    kind: CovariateKind
    values: tuple[float | None, ...] | tuple[str | None, ...]


def covariates_of(
    columns: Mapping[str, Column], names: Sequence[str], studies: Studies
) -> tuple[Covariate, ...]:
    """Return the covariates of the studies of one outcome, in the order of the passport.

    Parameters
    ----------
    columns
        What is known about all studies of a data set: ``Dataset.covariates``.
    names
        Of all studies of the data set, in the order of the columns: ``Dataset.study_names``.
    studies
        Those of the outcome.

    Examples
    --------
    >>> from metaprop import read_dataset
    >>> data = read_dataset("data/kalantar2026")
    >>> union = data.outcomes["union"].studies
    >>> [(c.label, c.unit) for c in covariates_of(data.covariates, data.study_names, union)][1:4]
    [('Design', None), ('Age', 'years'), ('Bone defect', 'cm')]
    """
    places = {name: place for place, name in enumerate(names)}
    order = [places[study] for study in studies.names]
    return tuple(found for column in columns.values() for found in _covariate(column, order))


def _covariate(column: Column, order: Sequence[int]) -> Iterator[Covariate]:
    cells = tuple(column.values[place] for place in order)
    head = (column.name, column.label or column.name, column.unit)
    if column.covariate == "number":
        numbers = tuple(None if cell is None else float(cell) for cell in cells)
        yield Covariate(*head, "number", numbers)
    elif column.covariate == "category":
        yield Covariate(*head, "category", cells)


def described_columns(
    folder: Folder, passport: Passport | None, studies: Table
) -> dict[str, Column]:
    """Return the columns of ``studies.csv``, each described in the passport, and none besides.

    Faults go to those of the folder: columns that only one of the files has, and cells of a
    covariate that are no numbers where it says that they are.
    """
    if passport is None or not studies.columns:
        return {}
    described = passport.columns
    names = [name for name in studies.columns if name not in {"study", "source"}]
    for name in names:
        if name not in described:
            remedy = f"Add [columns.{name}] with its meaning and unit to {PASSPORT}"
            what = f"the column {shown(name)} is not described in {PASSPORT}"
            folder.faults.add(what, f"{folder.place(STUDIES)}, header", remedy)
    for name in described:
        if name not in names:
            remedy = f"Remove it, or add the column to {STUDIES}"
            place = f"{folder.place(PASSPORT)}, key columns.{shown(name)}"
            folder.faults.add(f"{STUDIES} has no such column", place, remedy)
    found = [name for name in described if name in names]
    for name in found:
        _check_numbers(folder, name, described[name], studies)
    return {name: _column(name, described[name], studies) for name in found}


def _column(name: str, entry: ColumnEntry, studies: Table) -> Column:
    cells = studies.column(name)
    return Column(
        name,
        entry.meaning,
        entry.unit,
        cells,
        entry.label,
        entry.covariate,
        tuple(entry.eligible),
        entry.criterion,
    )


def _check_numbers(folder: Folder, name: str, entry: ColumnEntry, studies: Table) -> None:
    for row in studies.rows if entry.covariate == "number" else ():
        cell = row.cells[name]
        place = folder.place(STUDIES, row.number, name)
        if cell is not None and not _is_number(cell):
            remedy = f'Write a plain number or nothing, or covariate = "category" in {PASSPORT}'
            folder.faults.add(f"{shown(cell)} is no number", place, remedy)
        elif cell is not None and not _is_measurable(float(cell)):
            what = f"{shown(cell)} is beyond {REACH:g}, or nearer to 0 than {1 / REACH:g}"
            folder.faults.add(what, place, "Check the number, or take another unit")


def _is_number(cell: str) -> bool:
    try:
        return cell.isascii() and "_" not in cell and math.isfinite(float(cell))
    except ValueError:
        return False


def _is_measurable(number: float) -> bool:
    return number == 0.0 or 1 / REACH <= abs(number) <= REACH
