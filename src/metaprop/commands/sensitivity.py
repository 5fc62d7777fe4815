"""What ``metaprop run`` asks of the sensitivity of its conclusions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from metaprop.questions.sensitivity.dataset import ask_sensitivity
from metaprop.reporting.draws import draws_file, read_draws

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.assumptions.model import Model
    from metaprop.commands.inputs import Options, Steps
    from metaprop.core.workers import Workers
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.readings import ReadReadings
    from metaprop.questions.sensitivity.records import Sensitivity


def how_far(
    dataset: Dataset,
    readings: ReadReadings,
    models: tuple[Model, ...],
    options: Options,
    draws: Path,
    done_by: tuple[Workers, Steps],
) -> Sensitivity:
    """Return how far every conclusion moves with priors, evidence and family.

    ``draws`` is the folder in which the draws of NUTS are kept meanwhile.
    """
    return ask_sensitivity(
        dataset,
        readings.readings,
        models,
        thresholds=options.thresholds,
        level=options.level,
        tree_of=None if options.engine == "exact" else partial(_tree, draws),
        workers=done_by[0],
        on_outcome=lambda name: done_by[1](name, "sensitivity", "exact"),
    )


def _tree(draws: Path, outcome: str, model: str) -> Any:  # noqa: ANN401 - xarray.DataTree
    return read_draws(draws_file(draws, outcome, model))
