"""Families side by side, and an answer averaged over them: never a choice of one.

Two comparisons. The marginal likelihood, by quadrature. And how well each model predicts each study
from the others, its rate integrated out: ``log p(y_i | the others) = log Z(all) - log Z(all but
i)``, whose sum has a standard error over studies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.questions.sensitivity.asking import chance
from metaprop.questions.sensitivity.records import (
    Averaged,
    FamilyComparison,
    Predictive,
    StudyPrediction,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.posterior import Marginal, Posterior
    from metaprop.evidence.studies import Studies
    from metaprop.questions.sensitivity.asking import Asked
    from metaprop.questions.sensitivity.evidence import Rest
    from metaprop.questions.sensitivity.records import Weighing

    Floats = NDArray[np.float64]

LEAVE_ONE_STUDY_OUT = Method(
    "Leave-one-study-out prediction",
    "Models were compared by the log probability of each study's count given the other studies, "
    "its rate integrated out, with the standard error of the difference over studies.",
    "10.1007/s11222-016-9696-4",
)
STACKING = Method(
    "Stacking of predictive distributions",
    "Answers were averaged over the families with stacking weights, beside weights by marginal "
    "likelihood.",
    "10.1214/17-BA1091",
)
NOTE = (
    "The families do not share their prior on the location: uniform on the rate of the typical "
    "study in one is not uniform on the average rate in the other. Marginal likelihoods carry that "
    "difference; predictions of single studies hardly do."
)
KNOWN_TOTAL = (
    "The total of all studies is known, so that no study's count can be predicted from the others "
    "alone."
)
ROUNDS, CLOSE = 5_000, 1e-12
"""Rounds of the search for stacking weights, and the change at which it stops."""
HALVINGS = 60
"""Bisections that find a quantile of an average over models."""


def compare_families(
    models: Sequence[Model], fitted: Sequence[Posterior], rest: Rest | None, asked: Asked
) -> FamilyComparison:
    """Return the models (M >= 2) side by side and averaged.

    Parameters
    ----------
    models, fitted
        The models and their posteriors from all studies, by the exact engine.
    rest
        The posteriors without each study; None where there is but one study.
    asked
        Thresholds, side and level.
    """
    logs = [posterior.log_marginal_likelihood for posterior in fitted]
    assert all(one is not None for one in logs)  # noqa: S101 - the exact engine knows them
    known = tuple(one for one in logs if one is not None)
    values = np.array([one.value for one in known])
    refused = _refused(rest)
    predictive = None if refused or rest is None else _predictive(rest, models, values)
    weights = np.exp(values - values.max())
    averages = [posterior.average for posterior in fitted]
    averaged = [_averaged("marginal likelihood", weights / weights.sum(), averages, asked)]
    if predictive is not None:
        logs_each = np.array([one.log_probabilities for one in predictive.studies])
        averaged.append(_averaged("stacking", stacking_weights(logs_each), averages, asked))
    return FamilyComparison(
        models=tuple(model.id for model in models),
        log_marginal_likelihoods=known,
        predictive=predictive,
        refused=refused,
        averaged=tuple(averaged),
        note=NOTE,
    )


def _refused(rest: Rest | None) -> str | None:
    if rest is None:
        return "One study alone leaves none to predict it from."
    return KNOWN_TOTAL if rest.studies.binding_total is not None else None


def _predictive(rest: Rest, models: Sequence[Model], log_z: Floats) -> Predictive:
    """Return the predictions of every study that says something: others are certain."""
    studies = rest.studies
    rows = []
    for place in _speaking(studies):
        others = [rest.log_marginal_likelihood(place, model).value for model in models]
        logs = tuple((log_z - np.array(others)).tolist())
        rows.append(StudyPrediction(studies.names[place], logs))
    logs_each = np.array([row.log_probabilities for row in rows]).reshape(-1, len(models))
    gaps = logs_each[:, 1] - logs_each[:, 0]
    error = float(np.sqrt(gaps.size * gaps.var(ddof=1))) if gaps.size > 1 else float("nan")
    totals = tuple(logs_each.sum(axis=0).tolist())
    return Predictive(tuple(rows), totals, float(gaps.sum()), error)


def _speaking(studies: Studies) -> list[int]:
    """Return the places of the studies whose count says something."""
    places = np.flatnonzero((studies.low > 0) | (studies.high < studies.totals))
    found: list[int] = places.tolist()
    return found


def stacking_weights(log_probabilities: Floats) -> Floats:
    """Return weights (M,) that predict the studies best together, from logs (k, M).

    They maximise ``sum_i log sum_m w_m p_mi``, a concave function, by steps that never lose: each
    weight times the mean of its model's share in the predictions.
    """
    likely = np.exp(log_probabilities - log_probabilities.max(axis=1, keepdims=True))
    weights = np.full(likely.shape[1], 1.0 / likely.shape[1])
    for _ in range(ROUNDS):
        shares = likely * weights
        fresh = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(fresh - weights).max() < CLOSE:
            break
        weights = fresh
    return np.asarray(weights)


def _averaged(
    weighing: Weighing, weights: Floats, averages: Sequence[Marginal], asked: Asked
) -> Averaged:
    """Return the mixture of the posteriors of the average rate."""
    tail = 0.5 * (1.0 - asked.level)
    low, median, high = (_quantile(weights, averages, q) for q in (tail, 0.5, 1.0 - tail))
    chances = [
        sum(w * chance(one, t, asked.side).value for w, one in zip(weights, averages, strict=True))
        for t in asked.headline
    ]
    clipped = tuple(min(max(float(one), 0.0), 1.0) for one in chances)
    return Averaged(weighing, tuple(weights.tolist()), median, low, high, clipped)


def _quantile(weights: Floats, averages: Sequence[Marginal], level: float) -> float:
    """Return a quantile of a mixture: it lies between those of its parts."""
    ends = [one.quantile(level).value for one in averages]
    low, high = min(ends), max(ends)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        above = [one.probability(above=middle).value for one in averages]
        below = 1.0 - float(weights @ np.array(above))
        low, high = (middle, high) if below < level else (low, middle)
    return 0.5 * (low + high)
