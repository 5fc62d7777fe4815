"""What `metaprop run` costs: a bill by stage in one process, and the clock with two.

Seconds of the processor in this process, so that what else the machine does is not counted. Stages
with an indent are part of one above them. On a new machine run it twice: what Numba compiles for
the first time stays on the disk.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from time import process_time
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
from bench_processes import cost_of
from stopwatch import ROOT, show

from metaprop.commands.inputs import Typed
from metaprop.commands.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = 240.0
"""Seconds on the clock that a run on two processors may take after the first."""
DATA, MODELS = str(ROOT / "data" / "kalantar2026"), str(ROOT / "models")
STAGES = (
    ("sampled, and the usual formulas", "commands.run", "ask_first"),
    ("  NUTS: compilation", "engines.nuts.sampling", "compile_model"),
    ("  NUTS: sampling", "engines.nuts.sampling", "draw"),
    ("  exact engine and records", "questions.fits", "model_answer"),
    ("  agreement and diagnostics", "questions.fits", "checked"),
    ("  draws to the disk", "commands.asked", "write_draws"),
    ("  joint model", "commands.asked", "ask_joint"),
    ("  covariates", "commands.covariates", "ask_moderators"),
    ("  usual formulas", "commands.asked", "frequentist_answer"),
    ("other readings", "commands.run", "read_otherwise"),
    ("checks of fit", "commands.run", "ask_checks"),
    ("sensitivity", "commands.run", "how_far"),
    ("audit", "commands.run", "audit_dataset"),
    ("report", "commands.run", "write_report"),
    ("  pictures by ArviZ", "reporting.drawing", "_draw_sampler"),
    ("  figures of outcomes", "reporting.drawing", "_draw_outcome"),
    ("  figures of checks", "reporting.drawing", "fill_checks"),
    ("  page and appendix", "reporting.report", "write_documents"),
)


@dataclass(slots=True)
class Entry:
    """Calls of a stage, and the seconds of the processor that they took."""

    calls: int = 0
    seconds: float = 0.0

    def billed[**P, R](self, work: Callable[P, R]) -> Callable[P, R]:
        """Return the work so that its seconds are put on this entry."""

        @wraps(work)
        def timed(*args: P.args, **options: P.kwargs) -> R:
            start = process_time()
            try:
                return work(*args, **options)
            finally:
                self.calls += 1
                self.seconds += process_time() - start

        return timed


def bill(folder: str) -> tuple[dict[str, Entry], float]:
    """Return the entry of each stage of a run in this process, and the seconds of all."""
    entries = {label: Entry() for label, _, _ in STAGES}
    for label, room, name in STAGES:
        module = import_module(f"metaprop.{room}")
        setattr(module, name, entries[label].billed(getattr(module, name)))
    start = process_time()
    reply = run(DATA, MODELS, Typed(engine="both", simulate="0"), output=folder)
    if reply.code:
        raise SystemExit(f"the run ended with code {reply.code}")
    return entries, process_time() - start


def main() -> None:
    """Print one table, and what the clock says of two processes."""
    with tempfile.TemporaryDirectory() as folder:
        entries, whole = bill(f"{folder}/alone")
        asked = ("run", DATA, MODELS, "--simulate", "0", "--jobs", "2", "--output", f"{folder}/two")
        two = cost_of("-m", "metaprop", *asked)
    rows = [
        [label, str(one.calls), f"{one.seconds:.1f}", f"{100.0 * one.seconds / whole:.0f} %"]
        for label, one in entries.items()
    ]
    rows.append(["all", "", f"{whole:.1f}", ""])
    verdict = "met" if two.clock < TARGET else "missed"
    note = f"two processes: {two.clock:.0f} s by the clock; asked: {TARGET:.0f} s: {verdict}"
    show(
        "metaprop run, without calibration",
        ["stage", "calls", "processor, s", "of all"],
        rows,
        note,
    )


if __name__ == "__main__":
    main()
