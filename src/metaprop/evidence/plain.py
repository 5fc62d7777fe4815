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
    from collections.abc import Mapping, Sequence
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


def studies_in(text: str, where: str, events: str | None = None) -> Studies:
    """Return the studies of the text of a plain CSV.

    Parameters
    ----------
    text, where
        What the file holds, and its name in messages.
    events
        The header of the column of events; None takes the one that is called so.

    Raises
    ------
    TableError
        With every fault of the text.
    """
    faults = Faults(where)
    records = Records(text, faults)
    del text  # the records hold it as long as they need it
    if events is not None:
        _require(records, events)
    own: tuple[str, ...] = HEADERS["events"] if events is None else (_key(events),)
    at = _find_columns(records, {**HEADERS, "events": own})
    _refuse_shared(records, at)
    header = {role: records.header[column] for role, column in at.items()}
    roll = Roll(faults, lambda row, role: records.place(row, header[role]))
    if len(at) < len(HEADERS):
        _check_without(records, at, roll)
    study, event, total = at["study"], at["events"], at["total"]
    for row, cells in records.rows():
        roll.add(row, cells[study], cells[event], cells[total])
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


def _require(records: Records, column: str) -> None:
    """Raise TableError unless the table has a column that was asked for by its name."""
    if records.header and _key(column) not in map(_key, records.header):
        remedy = f"Choose among {', '.join(map(shown, records.header[:20]))}"
        place = records.place(records.header_row)
        what = f"there is no column {shown(column)}"
        records.faults.add(what, place, remedy, records.header_row)
        raise TableError(records.faults.problems)


def further_columns(text: str, events: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the columns of a plain CSV that are neither study nor patients nor events."""
    named = set(map(_key, events)) or set(HEADERS["events"])
    named |= {*HEADERS["study"], *HEADERS["total"]}
    header = Records(text, Faults("")).header
    return tuple(name for name in header if name and _key(name) not in named)


def _find_columns(records: Records, headers: Mapping[Role, Sequence[str]]) -> dict[Role, int]:
    """Return where each role stands; what is missing or stands twice goes to the faults."""
    found: dict[Role, int] = {}
    keys = [_key(name) for name in records.header]
    place = records.place(records.header_row)
    for role, aliases in headers.items():
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


def _refuse_shared(records: Records, at: dict[Role, int]) -> None:
    """Take back the column of events where it was asked for and is that of another role."""
    shared = [
        role for role, column in at.items() if role != "events" and column == at.get("events")
    ]
    for role in shared:
        what = (
            f"the column {shown(records.header[at['events']])} is the {role}, and cannot be events"
        )
        place, row = records.place(records.header_row), records.header_row
        records.faults.add(what, place, "Name the column that counts events", row)
    if shared:
        del at["events"]


def _key(header: str) -> str:
    """Return a header in small letters, with _ for spaces, dots and hyphens."""
    for sign in "_-.":
        header = header.replace(sign, " ")
    return "_".join(header.casefold().split())
