"""Every method on simulated reviews: all of them at once, but for the posteriors, one by one.

An answer is an estimate with its interval. A method that has none for a review gives NaN there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.engines.fitting import fit
from metaprop.engines.frequentist.crude import crude_rate
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.one_step.fitting import fit_reviews
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import common_effect, pool
from metaprop.evidence.studies import Studies
from metaprop.questions.frequentist.comparison import ONE_STEP, VARIATIONS
from metaprop.questions.frequentist.pooling import one_step_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.frequentist.pooling import Pooled

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Kind = Literal["two steps", "one rate", "counts", "Bayesian"]
"""Estimates then their mean; as if all studies had one rate; maximum likelihood; a posterior."""
Target = Literal["average", "typical", "common"]
"""The rate that a method is made for; a common rate is scored as the average."""
TOLERANCE = 1e-4
"""Numerical error of the exact engine in a simulation, far below its Monte Carlo error."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A method as it is scored: its ``label``, its ``kind``, and the rate that it targets."""

    label: str
    kind: Kind
    estimand: Target


def closed_forms() -> tuple[Scored, ...]:
    """Return the methods of ``answer_closed``, in its order."""
    steps = (
        Scored(one.label, "two steps", "average" if one.way.scale == "raw" else "typical")
        for one in VARIATIONS
    )
    return (
        *steps,
        Scored("common effect, logit", "one rate", "common"),
        Scored("crude rate, Clopper-Pearson", "one rate", "common"),
    )


def answer_closed(events: Ints, totals: Ints, level: float) -> tuple[Floats, Floats]:
    """Return the closed forms' answers to B reviews, and I2 of the usual method in each.

    Parameters
    ----------
    events, totals
        Counts, shapes (B, k) and (k,).

    Returns
    -------
    tuple
        Estimate and interval, shape (M, 3, B), in [0, 1] or NaN; I2 in [0, 1], shape (B,).
    """
    rows = []
    with np.errstate(all="ignore"):  # a method without an answer has NaN
        usual = _pooled(events, totals, 0, level)
        for place in range(len(VARIATIONS)):
            rates = (usual if place == 0 else _pooled(events, totals, place, level)).rates()
            rows.append((rates.estimate, rates.ci_low, rates.ci_high))
        common = common_effect(usual.effects, level).rates()
        rows.append((common.estimate, common.ci_low, common.ci_high))
        crude = crude_rate(events, np.broadcast_to(totals, events.shape), level=level)
        rows.append((crude.rate, crude.low, crude.high))
    return np.asarray(rows), np.asarray(usual.heterogeneity.i2)


def _pooled(events: Ints, totals: Ints, place: int, level: float) -> Pooled:
    way = VARIATIONS[place].way
    n = np.broadcast_to(totals, events.shape)
    found = effects(events, n, way.scale, way.correction, way.amount, way.convention)
    return pool(found, Plan(way.tau2, way.interval, way.safeguard, way.prediction, level))


def likelihood_methods(models: Sequence[Model]) -> tuple[Scored, ...]:
    """Return the methods of ``answer_by_likelihood``, in its order."""
    counts = (
        Scored(f"{label}, profile likelihood, {estimand}", "counts", estimand)
        for label, _, estimand in ONE_STEP
    )
    bayes = (
        Scored(f"Bayesian {model.family}, {model.id}", "Bayesian", "average") for model in models
    )
    return (*counts, *bayes)


def answer_by_likelihood(
    events: Ints, totals: Ints, models: Sequence[Model], level: float
) -> Floats:
    """Return what maximum likelihood and the exact engine say of B reviews, shape (M, 3, B).

    Parameters
    ----------
    events, totals
        Counts, shapes (B, k) and (k,).
    models
        Of which the posterior of the average rate is asked: median, equal-tailed interval.
    """
    names = [f"study {place}" for place in range(totals.size)]
    reviews = [Studies.of(names, one.tolist(), totals.tolist()) for one in events]
    bayes = [np.array([*by_posterior(one, models, level)]).reshape(-1, 3) for one in reviews]
    methods = len(likelihood_methods(models)) - len(ONE_STEP)
    posteriors = np.stack(bayes, axis=-1) if bayes else np.empty((methods, 3, 0))
    return np.concatenate([by_counts(events, totals, level), posteriors])


def by_counts(events: Ints, totals: Ints, level: float) -> Floats:
    """Return what the models of ``ONE_STEP`` say of B reviews by maximum likelihood, (M, 3, B)."""
    fits = {
        "glmm": fit_reviews(events, totals, "binomial-normal", level=level),
        "beta-binomial": fit_reviews(events, totals, "beta-binomial", level=level),
    }
    found = np.empty((len(ONE_STEP), 3, events.shape[0]))
    for place, (_, way, estimand) in enumerate(ONE_STEP):
        for row, one in enumerate(fits[way.model]):
            rate = one_step_rate(one, way, estimand)
            found[place, :, row] = rate.estimate, rate.ci_low, rate.ci_high
    return found


def by_posterior(
    studies: Studies, models: Sequence[Model], level: float
) -> Iterator[tuple[float, float, float]]:
    """Yield the median and equal-tailed interval of the average rate under each model."""
    for model in models:
        average = fit(studies, model, tolerance=TOLERANCE).average
        interval = average.interval(level, "equal-tailed")
        yield average.quantile(0.5).value, interval.low, interval.high
