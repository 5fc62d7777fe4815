"""How many simulated reviews a second one core answers: closed forms, and models of the counts.

At the sizes of the paper's 17 studies, warm; from random numbers to estimates with intervals, in
blocks as ``metaprop calibrate`` has them: maximum likelihood takes a block at once. The
targets are of one core of a quiet machine; units of work, timed in the same rounds, compare.
"""

from __future__ import annotations

from functools import partial

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import numpy as np
from stopwatch import ROOT, measure, show

from metaprop import default_models, read_dataset
from metaprop.engines.frequentist.one_step.fitting import fit_reviews
from metaprop.evidence.studies import Studies
from metaprop.questions.calibration.battery import answer_by_likelihood, answer_closed, by_posterior
from metaprop.questions.calibration.coverage import BLOCK
from metaprop.questions.calibration.ranks import do_ranks, rank_jobs
from metaprop.questions.calibration.truth import Truth, generator, review

CLOSED, COUNTS = 300, 40
"""Reviews a second that are asked for: by closed forms; by the GLMM and both exact families."""
MANY, FEW = 200, 10
TRUTH = Truth("logit-normal", 0.97, 0.5)


def reviews(totals: np.ndarray, size: int) -> np.ndarray:
    """Simulate so many reviews."""
    return np.array([review(TRUTH, totals, generator(0, 0, i)) for i in range(size)])


def closed(totals: np.ndarray) -> None:
    """Simulate and answer many reviews by every closed form."""
    answer_closed(reviews(totals, MANY), totals, 0.95)


def glmm_and_exact(totals: np.ndarray) -> None:
    """Simulate and answer a block of reviews by the GLMM and by both exact families."""
    events = reviews(totals, BLOCK)
    fit_reviews(events, totals, "binomial-normal")
    exact(events, totals)


def one_by_one(totals: np.ndarray) -> None:
    """Do the same with one review after the other."""
    for events in reviews(totals, FEW):
        fit_reviews(events[None, :], totals, "binomial-normal")
        exact(events[None, :], totals)


def exact(events: np.ndarray, totals: np.ndarray) -> None:
    """Ask both exact families for the average rate of each review."""
    names = [f"study {i}" for i in range(totals.size)]
    for one in events:
        studies = Studies.of(names, one.tolist(), totals.tolist())
        list(by_posterior(studies, default_models(), 0.95))


def every_model(totals: np.ndarray) -> None:
    """Simulate and answer a block of reviews by every model of the counts."""
    answer_by_likelihood(reviews(totals, BLOCK), totals, default_models(), 0.95)


def ranks(place: int, totals: np.ndarray) -> None:
    """Simulate, fit and rank a few reviews drawn from the priors of one model."""
    do_ranks(rank_jobs([default_models()[place]], totals.tolist(), replicates=FEW, seed=0)[0])


def main() -> None:
    """Print the table."""
    totals = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies.totals
    works = {
        "every closed form": (partial(closed, totals), MANY, CLOSED),
        "GLMM and both exact families": (partial(glmm_and_exact, totals), BLOCK, COUNTS),
        "the same, one by one": (partial(one_by_one, totals), FEW, None),
        "every model of the counts": (partial(every_model, totals), BLOCK, None),
        "ranks, logit-normal": (partial(ranks, 0, totals), FEW, None),
        "ranks, beta-binomial": (partial(ranks, 1, totals), FEW, None),
    }
    session = measure({name: work for name, (work, _, _) in works.items()}, budget=4.0, rounds=7)
    rows = []
    for name, timing in session.timings.items():
        _, size, target = works[name]
        rate = size / timing.seconds
        verdict = "" if target is None else "met" if rate >= target else "missed"
        cells = [f"{1e3 * timing.seconds / size:.2f}", f"{timing.units / size:.2g}"]
        rows.append([name, *cells, f"{rate:,.0f}", str(target or ""), verdict])
    header = ["answered by", "ms a review", "units", "a second", "asked", ""]
    show("Simulated reviews of 17 studies", header, rows, session.note())


if __name__ == "__main__":
    main()
