"""What a fresh process costs: seconds of a command, of an import, and memory at 10,000 studies."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from stopwatch import show

TABLE = "study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\nElm,23,23\nFir,6,8\n"
MANY = 10_000
MEGABYTES = 300
"""Peak memory that a fit of MANY studies must stay under."""
KILOBYTE = 1024 if sys.platform == "darwin" else 1
"""What the system's kilobytes have to be divided by: some count bytes."""
SURROUNDINGS = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""With bytecode cached, as `make setup` leaves it: without, imports take several times longer."""

FIT = f"""
import numpy as np
from metaprop import Studies, default_models, fit
rng = np.random.default_rng(1)
totals = rng.integers(3, LARGEST, {MANY})
events = rng.binomial(totals, rng.beta(19.0, 1.0, {MANY}))
studies = Studies.of([f"study {{i}}" for i in range({MANY})], events.tolist(), totals.tolist())
distinct = len(set(zip(events.tolist(), totals.tolist())))
model = default_models()[PLACE]
answer = fit(studies, model).average.probability(above=0.9)
print(model.id, distinct)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds on the clock, seconds of processor, peak megabytes."""

    clock: float
    processor: float
    megabytes: float
    said: str


def cost_of(*arguments: str, cwd: str | None = None) -> Cost:
    """Run a fresh interpreter to its end."""
    start = perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=cwd, env=SURROUNDINGS, stdout=subprocess.PIPE, text=True
    ) as process:
        said = "" if process.stdout is None else process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    seconds = usage.ru_utime + usage.ru_stime
    return Cost(perf_counter() - start, seconds, usage.ru_maxrss / KILOBYTE / 1024, said.strip())


def best_of(times: int, *arguments: str, cwd: str | None = None) -> Cost:
    """Return the cheapest of several runs, after one that warms the disk's cache."""
    cost_of(*arguments, cwd=cwd)
    return min((cost_of(*arguments, cwd=cwd) for _ in range(times)), key=lambda c: c.processor)


def bench_start(folder: str) -> None:
    """Time the command beside what it imports and what it must not."""
    (Path(folder) / "mine.csv").write_text(TABLE, encoding="utf-8")
    fit = ("-m", "metaprop", "fit", "mine.csv", "--above", "0.9")
    works = {
        "metaprop fit mine.csv --above 0.9": fit,
        "metaprop check mine.csv": ("-m", "metaprop", "check", "mine.csv"),
        "metaprop --help": ("-m", "metaprop", "--help"),
        "import metaprop": ("-c", "import metaprop"),
        "import metaprop, every name": ("-c", "from metaprop import *"),
        "import numpy, scipy.special": ("-c", "import numpy, scipy.special"),
        "import pymc": ("-c", "import pymc"),
        "nothing": ("-c", ""),
    }
    costs = {name: best_of(3, *arguments, cwd=folder) for name, arguments in works.items()}
    pymc = costs["import pymc"].processor
    rows = [
        [name, f"{c.processor:.2f}", f"{c.clock:.2f}", f"{c.processor / pymc:.2f}"]
        for name, c in costs.items()
    ]
    header = ["process", "processor, s", "clock, s", "of import pymc"]
    show("A fresh process, warm disk (asked: fit about 1 s, import under 0.50)", header, rows)


def bench_memory(folder: str) -> None:
    """Show the peak memory of fits of many studies, small ones and sizes that rarely repeat."""
    rows = []
    for largest in (60, 2000):
        for place in (0, 1):
            code = FIT.replace("LARGEST", str(largest)).replace("PLACE", str(place))
            cost = cost_of("-c", code, cwd=folder)
            model, distinct = cost.said.split()
            verdict = "met" if cost.megabytes < MEGABYTES else "missed"
            seconds = f"{cost.processor:.1f}"
            rows.append([model, distinct, f"{cost.megabytes:.0f}", seconds, verdict])
    header = ["model", "distinct pairs", "peak MB", "processor, s", ""]
    show(f"Memory at {MANY} studies (asked: under {MEGABYTES} MB)", header, rows)


def main() -> None:
    """Print two tables."""
    with tempfile.TemporaryDirectory() as folder:
        bench_start(folder)
        bench_memory(folder)


if __name__ == "__main__":
    main()
