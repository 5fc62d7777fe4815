"""What every benchmark shares: a unit of work, rounds that alternate, a table.

Seconds are those of the processor in this process: what else the machine does is not counted.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Work = Callable[[], object]

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = np.linspace(-1.0, 1.0, 1_000_000)


def unit() -> None:
    """Do one unit of work: the exponential of a million numbers."""
    np.exp(NUMBERS)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call, and the same in units of work timed in the same rounds: medians."""

    seconds: float
    units: float


@dataclass(frozen=True, slots=True)
class Session:
    """The timings of several works in one session, and how much the unit wavered in it.

    ``seconds_of_unit`` is the median; ``wavered`` the 90 % point of the unit over its 10 % point.
    """

    timings: dict[str, Timing]
    seconds_of_unit: float
    wavered: float

    def note(self) -> str:
        """Return how to read the figures: what a unit took, and how noisy the machine was."""
        return (
            f"one unit (exp of a million numbers): {1e3 * self.seconds_of_unit:.2f} ms; "
            f"between quiet and busy moments it wavered by a factor of {self.wavered:.2f}"
        )


def seconds_of(work: Work, calls: int = 1) -> float:
    """Return the mean seconds of one of ``calls`` calls in a row."""
    start = process_time()
    for _ in range(calls):
        work()
    return (process_time() - start) / calls


def measure(works: Mapping[str, Work], *, budget: float, rounds: int = 15) -> Session:
    """Time works in rounds, a unit before each, so that all see the same machine.

    ``budget`` is the seconds spent on each work in all; every work is called once before.
    """
    calls = {name: _calls(work, budget / rounds) for name, work in works.items()}
    units: list[float] = []
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            units.append(seconds_of(unit, 3))
            seconds = seconds_of(work, calls[name])
            taken[name].append((seconds, seconds / units[-1]))
    low, middle, high = np.quantile(units, [0.1, 0.5, 0.9])
    timings = {name: _median(pairs) for name, pairs in taken.items()}
    return Session(timings, float(middle), float(high / low))


def _calls(work: Work, seconds: float) -> int:
    work()
    return max(1, round(seconds / seconds_of(work)))


def _median(pairs: Sequence[tuple[float, float]]) -> Timing:
    seconds, units = zip(*pairs, strict=True)
    return Timing(statistics.median(seconds), statistics.median(units))


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    """Print a table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    print(f"\n{title}")
    for row in (header, *rows):
        first, *others = (
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]).rstrip())
    if note:
        print(f"  ({note})")
