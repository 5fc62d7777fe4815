"""Bias, coverage and width of every method at a data set's own sizes, under fixed truths.

Every replicate has random numbers of its own, so that the number of processes changes no result,
and the size of a block none beyond rounding. Closed forms see every replicate; models of the
counts, a hundred times slower, the first ones of each scenario.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.questions.calibration.battery import (
    answer_by_likelihood,
    answer_closed,
    closed_forms,
    likelihood_methods,
)
from metaprop.questions.calibration.records import Held, Scenario, Score, Simulated
from metaprop.questions.calibration.truth import generator, review

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.questions.calibration.battery import Scored
    from metaprop.questions.calibration.truth import Truth

    Floats = NDArray[np.float64]

COVERAGE = Method(
    "simulated coverage",
    "Bias, coverage and width of every method were simulated at the sizes of these studies, each "
    "method scored against the rate that it targets and against the average rate, with Monte Carlo "
    "standard errors.",
    "10.1002/sim.8086",
)
BLOCK = 25
"""Replicates in one job: about a quarter of a second of work where counts are modelled."""


@dataclass(frozen=True, slots=True)
class CoverageJob:
    """Some replicates of one scenario: all that a worker must know.

    Replicates ``first`` to ``last`` (excluded) of the scenario at ``place``; those below
    ``modelled`` are answered by likelihood too.
    """

    truth: Truth
    place: int
    totals: tuple[int, ...]
    models: tuple[Model, ...]
    level: float
    seed: int
    first: int
    last: int
    modelled: int


@dataclass(frozen=True, slots=True)
class CoverageAnswers:
    """What the methods say of one job's B replicates, estimate and interval on the second axis.

    ``closed``, shape (M, 3, B); ``modelled``, shape (L, 3, C), of the first C <= B replicates;
    ``i2``, shape (B,), that of the usual method.
    """

    place: int
    closed: Floats
    modelled: Floats
    i2: Floats


def coverage_jobs(  # noqa: PLR0913 - what is asked, by name
    truths: Sequence[Truth],
    totals: Sequence[int],
    models: Sequence[Model],
    *,
    replicates: int,
    modelled: int,
    level: float,
    seed: int,
) -> tuple[CoverageJob, ...]:
    """Return the work in pieces, scenario by scenario."""
    return tuple(
        CoverageJob(
            truth,
            place,
            tuple(totals),
            tuple(models),
            level,
            seed,
            first,
            min(first + BLOCK, replicates),
            modelled,
        )
        for place, truth in enumerate(truths)
        for first in range(0, replicates, BLOCK)
    )


def do_coverage(job: CoverageJob) -> CoverageAnswers:
    """Simulate the reviews of one job and ask every method."""
    totals = np.asarray(job.totals)
    events = np.array(
        [
            review(job.truth, totals, generator(job.seed, job.place, replicate))
            for replicate in range(job.first, job.last)
        ]
    )
    closed, i2 = answer_closed(events, totals, job.level)
    slow = events[: max(0, job.modelled - job.first)]
    modelled = answer_by_likelihood(slow, totals, job.models, job.level)
    return CoverageAnswers(job.place, closed, modelled, i2)


def scenarios_of(
    jobs: Sequence[CoverageJob], answers: Iterable[CoverageAnswers]
) -> tuple[Scenario, ...]:
    """Return the scenarios, from the answers in the order of the jobs."""
    if not jobs:
        return ()
    truths = {job.place: job.truth for job in jobs}
    parts: dict[int, list[CoverageAnswers]] = {place: [] for place in truths}
    for answer in answers:
        parts[answer.place].append(answer)
    models = jobs[0].models
    return tuple(_scenario(truths[place], found, models) for place, found in parts.items())


def _scenario(truth: Truth, parts: Sequence[CoverageAnswers], models: Sequence[Model]) -> Scenario:
    closed = np.concatenate([part.closed for part in parts], axis=-1)
    modelled = np.concatenate([part.modelled for part in parts], axis=-1)
    i2 = np.concatenate([part.i2 for part in parts])
    methods = (*closed_forms(), *likelihood_methods(models))
    scores = (
        _score(method, numbers, truth)
        for method, numbers in zip(methods, _rows(closed, modelled), strict=True)
        if numbers.size
    )
    zero = share(i2[np.isfinite(i2)] <= 0.0)
    return Scenario(truth, truth.average, truth.typical, zero, tuple(scores))


def _rows(*blocks: Floats) -> Iterator[Floats]:
    for block in blocks:
        yield from block


def _score(method: Scored, numbers: Floats, truth: Truth) -> Score:
    """Return the score of one method from its numbers, shape (3, B)."""
    kept = numbers[:, np.isfinite(numbers).all(axis=0)]
    target = truth.typical if method.estimand == "typical" else truth.average
    average = held(kept, truth.average)
    own = average if target == truth.average else held(kept, target)
    return Score(
        label=method.label,
        kind=method.kind,
        estimand=method.estimand,
        replicates=numbers.shape[1],
        answered=kept.shape[1],
        width=mean_of(kept[2] - kept[1]),
        own=own,
        average=average,
    )


def held(numbers: Floats, truth: float) -> Held:
    """Return estimates and intervals, shape (3, B), against one true rate."""
    estimate, low, high = numbers
    bias = mean_of(estimate)
    return Held(
        truth=truth,
        bias=replace(bias, value=bias.value - truth),
        coverage=share((low <= truth) & (truth <= high)),
        below=share(high < truth),
        above=share(low > truth),
    )


def mean_of(values: Floats) -> Simulated:
    """Return the mean of B numbers with its standard error."""
    if values.size < 2:  # noqa: PLR2004 - one number has no scatter
        return Simulated(float(values.mean()) if values.size else math.nan, math.nan)
    return Simulated(float(values.mean()), float(values.std(ddof=1) / math.sqrt(values.size)))


def share(hits: NDArray[np.bool_]) -> Simulated:
    """Return the share of B hits with its standard error.

    The error is sqrt(q (1 - q) / B) with q = (hits + 1) / (B + 2), so that it is not 0 where
    all or none are hits.
    """
    if not hits.size:
        return Simulated(math.nan, math.nan)
    q = (float(hits.sum()) + 1.0) / (hits.size + 2.0)
    return Simulated(float(hits.mean()), math.sqrt(q * (1.0 - q) / hits.size))
