"""Published numbers, one pooled line a row, as they stand in print.

======================================  =====================================================
``estimate_percent``                    the pooled rate; required and filled in every row
``ci_low_percent``, ``ci_high_percent``  its confidence interval
``pi_low_percent``, ``pi_high_percent``  its prediction interval
``i2_percent``, ``q_p_value``           heterogeneity: I2 and the P of Q (``<0.01`` is fine)
``copas_p_value``                       P of residual selection bias
``events_total``                        events of all studies together
``studies``, ``patients``               how many were pooled, where no table of counts tells it
``studies_listed``                      ``study_id`` of the studies named beside the line, by ``;``
``level_percent``                       of the intervals; 95 where there is none
``outcome``, ``source``                 what the line is about, and where it stands
======================================  =====================================================

Any column but the first may be missing or empty; other columns are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.errors import TableError
from metaprop.core.files import read_text
from metaprop.core.wording import visible
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.printed import Printed, read_printed
from metaprop.evidence.table import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from metaprop.evidence.table import Row, Table

ESTIMATE = "estimate_percent"
PERCENTS = (
    *(ESTIMATE, "ci_low_percent", "ci_high_percent", "pi_low_percent", "pi_high_percent"),
    "i2_percent",
)
P_VALUES = ("q_p_value", "copas_p_value")
WHOLE = ("events_total", "studies", "patients")
LARGEST_COUNT = 10**9
USUAL_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Claim:
    """One pooled line in print; what it does not print is None.

    ``row`` is that of the file. ``estimate``, the limits and ``i2`` are percent in print and
    proportions inside. ``listed`` are ``study_id`` of studies, ``level`` is in (0, 1).
    """

    row: int
    outcome: str
    source: str
    estimate: Printed
    ci_low: Printed | None = None
    ci_high: Printed | None = None
    pi_low: Printed | None = None
    pi_high: Printed | None = None
    i2: Printed | None = None
    q_p: Printed | None = None
    copas_p: Printed | None = None
    events_total: int | None = None
    studies: int | None = None
    patients: int | None = None
    listed: tuple[str, ...] = ()
    level: float = USUAL_LEVEL

    @property
    def interval(self) -> tuple[Printed, Printed] | None:
        """Both limits of the confidence interval; None unless both are printed."""
        if self.ci_low is None or self.ci_high is None:
            return None
        return self.ci_low, self.ci_high

    @property
    def line(self) -> str:
        """The estimate with its interval, as printed."""
        limits = self.interval
        text = f"{self.estimate} %"
        return text if limits is None else f"{text} [{limits[0]}, {limits[1]}]"


def read_claims(path: str | PathLike[str]) -> tuple[Claim, ...]:
    r"""Return the claims of a CSV.

    Raises
    ------
    TableError
        With every fault of the file: its row, column, value and what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "claims.csv")
    ...     text = "estimate_percent,ci_low_percent,ci_high_percent\n92.4,89.0,94.8\n"
    ...     _ = path.write_text(text)
    ...     read_claims(path)[0].line
    '92.4 % [89.0, 94.8]'
    """
    text = read_text(path, error=TableError)
    faults = Faults(visible(path))
    table = read_table(text, faults)
    if not (table.rows or faults.count):
        faults.add("there is no row below the header", faults.where, "Give it rows")
    faults.raise_any(TableError)
    return claims_of(table, visible(path))


def claims_of(
    table: Table,
    where: str,
    outcomes: Sequence[str] | None = None,
    studies: Sequence[str] | None = None,
) -> tuple[Claim, ...]:
    """Return the claims of a table, checked.

    Parameters
    ----------
    table
        Its rows.
    where
        Names the table in messages.
    outcomes, studies
        The outcomes, and the ``study_id``, that there are; None where any will do.

    Raises
    ------
    TableError
        With every fault of every row.
    """
    faults = Faults(where)
    if ESTIMATE not in table.columns:
        remedy = f"Name it in the header; {', '.join(PERCENTS[1:])}, ... may stand beside it"
        faults.add(f"there is no column {shown(ESTIMATE)}", f"{where}, header", remedy)
        faults.raise_any(TableError)
    reader = _Reader(faults, outcomes, studies)
    claims = [reader.claim(row) for row in table.rows]
    faults.raise_any(TableError)
    return tuple(claim for claim in claims if claim is not None)


class _Reader:
    """Read rows one by one; every fault is noted with its row and column."""

    def __init__(
        self, faults: Faults, outcomes: Sequence[str] | None, studies: Sequence[str] | None
    ) -> None:
        self.faults = faults
        self.outcomes = outcomes
        self.studies = studies

    def claim(self, row: Row) -> Claim | None:
        """Return the claim of a row; None if the row has no estimate that can be read."""
        rates = {name: self._number(row, name, 100.0) for name in PERCENTS}
        tests = {name: self._number(row, name, 1.0) for name in P_VALUES}
        wholes = {name: self._whole(row, name) for name in WHOLE}
        level = self._number(row, "level_percent", 100.0)
        outcome, listed = self._outcome(row), self._listed(row)
        estimate = rates[ESTIMATE]
        if estimate is None:
            if row.cells[ESTIMATE] is None:
                self._note(row, ESTIMATE, "the cell is empty", "Give the pooled rate in percent")
            return None
        return Claim(
            row=row.number,
            outcome=outcome,
            source=row.cells.get("source") or f"row {row.number}",
            estimate=estimate,
            ci_low=rates["ci_low_percent"],
            ci_high=rates["ci_high_percent"],
            pi_low=rates["pi_low_percent"],
            pi_high=rates["pi_high_percent"],
            i2=rates["i2_percent"],
            q_p=tests["q_p_value"],
            copas_p=tests["copas_p_value"],
            events_total=wholes["events_total"],
            studies=wholes["studies"],
            patients=wholes["patients"],
            listed=listed,
            level=USUAL_LEVEL if level is None else level.value,
        )

    def _note(self, row: Row, column: str, what: str, remedy: str) -> None:
        place = f"{self.faults.where}, row {row.number:,}, column {shown(column)}"
        self.faults.add(what, place, remedy)

    def _number(self, row: Row, column: str, per: float) -> Printed | None:
        cell = row.cells.get(column)
        if cell is None:
            return None
        found = read_printed(cell, per)
        if found is None:
            remedy = "Write it as printed, with a point and without a percent sign: 92.4, or <0.01"
            self._note(row, column, f"{shown(cell)} is no printed number", remedy)
        elif found.value > 1.0:
            remedy = f"Write a number from 0 to {per:g}"
            self._note(row, column, f"{shown(cell)} is more than {per:g}", remedy)
        elif column == "level_percent" and not 0.0 < found.value < 1.0:
            self._note(row, column, f"{shown(cell)} is no level", "Write 95, for instance")
        elif column == ESTIMATE and found.relation != "is":
            self._note(row, column, f"{shown(cell)} is a bound", "Write the estimate itself")
        else:
            return found
        return None

    def _whole(self, row: Row, column: str) -> int | None:
        cell = row.cells.get(column)
        if cell is None:
            return None
        fine = cell.isascii() and cell.isdigit() and len(cell) <= len(str(LARGEST_COUNT))
        least = 0 if column == "events_total" else 1
        if fine and least <= int(cell) <= LARGEST_COUNT:
            return int(cell)
        remedy = f"Write a whole number from {least}, or leave the cell empty"
        self._note(row, column, f"{shown(cell)} is no count", remedy)
        return None

    def _outcome(self, row: Row) -> str:
        name = row.cells.get("outcome") or f"row {row.number}"
        if self.outcomes is not None and name not in self.outcomes:
            remedy = f"Use one of {', '.join(map(visible, self.outcomes))}"
            self._note(row, "outcome", f"no outcome is called {shown(name)}", remedy)
        return name

    def _listed(self, row: Row) -> tuple[str, ...]:
        cell = row.cells.get("studies_listed") or ""
        listed = tuple(part.strip() for part in cell.split(";") if part.strip())
        for name in listed:
            if self.studies is not None and name not in self.studies:
                remedy = "Write the study_id of studies.csv, separated by ;"
                self._note(row, "studies_listed", f"no study is called {shown(name)}", remedy)
        if len(set(listed)) < len(listed):
            self._note(row, "studies_listed", "a study is listed twice", "List each once")
        return listed
