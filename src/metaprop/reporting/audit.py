"""An audit on the disk and on the screen.

audit.json           every finding, enough to draw everything again
tables/audit.csv     one row a finding
figures/audit.svg    each claim beside what was recomputed (and PNG)
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.wording import counted
from metaprop.questions.audit.records import Audit  # noqa: TC001 - read by the codec at run time
from metaprop.reporting.codec import encode
from metaprop.reporting.names import printable
from metaprop.reporting.records import SCHEMA, read_record, write_record
from metaprop.reporting.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from metaprop.questions.audit.records import Finding
    from metaprop.reporting.figures.audit_rows import BayesianLine
    from metaprop.reporting.tables import Cell

RECORD = "audit.json"
TABLE = (
    "about",
    "source",
    "check",
    "verdict",
    "sure",
    "notable",
    "sentence",
    "numbers",
    "settings",
)
_AGAIN = "Write it again with `metaprop audit`"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An audit as stored."""

    schema: int
    audit: Audit


def write_audit(audit: Audit, folder: Path, bayesian: Sequence[BayesianLine] = ()) -> None:
    """Write the record, the table and the figure of an audit below an existing folder.

    ``bayesian`` are answers of the Bayesian engines, drawn beside the claims of their outcomes.
    """
    from metaprop.reporting.figures.audit import save_audit

    for name in ("tables", "figures"):
        (folder / name).mkdir(exist_ok=True)
    write_record(folder / RECORD, AuditRecord(SCHEMA, audit))
    write_csv(folder / "tables" / "audit.csv", TABLE, finding_rows(audit))
    if audit.lines:
        save_audit(audit, bayesian, folder / "figures", "audit")


def fill_audit(audit: Audit, folder: Path) -> None:
    """Write an audit into an empty folder."""
    write_audit(audit, folder)


def read_audit(folder: Path) -> Audit:
    """Return the audit that a folder was written from.

    Raises
    ------
    DatasetError
        If its record is missing, damaged or of another schema.
    """
    return read_record(folder / RECORD, AuditRecord, _AGAIN).audit


def finding_rows(audit: Audit) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each finding; its numbers stand together in one cell."""
    for found in audit.findings:
        numbers = "; ".join(
            f"{one.name}: {encode(one.value)}" for one in found.numbers if one.value == one.value
        )
        told = (found.check, found.verdict, found.sure, "yes" if _told(found) else "no")
        settings = " | ".join(found.settings)
        yield (found.about, found.source, *told, found.sentence, numbers, settings)


def _told(found: Finding) -> bool:
    return found.notable or found.alarm


def audit_text(audit: Audit, width: int = 100) -> str:
    """Return what deserves a reader's eye, claim by claim, and how much else was checked."""
    lines = [f"{printable(audit.title)}: {_counted(audit)}"]
    for line in audit.lines:
        lines += ["", f"{printable(line.label)}, {line.line}: {line.verdict}"]
        lines += _sentences([found for found in line.findings if _shown(found)], width)
    told = [found for found in audit.tables if _told(found)]
    if told:
        lines += ["", "Tables"]
        lines += _sentences(told, width)
    return "\n".join(lines)


def _shown(found: Finding) -> bool:
    """Return whether a finding about a claim is printed: what shows it, and what to look at."""
    return _told(found) or found.check in {"settings", "reconstruction"}


def _sentences(findings: Sequence[Finding], width: int) -> list[str]:
    return [
        textwrap.fill(
            f"{found.check}: {printable(found.sentence)}",
            max(width, 40),
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
        )
        for found in findings
    ]


def _counted(audit: Audit) -> str:
    findings = audit.findings
    alarms = sum(found.alarm for found in findings)
    claims = counted(len(audit.lines), "claim", "claims")
    checks = counted(len(findings), "check", "checks")
    tried = f", {audit.settings_tried:,} ways to pool each table" if audit.settings_tried else ""
    fit = "does not fit" if alarms == 1 else "do not fit"
    return f"{claims}, {checks}{tried}; {alarms} {fit}."
