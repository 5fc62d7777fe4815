"""What ``metaprop run`` asks of the covariates of a data set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from metaprop.core.workers import Plan
from metaprop.evidence.columns import covariates_of
from metaprop.evidence.minors import minors_covariates
from metaprop.questions.moderators.asking import ask_moderators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import RegressionModel
    from metaprop.commands.inputs import Options
    from metaprop.evidence.columns import Covariate
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.studies import Studies
    from metaprop.questions.moderators.answers import Moderators


def every_covariate(dataset: Dataset, studies: Studies) -> tuple[Covariate, ...]:
    """Return the covariates of some studies of a data set, then their MINORS scores."""
    found = covariates_of(dataset.covariates, dataset.study_names, studies)
    if dataset.minors is None:
        return found
    return (*found, *minors_covariates(dataset.minors, studies.names))


def regressions(
    dataset: Dataset, models: Sequence[RegressionModel], options: Options
) -> tuple[RegressionModel, ...]:
    """Return the meta-regression to be fitted, or none.

    None where no model or no covariate is there, or NUTS was not asked for.
    """
    outcome = next(iter(dataset.outcomes.values()))
    if options.engine == "exact" or not every_covariate(dataset, outcome.studies):
        return ()
    return tuple(models[:1])


def plan_moderators(
    dataset: Dataset, models: Sequence[RegressionModel], options: Options
) -> Plan[tuple[Moderators, ...]]:
    """Return what the rates of the first outcome have to do with each covariate, as a plan."""
    return Plan(tuple(partial(_moderators, dataset, model, options) for model in models), tuple)


def _moderators(
    dataset: Dataset, model: RegressionModel, options: Options, tell: Callable[..., None]
) -> Moderators:
    outcome = next(iter(dataset.outcomes.values()))
    tell(outcome.id, model.id, "sampling")
    return ask_moderators(
        outcome.studies,
        every_covariate(dataset, outcome.studies),
        model,
        thresholds=outcome.thresholds if options.thresholds is None else options.thresholds,
        level=options.level,
        seed=options.seed,
        outcome=outcome.id,
        label=outcome.label,
    )
