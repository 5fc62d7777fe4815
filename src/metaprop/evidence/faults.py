"""Collect the faults of untrusted input, and print untrusted values so that a line stays a line.

Nothing here knows what a study is.
"""

from __future__ import annotations

import unicodedata
from operator import itemgetter
from typing import TYPE_CHECKING

from metaprop.core.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_LISTED = 50
"""Faults that are spelled out; a table of a million wrong rows is counted, not printed."""
MAX_SHOWN = 60
"""Characters of a value that a message repeats."""
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Faults:
    """The faults found so far in one input: the first ``MAX_LISTED`` kept, all counted.

    They are told in the order of the rows that they stand in (0: in none), else as they were found.
    """

    __slots__ = ("_kept", "count", "where")

    def __init__(self, where: str) -> None:
        """Start without a fault; ``where`` names the input (a file or a folder)."""
        self.where = where
        self.count = 0
        self._kept: list[tuple[int, Problem]] = []

    def add(self, what: str, where: str, remedy: str, row: int = 0) -> None:
        """Note one fault."""
        self.note(lambda: Problem(what, where, remedy), row)

    def note(self, problem: Callable[[], Problem], row: int = 0) -> None:
        """Count one fault; ask for its words only if it is listed."""
        self.count += 1
        if len(self._kept) < MAX_LISTED:
            self._kept.append((row, problem()))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note the faults that another reader found."""
        for problem in problems:
            self.count += 1
            if len(self._kept) < MAX_LISTED:
                self._kept.append((0, problem))

    def merge(self, other: Faults) -> None:
        """Note all that was found in a part of this input, uncounted ones too."""
        self.extend(other._in_order)
        self.count += other.count - len(other._kept)

    @property
    def _in_order(self) -> list[Problem]:
        return [problem for _, problem in sorted(self._kept, key=itemgetter(0))]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The faults kept and, where there are more, one line that says how many."""
        more = self.count - len(self._kept)
        if not more:
            return tuple(self._in_order)
        rest = Problem(
            f"and {more:,} more fault{'s' if more > 1 else ''} like these, {self.count:,} in all",
            self.where,
            "Mend those above and check again",
        )
        return (*self._in_order, rest)

    def raise_any(self, error: type[InputError]) -> None:
        """Raise ``error`` with every fault if there is one."""
        if self.count:
            raise error(self.problems)


def shown(value: object) -> str:
    """Return an untrusted value for a message: quoted, escaped, at most about 60 characters."""
    if isinstance(value, str):
        return _clipped(value)
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a table"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more than 4,300 digits has no repr
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def _clipped(text: str) -> str:
    if len(text) <= MAX_SHOWN:
        return repr(text)
    return f"{text[:MAX_SHOWN]!r}… ({len(text):,} characters)"


def control_character(text: str) -> str | None:
    """Return the first sign that breaks a line or turns the direction of the text around it."""
    for sign in text:
        if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in _DIRECTIONS:
            return sign
    return None
