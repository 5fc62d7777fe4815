"""Read a CSV as rows of text with their numbers, whatever program wrote it.

Comma, semicolon or tab; line ends of Windows, Unix or old Macs; quoted cells; blank lines are
skipped but counted, so that a row number is the one a spreadsheet shows (the header is row 1 when
nothing stands above it). What the cells mean is decided by the caller.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from metaprop.core.errors import Problem
from metaprop.evidence.faults import Faults, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_LINES = 2_000_000
"""Lines of a table: more are refused before a single one is looked at."""
MAX_LINE = 2**20
"""Characters of one line: longer is not a table of studies, and would cost memory to split."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number in the file and its cells by column, ``None`` if empty."""

    number: int
    cells: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Table:
    """A small table as text: every column named once, cells trimmed, ``None`` where empty."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, name: str) -> tuple[str | None, ...]:
        """Return the cells of one column, in the order of the rows."""
        return tuple(row.cells[name] for row in self.rows)


class Records:
    """The rows of a CSV text, one at a time: ``header`` is read at once, ``rows()`` on demand.

    Faults of the format itself (quotes, number of cells, size of a cell) go to ``faults``; the
    rows that have them are left out.
    """

    __slots__ = ("_reader", "_row", "faults", "header", "header_row", "separator")

    def __init__(self, text: str, faults: Faults) -> None:
        """Find the separator that splits the header best, and read the header."""
        self.faults = faults
        text = _bearable(_unix_line_ends(text), faults)
        self.separator = _separator(text)
        self._reader = _reader(text, self.separator)
        self._row = 0
        self.header: list[str] = []
        self.header_row = 1
        for number, cells in self._cells():
            self.header = [cell.strip() for cell in cells]
            self.header_row = number
            return
        if not faults.count:
            remedy = "Give it a header (study, events, total) and a row for each study"
            faults.add("the file is empty", faults.where, remedy)

    def place(self, row: int, column: str | None = None) -> str:
        """Return the place of a row or a cell in words."""
        place = f"{self.faults.where}, row {row:,}"
        return place if column is None else f"{place}, column {shown(column)}"

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row's number and cells: as many cells as the header has, not trimmed."""
        width = len(self.header)
        for number, cells in self._cells():
            if len(cells) == width:
                yield number, cells
            elif len(cells) > width and not any(map(str.strip, cells[width:])):
                yield number, cells[:width]  # a spreadsheet's habit: separators after the last
            else:
                self.faults.note(partial(self._miscounted, number, len(cells)), number)

    def _miscounted(self, number: int, found: int) -> Problem:
        width = len(self.header)
        remedy = (
            "Fill the row, or write ? for a count that is not reported"
            if found < width
            else f"Quote a cell that holds a {SEPARATORS[self.separator]}; "
            "write counts without decimals or thousands separators"
        )
        what = f"the row has {found:,} cell{'s' * (found != 1)}, the header {width:,}"
        return Problem(what, self.place(number), remedy)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every row that is not blank; stop where quotes or sizes make no sense any more."""
        reading = True
        while reading:
            try:
                for cells in self._reader:
                    self._row += 1
                    if cells and (cells[0].strip() or any(map(str.strip, cells))):
                        yield self._row, cells
            except csv.Error as error:
                self._row += 1
                reading = self._misquoted(str(error))
            else:
                return

    def _misquoted(self, message: str) -> bool:
        """Note a fault of the format; return whether the next line starts a row again."""
        place = self.place(self._row)
        if "expected after" in message:
            remedy = 'Quote the whole cell, and write a quote inside it twice: "the ""new"" cage"'
            self.faults.add("a cell goes on after its closing quote", place, remedy, self._row)
            return True
        what = (
            f"a line is longer than {MAX_LINE:,} characters"
            if message == _TOO_LONG
            else "a quote is opened and not closed"
            if "end of data" in message
            else "a cell is longer than 131,072 characters; perhaps a quote is not closed"
        )
        remedy = "Mend it and check again: nothing after it was read"
        self.faults.add(what, place, remedy, self._row)
        return False


def read_table(text: str, faults: Faults) -> Table:
    """Return a small CSV as a table; every column must have a name, and no two the same."""
    records = Records(text, faults)
    names = records.header
    where = f"{faults.where}, header"
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.add(f"{names.count(name)} columns are called {shown(name)}", where, "Rename them")
    rows = tuple(
        Row(number, {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)})
        for number, cells in records.rows()
    )
    return Table(tuple(names), rows)


_TOO_LONG = "line too long"


def _unix_line_ends(text: str) -> str:
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bearable(text: str, faults: Faults) -> str:
    """Return the text, or nothing where it has more lines than a table of studies can have."""
    if text.count("\n") <= MAX_LINES:
        return text
    remedy = "Keep only the rows that are needed"
    faults.add(f"the file has more than {MAX_LINES:,} lines", faults.where, remedy)
    return ""


def _lines(text: str) -> Iterator[str]:
    """Yield the lines one by one: a list of a million lines would cost more than the text."""
    start, length = 0, len(text)
    while start < length:
        end = text.find("\n", start) + 1 or length
        if end - start > MAX_LINE:
            raise csv.Error(_TOO_LONG)
        yield text[start:end]
        start = end


def _reader(text: str, separator: str) -> Iterator[list[str]]:
    lines: Iterable[str] = _lines(text)
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _separator(text: str) -> str:
    """Return the separator that gives the header most cells; a comma where they are even."""

    def cells(separator: str) -> int:
        try:
            return next(
                len(row) for row in _reader(text, separator) if any(map(_says_something, row))
            )
        except (csv.Error, StopIteration):
            return 0

    return max(SEPARATORS, key=cells)


def _says_something(cell: str) -> bool:
    """Return whether a cell is more than separators of another kind of table."""
    return bool(cell.strip(",;\t "))
