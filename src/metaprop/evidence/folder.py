"""Read the files of a data set's folder; note every fault of every file before any is raised.

File names are fixed here, so that a passport can point nowhere. What the files say together is
put together in ``dataset``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from metaprop.core.errors import DatasetError, InputError
from metaprop.core.files import read_contents
from metaprop.core.wording import visible
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.roll import Roll
from metaprop.evidence.studies import Studies, studies_of
from metaprop.evidence.table import Row, Table, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.evidence.passport import Passport
    from metaprop.evidence.reading_head import ReadingHead

PASSPORT = "dataset.toml"
STUDIES = "studies.csv"
COUNTS = "counts.csv"
COUNT_COLUMNS = ("outcome", "study", "events", "total", "source")
"""Columns that every table of counts has; ``basis`` may stand beside them."""

Basis = Literal["reported", "inferred", "silent"]
"""What a count stands on: a number in print, an inference from print, or print saying nothing."""

_NO_TABLE = Table((), ())
_CHECKED_AS_STUDIES = {"study", "events", "total"}  # by Roll, which knows more about them
_REMEDIES = {"source": "Say where the row comes from, for example 'Table 1, row 3'"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows of one outcome: its studies, and for each its source and what it stands on."""

    studies: Studies
    sources: tuple[str, ...]
    bases: tuple[Basis, ...]


