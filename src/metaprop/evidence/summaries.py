"""What is printed about the columns of ``studies.csv``, and numbers of claims that print has again.

About columns: sums, means, numbers of studies. Of claims: a number of ``claims.csv`` as another
place has it, such as the text beside a table.
"""

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
Claimed = Literal[
    "estimate_percent",
    "ci_low_percent",
    "ci_high_percent",
    "i2_percent",
    "q_p_value",
    "copas_p_value",
]
PERCENT = "_percent"


@dataclass(frozen=True, slots=True)
class PrintedSummary:
    """One number printed about columns: their sum, mean, or the studies that fill any of them.

    Or, where ``statistic`` is a number of ``claims.csv``, that number of one outcome printed again.
    """

    columns: tuple[str, ...]
    statistic: Statistic | Claimed
    printed: Printed
    source: str

    @property
    def again(self) -> bool:
        """Whether it is a number of a claim, printed again."""
        return self.statistic in get_args(Claimed)


def summaries_of(
    table: Table, where: str, known: Collection[str], outcomes: Collection[str] = ()
) -> tuple[PrintedSummary, ...]:
    """Return the rows of a table of summaries.

    Parameters
    ----------
    table, where
        Its rows, and its name in messages.
    known, outcomes
        The columns of ``studies.csv``, and the outcomes.

    Raises
    ------
    TableError
        With every fault of every row.
    """
    faults = Faults(where)
    found = [_summary(row, faults, known, outcomes) for row in table.rows]
    faults.raise_any(TableError)
    return tuple(one for one in found if one is not None)


def _summary(
    row: Row, faults: Faults, known: Collection[str], outcomes: Collection[str]
) -> PrintedSummary | None:
    place = f"{faults.where}, row {row.number:,}, column"
    names = tuple(part.strip() for part in (row.cells["column"] or "").split(";") if part.strip())
    statistic = row.cells["statistic"] or ""
    again, allowed = statistic in get_args(Claimed), (*get_args(Statistic), *get_args(Claimed))
    for name in names:
        if name not in (outcomes if again else known):
            what = f"there is no outcome {shown(name)}"
            remedy = f"Use one of {', '.join(outcomes)}"
            if not again:
                what = f"studies.csv has no column {shown(name)}"
                remedy = "Write the names of columns of studies.csv, separated by ;"
            faults.add(what, f"{place} 'column'", remedy)
    if statistic not in allowed:
        what = f"{shown(statistic)} is no statistic"
        faults.add(what, f"{place} 'statistic'", f"Use {listed(allowed, 'or')}")
    if statistic == "mean" and len(names) > 1:
        what = f"a mean is of one column, not of {len(names)}"
        faults.add(what, f"{place} 'column'", "Write a row for each column")
    per = 100.0 if statistic.endswith(PERCENT) else 1.0
    printed = read_printed(row.cells["printed"] or "", per)
    if printed is None or (printed.relation != "is" and not again):
        what = f"{shown(row.cells['printed'] or '')} is no printed number"
        faults.add(what, f"{place} 'printed'", "Write it as printed, with a point: 44.3")
    if printed is None or statistic not in allowed or not names:
        return None
    return PrintedSummary(names, statistic, printed, row.cells["source"] or "")  # type: ignore[arg-type]  # one of those allowed
