"""All that ``metaprop run`` asks, shared out among processes.

What needs the sampler, and every frequentist method, is one queue of calls; the rest follows, each
question by itself. The numbers do not depend on how many processes there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from metaprop.commands.covariates import plan_moderators
from metaprop.core.workers import Plan
from metaprop.engines.nuts.sampling import Settings
from metaprop.evidence.columns import covariates_of
from metaprop.questions.analysis import Named, plan_analysis
from metaprop.questions.calibration.asking import calibrate, in_processes, modest, usual_truths
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.published import published_rate
from metaprop.questions.joint import LEAST, ask_joint
from metaprop.questions.readings import ask_readings
from metaprop.questions.summaries import Question
from metaprop.reporting.calibration import Question as Calibrated
from metaprop.reporting.calibration import kept_calibration
from metaprop.reporting.draws import draws_file, write_draws

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from metaprop.assumptions.model import JointModel, Model, RegressionModel
    from metaprop.commands.inputs import Options, Steps
    from metaprop.core.workers import Workers
    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.reading import Reading
    from metaprop.questions.answers import Analysis
    from metaprop.questions.calibration.records import Calibration
    from metaprop.questions.frequentist.answers import FrequentistAnswer
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.questions.moderators.answers import Moderators
    from metaprop.questions.readings import ReadingAnswer

    type Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The models of a run: of one outcome, of a group of outcomes, with a covariate."""

    single: tuple[Model, ...]
    joint: tuple[JointModel, ...]
    regression: tuple[RegressionModel, ...]


@dataclass(frozen=True, slots=True)
class First:
    """What is asked in one queue."""

    analysis: Analysis
    joint: tuple[JointAnswer, ...]
    moderators: tuple[Moderators, ...]
    frequentist: tuple[FrequentistAnswer, ...]


def ask_first(
    dataset: Dataset, chosen: Chosen, options: Options, draws: Path, done_by: tuple[Workers, Steps]
) -> First:
    """Return all that is sampled, and the frequentist answers; draws are kept in a folder."""
    workers, steps = done_by
    plans = [
        _plan_analysis(dataset, chosen.single, options, draws),
        _plan_joint(dataset, chosen.joint, options),
        plan_moderators(dataset, chosen.regression, options),
        _plan_frequentist(dataset, options),
    ]
    analysis, joint, moderators, frequentist = workers.carry_out(plans, steps)
    return First(analysis, joint, moderators, frequentist)


def _plan_analysis(
    dataset: Dataset, models: tuple[Model, ...], options: Options, draws: Path
) -> Plan[Analysis]:
    return plan_analysis(
        tuple(dataset.outcomes.values()),
        models,
        Question((), options.level, "equal-tailed", "full", None),
        thresholds=options.thresholds,
        engine=options.engine,
        seed=options.seed,
        named=Named(dataset.id, dataset.title),
        on_draws=partial(_keep, draws),
    )


def _keep(draws: Path, outcome: str, model: str, tree: Any) -> None:  # noqa: ANN401 - xarray.DataTree
    write_draws(tree, draws_file(draws, outcome, model))


def _plan_joint(
    dataset: Dataset, models: Sequence[JointModel], options: Options
) -> Plan[tuple[JointAnswer, ...]]:
    """Return the fits of each joint model to every group of two or more outcomes."""
    groups = {
        group: [one for one in outcomes if one.id in dataset.outcomes]
        for group, outcomes in dataset.groups.items()
    }
    calls = tuple(
        partial(_joint, group, asked, model, options)
        for model in models
        for group, asked in groups.items()
        if len(asked) >= LEAST
    )
    return Plan(calls, lambda found: tuple(chain.from_iterable(found)))


def _joint(
    group: str, asked: Sequence[Outcome], model: JointModel, options: Options, tell: Tell
) -> tuple[JointAnswer, ...]:
    tell(group, model.id, "sampling")
    settings = Settings(seed=options.seed)
    return ask_joint(group, asked, model, level=options.level, settings=settings)


def _plan_frequentist(dataset: Dataset, options: Options) -> Plan[tuple[FrequentistAnswer, ...]]:
    calls = tuple(
        partial(_frequentist, dataset, outcome, options) for outcome in dataset.outcomes.values()
    )
    return Plan(calls, tuple)


def _frequentist(
    dataset: Dataset, outcome: Outcome, options: Options, tell: Tell
) -> FrequentistAnswer:
    """Return every frequentist method on one outcome, or why it is left out."""
    tell(outcome.id, "frequentist", "every method")
    return frequentist_answer(
        outcome,
        covariates_of(dataset.covariates, dataset.study_names, outcome.studies),
        published=published_rate(dataset.claims, outcome.id),
        level=options.level,
        seed=options.seed,
    )


def read_otherwise(
    dataset: Dataset,
    readings: Sequence[Reading],
    models: Sequence[Model],
    default: Analysis,
    done_by: tuple[Workers, Steps],
) -> tuple[ReadingAnswer, ...]:
    """Return the answers under every other reading of the evidence."""
    workers, steps = done_by
    work = partial(_read, dataset, tuple(models), default)
    found = workers.map(work, readings, steps)
    return tuple(chain.from_iterable(found))


def _read(
    dataset: Dataset, models: tuple[Model, ...], default: Analysis, reading: Reading, tell: Tell
) -> tuple[ReadingAnswer, ...]:
    return ask_readings(
        dataset, [reading], models, default, lambda name: tell(name, "reading", "exact")
    )


def calibration_of(
    dataset: Dataset,
    models: Sequence[Model],
    options: Options,
    target: Path,
    done_by: tuple[Workers, Steps],
) -> Calibration | None:
    """Return how every method does at the sizes of the first outcome; a stored answer is kept."""
    if not options.simulate:
        return None
    workers, steps = done_by
    outcome = next(iter(dataset.outcomes.values()))
    steps(outcome.id, "calibration", "every method")
    varying = tuple(model for model in models if model.heterogeneity is not None)
    effort = modest(options.simulate)
    asked = Calibrated(
        totals=tuple(outcome.studies.totals.tolist()),
        truths=frozenset(usual_truths(outcome.studies)),
        models=frozenset(model.prose() for model in varying),
        level=options.level,
        seed=options.seed,
        effort=effort,
    )
    return kept_calibration(target, asked) or calibrate(
        outcome.studies,
        varying,
        effort=effort,
        level=options.level,
        seed=options.seed,
        mapper=in_processes(workers),
        outcome=outcome.id,
        label=outcome.label,
    )
