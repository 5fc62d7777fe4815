"""``metaprop report``: words, tables, figures and pages of a folder of results, drawn again."""

from __future__ import annotations

from pathlib import Path

from metaprop.commands.inputs import FAILED, Reply, refuse_nameless
from metaprop.core.wording import visible
from metaprop.reporting import prose
from metaprop.reporting.report import redraw_report, rewrite_documents


def report(folder: str, *, documents: bool = False) -> Reply:
    """Draw a folder of results again from its stored numbers, and return what to print.

    Parameters
    ----------
    folder
        What ``metaprop run`` wrote.
    documents
        Whether to write the page and the appendix alone; tables and figures then stay.

    Raises
    ------
    InputError
        If a record is missing, damaged or of another schema; nothing was written.
    OutputError
        If the folder cannot be written; what stood there before is untouched.
    """
    refuse_nameless(folder, "RESULTS", "a folder that metaprop run wrote")
    results = (rewrite_documents if documents else redraw_report)(Path(folder))
    failed = any(map(prose.failed, results.analysis.outcomes))
    lines = [line for outcome in results.analysis.outcomes for line in prose.quality_lines(outcome)]
    lines.append(f"{visible(folder)} is drawn again from its stored numbers; nothing was fitted.")
    return Reply("\n".join(lines), code=FAILED if failed else 0)
