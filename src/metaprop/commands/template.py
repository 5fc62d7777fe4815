"""``metaprop template``: a sheet to fill from the full texts, one row for each study and outcome.

Its first columns are those of ``counts.csv``, so that the filled sheet can stand in its place.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.commands.inputs import Reply, read_asked, refuse_formulas, refuse_nameless
from metaprop.core.errors import OutputError
from metaprop.core.wording import counted, visible
from metaprop.evidence.knowledge import grade
from metaprop.evidence.reading import cells_of
from metaprop.reporting.names import csv_cell, printable, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.evidence.knowledge import Grade
    from metaprop.evidence.reading import Cell

COLUMNS = (
    *("outcome", "study", "events", "total", "basis", "source"),
    *("known", "look_up", "report"),
)
"""Of the sheet: those of ``counts.csv``, then what helps whoever fills it."""
REPORTS = ("report_doi", "doi", "reference")
"""Columns of ``studies.csv`` that say where a study is reported, the best one first."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of the sheet, cell by cell, in the order of ``COLUMNS``."""

    outcome: str
    study: str
    events: str
    total: str
    basis: str
    source: str
    known: str
    look_up: str
    report: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells, those that are read back as they are, the others safe for a spreadsheet."""
        return (
            *(self.outcome, self.study, self.events, self.total, self.basis),
            *map(csv_cell, (self.source, self.known, self.look_up, self.report)),
        )


def template(path: str, *, output: str | None = None) -> Reply:
    """Write the sheet of a data set to a new file and return what to do with it.

    Parameters
    ----------
    path
        The folder of a data set, or a plain CSV.
    output
        The file to write; None names it by the data set, in the folder that one is in.

    Raises
    ------
    InputError
        If the data set is at fault, or a study's name would be a formula in a spreadsheet.
    OutputError
        If the file exists already or cannot be written.
    """
    dataset = read_asked(path)
    if output is not None:
        refuse_nameless(output, "--output", "a file, such as sheet.csv")
    target = Path(output if output is not None else f"{slug(dataset.id)}_sheet.csv")
    refuse_formulas(dataset.study_names)
    rows = tuple(sheet_rows(dataset))
    _write_new(target, _as_csv(rows))
    return Reply(_text(rows, target))


def sheet_rows(dataset: Dataset) -> Iterator[SheetRow]:
    """Yield the rows, all outcomes of one study together, for one opens a report at a time."""
    cells = {key: cells_of(outcome) for key, outcome in dataset.outcomes.items()}
    for study, report in zip(dataset.study_names, _reports(dataset), strict=True):
        sizes = [found[study].total for found in cells.values() if study in found]
        for key, outcome in dataset.outcomes.items():
            cell = cells[key].get(study)
            if cell is None:
                yield _unknown(outcome, study, max(sizes, default=None), report)
            else:
                yield _known(outcome, study, cell, report)


def _known(outcome: Outcome, study: str, cell: Cell, report: str) -> SheetRow:
    count, known = cell.count, grade(cell.count, cell.total, cell.basis)
    # A spreadsheet takes 2-4 for a date, so a range is written with the longer dash.
    by_grade: Mapping[Grade, str] = {
        "exact": str(count),
        "read as none": str(count),
        "at least": f"{count.low}+",
        "range": f"{count.low}–{count.high}",
        "nothing": "?",
    }
    return SheetRow(
        outcome=outcome.id,
        study=study,
        events=by_grade[known],
        total=str(cell.total),
        basis=cell.basis,
        source=printable(cell.source),
        known=known,
        look_up=_question(outcome, f"{cell.total} patients", known, str(count)),
        report=report,
    )


def _unknown(outcome: Outcome, study: str, total: int | None, report: str) -> SheetRow:
    """Return the row of a study that the outcome does not cover, as large as it is elsewhere."""
    return SheetRow(
        outcome=outcome.id,
        study=study,
        events="?",
        total="" if total is None else str(total),
        basis="silent",
        source="no row in counts.csv",
        known="nothing",
        look_up=_question(outcome, "how many patients", "nothing", ""),
        report=report,
    )


def _question(outcome: Outcome, patients: str, known: Grade, count: str) -> str:
    asked = printable(outcome.label or outcome.id)
    if known == "exact":
        return f"{asked}: confirm that it was {count} of {patients}"
    silence = "; nothing was said of any" if known in {"read as none", "nothing"} else ""
    return f"{asked}: how many of {patients}{silence}?"


def _reports(dataset: Dataset) -> tuple[str, ...]:
    columns = [dataset.covariates[name].values for name in REPORTS if name in dataset.covariates]
    rows = zip(*columns, strict=True) if columns else ((),) * len(dataset.study_names)
    return tuple(printable(next((cell for cell in row if cell), "")) for row in rows)


def _as_csv(rows: tuple[SheetRow, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.cells for row in rows)
    return text.getvalue()


def _write_new(target: Path, text: str) -> None:
    """Write a file that does not exist yet, whole or not at all."""
    shown_target = visible(target)
    try:
        # With a byte order mark: some spreadsheets misread accents without one.
        with target.open("x", encoding="utf-8-sig", newline="") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                with suppress(OSError):
                    target.unlink()
                raise
    except FileExistsError as fault:
        remedy = "Name another file with --output: what was filled in is never overwritten"
        raise OutputError(f"{shown_target}: this file exists already. {remedy}.") from fault
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise OutputError(f"{shown_target}: the sheet could not be written ({reason}).") from fault


def _text(rows: tuple[SheetRow, ...], target: Path) -> str:
    open_rows = sum(row.known != "exact" for row in rows)
    return "\n".join(
        [
            f"{visible(target)}: {counted(len(rows), 'row', 'rows')}, {open_rows} of them to find.",
            "Read each report; where it says more, change events, total and source, and write",
            "reported as the basis. Then put the sheet in the place of counts.csv in a copy of the",
            "data set's folder, and run metaprop check and metaprop run on the copy.",
        ]
    )
