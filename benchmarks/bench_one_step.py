"""How fast the one-step models are: on the paper's union data, one by one and many at once.

One core, warm. R's rma.glmm made 13 fits a second on this data set and on a machine of this kind;
ten times that is asked for, one data set at a time. Units of work, timed in the same rounds, can
be compared between machines and days; seconds cannot.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import numpy as np
from stopwatch import ROOT, Session, measure, show

from metaprop import Studies, read_dataset
from metaprop.core.scales import logit
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.one_step.heterogeneity_test import heterogeneity_test
from metaprop.engines.frequentist.one_step.maximum import fit_many
from metaprop.engines.frequentist.one_step.moderators import fit_subgroups
from metaprop.engines.frequentist.one_step.simulation import Population, simulate_events

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.family import Model

MODELS: tuple[Model, Model] = ("binomial-normal", "beta-binomial")
BATCH = 1000
RMA_GLMM = 13
"""Fits per second of R's rma.glmm (metafor 3.8-1, 7 quadrature points) on two shared cores."""
TIMES = 10
"""How many times as fast a fit is asked to be, one at a time."""


def simulated(studies: Studies, tau: float) -> np.ndarray:
    """Return a thousand reviews at the sizes of the studies, at their crude rate."""
    rate = studies.crude_rate
    centre = float(logit(0.5 if rate is None else rate))
    population = Population("binomial-normal", centre, tau)
    return simulate_events(population, studies.totals, BATCH, np.random.default_rng(1))


def rows_of(session: Session, calls: int = 1) -> list[list[str]]:
    """Return a row for each work: milliseconds, units, fits a second, times rma.glmm."""
    rows = []
    for name, timing in session.timings.items():
        a_second = calls / timing.seconds
        cells = [f"{1e3 * timing.seconds / calls:.3f}", f"{timing.units / calls:.4f}"]
        rows.append([name, *cells, f"{a_second:.0f}", f"{a_second / RMA_GLMM:.0f}"])
    return rows


def bench_one_by_one(union: Studies) -> None:
    """Time the best fit alone, with all intervals, and with two subgroups."""
    events = union.events[None, :]
    best = {f"{m}: best fit": partial(fit_many, m, events, union.totals) for m in MODELS}
    whole = {f"{m}: every interval": partial(fit_one_step, union, m) for m in MODELS}
    halves = ["a"] * 8 + ["b"] * (union.k - 8)
    groups = {"binomial-normal: two subgroups": partial(fit_subgroups, union, halves)}
    session = measure(best | whole | groups, budget=2.0)
    rows = rows_of(session)
    for row in rows:
        asked = row[0] == "binomial-normal: best fit"
        met = float(row[-1]) >= TIMES
        row.extend([f"at least {TIMES}" if asked else "", ("met" if met else "missed") * asked])
    header = ["union, 17 studies", "ms", "units", "a second", "times rma.glmm", "asked", ""]
    show("One data set at a time, one core", header, rows, session.note())


def bench_batched(union: Studies) -> None:
    """Time a thousand simulated reviews at once, common rate and not; and the bootstrap."""
    works = {
        f"{m}, tau = {tau:g}": partial(fit_many, m, simulated(union, tau), union.totals)
        for m in MODELS
        for tau in (0.0, 1.0)
    }
    session = measure(works, budget=3.0, rounds=5)
    header = ["reviews drawn at", "ms a fit", "units a fit", "fits a second", "times rma.glmm"]
    show(f"{BATCH} data sets at once", header, rows_of(session, BATCH), session.note())
    tests = {
        m: partial(heterogeneity_test, union, m, np.random.default_rng(1), simulations=BATCH)
        for m in MODELS
    }
    session = measure(tests, budget=3.0, rounds=5)
    rows = [[n, f"{t.seconds:.2f}", f"{t.units:.0f}"] for n, t in session.timings.items()]
    title = f"Test of heterogeneity with {BATCH} simulated reviews"
    show(title, ["model", "seconds", "units"], rows, session.note())


def main() -> None:
    """Print the tables, one after the other."""
    union = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies
    bench_one_by_one(union)
    bench_batched(union)


if __name__ == "__main__":
    main()
