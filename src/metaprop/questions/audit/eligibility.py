"""Studies held against the criterion by which they were to be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.tables import MOST_NAMED, TABLE, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.columns import Column
    from metaprop.evidence.dataset import Dataset
    from metaprop.questions.audit.records import Verdict

SOURCE = "_source"
"""Ends the name of the column that says where the cells of another one stand."""


def eligibility(dataset: Dataset) -> Iterator[Finding]:
    """Say how many studies fit each printed criterion that a column of the table tells."""
    for column in dataset.covariates.values():
        if column.criterion is not None:
            yield _fitting(dataset, column, column.criterion)


def _fitting(dataset: Dataset, column: Column, criterion: str) -> Finding:
    told = [place for place, cell in enumerate(column.values) if cell is not None]
    fine = [place for place in told if column.values[place] in column.eligible]
    other = [place for place in told if place not in fine]
    silent = len(column.values) - len(told)
    patients = _patients(dataset, other)
    where = dataset.covariates.get(column.name + SOURCE)
    by = "" if where is None else " by their own reports"
    sentence = (
        f"{criterion}. Of {counted(len(column.values), 'study', 'studies')}, {len(fine)} fit that"
        f"{by}, of {silent} it is not said."
    )
    if other:
        names = [_named(dataset, column, place) for place in other[:MOST_NAMED]]
        more = len(other) - len(names)
        rest = [counted(more, "other", "others")] if more else []
        many = "" if patients is None else f" ({patients} patients)"
        sentence += f" {counted(len(other), 'does', 'do')} not{many}: {listed([*names, *rest])}."
    verdict: Verdict = "not reproduced" if other else "reproduced" if told else "cannot be checked"
    numbers = [
        Number("studies that fit", "", len(fine), "count"),
        Number("studies that do not", "", len(other), "count"),
        Number("studies of which it is not said", "", silent, "count"),
    ]
    if patients is not None:
        numbers.append(Number("patients in those that do not", "", patients, "count"))
    head = (column.name, TABLE, "eligibility", verdict, "strong", sentence)
    return Finding(*head, tuple(numbers), notable=bool(other))  # type: ignore[arg-type]  # of their Literals


def _named(dataset: Dataset, column: Column, place: int) -> str:
    where = dataset.covariates.get(column.name + SOURCE)
    source = None if where is None else where.values[place]
    told = f"{column.values[place]}" if source is None else f"{column.values[place]}; {source}"
    return f"{dataset.study_names[place]} ({told})"


def _patients(dataset: Dataset, places: Sequence[int]) -> int | None:
    sizes = numbers_of(dataset, "n")
    return int(sizes[list(places)].sum()) if sizes.size else None
