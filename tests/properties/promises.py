"""What must hold of every answer, whatever the table and the priors: finite, in range, in order.

Each function yields sentences, one for each promise that is broken; none where all hold.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import ModelError, OptionError
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact
from properties.cases_of import SHIPPED
from properties.identities import IDENTITIES
from properties.pooled import broken_pooled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop import Marginal, Model, Studies
    from metaprop.core.estimates import Estimate
    from properties.cases_of import Case

LEVELS = (0.025, 0.5, 0.975)
THRESHOLDS = {"tau": (0.1, 1.0), "rho": (0.02, 0.2)}
OF_RATES = (0.05, 0.5, 0.9)
ROUNDING = 1e-9
"""Two ways to the same number differ by sums over thousands of nodes."""
ROUND_TRIP = 1e-9
"""By how much the probability above a quantile may miss its level beyond what is stated."""
TOO_LONG = ("would take minutes",)
"""Why a sound table may be refused whatever the prior: so many counts may hide behind a total."""
REFUSALS = (
    *TOO_LONG,
    "as far as doubles can tell",
    "which cannot be added up",
    "no double can square",
    "all but fixes the location",
    "between two neighbouring doubles",
)
"""Why a sound table may be refused under a prior that is not the shipped one."""
SHARP = 1e-8
NEW_PATIENTS = 12


def broken(case: Case) -> list[str]:
    """Return every promise that a case breaks, each as a sentence."""
    studies = case.studies()
    found = [f"pool: {one}" for one in broken_pooled(case, studies)]
    for family in case.models:
        try:
            model = family.model()
        except ModelError:
            continue  # a prior that cannot be computed is refused: one clear error
        refusals = TOO_LONG if family in SHIPPED else REFUSALS
        told = _broken_exact(case, studies, model, refusals)
        found += [f"{model.family}: {one}" for one in told]
    return found


def _broken_exact(
    case: Case, studies: Studies, model: Model, refusals: tuple[str, ...]
) -> Iterator[str]:
    try:
        posterior = fit_exact(studies, model, tolerance=case.tolerance)
        _ = posterior.average
    except (OptionError, ModelError) as error:
        if not any(reason in str(error) for reason in refusals):
            yield f"refused: {error}"
        return
    yield from broken_posterior(posterior, case.parts)
    if "sharp" in case.parts:
        sharp = fit_exact(studies, model, tolerance=SHARP)
        yield from understated(posterior, sharp, new_study="new_study" in case.parts)
    for name in case.parts:
        if name in IDENTITIES:
            yield from (f"{name}: {one}" for one in IDENTITIES[name](posterior))


def broken_posterior(posterior: ExactPosterior, parts: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is wrong with a posterior: average, spread and evidence, and what is asked."""
    average = posterior.average
    yield from broken_marginal("average", average)
    if posterior.heterogeneity is not None:
        yield from broken_marginal(posterior.heterogeneity.estimand, posterior.heterogeneity)
    evidence = posterior.log_marginal_likelihood
    yield from _not_finite("log evidence", evidence)
    if evidence.value > evidence.error:
        yield f"the data have the probability exp({evidence})"
    for name in ("new_study", "typical"):
        if name in parts:
            yield from broken_marginal(name, getattr(posterior, name), shortest=True)
    if "study" in parts:
        yield from broken_marginal("study 0", posterior.study(0))
    if "new_count" in parts:
        yield from _broken_counts(posterior)
    if {"new_study", "new_count"} <= {*parts}:
        yield from _apart("mean new study", posterior.new_study.mean(), average.mean())


def broken_marginal(name: str, marginal: Marginal, *, shortest: bool = False) -> Iterator[str]:
    """Yield what is wrong with the answers of one marginal."""
    thresholds = THRESHOLDS.get(name, OF_RATES)
    above = [marginal.probability(above=t) for t in thresholds]
    survival = marginal.survival(np.array(thresholds[:1]))
    for t, found in zip(thresholds, above, strict=True):
        yield from _not_finite(f"P({name} > {t})", found)
        if not 0.0 <= found.value <= 1.0:
            yield f"P({name} > {t}) is {found.value}"
    if not abs(above[0].value - float(survival[0])) <= ROUNDING:
        yield f"P({name} > {thresholds[0]}) is {above[0].value}, its curve says {survival[0]}"
    for (low, first), (high, second) in pairwise(zip(thresholds, above, strict=True)):
        if second.value > first.value + first.error + second.error:
            yield f"P({name} > {high}) = {second} is more than P({name} > {low}) = {first}"
    yield from _broken_quantiles(name, marginal)
    yield from _broken_mean(name, marginal)
    if shortest:
        yield from _broken_shortest(name, marginal)


