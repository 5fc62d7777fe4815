"""The data: how each count was obtained, study by study, and what is assumed of what is missing."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.appendix.blocks import (
    Address,
    Column,
    Equation,
    Heading,
    Section,
    Table,
    TableNumber,
    Text,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.knowledge import Grade
    from metaprop.reporting.appendix.blocks import Block, Inline, Inlines
    from metaprop.reporting.evidence import (
        Covariate,
        Evidence,
        OutcomeEvidence,
        StoredCount,
        StoredTable,
    )
    from metaprop.reporting.stored import Results

_DOI = re.compile(r"10\.\d{4,9}/[\w.;()/:<>+-]+")
STUDIES, COUNTS, SOURCES = "studies", "counts", "sources"
GRAMMAR = (
    "3: exactly three events; 1+: at least one; 0-3: from none to three; ?: not reported; (0): "
    "print is silent, read as none; an asterisk: inferred, that is, read from what print says of "
    "something else. No number: the study is not among those of the outcome."
)
ACROSS = 20
"""Studies that one table of counts can hold side by side."""
GRADES: dict[Grade, tuple[str, str]] = {
    "exact": ("is exact", "are exact"),
    "at least": ("is a lower bound", "are lower bounds"),
    "range": ("is a range", "are ranges"),
    "read as none": ("is a silence read as zero", "are silences read as zeros"),
    "nothing": ("is not reported", "are not reported"),
}
COARSENED = (
    "A count that is known only within limits enters with the probability of all counts within "
    "them. This assumes coarsening at random: how a count is reported does not depend on the count "
    "within its limits. A count that is not reported carries no information, which assumes that "
    "reporting does not depend on the count at all. No count was made up."
)


def data(results: Results) -> Section:
    """Return how the counts came about, with the tables of studies, counts and sources."""
    evidence = results.beside.evidence
    head = Heading(1, "Data")
    if evidence is None:
        return Section(
            (head, paragraph("The results hold no record of how the counts came about."))
        )
    blocks: list[Block] = [head, paragraph(*_studies(evidence)), paragraph(*_grades(evidence))]
    if _incomplete(evidence):
        blocks += [paragraph(COARSENED)]
    blocks += [paragraph(*_total(outcome)) for outcome in evidence.outcomes if outcome.known_total]
    tables = [_study_table(evidence), *_count_tables(evidence), _source_table(evidence)]
    return Section(tuple(blocks), tuple(tables))


def range_equation() -> Equation:
    """Return the likelihood of a count that is known within limits."""
    return Equation(
        r"\Pr(l_i \le y_i \le u_i \mid p_i) = \sum_{y=l_i}^{u_i} "
        r"\binom{n_i}{y}\, p_i^{y} \left(1-p_i\right)^{n_i-y}"
    )


def _incomplete(evidence: Evidence) -> bool:
    return any(count.low < count.high for o in evidence.outcomes for count in o.counts)


def _studies(evidence: Evidence) -> Inlines:
    number = wording.counted(len(evidence.study_names), "study", "studies")
    names = [printable(outcome.label or outcome.id) for outcome in evidence.outcomes]
    outcomes = f"outcome {names[0]}" if len(names) == 1 else f"{len(names)} outcomes"
    flow = _flow(evidence.prisma)
    return inlines(
        f"The data set holds {number} (",
        TableNumber(STUDIES),
        f") and the {outcomes}. " if len(names) == 1 else f") and {outcomes}. ",
        flow,
    )


def _flow(prisma: StoredTable | None) -> str:
    """Return the flow of records as printed, in one sentence; nothing where there is none."""
    if prisma is None or not {"stage", "count"} <= set(prisma.columns):
        return ""
    stage, count = prisma.columns.index("stage"), prisma.columns.index("count")
    told = [
        f"{printable((row[stage] or '').replace('_', ' '))} {printable(row[count] or '')}"
        for row in prisma.rows
    ]
    return f"Flow of records as printed: {'; '.join(told)}."


def _grades(evidence: Evidence) -> Inlines:
    counts = [count for outcome in evidence.outcomes for count in outcome.counts]
    found = Counter(count.grade for count in counts)
    told = [
        f"{found[grade]} {words[found[grade] > 1]}"
        for grade, words in GRADES.items()
        if found[grade]
    ]
    inferred = sum(count.basis == "inferred" for count in counts)
    also = (
        f" {inferred} of them were inferred: print says something else from which they are read."
        if inferred
        else ""
    )
    return inlines(
        f"Of {wording.counted(len(counts), 'count', 'counts')} (one for each study and outcome), "
        f"{wording.listed(told)}.{also} Counts stand in ",
        *_listed(_count_keys(evidence)),
        "; where each one comes from, in ",
        TableNumber(SOURCES),
        ".",
    )


def _count_keys(evidence: Evidence) -> list[str]:
    """Return the keys of the tables of counts: as many as the studies need."""
    parts = range(1, math.ceil(len(evidence.study_names) / ACROSS) + 1)
    return [COUNTS if part == 1 else f"{COUNTS}-{part}" for part in parts]


def _listed(keys: Sequence[str]) -> Iterator[Inline]:
    """Yield the numbers of some tables as a list in a sentence."""
    for place, key in enumerate(keys):
        if place:
            yield Text(" and " if place == len(keys) - 1 else ", ")
        yield TableNumber(key)


def _total(outcome: OutcomeEvidence) -> Inlines:
    known = outcome.known_total
    assert known is not None  # noqa: S101 - the caller asks only for outcomes that have one
    number = str(known.low) if known.low == known.high else f"{known.low} to {known.high}"
    return inlines(
        f"{printable(outcome.label or outcome.id)}: the total over the studies is known too, "
        f"{number} events. The likelihood is then that of all counts within their limits together "
        f"with this sum, one joint term, computed by convolution. Source of the total: "
        f"{printable(known.source)}"
    )


def _study_table(evidence: Evidence) -> Table:
    """Return the studies with their numbers, their size and what identifies them."""
    sizes = {c.study: c.total for o in reversed(evidence.outcomes) for c in o.counts}
    columns = _described(evidence)
    shares = sum(one.share for one in columns)
    heads = (
        Column("No.", 0.05, "right"),
        Column("Study", 0.23 if columns else 0.86),
        Column("Patients", 0.09, "right"),
        *(Column(one.head, 0.63 * one.share / shares) for one in columns),
    )
    rows = tuple(
        cells(
            str(place),
            printable(name),
            str(sizes.get(name, "")),
            *(_shown(one.values[place - 1]) for one in columns),
        )
        for place, name in enumerate(evidence.study_names, 1)
    )
    return Table(STUDIES, "Studies and what is known about them.", heads, rows)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column about the studies as it is printed."""

    head: str
    values: Sequence[str | None]
    share: float


