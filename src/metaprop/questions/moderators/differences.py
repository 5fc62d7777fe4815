"""How the average rates at two values of a covariate differ, after the data and before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.nuts.marginals import SampledMarginal
from metaprop.questions.answers import Quantile
from metaprop.questions.moderators.answers import ContrastAnswer, Difference
from metaprop.questions.moderators.before import Before, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.nuts.regression import RegressionPosterior
    from metaprop.evidence.columns import Covariate

    Floats = NDArray[np.float64]

QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Mark:
    """A value of a covariate that is asked about, and what it is called."""

    value: float | str
    label: str


def marks(posterior: RegressionPosterior, covariate: Covariate) -> tuple[Mark, ...]:
    """Return the quartiles of a number over the studies, its two values, or the groups.

    A quartile is a value that was observed.
    """
    if covariate.kind == "category":
        return tuple(Mark(level, level) for level in posterior.coding.levels)
    numbers = np.array([float(value) for value in posterior.values])
    found = np.quantile(numbers, QUARTILES, method="inverted_cdf").tolist()
    if found[0] == found[-1]:  # half of the studies or more are alike: the ends, then
        found = [float(numbers.min()), float(numbers.max())]
    return tuple(Mark(v, f"{v:.4g}") for v in dict.fromkeys(found))


def contrasts(
    posterior: RegressionPosterior, covariate: Covariate, level: float
) -> tuple[ContrastAnswer, ...]:
    """Return the outer quartiles of a number against each other, or every two groups."""
    every = marks(posterior, covariate)
    pairs = combinations(every, 2) if covariate.kind == "category" else [(every[0], every[-1])]
    before = Before.of(posterior.model, posterior.coefficients.shape[-1], posterior.settings.seed)
    return tuple(_contrast(posterior, before, pair, level) for pair in pairs)


def _contrast(
    posterior: RegressionPosterior, before: Before, pair: tuple[Mark, Mark], level: float
) -> ContrastAnswer:
    lower, upper = pair
    first, second = (posterior.average_draws(mark.value) for mark in pair)
    rows = [posterior.coding.encode([mark.value])[0] for mark in pair]
    ratio = before.log_odds_ratio(rows[1] - rows[0])
    found = posterior.logits(upper.value) - posterior.logits(lower.value)
    start = float(np.median(first))
    ends = reach(start, ratio, level)
    return ContrastAnswer(
        lower=lower.label,
        upper=upper.label,
        difference=_difference(second - first, level),
        prior=_difference((before.average(rows[1]) - before.average(rows[0]))[None], level),
        start=start,
        reach_low=ends[0],
        reach_high=ends[1],
        learnt=float(1.0 - found.var() / ratio.var()),
    )


def _difference(drawn: Floats, level: float) -> Difference:
    """Return the summary of draws of a difference, ``(chains, draws)``."""
    marginal = SampledMarginal("average", drawn, unit=False)
    tail = round(0.5 * (1.0 - level), 12)
    quantiles = tuple(Quantile(at, marginal.quantile(at)) for at in (tail, 0.5, 1.0 - tail))
    return Difference(quantiles, marginal.probability(above=0.0))
