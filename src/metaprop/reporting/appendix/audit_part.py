"""Published numbers held against the evidence, in brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting import audit_words
from metaprop.reporting.appendix.blocks import (
    Column,
    Heading,
    Section,
    Table,
    TableNumber,
    cells,
    inlines,
    paragraph,
)

if TYPE_CHECKING:
    from metaprop.questions.audit.records import Audit
    from metaprop.reporting.appendix.blocks import Inlines
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.stored import Results

CLAIMS, FOUND = "claims", "findings"
HEADING = "Published numbers"
NO_CLAIMS = "The data set holds no published rates, so none was held against the evidence."


def published(results: Results, ran: Ran) -> Section:
    """Return what was found when published numbers were held against the evidence."""
    audit = results.beside.audit
    head = Heading(1, HEADING)
    if audit is None:
        return Section((head, paragraph(NO_CLAIMS)))
    tables = [_claims(audit)]
    found = _findings(audit)
    tables += [found] if found.rows else []
    return Section((head, paragraph(*_told(audit, ran, found))), tuple(tables))


def _told(audit: Audit, ran: Ran, found: Table) -> Inlines:
    words = " ".join(audit_words.opening(audit))
    checks = (
        (" Percentages were held against whole numbers of patients", *ran.cite("GRIM"), ".")
        if ran.has("GRIM")
        else ()
    )
    also = (" and ", TableNumber(FOUND)) if found.rows else ()
    return inlines(words, *checks, " Details: ", TableNumber(CLAIMS), *also, ".")


def _claims(audit: Audit) -> Table:
    heads = (
        Column("Claim", 0.15),
        Column("As printed", 0.15),
        Column("Recomputed", 0.15),
        Column("Verdict", 0.12),
        Column("What is most telling", 0.43),
    )
    rows = tuple(
        cells(row.label, row.printed, row.recomputed, row.verdict, row.sentence)
        for row in audit_words.claim_rows(audit)
    )
    meant = "; ".join(f"{verdict}: {what}" for verdict, what in audit_words.VERDICTS.items())
    caption = "Published rates beside what the counts give by the way that comes nearest."
    return Table(CLAIMS, caption, heads, rows, (inlines(f"Verdicts. {meant}."),))


def _findings(audit: Audit) -> Table:
    """Return what is told beyond the claims: tables, and what has to add up."""
    heads = (Column("About", 0.22), Column("Verdict", 0.13), Column("Finding", 0.65))
    rows = tuple(
        cells(row.about, row.verdict, row.sentence)
        for group in audit_words.finding_groups(audit)
        if group.topic != "claims"
        for row in group.told
    )
    return Table(FOUND, "Tables and arithmetic of the publication: what to look at.", heads, rows)
