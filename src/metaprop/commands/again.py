"""Make the parts of a folder of results anew, one at a time, from evidence and models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.commands.covariates import ask_first_outcome, regressions
from metaprop.engines.nuts.sampling import Settings
from metaprop.evidence.columns import covariates_of
from metaprop.questions.analysis import analyse
from metaprop.questions.audit.auditing import audit_dataset
from metaprop.questions.checks.asking import ask_checks
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.published import published_rate
from metaprop.questions.joint import LEAST, ask_joint
from metaprop.questions.readings import ask_readings
from metaprop.questions.sensitivity.dataset import ask_sensitivity
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.stored import as_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.assumptions.model import JointModel, RegressionModel
    from metaprop.commands.inputs import ModelFiles, Options, Steps
    from metaprop.engines.posterior import EngineChoice
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.readings import ReadReadings
    from metaprop.questions.answers import Analysis
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.questions.sensitivity.records import Sensitivity
    from metaprop.reporting.evidence import Evidence
    from metaprop.reporting.stored import Results
    from metaprop.reporting.verification.walking import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """What results are made of: evidence, models, and how it was asked."""

    dataset: Dataset
    readings: ReadReadings
    models: ModelFiles
    options: Options


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the results, as it stands in the folder and as it was made anew."""

    name: str
    stored: object
    now: object
    kind: Kind


def count(asked: Asked) -> int:
    """Return how many steps the exact parts have."""
    fits = len(asked.dataset.outcomes) * len(asked.models.single)
    return fits + len(asked.readings.readings) + len(asked.dataset.outcomes) + 1


def main_analysis(asked: Asked, engine: EngineChoice, steps: Steps) -> Analysis:
    """Return every outcome under every model, as it was asked for."""
    return as_stored(
        analyse(
            tuple(asked.dataset.outcomes.values()),
            asked.models.single,
            thresholds=asked.options.thresholds,
            level=asked.options.level,
            engine=engine,
            seed=asked.options.seed,
            dataset=asked.dataset.id,
            title=asked.dataset.title,
            on_step=steps,
        )
    )


def exact_parts(results: Results, asked: Asked, analysis: Analysis, steps: Steps) -> Iterator[Part]:
    """Yield all that needs no draws: answers, evidence, assumptions, readings, formulas, audit."""
    beside = results.beside
    yield Part("answers", results.analysis.outcomes, analysis.outcomes, "exact")
    yield Part("evidence", beside.evidence, evidence_now(asked), "words")
    drawn = asked.options.engine != "exact"
    others: tuple[JointModel | RegressionModel, ...] = (
        *(asked.models.joint if drawn else ()),
        *_regressions(asked),
    )
    assumed = assumptions_of(asked.models.single, others, analysis)
    yield Part("assumptions", beside.assumptions, as_stored(assumed), "exact")
    read = ask_readings(
        asked.dataset,
        asked.readings.readings,
        asked.models.single,
        analysis,
        lambda name: steps(name, "reading", "exact"),
    )
    yield Part("readings", beside.readings, as_stored(read), "exact")
    yield _frequentist(results, asked, steps)
    steps("claims", "audit", "against the counts")
    found = audit_dataset(asked.dataset) if asked.dataset.claims is not None else None
    yield Part("audit", beside.audit, as_stored(found), "exact")


def evidence_now(asked: Asked) -> Evidence:
    """Return what is observed now, as it would be stored."""
    return evidence_of(asked.dataset, asked.readings.readings)


def _regressions(asked: Asked) -> tuple[RegressionModel, ...]:
    return regressions(asked.dataset, asked.models.regression, asked.options)


def _frequentist(results: Results, asked: Asked, steps: Steps) -> Part:
    """Return the usual formulas; their simulated P values come back with the same seed."""
    answers = []
    dataset = asked.dataset
    for outcome in dataset.outcomes.values():
        steps(outcome.id, "frequentist", "every method")
        covariates = covariates_of(dataset.covariates, dataset.study_names, outcome.studies)
        claim = published_rate(dataset.claims, outcome.id)
        level, seed = asked.options.level, asked.options.seed
        answers.append(
            frequentist_answer(outcome, covariates, published=claim, level=level, seed=seed)
        )
    now = as_stored(tuple(answers))
    return Part("usual formulas", results.beside.frequentist, now, "printed")


def slow_parts(results: Results, asked: Asked, steps: Steps) -> Iterator[Part]:
    """Yield what takes minutes: checks of fit, and sensitivity without what is known by draws."""
    outcomes, options = tuple(asked.dataset.outcomes.values()), asked.options
    models, thresholds, level = asked.models.single, options.thresholds, options.level
    if results.beside.checks is not None:
        checks = ask_checks(
            outcomes,
            models,
            thresholds=thresholds,
            level=level,
            seed=options.seed,
            on_step=steps,
        )
        yield Part("checks of fit", results.beside.checks, as_stored(checks), "sampled")
    if results.beside.sensitivity is not None:
        found = ask_sensitivity(
            asked.dataset,
            asked.readings.readings,
            models,
            thresholds=thresholds,
            level=level,
            processes=None,
            on_outcome=lambda name: steps(name, "sensitivity", "exact"),
        )
        stored, now = (_without_draws(s) for s in (results.beside.sensitivity, as_stored(found)))
        yield Part("sensitivity", stored, now, "printed")


def _without_draws(found: Sensitivity) -> Sensitivity:
    return replace(found, outcomes=tuple(replace(one, power=()) for one in found.outcomes))


def sampled_parts(results: Results, asked: Asked, steps: Steps) -> Iterator[Part]:
    """Yield all that is known by draws, sampled again with another seed."""
    other = replace(asked, options=replace(asked.options, seed=results.manifest.seed + 1))
    now = main_analysis(other, "nuts", steps)
    yield Part("draws", _sampled(results.analysis), _sampled(now), "sampled")
    if results.beside.joint:
        joint = tuple(_joint(other, steps))
        yield Part("joint model", results.beside.joint, as_stored(joint), "sampled")
    if results.beside.moderators:
        models = regressions(other.dataset, other.models.regression, other.options)
        found = ask_first_outcome(other.dataset, models, other.options, steps)
        yield Part("meta-regression", results.beside.moderators, as_stored(found), "sampled")


def _sampled(analysis: Analysis) -> tuple[object, ...]:
    """Return the outcomes with the estimands by NUTS in the place of the exact ones."""
    return tuple(
        replace(
            outcome,
            observed=(),
            models=tuple(
                replace(
                    model,
                    engine="nuts",
                    estimands=() if model.sampled is None else model.sampled.estimands,
                    studies=(),
                    curves=(),
                    log_marginal_likelihood=None,
                )
                for model in outcome.models
            ),
        )
        for outcome in analysis.outcomes
    )


def _joint(asked: Asked, steps: Steps) -> Iterator[JointAnswer]:
    settings = Settings(seed=asked.options.seed)
    for model in asked.models.joint:
        for group, outcomes in asked.dataset.groups.items():
            kept = [one for one in outcomes if one.id in asked.dataset.outcomes]
            if len(kept) >= LEAST:
                steps(group, model.id, "sampling")
                level = asked.options.level
                yield from ask_joint(group, kept, model, level=level, settings=settings)
