"""All of it for every outcome of a data set, with its readings and its years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metaprop.questions.sensitivity.outcome import Read, sensitivity, varying_models
from metaprop.questions.sensitivity.records import OutcomeSensitivity, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.reading import Reading

    type Tree = Any

YEAR = "calendar year"
"""The unit, in ``dataset.toml``, of the column with each study's year of publication."""


def ask_sensitivity(  # noqa: PLR0913 - the evidence and how it is asked
    dataset: Dataset,
    readings: Sequence[Reading],
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    tree_of: Callable[[str, str], Tree] | None = None,
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
        Returns the ArviZ DataTree of a fit by NUTS from the ids of outcome and model. Asked for the
        first outcome only; None where NUTS did not run.
    on_outcome
        Called with the id of each outcome as it begins, to show progress.

    Raises
    ------
    OptionError
        If an argument is outside its domain.
    """
    years = years_of(dataset)
    found: list[OutcomeSensitivity] = []
    for key, outcome in dataset.outcomes.items():
        if on_outcome is not None:
            on_outcome(key)
        found.append(
            sensitivity(
                outcome,
                models,
                thresholds=thresholds,
                readings=reads_of(dataset, readings, key),
                years=years or None,
                trees={} if found else _trees(key, models, tree_of),
                level=level,
            )
        )
    return Sensitivity(dataset.id, tuple(found))


def _trees(
    outcome: str, models: Sequence[Model], tree_of: Callable[[str, str], Tree] | None
) -> dict[str, Tree]:
    if tree_of is None:
        return {}
    return {model.id: tree_of(outcome, model.id) for model in varying_models(models)}


def reads_of(dataset: Dataset, readings: Sequence[Reading], outcome: str) -> tuple[Read, ...]:
    """Return one outcome's studies under every reading that touches it."""
    return tuple(
        Read(one.id, one.choice, one.apply(dataset).outcomes[outcome].studies)
        for one in readings
        if outcome in one.outcomes
    )


def years_of(dataset: Dataset) -> Mapping[str, int]:
    """Return the year of publication of each study that has one; empty where none is recorded."""
    columns = [column for column in dataset.covariates.values() if column.unit == YEAR]
    if not columns:
        return {}
    cells = zip(dataset.study_names, columns[0].values, strict=True)
    return {name: int(cell) for name, cell in cells if cell is not None and cell.isdecimal()}
