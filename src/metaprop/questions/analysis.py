"""Ask every model about every outcome and keep the numbers.

This room runs the engines and fills the records of ``answers``; it neither prints nor draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.estimates import Interval
from metaprop.questions.answers import (
    Analysis,
    CountPrediction,
    Curve,
    Detail,
    Direction,
    Exceedance,
    ModelAnswer,
    OutcomeAnswer,
    Quantile,
    Scale,
    Summary,
)
from metaprop.questions.observed import counts_of, observed_studies, totals_of
from metaprop.questions.options import option_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Engine, Marginal, Posterior
    from metaprop.evidence.studies import Studies

_SCALES: dict[str, Scale] = {
    "tau": "standard deviation of the log odds",
    "rho": "intraclass correlation",
}


class Asked(Protocol):
    """What an outcome must say of itself: ``metaprop.evidence.dataset.Outcome`` does."""

    @property
    def id(self) -> str: ...  # noqa: D102 - the fields of OutcomeAnswer, described there
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def direction(self) -> Direction: ...  # noqa: D102
    @property
    def thresholds(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def studies(self) -> Studies: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class PlainOutcome:
    """The one outcome of a table that has no ``dataset.toml`` to describe it."""

    studies: Studies
    id: str = "events"
    label: str = ""
    direction: Direction = "higher is better"
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    """How every outcome is asked: see ``analyse``."""

    level: float
    kind: IntervalKind
    engine: Engine
    detail: Detail
    count_next: int | None


def analyse(  # noqa: PLR0913 - the one door of the room; all but two have names and defaults
    outcomes: Studies | Asked | Sequence[Asked],
    models: Sequence[Model],
    *,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    kind: IntervalKind = "equal-tailed",
    engine: Engine = "exact",
    seed: int = 0,
    detail: Detail = "full",
    count_next: int | None = None,
    dataset: str = "",
    title: str = "",
    on_fit: Callable[[str, str], None] | None = None,
) -> Analysis:
    """Fit every model to every outcome and return the numbers as records.

    Parameters
    ----------
    outcomes
        The studies of one outcome, or one or several outcomes of a data set.
    models
        At least one model.
    thresholds
        Rates in (0, 1) whose exceedance is asked for; None takes each outcome's own.
    level, kind
        Of every credible interval: posterior probability in (0, 1), and how its ends are chosen.
    engine, seed
        Who integrates; the seed is recorded (the exact engine draws no random numbers).
    detail
        ``"full"`` adds each study's rate and the curves to the ``"summary"`` of the estimands.
    count_next
        Ask for the number of events among so many patients of one new study.
    dataset, title
        Name of the data set, kept in the records.
    on_fit
        Called with the ids of outcome and model before each fit, to show progress.

    Returns
    -------
    Analysis
        One ``OutcomeAnswer`` for each outcome, one ``ModelAnswer`` for each model in it.

    Raises
    ------
    OptionError
        If an argument is outside its domain; every such argument is listed.

    Examples
    --------
    >>> from metaprop import Studies, analyse, default_models
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> analysis = analyse(studies, default_models(), thresholds=[0.8], detail="summary")
    >>> for model in analysis.outcomes[0].models:
    ...     print(model.id, round(model.estimand("average").probability(0.8).value, 4))
    logit_normal 0.8883
    beta_binomial 0.9022
    """
    problems = option_problems(thresholds or (), level, kind, engine, count_next)
    if not models:
        problems.append(Problem("no model was given", "models", "Pass at least one model"))
    if problems:
        raise OptionError(problems)
    question = _Question(level, kind, engine, detail, count_next)
    answers = tuple(
        _answer(asked, models, thresholds, question, on_fit) for asked in _as_outcomes(outcomes)
    )
    return Analysis(dataset, title, engine, level, kind, seed, detail, answers)


def _as_outcomes(outcomes: Studies | Asked | Sequence[Asked]) -> tuple[Asked, ...]:
    from metaprop.evidence.studies import Studies

    if isinstance(outcomes, Studies):
        return (PlainOutcome(outcomes),)
    if isinstance(outcomes, (list, tuple)):
        return tuple(outcomes)
    return (outcomes,)  # type: ignore[return-value]  # what is left of the union is one Asked


def _answer(
    asked: Asked,
    models: Sequence[Model],
    thresholds: Sequence[float] | None,
    question: _Question,
    on_fit: Callable[[str, str], None] | None,
) -> OutcomeAnswer:
    from metaprop.engines.fitting import fit

    above = tuple(asked.thresholds if thresholds is None else thresholds)
    full = question.detail == "full"
    answers = []
    for model in models:
        if on_fit is not None:
            on_fit(asked.id, model.id)
        posterior = fit(asked.studies, model, engine=question.engine)
        answers.append(_model_answer(posterior, model, asked.studies, above, question))
    return OutcomeAnswer(
        id=asked.id,
        label=asked.label,
        direction=asked.direction,
        thresholds=above,
        totals=totals_of(asked.studies),
        observed=observed_studies(asked.studies, question.level) if full else (),
        models=tuple(answers),
    )


def _model_answer(
    posterior: Posterior,
    model: Model,
    studies: Studies,
    above: tuple[float, ...],
    question: _Question,
) -> ModelAnswer:
    rates = (posterior.average, posterior.typical, posterior.new_study)
    spread = posterior.heterogeneity
    marginals = rates if spread is None else (*rates, spread)
    estimands = tuple(summarise(marginal, above, question) for marginal in marginals)
    full = question.detail == "full"
    return ModelAnswer(
        id=model.id,
        name=model.name,
        family=model.family,
        engine=posterior.engine,
        quality=posterior.quality,
        log_marginal_likelihood=posterior.log_marginal_likelihood,
        estimands=estimands,
        studies=_study_rates(posterior, studies, above, question) if full else (),
        curves=_curves(rates, estimands) if full else (),
        new_count=_count(posterior, question.count_next),
    )


def summarise(marginal: Marginal, above: tuple[float, ...], question: _Question) -> Summary:
    """Return mean, quantiles, interval and exceedances of one marginal."""
    # Rounded so that a level of .95 asks for .025 and .975, not for .025000000000000022.
    tail = round((1.0 - question.level) / 2.0, 12)
    levels = (tail, 0.5, round(1.0 - tail, 12))
    quantiles = tuple(Quantile(at, marginal.quantile(at)) for at in levels)
    is_rate = marginal.estimand not in _SCALES
    return Summary(
        estimand=marginal.estimand,
        scale=_SCALES.get(marginal.estimand, "rate"),
        mean=marginal.mean(),
        quantiles=quantiles,
        interval=_interval(marginal, quantiles, question),
        above=tuple(Exceedance(t, marginal.probability(above=t)) for t in above if is_rate),
    )


def _interval(marginal: Marginal, quantiles: tuple[Quantile, ...], question: _Question) -> Interval:
    if question.kind != "equal-tailed":
        return marginal.interval(question.level, question.kind)
    low, high = quantiles[0].value, quantiles[-1].value
    error = max(low.error, high.error)
    return Interval(low.value, high.value, question.level, "equal-tailed", error)


def _study_rates(
    posterior: Posterior, studies: Studies, above: tuple[float, ...], question: _Question
) -> tuple[Summary, ...]:
    """Return each study's rate; studies with the same counts have the same posterior."""
    known: dict[tuple[int, int, int], Summary] = {}
    rates = []
    for index, counts in enumerate(counts_of(studies)):
        if counts not in known:
            known[counts] = summarise(posterior.study(index), above, question)
        rates.append(known[counts])
    return tuple(rates)


