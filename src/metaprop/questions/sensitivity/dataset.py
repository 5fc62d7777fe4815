"""All of it for every outcome of a data set, with its readings and its years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.core.workers import Workers
from metaprop.questions.assumed import groups_of
from metaprop.questions.sensitivity.outcome import Read, sensitivity, varying_models
from metaprop.questions.sensitivity.records import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.reading import Reading
    from metaprop.questions.sensitivity.records import OutcomeSensitivity

    type Tree = Any

YEAR = "calendar year"
"""The unit, in ``dataset.toml``, of the column with each study's year of publication."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One outcome, with all that its sensitivity needs: it travels to a process."""

    outcome: Outcome
    models: tuple[Model, ...]
    thresholds: tuple[float, ...] | None
    reads: tuple[Read, ...]
    years: dict[str, int] | None
    level: float
    tree_of: Callable[[str, str], Tree] | None


def ask_sensitivity(  # noqa: PLR0913 - the evidence, how it is asked, and by how many processes
    dataset: Dataset,
    readings: Sequence[Reading],
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    tree_of: Callable[[str, str], Tree] | None = None,
    workers: Workers | None = None,
    on_outcome: Callable[[str], None] | None = None,
) -> Sensitivity:
    """Return how far the conclusions about every outcome move.

    Parameters
    ----------
    dataset, readings, models
        The evidence, other readings of it, and at least one model.
    thresholds, level
        As in ``sensitivity``.
    tree_of
        Returns the ArviZ DataTree of a fit by NUTS from the ids of outcome and model; it travels to
        the workers. None where NUTS did not run.
    workers
        Who does it, an outcome at a time; None does all in this process. The numbers are the same.
    on_outcome
        Called with the id of each outcome as it begins, to show progress.

    Raises
    ------
    OptionError
        If an argument is outside its domain.
    """
    years = dict(years_of(dataset)) or None
    asked = None if thresholds is None else tuple(thresholds)
    jobs = [
        _Job(one, tuple(models), asked, reads_of(dataset, readings, key), years, level, tree_of)
        for key, one in dataset.outcomes.items()
    ]
    found = (workers or Workers(1)).map(_ask, jobs, on_outcome)
    return Sensitivity(dataset.id, tuple(found))


def _ask(job: _Job, tell: Callable[..., None]) -> OutcomeSensitivity:
    tell(job.outcome.id)
    trees = {}
    if (tree_of := job.tree_of) is not None:
        trees = {one.id: tree_of(job.outcome.id, one.id) for one in varying_models(job.models)}
    return sensitivity(
        job.outcome,
        job.models,
        thresholds=job.thresholds,
        readings=job.reads,
        years=job.years,
        trees=trees,
        level=job.level,
    )


def reads_of(dataset: Dataset, readings: Sequence[Reading], outcome: str) -> tuple[Read, ...]:
    """Return one outcome's studies under every reading that touches it."""
    return tuple(
        _read(one, one.apply(dataset), outcome) for one in readings if outcome in one.outcomes
    )


def _read(reading: Reading, read: Dataset, key: str) -> Read:
    """Return one outcome of a data set as it was read."""
    outcome, groups = read.outcomes[key], None
    if reading.shared_effect is not None:
        groups = groups_of(read.covariates[reading.shared_effect], read.study_names, outcome)
    return Read(reading.id, reading.choice, outcome.studies, reading.unreported_odds, groups)


def years_of(dataset: Dataset) -> Mapping[str, int]:
    """Return the year of publication of each study that has one; empty where none is recorded."""
    columns = [column for column in dataset.covariates.values() if column.unit == YEAR]
    if not columns:
        return {}
    cells = zip(dataset.study_names, columns[0].values, strict=True)
    return {name: int(cell) for name, cell in cells if cell is not None and cell.isdecimal()}
