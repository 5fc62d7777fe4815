"""``metaprop audit``: hold published numbers against the evidence, say what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.commands.inputs import Reply, refuse_nameless
from metaprop.core.errors import InputError, TableError
from metaprop.core.files import check_place, read_text, write_folder
from metaprop.core.wording import visible
from metaprop.evidence.claims import ESTIMATE
from metaprop.evidence.faults import Faults
from metaprop.evidence.table import Records
from metaprop.questions.audit.auditing import audit as hold
from metaprop.reporting.audit import RECORD, audit_text, fill_audit
from metaprop.reporting.records import RECORD_HEAD

if TYPE_CHECKING:
    from metaprop.questions.audit.records import Audit


def audit(
    path: str, *, claims: str | None = None, output: str | None = None, width: int = 100
) -> Reply:
    """Return what was found, and write it into a folder if one is named.

    Parameters
    ----------
    path
        The folder of a data set, a CSV of studies, or a CSV of claims alone.
    claims
        A CSV of claims, in place of ``claims.csv`` of the data set.
    output
        A folder for the record, the table and the figure.
    width
        Characters of a line.

    Raises
    ------
    InputError
        If the evidence or the claims are at fault.
    OutputError
        If the folder could not be written; what stood there before is untouched.
    """
    refuse_nameless(path, "the evidence", "a data set, a CSV of studies or one of claims")
    if output is not None:
        refuse_nameless(output, "--output", "a folder for what was found")
        check_place(output, marker=RECORD, begins=RECORD_HEAD)
    alone = claims is None and _holds_claims(path)
    found = hold(None, path) if alone else hold(path, claims)
    if output is None:
        return Reply(audit_text(found, width))
    write_folder(
        output, lambda folder: fill_audit(found, folder), marker=RECORD, begins=RECORD_HEAD
    )
    return Reply(f"{audit_text(found, width)}\n{_written(found, output)}")


def _holds_claims(path: str) -> bool:
    """Return whether a file is a table of claims: it has a column for the pooled rate."""
    if Path(path).is_dir():
        return False
    try:
        text = read_text(path, error=TableError)
    except InputError:
        return False  # whoever reads it next says why
    return ESTIMATE in Records(text, Faults(visible(path))).header


def _written(found: Audit, output: str) -> str:
    return f"{len(found.findings)} findings were written to {visible(output)}."
