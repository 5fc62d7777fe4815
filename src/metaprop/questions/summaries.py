"""What is asked of one posterior, and its answers: summaries, curves, counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.estimates import Interval
from metaprop.questions.answers import (
    CountPrediction,
    Curve,
    Exceedance,
    ModelAnswer,
    Quantile,
    Scale,
    Summary,
)
from metaprop.questions.observed import counts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Marginal, Posterior
    from metaprop.evidence.studies import Studies
    from metaprop.questions.answers import Detail

_SCALES: dict[str, Scale] = {
    "tau": "standard deviation of the log odds",
    "rho": "intraclass correlation",
}


@dataclass(frozen=True, slots=True)
class Question:
    """How a posterior is asked: see ``analyse``."""

    above: tuple[float, ...]
    level: float
    kind: IntervalKind
    detail: Detail
    count_next: int | None


def marginals_of(posterior: Posterior) -> tuple[Marginal, ...]:
    """Return the marginals of a posterior: average, typical, new study, and the heterogeneity."""
    rates = (posterior.average, posterior.typical, posterior.new_study)
    spread = posterior.heterogeneity
    return rates if spread is None else (*rates, spread)


def model_answer(
    posterior: Posterior, model: Model, studies: Studies, question: Question
) -> ModelAnswer:
    """Return everything that is asked of one posterior."""
    marginals = marginals_of(posterior)
    estimands = tuple(summarise(marginal, question) for marginal in marginals)
    full = question.detail == "full"
    return ModelAnswer(
        id=model.id,
        name=model.name,
        family=model.family,
        engine=posterior.engine,
        quality=posterior.quality,
        log_marginal_likelihood=posterior.log_marginal_likelihood,
        estimands=estimands,
        studies=_study_rates(posterior, studies, question) if full else (),
        curves=curves_of(marginals[:3], estimands) if full else (),
        new_count=_count(posterior, question.count_next),
    )


def summarise(marginal: Marginal, question: Question) -> Summary:
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
        above=tuple(
            Exceedance(t, marginal.probability(above=t)) for t in question.above if is_rate
        ),
    )


def _interval(marginal: Marginal, quantiles: tuple[Quantile, ...], question: Question) -> Interval:
    if question.kind != "equal-tailed":
        return marginal.interval(question.level, question.kind)
    low, high = quantiles[0].value, quantiles[-1].value
    error = max(low.error, high.error)
    return Interval(low.value, high.value, question.level, "equal-tailed", error)


def _study_rates(posterior: Posterior, studies: Studies, question: Question) -> tuple[Summary, ...]:
    """Return each study's rate; studies with the same counts have the same posterior."""
    known: dict[tuple[int, int, int], Summary] = {}
    rates = []
    for index, counts in enumerate(counts_of(studies)):
        if counts not in known:
            known[counts] = summarise(posterior.study(index), question)
        rates.append(known[counts])
    return tuple(rates)


def curves_of(marginals: tuple[Marginal, ...], summaries: tuple[Summary, ...]) -> tuple[Curve, ...]:
    """Return survival and density of each rate over one grid, laid where its intervals lie."""
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
