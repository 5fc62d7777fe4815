"""``metaprop report``: words, tables, figures and pages of a folder of results, drawn again."""

from __future__ import annotations

from pathlib import Path

from metaprop.commands.inputs import FAILED, Reply, refuse_nameless
from metaprop.core.errors import OptionError, Problem
from metaprop.core.wording import visible
from metaprop.reporting import prose
from metaprop.reporting.journal import write_journal
from metaprop.reporting.report import redraw_report, rewrite_documents


def report(
    folder: str, *, documents: bool = False, journal: str | None = None, minors: bool = False
) -> Reply:
    """Draw a folder of results again from its stored numbers, and return what to print.

    Parameters
    ----------
    folder
        What ``metaprop run`` wrote.
    documents
        Whether to write the page and the appendix alone; tables and figures then stay.
    journal
        Where to write the paper's figures at a journal's widths; the results then stay as they are.
    minors
        Whether those have the quality scores beside the forests.

    Raises
    ------
    InputError
        If a record is missing, damaged or of another schema; nothing was written.
    OutputError
        If the folder cannot be written; what stood there before is untouched.
    """
    refuse_nameless(folder, "RESULTS", "a folder that metaprop run wrote")
    if journal is not None or minors:
        return _for_a_journal(folder, journal, documents=documents, minors=minors)
    results = (rewrite_documents if documents else redraw_report)(Path(folder))
    failed = any(map(prose.failed, results.analysis.outcomes))
    lines = [line for outcome in results.analysis.outcomes for line in prose.quality_lines(outcome)]
    lines.append(f"{visible(folder)} is drawn again from its stored numbers; nothing was fitted.")
    return Reply("\n".join(lines), code=FAILED if failed else 0)


def _for_a_journal(folder: str, journal: str | None, *, documents: bool, minors: bool) -> Reply:
    if journal is None:
        what, remedy = "nothing to put the scores beside", "Add --journal FOLDER"
        raise OptionError(Problem(what, "--minors", remedy))
    if documents:
        what, remedy = "the one writes documents, the other figures", "Ask for them one by one"
        raise OptionError(Problem(what, "--documents and --journal", remedy))
    refuse_nameless(journal, "--journal", "a folder for the figures")
    results = write_journal(Path(folder), Path(journal), minors=minors)
    failed = any(map(prose.failed, results.analysis.outcomes))
    widths = "one column (85 mm) and two (180 mm), as PDF, SVG and PNG"
    return Reply(f"{visible(journal)} has the figures at {widths}.", code=FAILED if failed else 0)
