"""What NUTS costs: compilation and sampling of 22 fits, compiled once and compiled each time.

Eleven tables (the union data, each without one study) under both default models. The naive way
builds and compiles a PyMC model for each fit, as a script that calls `pm.sample` does. Wall-clock
seconds, two chains at a time.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import nutpie
from stopwatch import ROOT, show

from metaprop import Model, Studies, default_models, pymc_model, read_dataset
from metaprop.engines.nuts.posterior import fit_nuts
from metaprop.engines.nuts.sampling import CORES, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLES = 11
TARGET = 4.0
"""How many times faster than naive PyMC 22 fits must be."""
SETTINGS = Settings()


def tables(union: Studies) -> list[Studies]:
    """Return the union data without its first study, without its second, and so on."""
    kept = [[i for i in range(union.k) if i != left_out] for left_out in range(TABLES)]
    return [
        Studies.of([union.names[i] for i in keep], union.low[keep], union.totals[keep])
        for keep in kept
    ]


def once(data: Sequence[Studies], model: Model) -> tuple[float, float]:
    """Return the seconds of compilation and of sampling, compiled once for all tables."""
    began: dict[str, float] = {}
    start = perf_counter()
    for studies in data:
        fit_nuts(studies, model, SETTINGS, lambda stage: began.setdefault(stage, perf_counter()))
    return began["sampling"] - start, perf_counter() - began["sampling"]


def each(data: Sequence[Studies], model: Model) -> tuple[float, float]:
    """Return the seconds of compilation and of sampling, compiled anew for each table."""
    compiling = sampling = 0.0
    for studies in data:
        start = perf_counter()
        compiled = nutpie.compile_pymc_model(pymc_model(studies, model))
        middle = perf_counter()
        nutpie.sample(
            compiled,
            draws=SETTINGS.draws,
            tune=SETTINGS.tune,
            chains=SETTINGS.chains,
            cores=CORES,
            seed=SETTINGS.seed,
            target_accept=SETTINGS.target_accept,
            progress_bar=False,
        )
        compiling += middle - start
        sampling += perf_counter() - middle
    return compiling, sampling


def main() -> None:
    """Print one table: both ways, both models, and the ratio of the sums."""
    union = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies
    data, models = tables(union), default_models()
    rows, totals = [], []
    for name, way in (("compiled once", once), ("compiled each time", each)):
        taken = [way(data, model) for model in models]
        totals.append(sum(map(sum, taken)))
        cells = [f"{seconds:.1f}" for pair in taken for seconds in pair]
        share = sum(compiling for compiling, _ in taken) / totals[-1]
        rows.append([name, *cells, f"{totals[-1]:.1f}", f"{100 * share:.0f} %"])
    ratio = totals[1] / totals[0]
    header = [f"{TABLES} tables, 2 models"]
    header += [f"{model.id}: {what}, s" for model in models for what in ("compile", "sample")]
    header += ["all, s", "compilation"]
    verdict = "met" if ratio >= TARGET else "missed"
    note = f"{ratio:.1f} times faster; asked: {TARGET:g} times: {verdict}"
    show("NUTS: 22 fits, 4 chains of 1,000 + 2,500 draws", header, rows, note)


if __name__ == "__main__":
    main()
