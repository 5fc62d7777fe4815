"""Make anew what needs neither draws nor minutes, a part at a time, from evidence and models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.commands.covariates import regressions
from metaprop.evidence.columns import covariates_of
from metaprop.questions.analysis import analyse
from metaprop.questions.audit.auditing import audit_dataset
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.published import published_rate
from metaprop.questions.readings import ask_readings
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.stored import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metaprop.assumptions.model import JointModel, RegressionModel
    from metaprop.commands.inputs import ModelFiles, Options, Steps
    from metaprop.engines.posterior import EngineChoice
    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.readings import ReadReadings
    from metaprop.questions.answers import Analysis
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

    @classmethod
    def of[T](cls, name: str, kind: Kind, held: Callable[[T], object], stored: T, now: T) -> Part:
        """Return a part of which both sides are held in another form."""
        return cls(name, held(stored), held(now), kind)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a manifest says was asked, beside what its command asks."""

    dataset: str
    title: str
    engine: str
    level: float
    kind: str
    seed: int

    @classmethod
    def of(cls, results: Results) -> Passed:
        """Return what stands in the folder."""
        own = results.manifest
        return cls(own.dataset, own.title, own.engine, own.level, own.kind, own.seed)

    @classmethod
    def now(cls, asked: Asked) -> Passed:
        """Return what the command asks of the data set."""
        data, options = asked.dataset, asked.options
        kind = "equal-tailed"
        return cls(data.id, data.title, options.engine, options.level, kind, options.seed)


def count(asked: Asked, *, thorough: bool = False, sampled: bool = False) -> int:
    """Return how many steps it takes to make everything anew that is asked for."""
    outcomes = len(asked.dataset.outcomes)
    fits = outcomes * len(asked.models.single)
    steps = fits + len(asked.readings.readings) + outcomes + 1
    if thorough:
        steps += 2 * outcomes + 1
    if sampled:
        others = len(asked.models.joint) * len(asked.dataset.groups) + len(_regressions(asked))
        steps += 2 * fits + others
    return steps


def main_analysis(
    asked: Asked,
    engine: EngineChoice,
    steps: Steps,
    on_draws: Callable[[str, str, Any], None] | None = None,
) -> Analysis:
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
            on_draws=on_draws,
        )
    )


def exact_parts(results: Results, asked: Asked, analysis: Analysis, steps: Steps) -> Iterator[Part]:
    """Yield all that needs no draws: answers, evidence, assumptions, readings, formulas, audit."""
    beside = results.beside
    yield Part("passport", Passed.of(results), Passed.now(asked), "words")
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