class Folder:
    """The files of one folder, the faults found in them, and the hash of each file read."""

    __slots__ = ("faults", "hashes", "path")

    def __init__(self, path: Path, faults: Faults) -> None:
        """Read nothing yet."""
        self.path = path
        self.faults = faults
        self.hashes: dict[str, str] = {}

    def place(self, file: str, row: int | None = None, column: str | None = None) -> str:
        """Return the place of a file, a row or a cell in words."""
        place = visible(self.path / file)
        place += "" if row is None else f", row {row:,}"
        return place if column is None else f"{place}, column {shown(column)}"

    def passport(self) -> Passport | None:
        """Return ``dataset.toml``, None if it is at fault."""
        # pydantic takes a tenth of a second, which a plain CSV need not wait for
        from metaprop.evidence.passport import read_passport

        text = self._text(PASSPORT)
        if text is None:
            return None
        faults = Faults(self.place(PASSPORT))
        passport = read_passport(text, faults)
        self.faults.merge(faults)
        return passport

    def reading_head(self, file: str) -> ReadingHead | None:
        """Return the head of a reading, None if it is at fault."""
        from metaprop.evidence.reading_head import read_head

        text = self._text(file)
        if text is None:
            return None
        faults = Faults(self.place(file))
        head = read_head(text, faults)
        self.faults.merge(faults)
        return head

    def table(self, file: str, required: tuple[str, ...]) -> Table:
        """Return a table that has the required columns, filled; else one without columns."""
        text = self._text(file)
        if text is None:
            return _NO_TABLE
        faults = Faults(self.place(file))
        table = read_table(text, faults)
        missing = [column for column in required if column not in table.columns]
        for column in missing if table.columns else ():
            remedy = f"Name it in the header; the columns needed are {', '.join(required)}"
            faults.add(f"there is no column {shown(column)}", faults.where, remedy)
        if not (table.rows or faults.count):
            faults.add("there is no row below the header", faults.where, "Give it rows")
        self.faults.merge(faults)
        if missing:
            return _NO_TABLE
        self._require(table, file, required)
        return table

    def optional(self, file: str, *required: str) -> Table | None:
        """Return a table that the folder need not hold, None if it does not."""
        return self.table(file, required) if (self.path / file).exists() else None

    def study_names(self, studies: Table) -> tuple[str, ...]:
        """Return the names of ``studies.csv``, checked as any study's name is."""
        roll = self._roll(STUDIES)
        for row in studies.rows:
            roll.add(row.number, row.cells["study"] or "", "?", "1")
        roll.check_duplicates()
        self.faults.merge(roll.faults)
        return tuple(roll.names)

    def known_studies(self, table: Table | None, file: str, names: tuple[str, ...]) -> None:
        """Note each study of a table that ``studies.csv`` does not have."""
        known = set(names)
        if table is None or not known or "study" not in table.columns:
            return
        for row in table.rows:
            name = row.cells["study"]
            if name is not None and name not in known:
                place = self.place(file, row.number, "study")
                remedy = f"Write the name as in {STUDIES}, or add the study there"
                self.faults.add(f"no study is called {shown(name)}", place, remedy)

    def outcomes(
        self, counts: Table, allowed: tuple[str, ...] | None, file: str = COUNTS
    ) -> dict[str, Evidence]:
        """Return the rows of each outcome in a table of counts.

        ``allowed`` are the outcomes of the passport, each of which needs a row in ``counts.csv``;
        None if the passport is at fault, when any name will do.
        """
        groups: dict[str, list[Row]] = {key: [] for key in allowed or () if file == COUNTS}
        for row in counts.rows:
            key = row.cells["outcome"]
            if key is not None:
                self._check_outcome(row, key, allowed, file)
                groups.setdefault(key, []).append(row)
        found = {}
        for key, rows in groups.items():
            evidence = self._evidence(rows, file)
            if evidence is not None:
                found[key] = evidence
            elif not rows and counts.columns:
                remedy = f"Give it rows, or take it out of {PASSPORT}"
                what = f"there is no row for the outcome {shown(key)}"
                self.faults.add(what, self.place(file), remedy)
        return found

    def _check_outcome(
        self, row: Row, key: str, allowed: tuple[str, ...] | None, file: str
    ) -> None:
        if allowed is not None and key not in allowed:
            remedy = f"Use one of {', '.join(allowed)}, or add it to {PASSPORT}"
            place = self.place(file, row.number, "outcome")
            self.faults.add(f"no outcome is called {shown(key)}", place, remedy)

    def _evidence(self, rows: list[Row], file: str) -> Evidence | None:
        roll = self._roll(file)
        for row in rows:
            cells = (row.cells[column] or "" for column in ("study", "events", "total"))
            roll.add(row.number, *cells)
        roll.check_duplicates()
        self.faults.merge(roll.faults)
        bases = tuple(self._basis(row, file) for row in rows)
        self._check_silence(roll, rows, bases, file)
        if not rows or roll.faults.count:
            return None
        return Evidence(studies_of(roll), tuple(row.cells["source"] or "" for row in rows), bases)

    def _check_silence(
        self, roll: Roll, rows: list[Row], bases: tuple[Basis, ...], file: str
    ) -> None:
        """Note each count that says something and is yet called silent."""
        ends = zip(rows, bases, roll.low, roll.high, roll.totals, strict=True)
        for row, basis, low, high, total in ends:
            if basis == "silent" and (low, high) not in {(0, 0), (0, total)}:
                what = f"{shown(row.cells['events'] or '')} is not what silence says: 0 or ?"
                place = self.place(file, row.number, "basis")
                self.faults.add(what, place, "Write reported, or inferred, and its source")

    def _basis(self, row: Row, file: str) -> Basis:
        """Return what a row stands on: where the table does not say, a number in print."""
        cell = row.cells.get("basis")
        for basis in get_args(Basis):
            if basis == (cell or "reported"):
                return basis  # type: ignore[no-any-return]  # get_args forgets the Literal
        remedy = f"Write one of {', '.join(get_args(Basis))}"
        self.faults.add(f"{shown(cell)} is no basis", self.place(file, row.number, "basis"), remedy)
        return "reported"

    def _roll(self, file: str) -> Roll:
        return Roll(Faults(self.place(file)), lambda row, role: self.place(file, row, role))

    def _require(self, table: Table, file: str, columns: tuple[str, ...]) -> None:
        skipped = _CHECKED_AS_STUDIES if file == STUDIES or columns == COUNT_COLUMNS else set()
        needed = [column for column in columns if column not in skipped]
        for row in table.rows:
            for column in needed:
                if row.cells[column] is None:
                    place = self.place(file, row.number, column)
                    remedy = _REMEDIES.get(column, "Fill it")
                    self.faults.add("the cell is empty", place, remedy)

    def _text(self, file: str) -> str | None:
        try:
            contents = read_contents(self.path / file, error=DatasetError)
        except InputError as error:
            self.faults.extend(error.problems)
            return None
        self.hashes[file] = contents.sha256
        return contents.text
