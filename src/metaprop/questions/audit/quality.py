"""Checks of the tables beside the outcomes: quality scores, the flow of records, references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.wording import listed
from metaprop.evidence.counts import read_count, read_total
from metaprop.questions.audit.eligibility import eligibility
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.tables import MOST_NAMED, TABLE, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.evidence.dataset import Dataset
    from metaprop.evidence.table import Row
    from metaprop.questions.audit.records import Verdict

NO_ITEMS = frozenset({"study_id", "study", "source", "total"})
BEST_ITEM = 2
"""The most points of one item of MINORS."""
TAKEN_OUT = ("removed", "excluded")


def side_findings(dataset: Dataset) -> Iterator[Finding]:
    """Yield what the tables beside the outcomes say."""
    yield from minors(dataset)
    yield from prospective(dataset)
    yield from flow(dataset)
    yield from included(dataset)
    yield from references(dataset)
    yield from eligibility(dataset)
    yield from reports(dataset)


def minors(dataset: Dataset) -> Iterator[Finding]:
    """Say whether scores are 0, 1 or 2, add up to a printed total, and which are empty."""
    table = dataset.minors
    if table is None:
        return
    items = [name for name in table.columns if name not in NO_ITEMS]
    cells = [row.cells[name] for row in table.rows for name in items]
    strange = sorted({cell for cell in cells if cell is not None and cell not in {"0", "1", "2"}})
    empty = [name for name in items if all(row.cells[name] is None for row in table.rows)]
    partly = [
        row.cells["study"] or ""
        for row in table.rows
        if any(row.cells[name] is None for name in items if name not in empty)
    ]
    wrong = [row.cells["study"] or "" for row in table.rows if not _adds_up(row, items)]
    verdict: Verdict = "impossible" if strange else "not reproduced" if wrong else "reproduced"
    sentence = f"{len(table.rows)} studies are scored on {len(items)} items, 0 to 2 points each."
    if strange:
        sentence += f" {listed(strange)} cannot be points."
    if wrong:
        sentence += f" The points do not add up to the total of {listed(wrong[:MOST_NAMED])}."
    if empty:
        sentence += f" No study has a score for {listed(empty)}."
    if partly:
        sentence += f" Scores are missing for {listed(partly[:MOST_NAMED])}."
    number = Number("empty scores", "", sum(cell is None for cell in cells), "count")
    yield Finding(
        *("minors", "minors.csv", "quality score", verdict, "certain", sentence, (number,)),
        notable=bool(empty or partly),
    )


def _adds_up(row: Row, items: list[str]) -> bool:
    total = row.cells.get("total")
    if total is None or not total.isdigit():
        return True
    points = [cell for name in items if (cell := row.cells[name]) and cell.isdigit()]
    return sum(map(int, points)) == int(total)


def prospective(dataset: Dataset) -> Iterator[Finding]:
    """Say whether the studies scored as prospective are those called so."""
    table, design = dataset.minors, dataset.covariates.get("design")
    if table is None or design is None or "prospective_collection" not in table.columns:
        return
    called = dict(zip(dataset.study_names, design.values, strict=True))
    differ = [
        row.cells["study"] or ""
        for row in table.rows
        if (row.cells["prospective_collection"] == str(BEST_ITEM))
        != (called.get(row.cells["study"] or "") == "prospective")
    ]
    sentence = f"The scores for prospective collection are those of the designs in {TABLE}."
    if differ:
        sentence = f"Design and score for prospective collection differ in {listed(differ)}."
    verdict: Verdict = "not reproduced" if differ else "reproduced"
    yield Finding("minors", "minors.csv", "quality score", verdict, "certain", sentence)


def flow(dataset: Dataset) -> Iterator[Finding]:
    """Say whether the records that are left at each stage follow from those before."""
    if dataset.prisma is None:
        return
    left: int | None = None
    wrong, exact = [], False
    for row in dataset.prisma.rows:
        stage, count = row.cells["stage"] or "", read_total(row.cells["count"] or "")
        if count is None or stage.startswith("patients"):
            continue
        if stage.endswith(TAKEN_OUT):
            left, exact = (None if left is None else left - count), True
            continue
        if left is not None and (count != left if exact else count > left):
            wrong.append(f"{stage.replace('_', ' ')} ({count}, where {left} are left)")
        left, exact = count, False
    sentence = "The records left at each stage follow from those before."
    if wrong:
        sentence = f"These stages do not follow from those before: {listed(wrong)}."
    verdict: Verdict = "not reproduced" if wrong else "reproduced"
    yield Finding("prisma", "prisma.csv", "flow of records", verdict, "certain", sentence)


def included(dataset: Dataset) -> Iterator[Finding]:
    """Hold studies and patients of the flow against the table of studies."""
    if dataset.prisma is None:
        return
    patients = numbers_of(dataset, "n")
    asked = {
        "studies_included": float(len(dataset.study_names)),
        "patients_included": float(patients.sum()) if patients.size else None,
    }
    for row in dataset.prisma.rows:
        value = asked.get(row.cells["stage"] or "")
        count = read_total(row.cells["count"] or "")
        if value is None or count is None:
            continue
        fine = count == value
        what = (row.cells["stage"] or "").replace("_", " ")
        sentence = f"{TABLE} has {value:g} {what.split()[0]}; print has {count} {what}."
        yield Finding(
            row.cells["stage"] or "",
            row.cells["source"] or "prisma.csv",
            "sums",
            "reproduced" if fine else "not reproduced",
            "certain",
            sentence,
            (Number(what, f"{count}", value, "count"),),
        )


def references(dataset: Dataset) -> Iterator[Finding]:
    """Name the rows that carry another report's reference, and those that may share patients."""
    printed, own = dataset.covariates.get("doi"), dataset.covariates.get("report_doi")
    if printed is not None and own is not None:
        pairs = list(zip(dataset.study_names, printed.values, own.values, strict=True))
        differ = [name for name, doi, report in pairs if report is not None and doi != report]
        if differ:
            swapped = {doi for n, doi, _ in pairs if n in differ} == {
                report for n, _, report in pairs if n in differ
            }
            tail = ": they carry each other's" if swapped and len(differ) > 1 else ""
            sentence = f"The reference is not that of the patients in {listed(differ)}{tail}."
            number = Number("rows", "", len(differ), "count")
            yield Finding(
                *("doi", TABLE, "references", "not reproduced", "strong", sentence, (number,))
            )
    groups = dataset.covariates.get("author_group")
    if groups is None:
        return
    for group in dict.fromkeys(groups.values):
        rows = [i for i, one in enumerate(groups.values, start=1) if one == group]
        if group is not None and len(rows) > 1:
            sentence = f"Rows {listed(list(map(str, rows)))} share authors ({group}): patients may "
            sentence += "be counted more than once, which print does not say."
            yield Finding(
                *("author_group", TABLE, "references", "cannot be checked", "weak", sentence),
                notable=True,
            )


