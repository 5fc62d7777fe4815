"""Which settings show every printed digit of a line, and which come nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.questions.audit.records import Shown
from metaprop.questions.audit.settings import described
from metaprop.questions.audit.space import NUMBERS
from metaprop.questions.audit.typing_errors import one_typo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.evidence.claims import Claim
    from metaprop.evidence.printed import Printed
    from metaprop.questions.audit.settings import Setting
    from metaprop.questions.audit.space import Space
    from metaprop.questions.audit.typing_errors import Repair

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RATES = 3
"""The first of ``NUMBERS``, which every setting has: the estimate with its interval."""
NEAREST = 3
"""Near misses that are shown."""
MOST_TOLD = 4
"""Settings that are told in words; the others are counted."""
_WORDS = {
    "estimate": "estimate",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
    "i2": "I2",
    "q_p": "P of Q",
    "pi_low": "lower prediction limit",
    "pi_high": "upper prediction limit",
}


@dataclass(frozen=True, slots=True)
class Miss:
    """A setting that does not show the line: its answer as it would print, and what differs.

    ``steps`` is the largest distance, in steps of the last printed digit.
    """

    setting: str
    line: str
    differs: tuple[str, ...]
    steps: float


@dataclass(frozen=True, slots=True)
class Match:
    """A line held against a space.

    ``shown_by`` are places in ``space.settings`` that show every printed digit; ``best`` is the
    first of them, or the nearest. ``compared`` names the numbers that were compared. Other
    fields are empty where something shows the line.
    """

    tried: int
    shown_by: tuple[int, ...]
    settings: tuple[str, ...]
    compared: tuple[str, ...]
    best: Shown
    by: str
    misses: tuple[Miss, ...] = ()

    @property
    def found(self) -> bool:
        """Whether any setting shows the line."""
        return bool(self.shown_by)


def printed_numbers(claim: Claim) -> tuple[Printed | None, ...]:
    """Return what a claim prints, in the order of ``NUMBERS``."""
    return tuple(getattr(claim, name) for name in NUMBERS)


def missed(space: Space, printed: Sequence[Printed | None]) -> Floats:
    """Return how far each setting misses each number, shape (S, 5), in steps of the last digit.

    0 where a number is not printed, or is one of heterogeneity that the setting does not give.
    """
    steps = np.zeros((len(space.settings), len(NUMBERS)))
    for place, number in enumerate(printed):
        if number is not None:
            found = number.missed_by(space.values[:, place, 0])
            found[number.shows(space.values[:, place, 0])] = 0.0
            steps[:, place] = np.nan_to_num(found, nan=np.inf if place < RATES else 0.0)
    return steps


def match(space: Space, claim: Claim) -> Match:
    """Return which settings show a claim, and the nearest where none does.

    ``space`` has one table of counts. A line that shows a number of heterogeneity is matched by a
    setting without one only if no other does.
    """
    printed = printed_numbers(claim)
    steps = missed(space, printed)
    largest = steps.max(axis=1)
    compared = tuple(name for name, one in zip(NUMBERS, printed, strict=True) if one is not None)
    shown = _fullest(space, np.flatnonzero(largest == 0.0), printed)
    order = np.lexsort((largest, (steps > 0.0).sum(axis=1))) if not shown.size else shown
    best = int(order[0])
    settings = described(space.settings[i] for i in shown)
    return Match(
        tried=len(space.settings),
        shown_by=tuple(shown.tolist()),
        settings=settings,
        compared=compared,
        best=answer(space, best),
        by=described([space.settings[best]])[0] if not settings else settings[0],
        misses=() if shown.size else _misses(space, printed, steps, order),
    )


def answer(space: Space, place: int) -> Shown:
    """Return the rate and interval of one setting."""
    estimate, low, high = space.values[place, :RATES, 0].tolist()
    return Shown(estimate, low, high)


def _fullest(space: Space, shown: Ints, printed: Sequence[Printed | None]) -> Ints:
    """Return those that give all that is printed, if any do; else all."""
    asked = [place for place, one in enumerate(printed) if one is not None]
    full = ~np.isnan(space.values[shown][:, asked, 0]).any(axis=1)
    return shown[full] if full.any() else shown


def _misses(
    space: Space, printed: Sequence[Printed | None], steps: Floats, order: Ints
) -> tuple[Miss, ...]:
    """Return the nearest answers that print differently."""
    found: dict[str, list[int]] = {}
    for place in order.tolist():
        line = _line(space.values[place, :, 0], printed)
        if line not in found and len(found) == NEAREST:
            break
        found.setdefault(line, []).append(place)
    return tuple(_miss(space, steps, line, places) for line, places in found.items())


def _miss(space: Space, steps: Floats, line: str, places: list[int]) -> Miss:
    settings: list[Setting] = [space.settings[place] for place in places]
    own = steps[places[0]]
    differs = tuple(_WORDS[name] for name, far in zip(NUMBERS, own, strict=True) if far > 0.0)
    return Miss(described(settings)[0], line, differs, float(own.max()))


def _line(values: Floats, printed: Sequence[Printed | None]) -> str:
    """Return an answer as the claim would print it."""
    cells = [
        f"{_WORDS[name]} {one.written(value)}"
        for name, one, value in zip(NUMBERS, printed, values.tolist(), strict=True)
        if one is not None and not np.isnan(value)
    ]
    return ", ".join(cells)


def repairs(space: Space, claim: Claim) -> tuple[tuple[Repair, tuple[str, ...]], ...]:
    """Return each single typing error that, taken back, makes a line that settings show.

    With the settings, in words; swapped digits before single ones.
    """
    printed = printed_numbers(claim)
    steps = missed(space, printed)
    found: dict[Repair, list[Setting]] = {}
    for place, number in enumerate(printed):
        if number is None or number.relation != "is":
            continue
        others = np.delete(steps, place, axis=1).max(axis=1) == 0.0
        near = others & (steps[:, place] > 0.0) & np.isfinite(space.values[:, place, 0])
        for setting in np.flatnonzero(near).tolist():
            text = number.written(float(space.values[setting, place, 0]))
            repair = one_typo(_WORDS[NUMBERS[place]], number.text, text)
            if repair is not None:
                found.setdefault(repair, []).append(space.settings[setting])
    ordered = sorted(found.items(), key=lambda pair: pair[0].kind != "swapped digits")
    return tuple((repair, described(settings)) for repair, settings in ordered)
