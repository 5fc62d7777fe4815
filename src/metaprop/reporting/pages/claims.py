"""Published numbers held against the evidence: each claim, then what deserves a reader's eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.audit_words import (
    SURENESS,
    VERDICTS,
    claim_rows,
    finding_groups,
    headline,
    opening,
)
from metaprop.reporting.names import printable
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Fold,
    Section,
    paragraphs,
    table,
    text,
    unbroken,
)

if TYPE_CHECKING:
    from metaprop.reporting.audit_words import FindingGroup
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

ABSENT = "The data set holds no published claims, so there was nothing to audit."


def claims_section(results: Results, pictures: Pictures) -> Section:
    """Return the audit; one sentence where there is none."""
    audit = results.beside.audit
    title, short = "Published numbers, held against the evidence", "Audit"
    if audit is None:
        return Section("audit", title, short, (paragraphs(ABSENT, tone="quiet"),))
    blocks: list[Block] = [paragraphs(headline(audit)), paragraphs(*opening(audit), tone="quiet")]
    rows = [
        (
            text(row.label, row.source),
            Cell(unbroken(row.printed)),
            text(row.recomputed, row.by),
            Cell(row.raw),
            text(row.verdict, f"{row.sure}; {row.checked}" if row.checked else row.sure),
            text(row.sentence),
        )
        for row in claim_rows(audit)
    ]
    if rows:
        heads = ("Claim", "In print", "Recomputed", "Crude rate", "Verdict", "What was found")
        blocks.append(
            table("claims", "Each published line", [(h, "text") for h in heads], rows, _legend())
        )
        blocks.append(pictures.take("audit"))
    blocks += [_group(group) for group in finding_groups(audit) if group.told]
    return Section("audit", title, short, tuple(blocks))


def _legend() -> str:
    verdicts = "; ".join(f"{name}: {meaning}" for name, meaning in VERDICTS.items())
    sure = "; ".join(f"{name}: {meaning}" for name, meaning in SURENESS.items())
    return f"Verdicts: {verdicts}. How sure: {sure}."


def _group(group: FindingGroup) -> Fold:
    heads = ("About", "Check", "Verdict", "How sure", "What was found")
    rows = [
        (
            text(row.about, row.source),
            Cell(row.check),
            Cell(row.verdict),
            Cell(row.sure),
            text(row.sentence, "; ".join(row.numbers)),
        )
        for row in group.told
    ]
    sheet = table(
        f"findings-{group.topic}",
        group.title,
        [(head, "text") for head in heads],
        rows,
        group.quiet,
    )
    return Fold(printable(group.title), (sheet,))