def _broken_quantiles(name: str, marginal: Marginal) -> Iterator[str]:
    quantiles = [marginal.quantile(level) for level in LEVELS]
    top = math.inf if name == "tau" else 1.0
    for level, found in zip(LEVELS, quantiles, strict=True):
        if not (math.isfinite(found.value) and found.error >= 0.0):
            yield f"the quantile {level} of {name} is {found}"
        if not 0.0 <= found.value <= top:
            yield f"the quantile {level} of {name} is {found.value}"
        if found.value in {0.0, top}:  # all mass beyond what a double tells from the end
            continue
        back = marginal.probability(above=found.value)
        missed = abs(back.value - (1.0 - level)) - ROUND_TRIP - back.error
        if missed > 0.0 and missed > _between_doubles(marginal, found.value):
            yield f"P({name} > its quantile {level}) is {back}, the quantile {found}"
    for first, second in pairwise(quantiles):
        if second.value < first.value:
            yield f"quantiles of {name} are out of order: {first}, {second}"


def _between_doubles(marginal: Marginal, value: float) -> float:
    """Return the mass between a value's neighbours: next to 1 a rate has few digits left."""
    beside = marginal.survival(np.nextafter(value, [0.0, np.inf]))
    return float(np.ptp(np.clip(beside, 0.0, 1.0)))


def _broken_mean(name: str, marginal: Marginal) -> Iterator[str]:
    mean = marginal.mean()
    if mean.undefined is not None:
        if name != "tau":
            yield f"the mean of {name} is undefined: {mean.undefined}"
        return
    yield from _not_finite(f"mean {name}", mean)
    if mean.value < 0.0 or (name != "tau" and mean.value > 1.0):
        yield f"the mean of {name} is {mean}"


def _broken_shortest(name: str, marginal: Marginal) -> Iterator[str]:
    shortest = marginal.interval(0.9, "highest-density")
    usual = marginal.interval(0.9, "equal-tailed")
    if not 0.0 <= shortest.low <= shortest.high <= 1.0:
        yield f"the shortest interval of {name} is {shortest}"
    middle = marginal.quantile(0.5)
    if not usual.low <= middle.value <= usual.high:
        yield f"the interval of {name} {usual} leaves out the median {middle}"
    width, other = shortest.high - shortest.low, usual.high - usual.low
    if width > other + 1e-3 + shortest.error + usual.error:  # found on a table of 2,001 levels
        yield f"the shortest interval of {name} {shortest} is wider than {usual}"


def _broken_counts(posterior: ExactPosterior) -> Iterator[str]:
    table = posterior.new_count(NEW_PATIENTS)
    total, mean = table.probabilities.sum(), table.probabilities @ np.arange(NEW_PATIENTS + 1.0)
    if not np.all((table.probabilities >= -ROUNDING) & (table.probabilities <= 1.0 + ROUNDING)):
        yield f"predicted counts have the probabilities {table.probabilities}"
    if not abs(total - 1.0) <= ROUNDING + (NEW_PATIENTS + 1) * table.error:
        yield f"predicted counts add up to {total} +- {table.error}"
    average = posterior.average.mean()
    if abs(mean / NEW_PATIENTS - average.value) > ROUNDING + average.error + (
        0.5 * (NEW_PATIENTS + 1) * table.error
    ):
        yield f"predicted counts have the mean rate {mean / NEW_PATIENTS}, average is {average}"


def understated(rough: ExactPosterior, sharp: ExactPosterior, *, new_study: bool) -> Iterator[str]:
    """Yield the answers that differ from those at a finer tolerance by more than is stated."""
    yield from _apart("log evidence", rough.log_marginal_likelihood, sharp.log_marginal_likelihood)
    pairs: list[tuple[str, Marginal, Marginal]] = [("average", rough.average, sharp.average)]
    if new_study:
        pairs.append(("new_study", rough.new_study, sharp.new_study))
    if rough.heterogeneity is not None and sharp.heterogeneity is not None:
        spread = (rough.heterogeneity, sharp.heterogeneity)
        pairs.append((rough.heterogeneity.estimand, *spread))
    for name, first, second in pairs:
        for t in THRESHOLDS.get(name, OF_RATES):
            what = f"P({name} > {t})"
            yield from _apart(what, first.probability(above=t), second.probability(above=t))
        for level in LEVELS:
            yield from _apart(
                f"quantile {level} of {name}", first.quantile(level), second.quantile(level)
            )
        if first.mean().undefined is None:
            yield from _apart(f"mean {name}", first.mean(), second.mean())


def _apart(name: str, first: Estimate, second: Estimate) -> Iterator[str]:
    if not abs(first.value - second.value) <= ROUNDING + first.error + second.error:
        yield f"{name} is {first} and also {second}"


def _not_finite(name: str, found: Estimate) -> Iterator[str]:
    if not (math.isfinite(found.value) and math.isfinite(found.error) and found.error >= 0.0):
        yield f"{name} is {found}"
