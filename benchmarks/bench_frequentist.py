"""How fast random effects in two steps are: one data set at a time, and ten thousand at once.

One core, warm; from counts to the pooled rate with its intervals. R's metafor 3.8-1 did 175 fits a
second with DerSimonian-Laird and 114 with REML, on another day and from the same counts: the
targets are multiples of those, so that they hold only for a machine like that one. Units of work,
timed in the same rounds, can be compared.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import numpy as np
from stopwatch import ROOT, Session, measure, show

from metaprop import read_dataset
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.options import Tau2Method

METAFOR: dict[Tau2Method, int] = {"dl": 175, "reml": 114}
"""Fits of R's metafor per second, where they were measured."""
ALONE, TOGETHER = 20, 1000
"""Times as fast as metafor that one data set, and many at once, must be."""
TABLES = 10_000
METHODS: tuple[Tau2Method, ...] = ("dl", "he", "hs", "sj", "pm", "ml", "reml")


def fit(events: NDArray[np.int64], totals: NDArray[np.int64], plan: Plan) -> object:
    """Pool one data set or many, and turn the answer into rates."""
    return pool(effects(events, totals), plan).rates()


def rows_of(session: Session, tables: int, times: int) -> list[list[str]]:
    """Return one row for each estimator."""
    rows = []
    for name, timing in session.timings.items():
        rate = tables / timing.seconds
        known = METAFOR.get(name)  # type: ignore[call-overload]  # names are the methods
        target = "" if known is None else f"{times * known:,}"
        verdict = "" if known is None else "met" if rate >= times * known else "missed"
        ratio = "" if known is None else f"{rate / known:,.0f}"
        cells = [f"{1e6 * timing.seconds / tables:.2f}", f"{timing.units / tables:.2g}"]
        rows.append([name, *cells, f"{rate:,.0f}", ratio, target, verdict])
    return rows


def main() -> None:
    """Print the two tables."""
    studies = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies
    events, totals = studies.events, studies.totals
    rng = np.random.default_rng(1)
    many = rng.binomial(totals, rng.beta(12.0, 1.0, size=(TABLES, studies.k)))
    header = ["tau2", "us a fit", "units a fit", "a second", "times metafor", "asked", ""]
    for title, counts, tables, times in (
        ("Union in 17 studies, one at a time", events, 1, ALONE),
        (f"{TABLES:,} data sets of these sizes at once", many, TABLES, TOGETHER),
    ):
        works = {method: partial(fit, counts, totals, Plan(method)) for method in METHODS}
        session = measure(works, budget=1.0, rounds=7)
        show(title, header, rows_of(session, tables, times), session.note())


if __name__ == "__main__":
    main()