def _curves(marginals: tuple[Marginal, ...], summaries: tuple[Summary, ...]) -> tuple[Curve, ...]:
    at = curve_grid([summary.interval for summary in summaries[: len(marginals)]])
    return tuple(_curve(marginal, at) for marginal in marginals)


def curve_grid(intervals: Sequence[Interval]) -> NDArray[np.float64]:
    """Return about 400 ascending rates from 0 to 1, inclusive.

    Denser where the intervals lie, and towards 0 and 1, where a curve may rise without bound.
    """
    low, high = min(i.low for i in intervals), max(i.high for i in intervals)
    margin = 0.5 * (high - low)
    near = np.linspace(max(low - margin, 0.0), min(high + margin, 1.0), 151)
    end = np.geomspace(1e-6, 5e-3, 25)
    grid = np.concatenate([np.linspace(0.0, 1.0, 201), near, end, 1.0 - end])
    rounded: NDArray[np.float64] = np.unique(np.round(grid, 7))
    return rounded


def _curve(marginal: Marginal, at: NDArray[np.float64]) -> Curve:
    density = [float(d) if math.isfinite(d) else math.nan for d in marginal.density(at)]
    survival = marginal.survival(at).tolist()
    return Curve(marginal.estimand, tuple(at.tolist()), tuple(survival), tuple(density))


def _count(posterior: Posterior, patients: int | None) -> CountPrediction | None:
    if patients is None:
        return None
    table = posterior.new_count(patients)
    return CountPrediction(patients, tuple(table.probabilities.tolist()), table.error)
