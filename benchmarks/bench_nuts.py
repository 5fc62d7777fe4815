"""What NUTS costs: 22 fits, compiled once for each family and compiled anew for each fit.

Eleven tables (the union data, each without one study) under both default models, each fitted both
ways in turn, so that both see the same machine. The naive way builds and compiles a PyMC model for
each fit, as a script that calls `pm.sample` does. Both draw the same number of draws and make the
same of them: every estimand, diagnostics, the DataTree. Numba has compiled the parts of both before
(it keeps them on disk); libraries are imported before the clock starts.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import nutpie
from stopwatch import ROOT, show

from metaprop import Model, Studies, default_models, pymc_model, read_dataset
from metaprop.engines.nuts import sampling
from metaprop.engines.nuts.posterior import NutsPosterior
from metaprop.engines.nuts.sampling import CORES, Settings, trace_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = 11
TARGET = 4.0
"""How many times faster than naive PyMC 22 fits must be."""
SETTINGS = Settings()
PARTS = ("compile", "sample", "the rest")


@dataclass(slots=True)
class Bill:
    """Seconds spent by one way on each part, of the processor and on the clock."""

    processor: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    clock: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """Put what happens inside on the bill of a part."""
        processor, clock = process_time(), perf_counter()
        yield
        self.processor[part] += process_time() - processor
        self.clock[part] += perf_counter() - clock

    def row(self, name: str) -> list[str]:
        """Return the bill as a row of the table."""
        every, clock = sum(self.processor.values()), sum(self.clock.values())
        cells = [f"{self.processor[part]:.1f}" for part in PARTS]
        return [name, *cells, f"{every:.1f}", f"{clock:.1f}", self.share()]

    def share(self) -> str:
        """Return the share of compilation in the seconds of the processor."""
        return f"{100.0 * self.processor['compile'] / sum(self.processor.values()):.0f} %"


def tables(union: Studies) -> list[Studies]:
    """Return the union data without its first study, without its second, and so on."""
    kept = [[i for i in range(union.k) if i != left_out] for left_out in range(TABLES)]
    return [
        Studies.of([union.names[i] for i in keep], union.low[keep], union.totals[keep])
        for keep in kept
    ]


def finish(studies: Studies, model: Model, trace: sampling.Trace) -> None:
    """Make of draws what a fit returns; complain where they are no good."""
    posterior = NutsPosterior(studies, model, trace, SETTINGS)
    if posterior.quality.status != "ok" or posterior.tree is None:
        raise SystemExit(f"{model.id}: {posterior.quality.message}")


def once(studies: Studies, model: Model, bill: Bill) -> None:
    """Fit as metaprop does."""
    with bill.on("compile"):
        sampling.make_ready(studies, model)
    with bill.on("sample"):
        trace = sampling.sample(studies, model, SETTINGS)
    with bill.on("the rest"):
        finish(studies, model, trace)


def each(studies: Studies, model: Model, bill: Bill) -> None:
    """Fit a model of its own."""
    with bill.on("compile"):
        compiled = nutpie.compile_pymc_model(pymc_model(studies, model))
    with bill.on("sample"):
        found = nutpie.sample(
            compiled,
            draws=SETTINGS.draws,
            tune=SETTINGS.tune,
            chains=SETTINGS.chains,
            cores=CORES,
            seed=SETTINGS.seed,
            target_accept=SETTINGS.target_accept,
            progress_bar=False,
        )
    with bill.on("the rest"):
        finish(studies, model, trace_of(found, {}))


def main() -> None:
    """Print one table: both ways, and the ratio of their sums."""
    union = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies
    data, models = tables(union), default_models()
    for model in models:  # so that Numba's disk is warm for both
        once(union, model, Bill())
        each(union, model, Bill())
    sampling.forget()
    ours, naive = Bill(), Bill()
    for studies in data:
        for model in models:
            each(studies, model, naive)
            once(studies, model, ours)
    spent, clock = (
        [sum(getattr(bill, kind).values()) for bill in (ours, naive)]
        for kind in ("processor", "clock")
    )
    ratio, on_clock = spent[1] / spent[0], clock[1] / clock[0]
    verdict = "met" if ratio >= TARGET else "missed"
    header = [f"{TABLES} tables, 2 models", *(f"{part}, s" for part in PARTS)]
    header += ["processor, s", "clock, s", "compilation"]
    rows = [ours.row("compiled once"), naive.row("compiled each time")]
    note = f"{ratio:.1f} times faster by the processor, {on_clock:.1f} by the clock; "
    note += f"asked: {TARGET:g} times: {verdict}"
    show("NUTS: 22 fits, 4 chains of 1,000 + 2,500 draws", header, rows, note)


if __name__ == "__main__":
    main()
