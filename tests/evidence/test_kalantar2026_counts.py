"""The paper's complications: every cell follows from what is listed, reported or printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from metaprop.evidence.coherence import supersets_of
from metaprop.evidence.counts import Count, parse_count
from metaprop.evidence.dataset import Dataset, Outcome, read_dataset

FOLDER = Path(__file__).parents[2] / "data" / "kalantar2026"
TYPES = (
    *("reoperation", "deep_infection", "device_related", "wound_complication"),
    *("flap_complication", "limb_length_discrepancy", "joint_stiffness", "non_union"),
    *("malalignment", "neurovascular"),
)
LARGER_GROUP = "Attias et al. 2018"
"""The one study whose abstract counts patients that the review leaves out."""
WITHOUT_ANY = "Gamielidien et al. 2023"
"""The one study whose abstract says that there was no complication."""
ALSO = {"infection_any": "deep_infection"}
"""Infection of unknown depth bounds deep infection from above."""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return read_dataset(FOLDER)


def listed(dataset: Dataset, outcome: str) -> set[str]:
    """Return the names of the studies that Table 2 lists under an outcome."""
    assert dataset.claims is not None
    (cell,) = (
        r.cells["studies_listed"] for r in dataset.claims.rows if r.cells["outcome"] == outcome
    )
    numbers = dataset.covariates["study_id"].values
    return {dataset.study_names[numbers.index(number)] for number in (cell or "").split(";")}


def reports(dataset: Dataset, outcome: str) -> dict[str, tuple[Count, int]]:
    """Return what abstracts count, as a range and the patients it is of, by study."""
    assert dataset.primary_reports is not None
    found = {}
    for row in dataset.primary_reports.rows:
        cells = {name: cell or "" for name, cell in row.cells.items()}
        if ALSO.get(cells["outcome"], cells["outcome"]) == outcome:
            total = int(cells["total"])
            open_end = "+" if cells["certainty"] == "at_least" else ""
            count = parse_count(cells["events"] + open_end, total)
            low = 0 if cells["outcome"] in ALSO else count.low
            found[cells["study"]] = Count(low, count.high), total
    return found


def default_reading(dataset: Dataset, outcome: str, study: str, patients: int) -> Count:
    """Return the cell of one type: listed means at least one, unless a report knows better."""
    reading = Count(1, patients) if study in listed(dataset, outcome) else Count(0, 0)
    if study == WITHOUT_ANY:
        return Count(0, 0)
    if study not in (known := reports(dataset, outcome)):
        return reading
    count, total = known[study]
    left_out = total - patients
    assert (left_out == 0) is (study != LARGER_GROUP)
    if left_out:
        count = Count(max(0, count.low - left_out), min(patients, count.high))
    elif count.exact:
        return count
    return Count(max(count.low, reading.low), min(count.high, reading.high))


def cells(outcome: Outcome) -> dict[str, tuple[Count, int]]:
    studies = outcome.studies
    return dict(
        zip(studies.names, zip(studies.counts, studies.totals.tolist(), strict=True), strict=True)
    )


def test_the_outcomes_are_those_of_the_paper(dataset: Dataset) -> None:
    assert dataset.claims is not None
    assert tuple(dataset.outcomes) == dataset.claims.column("outcome")
    assert tuple(dataset.outcomes) == ("union", "any_complication", *TYPES)


def test_every_outcome_covers_every_study_with_the_patients_of_table_1(dataset: Dataset) -> None:
    patients = [float(cell or "nan") for cell in dataset.covariates["n"].values]
    for outcome in dataset.outcomes.values():
        assert outcome.studies.names == dataset.study_names
        assert outcome.studies.totals.tolist() == patients


@pytest.mark.parametrize("outcome", [name for name in TYPES if name != "non_union"])
def test_each_type_is_listed_as_at_least_one_unless_an_abstract_knows_better(
    dataset: Dataset, outcome: str
) -> None:
    for study, (count, patients) in cells(dataset.outcomes[outcome]).items():
        assert count == default_reading(dataset, outcome, study, patients), study


def test_the_study_of_a_larger_group_is_bounded_as_its_abstract_allows(dataset: Dataset) -> None:
    known = {
        outcome: str(cells(dataset.outcomes[outcome])[LARGER_GROUP][0])
        for outcome in reports_of(dataset, LARGER_GROUP)
    }
    assert known == {
        "union": "14",
        "device_related": "1-2",
        "deep_infection": "1-2",
        "wound_complication": "1",
        "reoperation": "2-4",
        "limb_length_discrepancy": "2-4",
        "malalignment": "1",
    }


def reports_of(dataset: Dataset, study: str) -> list[str]:
    assert dataset.primary_reports is not None
    rows = [row.cells for row in dataset.primary_reports.rows if row.cells["study"] == study]
    return [ALSO.get(row["outcome"] or "", row["outcome"] or "") for row in rows]


def test_non_union_is_what_did_not_unite(dataset: Dataset) -> None:
    union, non_union = (dataset.outcomes[name].studies for name in ("union", "non_union"))
    assert (union.events + non_union.events).tolist() == union.totals.tolist()
    with_one = {
        name for name, count in zip(non_union.names, non_union.events, strict=True) if count
    }
    assert with_one == listed(dataset, "non_union")


def test_any_complication_is_as_wide_as_its_types_allow_and_no_wider(dataset: Dataset) -> None:
    superset = dataset.outcomes["any_complication"].studies
    parts = [dataset.outcomes[name].studies for name in TYPES]
    assert superset.counts == supersets_of(superset, parts)
    assert superset.low.tolist() == [2, 0, 3, 1, 2, 1, 1, 1, 0, 2, 1, 1, 1, 1, 2, 4, 0]


def test_the_printed_total_is_within_reach_and_binds(dataset: Dataset) -> None:
    outcome = dataset.outcomes["any_complication"]
    assert outcome.studies.low.sum() < 34 < outcome.studies.high.sum()
    assert outcome.known_total == outcome.studies.binding_total == Count(34, 34)
    assert "Read as 34 patients" in (outcome.known_total_source or "")


def test_the_joint_group_is_every_type_and_never_the_superset(dataset: Dataset) -> None:
    (group,) = dataset.groups.values()
    assert tuple(outcome.id for outcome in group) == TYPES
    assert [outcome.id for outcome in group if outcome.consequence] == ["reoperation"]
    assert dataset.outcomes["any_complication"].any_of == group[0].group


def test_a_zero_for_silence_says_so_and_only_such_a_zero(dataset: Dataset) -> None:
    for outcome in dataset.outcomes.values():
        rows = zip(
            outcome.studies.names,
            outcome.studies.counts,
            outcome.bases,
            outcome.sources,
            strict=True,
        )
        for study, count, basis, source in rows:
            silent = "read as none" in source
            assert silent is (basis == "silent"), (outcome.id, study)
            assert not silent or count == Count(0, 0)


def test_every_source_names_a_table_a_paragraph_or_an_abstract(dataset: Dataset) -> None:
    for outcome in dataset.outcomes.values():
        for source in outcome.sources:
            assert re.search(r"Table [12]|abstract of reference \d+", source), source


def test_each_report_is_cited_by_the_reference_of_its_patients(dataset: Dataset) -> None:
    assert dataset.primary_reports is not None
    dois = dict(zip(dataset.study_names, dataset.covariates["report_doi"].values, strict=True))
    for row in dataset.primary_reports.rows:
        assert (row.cells["source"] or "").endswith(f"doi {dois[row.cells['study'] or '']}")


def test_rows_15_and_16_carry_the_reference_of_each_other(dataset: Dataset) -> None:
    named, found = (dataset.covariates[name].values for name in ("doi", "report_doi"))
    assert [
        row for row, pair in enumerate(zip(named, found, strict=True), 1) if len(set(pair)) > 1
    ] == [15, 16]
    assert (named[14], named[15]) == (found[15], found[14])
