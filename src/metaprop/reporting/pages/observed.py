"""What was observed, and who says so: every count with its source, every table as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.figures.forest_rows import events_text
from metaprop.reporting.names import printable, slug
from metaprop.reporting.pages.blocks import (
    Block,
    Cell,
    Fold,
    Section,
    Sheet,
    paragraphs,
    reading_name,
    table,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.evidence.knowledge import Grade
    from metaprop.reporting.evidence import (
        Evidence,
        KnownTotal,
        OutcomeEvidence,
        StoredCount,
        StoredTable,
    )
    from metaprop.reporting.stored import Results

ABSENT = "Where each count stands was not stored with these results."
KNOWN: dict[Grade, str] = {
    "exact": "known exactly",
    "at least": "by a lower bound",
    "range": "by a range",
    "read as none": "read as none where print says nothing",
    "nothing": "not known",
}
TABLES = (
    ("claims", "Published claims, as printed"),
    ("minors", "Quality of the studies (MINORS), as printed"),
    ("prisma", "Flow of records (PRISMA), as printed"),
    ("primary_reports", "Counts found in the primary reports"),
    ("summaries", "Sums and means, as printed"),
)


def observed_section(results: Results) -> Section:
    """Return the evidence with its provenance; one sentence where it was not stored."""
    evidence = results.beside.evidence
    title, short = "What was observed, and who says so", "Data"
    if evidence is None:
        return Section("data", title, short, (paragraphs(ABSENT, tone="quiet"),))
    first, *others = evidence.outcomes
    blocks: list[Block] = [paragraphs(_known(evidence)), *_outcome(first)]
    blocks += [Fold(_name(outcome), tuple(_outcome(outcome))) for outcome in others]
    blocks += _tables(evidence)
    return Section("data", title, short, tuple(blocks))


def _name(outcome: OutcomeEvidence) -> str:
    return printable(outcome.label or outcome.id)


def _known(evidence: Evidence) -> str:
    """Return in one sentence how much is known of all counts."""
    grades = [count.grade for outcome in evidence.outcomes for count in outcome.counts]
    told = [f"{grades.count(grade)} {KNOWN[grade]}" for grade in KNOWN if grade in grades]
    counts = wording.counted(len(grades), "count", "counts")
    outcomes = wording.counted(len(evidence.outcomes), "outcome", "outcomes")
    return f"{counts} of {outcomes}: {wording.listed(told)}. Each has its source beside it."


def _outcome(outcome: OutcomeEvidence) -> Iterator[Block]:
    reason = outcome.thresholds_reason or "no clinical reason for them is known"
    asked = wording.listed([wording.threshold(rate) for rate in outcome.thresholds])
    yield _counts(outcome)
    yield paragraphs(
        f"Thresholds asked about: {asked} ({outcome.direction}); {reason}.",
        _total(outcome.known_total),
        tone="quiet",
    )


def _total(known: KnownTotal | None) -> str:
    if known is None:
        return ""
    events = str(known.low) if known.low == known.high else f"{known.low} to {known.high}"
    return f"Known total of events over all studies: {events}. {known.source}"


def _counts(outcome: OutcomeEvidence) -> Sheet:
    return table(
        f"counts-{slug(outcome.id)}",
        f"{_name(outcome)}: every count with its source",
        (
            *(("Study", "text"), ("Events", "number"), ("Patients", "number")),
            *(("Known", "text"), ("Stands on", "text"), ("Source", "text")),
        ),
        [_count(count) for count in outcome.counts],
        "Reported: a number in print. Inferred: it follows from print. Silent: print says nothing.",
    )


def _count(count: StoredCount) -> tuple[Cell, ...]:
    events = events_text(count.low, count.high, count.total)
    return (
        text(count.study),
        Cell(events, float(count.low) if count.low == count.high else None),
        whole(count.total),
        Cell(count.grade),
        Cell(count.basis),
        text(count.source),
    )


def _tables(evidence: Evidence) -> Iterator[Block]:
    changed = _readings(evidence)
    if changed is not None:
        yield Fold("Other readings of the evidence, and what they change", (changed,))
    if evidence.covariates:
        yield Fold("The studies, as printed", (_covariates(evidence),))
    for name, title in TABLES:
        stored: StoredTable | None = getattr(evidence, name)
        if stored is not None:
            yield Fold(title, (_stored(name, title, stored),))


def _readings(evidence: Evidence) -> Sheet | None:
    labels = {outcome.id: _name(outcome) for outcome in evidence.outcomes}
    rows = []
    for reading in evidence.readings:
        head = text(reading_name(reading.id))
        for read in reading.counts:
            count = read.count
            events = events_text(count.low, count.high, count.total)
            what = text(f"{count.study}: {events} of {count.total}")
            rows.append((head, text(labels[read.outcome]), what, text(count.source)))
        if reading.left_out:
            where = wording.listed([labels[name] for name in reading.left_out_of])
            what = text(f"left out: {', '.join(reading.left_out)}")
            rows.append((head, text(where), what, Cell("")))
    if not rows:
        return None
    heads = [(name, "text") for name in ("Reading", "Outcome", "Changed", "Source")]
    return table("reading-counts", "What each reading changes", heads, rows)  # type: ignore[arg-type]


def _covariates(evidence: Evidence) -> Sheet:
    columns = evidence.covariates
    heads = [("Study", "text"), *((column.name, "text") for column in columns)]
    rows = [
        (text(name), *(text(column.values[place]) for column in columns))
        for place, name in enumerate(evidence.study_names)
    ]
    meaning = "; ".join(
        f"{one.name}: {one.meaning}{f' ({one.unit})' if one.unit else ''}" for one in columns
    )
    return table("studies-table", "What is printed about each study", heads, rows, f"{meaning}.")  # type: ignore[arg-type]


def _stored(name: str, title: str, stored: StoredTable) -> Sheet:
    heads = [(column, "text") for column in stored.columns]
    rows = [tuple(text(cell) for cell in row) for row in stored.rows]
    return table(f"printed-{slug(name)}", title, heads, rows)  # type: ignore[arg-type]