def _described(evidence: Evidence) -> list[_Shown]:
    """Return the columns that describe studies: covariates, then the DOI."""
    columns = {column.name: column for column in evidence.covariates}
    found = [
        _Shown(_head(column), column.values, 1.0)
        for column in evidence.covariates
        if column.covariate is not None
    ]
    address = columns.get("report_doi") or columns.get("doi")
    return [*found, *([_Shown("DOI", address.values, 2.6)] if address else [])]


def _shown(value: str | None) -> Inlines:
    """Return a cell about a study; a DOI is a link, as long ones break there."""
    text = printable(value or "")
    return inlines(Address(f"https://doi.org/{text}") if _DOI.fullmatch(text) else text)


def _head(column: Covariate) -> str:
    words = printable(column.label or column.name)
    unit = printable(column.unit or "")
    measured = f" ({unit})" if unit and unit != "calendar year" else ""
    return f"{words[:1].upper()}{words[1:]}{measured}"


def _count_tables(evidence: Evidence) -> list[Table]:
    """Return the counts, outcomes down and studies across, in as many tables as fit the page."""
    names = evidence.study_names
    groups = [names[start : start + ACROSS] for start in range(0, len(names), ACROSS)]
    keys = _count_keys(evidence)
    return [
        _count_table(evidence, group, place * ACROSS, keys[place])
        for place, group in enumerate(groups)
    ]


def _count_table(evidence: Evidence, names: Sequence[str], before: int, key: str) -> Table:
    width = 0.78 / len(names)
    heads = [Column("Outcome", 0.22)]
    heads += [Column(str(before + i + 1), width, "center") for i in range(len(names))]
    rows = []
    for outcome in evidence.outcomes:
        known = {count.study: count for count in outcome.counts}
        told = [_cell(known.get(name)) for name in names]
        rows.append(cells(printable(outcome.label or outcome.id), *told))
    whole = len(names) == len(evidence.study_names)
    part = "" if whole else f" Studies {before + 1} to {before + len(names)}."
    caption = f"Events of each outcome in each study, by the numbers of the studies.{part}"
    last = before + len(names) == len(evidence.study_names)
    return Table(key, caption, tuple(heads), tuple(rows), (inlines(GRAMMAR),) if last else ())


def _cell(count: StoredCount | None) -> str:
    if count is None:
        return ""
    if count.grade == "read as none":
        return "(0)"
    if count.grade == "nothing":
        text = "?"
    elif count.grade == "at least":
        text = f"{count.low}+"
    else:
        text = str(count.low) if count.low == count.high else f"{count.low}-{count.high}"
    return f"{text}*" if count.basis == "inferred" else text


def _source_table(evidence: Evidence) -> Table:
    numbers = {name: place for place, name in enumerate(evidence.study_names, 1)}
    rows = tuple(
        cells(printable(outcome.label or outcome.id), studies, basis, source)
        for outcome in evidence.outcomes
        for studies, basis, source in _grouped(outcome, numbers)
    )
    heads = (
        Column("Outcome", 0.18),
        Column("Studies", 0.15),
        Column("Basis", 0.1),
        Column("Source", 0.57),
    )
    return Table(SOURCES, "Where each count comes from.", heads, rows)


def _grouped(outcome: OutcomeEvidence, numbers: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """Yield the studies of each source together, in the order of the studies."""
    found: dict[tuple[str, str], list[int]] = {}
    for count in outcome.counts:
        key = (count.basis, printable(count.source))
        found.setdefault(key, []).append(numbers[count.study])
    for (basis, source), places in found.items():
        yield ", ".join(map(str, sorted(places))), basis, source
