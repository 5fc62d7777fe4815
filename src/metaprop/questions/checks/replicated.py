"""Tables that a model makes, before and after the data, beside the observed one.

Every replicated study has the size of an observed one and a rate drawn anew from the population of
studies (the mixed predictive check of Marshall and Spiegelhalter 2003, doi:10.1002/sim.1403).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.estimates import Estimate
from metaprop.core.methods import Method
from metaprop.engines.nuts.replicates import Hyper, prior_hyper, replicate
from metaprop.questions.checks.answers import (
    Histogram,
    LeftOutStatistic,
    Replicated,
    StatisticCheck,
)
from metaprop.questions.checks.statistics import NO_SPREAD, STATISTICS, TOO_FEW, Allowed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.posterior import Posterior
    from metaprop.evidence.studies import Studies
    from metaprop.questions.checks.answers import StatisticName

    Floats = NDArray[np.float64]

PREDICTIVE = Method(
    "Posterior predictive checks",
    "Statistics of the observed table were compared with those of tables drawn from the posterior "
    "predictive distribution, each study with a rate drawn anew, by mid-P values.",
    "10.1002/sim.1403",
)
BLOCK = 2_000_000
"""Counts drawn at once."""
NARROWEST = 0.1
"""Rates that a histogram of them spans at the least."""
ROUNDED = 1e-9
MOST_BARS = 30
"""Bars of a histogram; whole numbers have one each where there are no more than this."""


def predictive_checks(
    posterior: Posterior, studies: Studies, model: Model, level: float, replicates: int, seed: int
) -> tuple[tuple[StatisticCheck, ...], tuple[LeftOutStatistic, ...]]:
    """Return the check of each statistic, and those that could not be checked with the reason."""
    allowed = Allowed.of(studies)
    after = np.random.default_rng([seed, 0])
    before = np.random.default_rng([seed, 1])
    hyper = Hyper.of(model.family, posterior.draws(replicates, after))
    drawn = _drawn(hyper, studies, after)
    prior = _drawn(prior_hyper(model, replicates, before)[0], studies, before)
    checks, unchecked = [], []
    for name, statistic in STATISTICS.items():
        ends = statistic.bounds(allowed)
        if studies.k < statistic.fewest or ends is None:
            reason = TOO_FEW if studies.k < statistic.fewest else NO_SPREAD
            unchecked.append(LeftOutStatistic(name, reason))
            continue
        checks.append(
            StatisticCheck(
                name,
                *ends,
                prior=_replicated(prior[name], ends, level),
                posterior=_replicated(drawn[name], ends, level),
                histogram=_histogram(drawn[name], ends, whole=statistic.counts),
            )
        )
    return tuple(checks), tuple(unchecked)


def _drawn(hyper: Hyper, studies: Studies, rng: np.random.Generator) -> dict[StatisticName, Floats]:
    """Return every statistic of replicated tables by name, shape ``(replicates,)`` each."""
    size = hyper.location.size
    at_once = max(1, BLOCK // studies.k)
    found: dict[StatisticName, list[Floats]] = {name: [] for name in STATISTICS}
    for start in range(0, size, at_once):
        events = replicate(hyper.part(slice(start, start + at_once)), studies, rng)
        for name, statistic in STATISTICS.items():
            if studies.k >= statistic.fewest:
                found[name].append(statistic.of(events, studies.totals).astype(np.float64))
    return {name: np.concatenate(parts) for name, parts in found.items() if parts}


def _replicated(drawn: Floats, ends: tuple[float, float], level: float) -> Replicated:
    tail = 0.5 * (1.0 - level)
    low, median, high = np.quantile(drawn, [tail, 0.5, 1.0 - tail], method="inverted_cdf").tolist()
    return Replicated(low, median, high, _mid_p(drawn, ends[1]), _mid_p(drawn, ends[0]))


def _mid_p(drawn: Floats, observed: float) -> Estimate:
    """Return P(T_rep > T) + P(T_rep = T) / 2 with its Monte Carlo standard error."""
    same = np.isclose(drawn, observed, rtol=0.0, atol=1e-9)
    score = np.where(same, 0.5, (drawn > observed).astype(np.float64))
    size = drawn.size
    share = float(score.mean())
    # half a replicate each way, so that a P of 0 or 1 is not free of error
    kept = (share * size + 0.5) / (size + 1.0)
    variance = max(float(score.var()), kept * (1.0 - kept) / size)
    return Estimate(share, float(np.sqrt(variance / size)))


def _round_width(reach: float) -> float:
    """Return a round width of which some ``MOST_BARS`` reach so far: models share their edges."""
    least = reach / MOST_BARS
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(w for w in (power, 2 * power, 5 * power, 10 * power) if w >= least))


def _histogram(drawn: Floats, ends: tuple[float, float], *, whole: bool) -> Histogram:
    low, high = min(float(drawn.min()), ends[0]), max(float(drawn.max()), ends[1])
    if whole:
        width = float(np.ceil((high - low + 1.0) / MOST_BARS))
        first = np.floor(low / width) * width - 0.5
        edges = np.arange(first, high + width, width)
    else:
        width = _round_width(max(high - low, NARROWEST))
        first, last = np.floor(low / width + ROUNDED), np.ceil(high / width - ROUNDED)
        edges = width * np.arange(min(first, last - 1.0), last + 1.0)
    counts, _ = np.histogram(drawn, edges)
    return Histogram(tuple(edges.tolist()), tuple((counts / drawn.size).tolist()))
