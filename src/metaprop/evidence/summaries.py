"""What is printed about the columns of ``studies.csv``: sums, means, numbers of studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from metaprop.core.errors import TableError
from metaprop.core.wording import listed
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.printed import Printed, read_printed

if TYPE_CHECKING:
    from collections.abc import Collection

    from metaprop.evidence.table import Row, Table

Statistic = Literal["sum", "mean", "studies"]


@dataclass(frozen=True, slots=True)
class PrintedSummary:
    """One number printed about columns: their sum, mean, or the studies that fill any of them."""

    columns: tuple[str, ...]
    statistic: Statistic
    printed: Printed
    source: str


def summaries_of(table: Table, where: str, known: Collection[str]) -> tuple[PrintedSummary, ...]:
    """Return the rows of a table of summaries; ``known`` are the columns of ``studies.csv``.

    Raises
    ------
    TableError
        With every fault of every row.
    """
    faults = Faults(where)
    found = [_summary(row, faults, known) for row in table.rows]
    faults.raise_any(TableError)
    return tuple(one for one in found if one is not None)


def _summary(row: Row, faults: Faults, known: Collection[str]) -> PrintedSummary | None:
    place = f"{faults.where}, row {row.number:,}, column"
    names = tuple(part.strip() for part in (row.cells["column"] or "").split(";") if part.strip())
    for name in names:
        if name not in known:
            remedy = "Write the names of columns of studies.csv, separated by ;"
            faults.add(f"studies.csv has no column {shown(name)}", f"{place} 'column'", remedy)
    statistic = row.cells["statistic"]
    allowed = get_args(Statistic)
    if statistic not in allowed:
        what = f"{shown(statistic or '')} is no statistic"
        faults.add(what, f"{place} 'statistic'", f"Use {listed(allowed, 'or')}")
    printed = read_printed(row.cells["printed"] or "", 1.0)
    if printed is None or printed.relation != "is":
        what = f"{shown(row.cells['printed'] or '')} is no printed number"
        faults.add(what, f"{place} 'printed'", "Write it as printed, with a point: 44.3")
    if printed is None or statistic not in allowed or not names:
        return None
    return PrintedSummary(names, statistic, printed, row.cells["source"] or "")  # type: ignore[arg-type]  # one of those allowed
