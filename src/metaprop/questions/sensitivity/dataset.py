"""All of it for every outcome of a data set, with its readings and its years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.core.workers import Workers
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
    """Return one outcome's studies under every reading that touches it.

    A reading that adds a random effect is left out: it has three parameters, no prior of which can
    be changed at stored nodes. Its answer under the default priors stands with the readings.
    """
    return tuple(
        Read(
            one.id,
            one.choice,
            one.apply(dataset).outcomes[outcome].studies,
            one.unreported_odds,
        )
        for one in readings
        if outcome in one.outcomes and one.shared_effect is None
    )


def years_of(dataset: Dataset) -> Mapping[str, int]:
    """Return the year of publication of each study that has one; empty where none is recorded."""
    columns = [column for column in dataset.covariates.values() if column.unit == YEAR]
    if not columns:
        return {}
    cells = zip(dataset.study_names, columns[0].values, strict=True)
    return {name: int(cell) for name, cell in cells if cell is not None and cell.isdecimal()}
