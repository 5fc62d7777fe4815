"""What two fits must agree on: the same evidence said otherwise, or said in parts.

Each takes a posterior, fits another table or another model at the same tolerance, and yields a
sentence for each promise that is broken.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop import Prior, Studies
from metaprop.core.errors import ModelError
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact
from metaprop.evidence.counts import Count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from metaprop import Model
    from metaprop.assumptions.model import ParameterPrior
    from metaprop.core.estimates import Estimate

ROUNDING = 1e-9
EXTRA = 7
"""Patients of a study that is added."""
THRESHOLDS = (0.1, 0.5, 0.9)
LARGEST_EXTRA = 40
"""Counts of a cell that is taken apart into two."""


def permuted(posterior: ExactPosterior) -> Iterator[str]:
    """The order of the studies does not matter, to the last bit."""
    other = _again(posterior, _of(posterior.studies, slice(None, None, -1)))
    yield from _differ(posterior, other)


def silent(posterior: ExactPosterior) -> Iterator[str]:
    """Studies of which nothing is known, said in any way, are as good as not there."""
    studies = posterior.studies
    if studies.known_total is not None:
        return  # there a silent study takes part in the sum
    other = _again(posterior, _joined(studies, (Count(0, EXTRA), EXTRA), (Count(0, 1), 1)))
    yield from _differ(posterior, other)


def total_of_exact(posterior: ExactPosterior) -> Iterator[str]:
    """A known total over exact counts says nothing new."""
    studies = posterior.studies
    if not studies.exact:
        return
    other = _again(posterior, studies.with_known_total(int(studies.low.sum())))
    yield from _differ(posterior, other)


def wider(posterior: ExactPosterior) -> Iterator[str]:
    """A wider range is at least as probable as the range inside it."""
    studies = posterior.studies
    high = np.minimum(studies.high + 1, studies.totals)
    low = np.maximum(studies.low - 1, 0)
    widened = Studies(studies.names, low, high, studies.totals, studies.known_total)
    mine, theirs = (p.log_marginal_likelihood for p in (posterior, _again(posterior, widened)))
    if theirs.value < mine.value - mine.error - theirs.error - ROUNDING:
        yield f"wider ranges are less probable: {theirs} against {mine}"


def in_parts(posterior: ExactPosterior) -> Iterator[str]:
    """Two ranges that make up a larger one have likelihoods that add up to its."""
    whole = _joined(posterior.studies, (Count(1, EXTRA - 1), EXTRA))
    parts = [Count(1, 2), Count(3, EXTRA - 1)]
    apart = [_joined(posterior.studies, (part, EXTRA)) for part in parts]
    joint = _again(posterior, whole).log_marginal_likelihood
    each = [_again(posterior, part).log_marginal_likelihood for part in apart]
    added = float(np.logaddexp(each[0].value, each[1].value))
    if abs(added - joint.value) > ROUNDING + joint.error + max(one.error for one in each):
        yield f"the evidence of parts adds up to {added}, that of the whole is {joint}"


def updated(posterior: ExactPosterior) -> Iterator[str]:
    """One more study changes the evidence by its predictive probability."""
    if posterior.studies.known_total is not None:
        return  # the new study would take part in the sum
    more = _again(posterior, _joined(posterior.studies, (Count(2, 2), EXTRA)))
    table = posterior.new_count(EXTRA)
    before, after = (p.log_marginal_likelihood for p in (posterior, more))
    gained = after.value - before.value
    predicted, error = float(table.probabilities[2]), table.error
    ratio = math.exp(gained)
    slack = ratio * (before.error + after.error) + error + ROUNDING
    if abs(ratio - predicted) > slack:
        yield f"evidence says {ratio} of a count that is predicted with {predicted} +- {error}"


def mirrored(posterior: ExactPosterior) -> Iterator[str]:
    """Counting the others, with mirrored priors, mirrors every rate."""
    location = _mirrored_prior(posterior.model.location)
    if location is None:
        return
    model = replace(posterior.model, location=location)
    other = fit_exact(_others(posterior.studies), model, tolerance=posterior.tolerance)
    mine, theirs = (p.log_marginal_likelihood for p in (posterior, other))
    if not _close(mine, theirs):
        yield f"the evidence is {mine}, mirrored {theirs}"
    for t in THRESHOLDS:
        above = posterior.average.probability(above=t)
        below = other.average.probability(above=1.0 - t)
        if abs(above.value + below.value - 1.0) > ROUNDING + above.error + below.error:
            yield f"P(average > {t}) is {above}, mirrored {below}"
    spread, same = posterior.heterogeneity, other.heterogeneity
    if spread is not None and same is not None:
        middle, again = spread.quantile(0.5), same.quantile(0.5)
        if not _close(middle, again):
            yield f"the median {spread.estimand} is {middle}, mirrored {again}"


IDENTITIES: Mapping[str, Callable[[ExactPosterior], Iterator[str]]] = {
    "permuted": permuted,
    "silent": silent,
    "total_of_exact": total_of_exact,
    "wider": wider,
    "in_parts": in_parts,
    "updated": updated,
    "mirrored": mirrored,
}


def _again(
    posterior: ExactPosterior, studies: Studies, model: Model | None = None
) -> ExactPosterior:
    return fit_exact(studies, model or posterior.model, tolerance=posterior.tolerance)


def _of(studies: Studies, order: slice) -> Studies:
    low, high, totals = (values[order] for values in (studies.low, studies.high, studies.totals))
    return Studies(studies.names[order], low, high, totals, studies.known_total)


def _joined(studies: Studies, *cells: tuple[Count, int]) -> Studies:
    """Return the studies with more of them, and no known total."""
    names = [f"another {i}" for i in range(len(cells))]
    counts, totals = zip(*cells, strict=True)
    return Studies.of(
        [*studies.names, *names], [*studies.counts, *counts], [*studies.totals.tolist(), *totals]
    )


def _others(studies: Studies) -> Studies:
    known, patients = studies.known_total, int(studies.totals.sum())
    turned = None if known is None else Count(max(0, patients - known.high), patients - known.low)
    low, high = studies.totals - studies.high, studies.totals - studies.low
    return Studies(studies.names, low, high, studies.totals, turned)


def _mirrored_prior(given: ParameterPrior) -> ParameterPrior | None:
    """Return the same prior on the rate of the others; None for a distribution without mirror."""
    prior = given.prior
    numbers = dict(prior.parameters)
    line = given.parameter in {"mu", "logit_average"}
    if "alpha" in numbers and line:
        return None  # a beta lies on (0, 1) whatever its parameters
    if "alpha" in numbers:
        numbers["alpha"], numbers["beta"] = numbers["beta"], numbers["alpha"]
    elif "location" in numbers and prior.distribution != "log_normal":
        numbers["location"] = (0.0 if line else 1.0) - numbers["location"]
    elif prior.distribution != "uniform":
        return None
    low, high = ((0.0 if line else 1.0) - end for end in prior.support[::-1])
    if prior.distribution == "uniform" or prior.truncated:
        numbers |= {"low": low, "high": high}
    numbers = {key: value for key, value in numbers.items() if math.isfinite(value)}
    try:
        turned = Prior.of(prior.distribution, **numbers)
    except ModelError:
        return None  # an end that is told from 1 or from 0 is not told from the other
    return replace(given, prior=turned)


def _differ(first: ExactPosterior, second: ExactPosterior) -> Iterator[str]:
    """Yield what two fits of the same evidence do not say with the same bits."""
    pairs = [("log evidence", first.log_marginal_likelihood, second.log_marginal_likelihood)]
    for t in THRESHOLDS:
        mine, theirs = (p.average.probability(above=t) for p in (first, second))
        pairs.append((f"P(average > {t})", mine, theirs))
    for name, one, other in pairs:
        if one.value != other.value:
            yield f"{name} is {one} and also {other}"


def _close(first: Estimate, second: Estimate) -> bool:
    return abs(first.value - second.value) <= ROUNDING + first.error + second.error
