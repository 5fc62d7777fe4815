"""A plain CSV with one row per study: the columns study, events and total, under many names.

The reader keeps no cell that it does not need: a million rows cost seconds and little more memory
than their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

from metaprop.core.errors import TableError
from metaprop.core.files import read_text
from metaprop.core.wording import visible
from metaprop.evidence.counts import MAX_TOTAL
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.roll import Role, Roll
from metaprop.evidence.studies import Studies, studies_of
from metaprop.evidence.table import Records

if TYPE_CHECKING:
    from os import PathLike

HEADERS: dict[Role, tuple[str, ...]] = {
    "study": (
        *("study", "study_id", "study_name", "study_label", "studlab", "slab", "id", "label"),
        *("author", "authors", "first_author", "name", "trial", "trial_id", "trial_name", "paper"),
    ),
    "events": (
        *("events", "event", "n_events", "events_n", "number_of_events", "x", "xi", "r", "y"),
        *("cases", "count", "successes", "success", "responders", "numerator"),
    ),
    "total": (
        *("total", "totals", "n", "ni", "n_total", "total_n", "sample_size", "samplesize", "size"),
        *("patients", "n_patients", "number_of_patients", "subjects", "participants"),
        *("denominator",),
    ),
}
"""Names under which a column is recognised, in any case, with spaces, dots or hyphens for _."""


def read_studies(path: str | PathLike[str]) -> Studies:
    r"""Return the studies of a plain CSV with the columns study, events and total.

    Raises
    ------
    TableError
        With every fault of the file: its row, column, value and what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "trees.csv")
    ...     _ = path.write_text("study,events,total\nAsh,9,9\nBirch,1+,15\n")
    ...     studies = read_studies(path)
    >>> studies.names, studies.low, studies.high
    (('Ash', 'Birch'), array([9, 1]), array([ 9, 15]))
    """
    return studies_in(read_text(path, error=TableError), visible(path))


def studies_in(text: str, where: str) -> Studies:
    """Return the studies of the text of a plain CSV; ``where`` names it in messages.

    Raises
    ------
    TableError
        With every fault of the text.
    """
    faults = Faults(where)
    records = Records(text, faults)
    del text  # the records hold it as long as they need it
    at = _find_columns(records)
    header = {role: records.header[column] for role, column in at.items()}
    roll = Roll(faults, lambda row, role: records.place(row, header[role]))
    if len(at) < len(HEADERS):
        _check_without(records, at, roll)
    study, events, total = at["study"], at["events"], at["total"]
    for row, cells in records.rows():
        roll.add(row, cells[study], cells[events], cells[total])
    return studies_of(roll)


def _check_without(records: Records, at: dict[Role, int], roll: Roll) -> Never:
    """Raise TableError with the faults of the header and of the cells whose columns are known.

    In place of an unknown column stands what would fit any row.
    """
    if at:
        for row, cells in records.rows():
            known = {role: cells[column] for role, column in at.items()}
            name, total = known.get("study", f"row {row}"), known.get("total", str(MAX_TOTAL))
            roll.add(row, name, known.get("events", "?"), total)
        roll.check_duplicates()
    raise TableError(records.faults.problems)


def _find_columns(records: Records) -> dict[Role, int]:
    """Return where each role stands; what is missing or stands twice goes to the faults."""
    found: dict[Role, int] = {}
    keys = ["_".join(_words(name)) for name in records.header]
    place = records.place(records.header_row)
    for role, aliases in HEADERS.items():
        columns = [column for column, key in enumerate(keys) if key in aliases]
        if len(columns) == 1:
            found[role] = columns[0]
        elif columns:
            names = " and ".join(shown(records.header[column]) for column in columns)
            remedy = f"Keep one: call it {role!r} and rename the other"
            what = f"the columns {names} can all be the {role}"
            records.faults.add(what, place, remedy, records.header_row)
        elif keys:
            names = ", ".join(map(shown, records.header[:10]))
            remedy = f"Name it in the header: {', '.join(aliases[:8])}"
            what = f"no column for the {role} among {names}"
            records.faults.add(what, place, remedy, records.header_row)
    return found


def _words(header: str) -> list[str]:
    for sign in "_-.":
        header = header.replace(sign, " ")
    return header.casefold().split()