def reports(dataset: Dataset) -> Iterator[Finding]:
    """Hold what the studies' own reports count against the table, patients and events."""
    if dataset.primary_reports is None:
        return
    for row in dataset.primary_reports.rows:
        known = (row.cells["outcome"] or "") in dataset.outcomes
        found = _report(dataset, row) if known else _other_outcome(dataset, row)
        if found is not None:
            yield found


def _report(dataset: Dataset, row: Row) -> Finding | None:
    """Return what differs between a report and the counts, or the listing; None if nothing does."""
    name, key = row.cells["study"] or "", row.cells["outcome"] or ""
    outcome = dataset.outcomes[key]
    total = read_total(row.cells["total"] or "")
    if total is None or name not in outcome.studies.names:
        return None
    place = outcome.studies.names.index(name)
    open_end = "+" if row.cells["certainty"] == "at_least" else ""
    count = read_count(f"{row.cells['events']}{open_end}", total)
    patients, own = int(outcome.studies.totals[place]), outcome.studies.counts[place]
    if count is None:
        return None
    differ = total != patients or not (count.low <= own.high and own.low <= count.high)
    named = _listed(dataset, key, name) if total == patients else None
    listing = ""
    if named is True and count.high == 0:
        listing = " Print names the study beside this outcome."
    elif named is False and count.low > 0:
        listing = " Print does not name the study beside this outcome."
    if not (differ or listing):
        return None
    mine = f"{own} of {patients}" if own.exact else f"{patients} patients"
    sentence = f"{name}, {outcome.label.lower()}: {mine} here, {count} of {total} in its own report"
    verdict: Verdict = "cannot be checked" if total != patients else "not reproduced"
    return _reported(row, verdict, f"{sentence}{_note(row)}.{listing}", count.low, total)


def _other_outcome(dataset: Dataset, row: Row) -> Finding | None:
    """Return what a report counts that is no outcome of the data set; None if it cannot be read."""
    name, key = row.cells["study"] or "", row.cells["outcome"] or ""
    total = read_total(row.cells["total"] or "")
    count = None if total is None else read_count(row.cells["events"] or "", total)
    if count is None or total is None or name not in dataset.study_names:
        return None
    sentence = f"{name}, {key.replace('_', ' ')}: {count} of {total} in its own report{_note(row)}"
    told = f"{sentence}. Print has no such outcome."
    return _reported(row, "cannot be checked", told, count.low, total)


def _note(row: Row) -> str:
    note = row.cells.get("paraphrase")
    return f" ({note})" if note else ""


def _reported(row: Row, verdict: Verdict, sentence: str, events: int, patients: int) -> Finding:
    source = row.cells["source"] or "primary_reports.csv"
    numbers = (Number("events", "", events, "count"), Number("patients", "", patients, "count"))
    head = (row.cells["outcome"] or "", source, "primary reports", verdict, "weak", sentence)
    return Finding(*head, numbers, notable=True)  # type: ignore[arg-type]  # the head's words are of their Literals


def _listed(dataset: Dataset, outcome: str, name: str) -> bool | None:
    """Return whether claims name a study beside an outcome; None where they do not say.

    A line that names every study names those that were pooled, not those with an event.
    """
    ids = dataset.covariates.get("study_id")
    if dataset.claims is None or ids is None or "studies_listed" not in dataset.claims.columns:
        return None
    own = dict(zip(dataset.study_names, ids.values, strict=True))[name]
    cells = [
        r.cells["studies_listed"] for r in dataset.claims.rows if r.cells["outcome"] == outcome
    ]
    named = [{part.strip() for part in cell.split(";")} for cell in cells if cell]
    some = [one for one in named if len(one) < len(dataset.study_names)]
    return any(own in one for one in some) if some else None
