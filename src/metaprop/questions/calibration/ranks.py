"""Simulation-based calibration: truths from the priors, reviews from the truths, and their ranks.

If sampling model, prior and computation agree, the posterior probability below the truth is uniform
over replicates, at any sizes. The exact engine gives that probability for the average rate and the
heterogeneity; its joint draws, and NUTS, give a rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.fitting import fit
from metaprop.evidence.studies import Studies
from metaprop.questions.calibration.battery import TOLERANCE
from metaprop.questions.calibration.records import ModelRanks
from metaprop.questions.calibration.truth import generator, review, truth_from
from metaprop.questions.calibration.uniformity import ranks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.posterior import Engine, Posterior
    from metaprop.questions.calibration.truth import Truth

    Floats = NDArray[np.float64]

SBC = Method(
    "simulation-based calibration",
    "Posteriors were calibrated by simulation: truths drawn from the priors, data from the truths, "
    "and the rank of each truth in its posterior compared with the uniform distribution.",
    "10.48550/arXiv.1804.06788",
)
BLOCKS = {"exact": 50, "nuts": 10}
"""Replicates in one job."""
DRAWS = 250
"""Draws of each of four chains by NUTS, of which ``RANKED`` are kept."""
RANKED = 99
"""Draws, taken at random, among which a truth is ranked: a hundred ranks."""
QUANTITIES = ("average", "typical", "new_study", "heterogeneity")
LOOSE = 1e-2
"""Numerical error of a probability beyond which a fit by the exact engine has failed."""
KEY = 1_000_000
"""First number of the key of these replicates, apart from those of any scenario."""


@dataclass(frozen=True, slots=True)
class RankJob:
    """Replicates ``first`` to ``last`` (excluded) of one model by one engine."""

    model: Model
    place: int
    engine: Engine
    totals: tuple[int, ...]
    seed: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RankAnswers:
    """Posterior probability below each truth, shape (R, Q), and fits that cannot be trusted."""

    place: int
    engine: Engine
    below: Floats
    failed: int


def rank_jobs(
    models: Sequence[Model],
    totals: Sequence[int],
    *,
    replicates: int,
    seed: int,
    engine: Engine = "exact",
) -> tuple[RankJob, ...]:
    """Return the work in pieces, model by model; a model of a common rate has none."""
    block = BLOCKS[engine]
    return tuple(
        RankJob(model, place, engine, tuple(totals), seed, first, min(first + block, replicates))
        for place, model in enumerate(models)
        if model.heterogeneity is not None
        for first in range(0, replicates, block)
    )


def do_ranks(job: RankJob) -> RankAnswers:
    """Simulate and fit the replicates of one job."""
    rows, failed = [], 0
    for replicate in range(job.first, job.last):
        rng = generator(job.seed, KEY + job.place, replicate)
        truth = truth_from(job.model, rng)
        totals = np.asarray(job.totals)
        names = [f"study {place}" for place in range(totals.size)]
        studies = Studies.of(names, review(truth, totals, rng).tolist(), job.totals)
        posterior = _fit(studies, job, replicate)
        failed += not _trusted(posterior, truth)
        rows.append(probabilities_below(posterior, truth, rng))
    return RankAnswers(job.place, job.engine, np.array(rows), failed)


def _fit(studies: Studies, job: RankJob, replicate: int) -> Posterior:
    if job.engine == "exact":
        return fit(studies, job.model, tolerance=TOLERANCE)
    return fit(studies, job.model, engine="nuts", seed=job.seed + replicate, draws=DRAWS)


def _trusted(posterior: Posterior, truth: Truth) -> bool:
    """Return whether a fit can be trusted: the exact engine's by the error of what is asked."""
    if posterior.engine == "nuts":
        return posterior.quality.status != "failed"
    return posterior.average.probability(above=truth.average).error < LOOSE


def probabilities_below(
    posterior: Posterior, truth: Truth, rng: np.random.Generator
) -> tuple[float, ...]:
    """Return the posterior probability below the truth of each of ``QUANTITIES``.

    The exact engine's own for the average and the heterogeneity; else the truth's rank among draws,
    spread evenly over the width of one rank.
    """
    heterogeneity = posterior.heterogeneity
    assert heterogeneity is not None  # noqa: S101 - truths come from models that have one
    draws = posterior.draws(RANKED, rng)
    truths = {
        "average": truth.average,
        "typical": truth.typical,
        "new_study": float(truth.rates(1, rng)[0]),
        heterogeneity.estimand: truth.spread,
    }
    below = {
        name: float((draws[name] < value).sum() + rng.random()) / (RANKED + 1)
        for name, value in truths.items()
    }
    if posterior.engine == "exact":
        for marginal in (posterior.average, heterogeneity):
            value = truths[marginal.estimand]
            below[marginal.estimand] = 1.0 - float(marginal.survival(value))
    return tuple(below.values())


def model_ranks(jobs: Sequence[RankJob], answers: Iterable[RankAnswers]) -> tuple[ModelRanks, ...]:
    """Return the calibration of each model, from the answers in the order of the jobs."""
    first = {(job.engine, job.place): job for job in reversed(jobs)}
    parts: dict[tuple[Engine, int], list[RankAnswers]] = {key: [] for key in reversed(first)}
    for answer in answers:
        parts[answer.engine, answer.place].append(answer)
    return tuple(_model(first[key], found) for key, found in parts.items())


def _model(job: RankJob, parts: Sequence[RankAnswers]) -> ModelRanks:
    below = np.concatenate([part.below for part in parts])
    names = [*QUANTITIES[:-1], "tau" if job.model.family == "logit-normal" else "rho"]
    return ModelRanks(
        model=job.model.id,
        family=job.model.family,
        engine=job.engine,
        replicates=below.shape[0],
        failed=sum(part.failed for part in parts),
        ranks=tuple(ranks_of(name, column) for name, column in zip(names, below.T, strict=True)),
    )
