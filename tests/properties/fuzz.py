"""Fuzz the exact engine and the frequentist module with random tables, models and options.

    python tests/properties/fuzz.py --first 0 --count 10000

Every case has a number and is the same for the same number. Whatever breaks a promise is kept in
``tests/properties/cases`` and replayed by the default tests from then on.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from properties.cases_of import FOLDER, keep
from properties.promises import broken
from properties.random_cases import random_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from properties.cases_of import Case

LONGEST = 60.0
"""Seconds of processor time after which a case is taken to hang."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """How many cases were tried, in how many seconds of processor time, and which broke what."""

    tried: int
    seconds: float
    failures: dict[int, tuple[str, ...]]


def failures_of(case: Case) -> tuple[str, ...]:
    """Return what a case breaks; a traceback, a warning or a hang is one sentence too."""
    try:
        with warnings.catch_warnings(), _at_most(LONGEST):
            warnings.simplefilter("error")
            return tuple(broken(case))
    except Exception as error:  # noqa: BLE001 - whatever comes is what we are looking for
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}, {last.name}"
        return (f"{type(error).__name__} in {place}: {error}",)


def fuzz(first: int, count: int, folder: Path = FOLDER) -> Fuzzed:
    """Try ``count`` cases from a number on; keep those that fail."""
    began = time.process_time()
    failures = {}
    for number in range(first, first + count):
        case = random_case(number)
        found = failures_of(case)
        if found:
            failures[number] = found
            told = f"{number}: {'; '.join(found)}"[:400]
            keep(replace(case, found=told), f"fuzz_{number}", folder)
    return Fuzzed(count, time.process_time() - began, failures)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError once the block has used that much processor time, where a timer can."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"no answer within {seconds:g} seconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def main() -> None:
    """Fuzz from the command line and say what was found."""
    parser = argparse.ArgumentParser(description="Fuzz both engines with random tables.")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--count", type=int, default=10_000, help="how many cases")
    parser.add_argument("--keep", type=Path, default=FOLDER, help="folder for failed cases")
    asked = parser.parse_args()
    found = fuzz(asked.first, asked.count, asked.keep)
    for number, what in found.failures.items():
        print(f"{number}: {'; '.join(what)[:600]}")  # noqa: T201
    each = 1e3 * found.seconds / max(found.tried, 1)
    print(  # noqa: T201
        f"{found.tried:,} tables, {len(found.failures)} failures, {found.seconds:.0f} s of "
        f"processor time ({each:.1f} ms each)"
    )


if __name__ == "__main__":
    main()
