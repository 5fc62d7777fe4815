"""What may be asked of an analysis: the domain of every argument, checked in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from metaprop.core.errors import Problem
from metaprop.core.estimates import IntervalKind
from metaprop.core.wording import listed
from metaprop.engines.fitting import engine_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

HIGHEST_LEVEL = 0.999999
"""Beyond it the ends of an interval are about the tails of the prior, and of the arithmetic."""
MOST_PATIENTS = 1_000
"""Of a new study: the answer is a table with a row for each number of events."""


def option_problems(
    thresholds: Sequence[float], level: float, kind: str, engine: str, count_next: int | None
) -> list[Problem]:
    """Return every fault of the arguments of ``analyse``, in their order."""
    problems = [
        Problem(f"{value!r} is no rate between 0 and 1", "thresholds", _inside(0.9))
        for value in thresholds
        if not 0.0 < value < 1.0
    ]
    if not 0.0 < level < 1.0:
        problems.append(Problem(f"{level!r} is no level between 0 and 1", "level", _inside(0.95)))
    elif level > HIGHEST_LEVEL:
        remedy = f"Give at most {HIGHEST_LEVEL}"
        problems.append(Problem(f"{level!r} is too close to 1", "level", remedy))
    if kind not in get_args(IntervalKind):
        remedy = f"Use {listed(get_args(IntervalKind), 'or')}"
        problems.append(Problem(f"no interval is called {kind!r}", "kind", remedy))
    problems += engine_problems(engine)
    if count_next is not None and not 1 <= count_next <= MOST_PATIENTS:
        remedy = f"Give a whole number from 1 to {MOST_PATIENTS:,}"
        problems.append(Problem(f"{count_next:,} patients cannot be asked", "count_next", remedy))
    return problems


def _inside(example: float) -> str:
    return f"Give a proportion above 0 and below 1, such as {example}"
