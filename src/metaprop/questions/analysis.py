"""Ask every model about every outcome and keep the numbers.

This room runs the engines and fills the records of ``answers``; it neither prints nor draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, get_args

import numpy as np
from scipy.special import betaincinv

from metaprop.core.errors import OptionError, Problem
from metaprop.core.estimates import Interval, IntervalKind
from metaprop.engines.posterior import Engine
from metaprop.questions.answers import (
    Analysis,
    ConfidenceInterval,
    CountPrediction,
    Curve,
    Detail,
    Direction,
    Exceedance,
    ModelAnswer,
    ObservedStudy,
    OutcomeAnswer,
    Quantile,
    Scale,
    Summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.posterior import Marginal, Posterior
    from metaprop.evidence.studies import Studies

ENGINES: tuple[Engine, ...] = ("exact",)
GRID_POINTS = 401
"""Points of a stored curve: half over [0, 1], half where the posterior lies."""
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


def option_problems(
    thresholds: Sequence[float],
    level: float,
    kind: str,
    engine: str,
    count_next: int | None,
) -> list[Problem]:
    """Return every fault of the arguments of ``analyse``, in their order."""
    inside = "Give a proportion above 0 and below 1, such as {}"
    problems = [
        Problem(f"{value!r} is no rate between 0 and 1", "thresholds", inside.format(0.9))
        for value in thresholds
        if not 0.0 < value < 1.0
    ]
    if not 0.0 < level < 1.0:
        problems.append(
            Problem(f"{level!r} is no level between 0 and 1", "level", inside.format(0.95))
        )
    if kind not in get_args(IntervalKind):
        allowed = ", ".join(get_args(IntervalKind))
        problems.append(Problem(f"unknown kind {kind!r}", "kind", f"Allowed: {allowed}"))
    if engine not in ENGINES:
        known = engine in get_args(Engine)
        what = f"engine {engine!r} is not there yet" if known else f"unknown engine {engine!r}"
        problems.append(Problem(what, "engine", f"Allowed: {', '.join(ENGINES)}"))
    if count_next is not None and count_next < 1:
        problems.append(
            Problem(f"{count_next} patients cannot be counted", "count_next", "Give 1 or more")
        )
    return problems


def clopper_pearson(events: int, total: int, level: float) -> ConfidenceInterval:
    """Return the exact confidence interval of one study's rate.

    Parameters
    ----------
    events, total
        Events among ``total`` patients, ``0 <= events <= total``, ``total >= 1``.
    level
        Coverage, in (0, 1), reached or exceeded for every true rate.

    Returns
    -------
    ConfidenceInterval
        Quantiles of Beta(y, n - y + 1) and Beta(y + 1, n - y); 0 or 1 where y is 0 or n.

    Notes
    -----
    Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404.
    """
    tail = (1.0 - level) / 2.0
    low = float(betaincinv(events, total - events + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, total - events, 1.0 - tail)) if events < total else 1.0
    return ConfidenceInterval(low, high, level, "clopper-pearson")


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
        crude_rate=asked.studies.crude_rate,
        observed=_observed(asked.studies, question.level),
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
    for index, counts in enumerate(_counts(studies)):
        if counts not in known:
            known[counts] = summarise(posterior.study(index), above, question)
        rates.append(known[counts])
    return tuple(rates)


def _counts(studies: Studies) -> list[tuple[int, int, int]]:
    columns = (studies.low.tolist(), studies.high.tolist(), studies.totals.tolist())
    return list(zip(*columns, strict=True))


def _observed(studies: Studies, level: float) -> tuple[ObservedStudy, ...]:
    return tuple(
        ObservedStudy(
            name,
            low,
            high,
            total,
            low / total if low == high else None,
            clopper_pearson(low, total, level) if low == high else None,
        )
        for name, (low, high, total) in zip(studies.names, _counts(studies), strict=True)
    )


def _curves(marginals: tuple[Marginal, ...], summaries: tuple[Summary, ...]) -> tuple[Curve, ...]:
    at = curve_grid([summary.interval for summary in summaries[: len(marginals)]])
    return tuple(_curve(marginal, at) for marginal in marginals)


def curve_grid(intervals: Sequence[Interval]) -> NDArray[np.float64]:
    """Return ascending rates from 0 to 1, denser where the intervals lie, about ``GRID_POINTS``."""
    low, high = min(i.low for i in intervals), max(i.high for i in intervals)
    margin = 0.5 * (high - low)
    half = GRID_POINTS // 2 + 1
    near = np.linspace(max(low - margin, 0.0), min(high + margin, 1.0), half)
    grid: NDArray[np.float64] = np.unique(np.round([*np.linspace(0.0, 1.0, half), *near], 6))
    return grid


def _curve(marginal: Marginal, at: NDArray[np.float64]) -> Curve:
    density = [float(d) if math.isfinite(d) else math.nan for d in marginal.density(at)]
    survival = marginal.survival(at).tolist()
    return Curve(marginal.estimand, tuple(at.tolist()), tuple(survival), tuple(density))


def _count(posterior: Posterior, patients: int | None) -> CountPrediction | None:
    if patients is None:
        return None
    table = posterior.new_count(patients)
    return CountPrediction(patients, tuple(table.probabilities.tolist()), table.error)
