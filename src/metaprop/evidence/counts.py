"""The grammar of an ``events`` cell: what is known about a count, and nothing more.

=================  ==============================================================
``3``              exactly three
``1+``             at least one
``0-3``            from none to three (hyphen or en dash, spaces allowed)
``?`` or empty     not reported: anything from none to all patients, never a zero
=================  ==============================================================

Everything else is a fault, with the value and what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from metaprop.core.errors import Problem, TableError
from metaprop.evidence.faults import shown

MAX_TOTAL = 10**9
"""Most patients in a study: up to here every count is exact in the arithmetic of the engines."""

_DIGITS = len(str(MAX_TOTAL))
_EXACT = re.compile(r"[0-9]+")
_AT_LEAST = re.compile(r"([0-9]+)\s*\+")
_RANGE = re.compile(r"([0-9]+)\s*[-–]\s*([0-9]+)")
_SPREADSHEET_DATE = re.compile(
    r"[0-9]{1,4}[-. ][a-zäéû]{3,4}\.?|[a-zäéû]{3,4}\.?[-. ][0-9]{1,4}"
    r"|[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}",
    re.IGNORECASE,
)
_NOT_REPORTED = frozenset({"-", "–", "—", ".", "na", "n/a", "nan", "nr", "none", "null"})
_GRAMMAR = "Write 3, 1+ (at least one), 0-3 (a range) or ? (not reported)"


@dataclass(frozen=True, slots=True)
class Count:
    """What is known about a number of events: ``low <= events <= high``, both whole and >= 0."""

    low: int
    high: int

    def __str__(self) -> str:
        """Return the cell that says so: ``3`` or ``0-3``."""
        return str(self.low) if self.exact else f"{self.low}-{self.high}"

    @property
    def exact(self) -> bool:
        """Whether the number is known."""
        return self.low == self.high


def parse_count(text: str, total: int) -> Count:
    """Return what an ``events`` cell says about a study of ``total`` patients (at least 1).

    Raises
    ------
    TableError
        If the cell is outside the grammar or does not fit the total; one problem, whose ``where``
        names the column only (a reader knows the row).

    Examples
    --------
    >>> parse_count("1+", 15)
    Count(low=1, high=15)
    """
    count = read_count(text, total)
    if count is None:
        raise TableError(count_fault(text, total, "events"))
    return count


def read_count(text: str, total: int) -> Count | None:
    """Return what an ``events`` cell says, None where ``parse_count`` would raise."""
    ends = _ends(text.strip(), total)
    if ends is None or not ends[0] <= ends[1] <= total:
        return None
    return Count(*ends)


def read_total(text: str) -> int | None:
    """Return the patients of a study, from 1 to ``MAX_TOTAL``; None if the cell says less.

    Examples
    --------
    >>> read_total(" 15 ")
    15
    """
    cell = text.strip()
    total = _whole(cell) if _EXACT.fullmatch(cell) else 0
    return total if 0 < total <= MAX_TOTAL else None


def count_fault(text: str, total: int, where: str) -> Problem:
    """Return what is wrong with an ``events`` cell that ``read_count`` does not take."""
    cell = text.strip()
    ends = _ends(cell, total)
    if ends is None:
        return Problem(*_misread(cell, is_count=True, remedy=_GRAMMAR, where=where))
    if max(ends) > MAX_TOTAL:
        return _too_many(cell, where)
    if ends[0] > ends[1] and not _AT_LEAST.fullmatch(cell):
        what = f"{shown(cell)} is a range whose lower end is the larger"
        return Problem(what, where, "Write the smaller number first")
    what = f"{shown(cell)} events are more than the {total:,} patient{'s' * (total != 1)}"
    return Problem(what, where, "Check both numbers; events are patients with the event")


def total_fault(text: str, where: str) -> Problem:
    """Return what is wrong with a ``total`` cell that ``read_total`` does not take."""
    cell = text.strip()
    if not cell:
        remedy = "Give the number of patients; without it a count says nothing"
        return Problem("the cell is empty", where, remedy)
    if not _EXACT.fullmatch(cell):
        remedy = "Write the whole number, in digits 0 to 9"
        return Problem(*_misread(cell, is_count=False, remedy=remedy, where=where))
    if _whole(cell) == 0:
        return Problem(f"{shown(cell)} patients", where, "Leave out a study without patients")
    return _too_many(cell, where)


def _ends(cell: str, total: int) -> tuple[int, int] | None:
    """Return both ends of a cell, perhaps beyond the total; None if it is outside the grammar."""
    if cell in {"", "?"}:
        return 0, total
    if _EXACT.fullmatch(cell):
        low = _whole(cell)
        return low, low
    if match := _AT_LEAST.fullmatch(cell):
        return _whole(match[1]), total
    if match := _RANGE.fullmatch(cell):
        return _whole(match[1]), _whole(match[2])
    return None


def _whole(digits: str) -> int:
    """Return the number; one too long to be a number of patients is not even converted."""
    significant = digits.lstrip("0") or "0"
    return int(significant) if len(significant) <= _DIGITS else MAX_TOTAL + 1


def _too_many(cell: str, where: str) -> Problem:
    what = f"{shown(cell)} is more than {MAX_TOTAL:,} patients"
    return Problem(what, where, "Check the number")


def _misread(cell: str, *, is_count: bool, remedy: str, where: str) -> tuple[str, str, str]:
    """Return the most likely reason for a cell outside the grammar, its place and the remedy."""
    value = shown(cell)
    if is_count and cell.casefold() in _NOT_REPORTED:
        return f"{value} is no count", where, "Write ? if it is not reported"
    if any(sign.isdigit() and not sign.isascii() for sign in cell):
        return f"{value} has digits other than 0 to 9", where, remedy
    for pattern, what, instead in _LOOKALIKES:
        if pattern.fullmatch(cell):
            return f"{value} {what}", where, instead or remedy
    what = "is neither a count nor a range" if is_count else "is not a whole number"
    return f"{value} {what}", where, remedy


_LOOKALIKES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"[-−][0-9.,]+"), "is negative", "Counts are 0 or more"),
    (re.compile(r"\+\s*[0-9]+"), "has its sign in front", ""),
    (
        re.compile(r"[0-9]+,[0-9]*"),
        "has a comma: a decimal comma or a thousands separator",
        "Write whole numbers as digits only, 3 or 1200",
    ),
    (
        re.compile(r"[0-9]+([.'\u2019\s_][0-9]{3})+"),
        "has a decimal point or a thousands separator",
        "Write whole numbers as digits only, 3 or 1200",
    ),
    (
        re.compile(r"[0-9]*\.[0-9]*"),
        "has a decimal point",
        "Patients are counted in whole numbers: write 3, not 3.0",
    ),
    (
        re.compile(r"[0-9.]+e[-+]?[0-9]+", re.IGNORECASE),
        "is in scientific notation",
        "Write whole numbers as digits only",
    ),
    (
        re.compile(r"[0-9.,]+\s*%"),
        "is a percentage",
        "Write how many patients it is",
    ),
    (
        re.compile(r"[0-9]+\s*(/|of)\s*[0-9]+"),
        "is a fraction",
        "Write the events and the total in their own columns",
    ),
    (_SPREADSHEET_DATE, "is a date, perhaps a range that a spreadsheet changed", ""),
    (
        re.compile(r"[=@].*", re.DOTALL),
        "is a formula",
        "Replace the formula by its value",
    ),
    (re.compile(r"#.*", re.DOTALL), "is a spreadsheet's error", "Mend the cell it came from"),
)
