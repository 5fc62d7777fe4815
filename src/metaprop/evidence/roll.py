"""Check the rows of a set of studies as they come: names, totals, counts, duplicates.

A clean row costs three appends to arrays; only a row that looks odd is parsed with care.
"""

from __future__ import annotations

import unicodedata
from array import array
from functools import partial
from typing import TYPE_CHECKING, Literal

from metaprop.core.errors import Problem
from metaprop.evidence.counts import (
    MAX_TOTAL,
    count_fault,
    read_count,
    read_total,
    total_fault,
)
from metaprop.evidence.faults import Faults, control_character, shown

if TYPE_CHECKING:
    from collections.abc import Callable

Role = Literal["study", "events", "total"]

_SHORT = 9  # so many digits are certainly below MAX_TOTAL: such cells need no closer look
_SUMS = frozenset(
    ("total", "totals", "sum", "overall", "pooled", "combined", "all", "all studies", "subtotal")
)


class Roll:
    """Studies under construction: each row is checked as it comes, faults are noted with it."""

    __slots__ = ("faults", "high", "low", "names", "place", "rows", "totals")

    def __init__(self, faults: Faults, place: Callable[[int, Role], str]) -> None:
        """Start empty; ``place`` says in words where a row's cell stands."""
        self.faults = faults
        self.place = place
        self.names: list[str] = []
        self.rows, self.low, self.high, self.totals = (array("q") for _ in range(4))

    def add(self, row: int, name: str, events: str, total: str) -> None:
        """Check one row and append it; one at fault is kept for its name, which may recur."""
        name = name.strip()
        if (
            events.isdigit()
            and total.isdigit()
            and len(events) <= _SHORT >= len(total)
            and name.isprintable()
            and name
            and events.isascii()
            and total.isascii()
            and (exact := int(events)) <= (patients := int(total))
            and patients
        ):
            self._append(row, name, exact, exact, patients)
        else:
            self._add_carefully(row, name, events, total)

    def check(self) -> None:
        """Look for duplicates and a row of sums, and note it if there is no study at all."""
        self.check_duplicates()
        self._check_sums()
        if not (self.names or self.faults.count):
            remedy = "Give it a row for each study"
            self.faults.add("there is no study", self.faults.where, remedy)

    def check_duplicates(self) -> None:
        """Note each study that stands in more than one row."""
        seen = [_seen(name) for name in self.names]
        if len(set(seen)) == len(seen):
            return
        first: dict[str, int] = {}
        for name, looks, row in zip(self.names, seen, self.rows, strict=True):
            if looks and first.setdefault(looks, row) != row:
                self.faults.note(partial(self._duplicate, name, row, first[looks]), row)

    def _duplicate(self, name: str, row: int, first: int) -> Problem:
        what = f"{shown(name)} stands already in row {first:,}"
        remedy = "Keep one row, or tell the studies apart (2024a, 2024b)"
        return Problem(what, self.place(row, "study"), remedy)

    def _check_sums(self) -> None:
        """Note the last line of many a table, which would count every patient twice."""
        whole = sum(self.totals)
        if len(self.names) < 3 or whole % 2 or whole // 2 not in self.totals:  # noqa: PLR2004 - two and their sum
            return
        at = self.totals.index(whole // 2)
        if self.names[at].casefold() in _SUMS:
            what = f"{shown(self.names[at])} has the patients of all other rows together"
            place, remedy = self.place(self.rows[at], "study"), "Leave out the row of sums"
            self.faults.add(what, place, remedy, self.rows[at])

    @property
    def columns(self) -> tuple[array[int], array[int], array[int]]:
        """Return the low and high ends of the counts and the totals, row by row."""
        return self.low, self.high, self.totals

    def _add_carefully(self, row: int, name: str, events: str, total: str) -> None:
        self._check_name(row, name)
        patients = read_total(total)
        if patients is None:
            self.faults.note(lambda: total_fault(total, self.place(row, "total")), row)
        at_most = patients or MAX_TOTAL
        count = read_count(events, at_most)
        if count is None:
            self.faults.note(lambda: count_fault(events, at_most, self.place(row, "events")), row)
        low, high = (count.low, count.high) if count else (0, 0)
        self._append(row, name, low, high, at_most)

    def _append(self, row: int, name: str, low: int, high: int, total: int) -> None:
        self.names.append(name)
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)
        self.totals.append(total)

    def _check_name(self, row: int, name: str) -> None:
        if name.isprintable() and name:
            return
        sign = control_character(name)
        if sign or not _seen(name):
            self.faults.note(lambda: _name_fault(name, sign, self.place(row, "study")), row)


def _seen(name: str) -> str:
    """Return a name as a reader sees it: accents one way, no signs of no width."""
    whole = name if name.isascii() else unicodedata.normalize("NFC", name)
    if whole.isprintable():
        return whole
    return "".join(sign for sign in whole if unicodedata.category(sign) != "Cf").strip()


def _name_fault(name: str, sign: str | None, where: str) -> Problem:
    if sign is None:
        remedy = "Name the study, for example by author and year"
        return Problem("the study has no name", where, remedy)
    what = f"the name {shown(name)} has the control character U+{ord(sign):04X}"
    return Problem(what, where, "Write the name on one line, without invisible signs")
