"""The readings of the paper's evidence: each changes what its sentence says, and no more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from metaprop.evidence.coherence import supersets_of
from metaprop.evidence.counts import Count
from metaprop.evidence.dataset import Dataset, read_dataset
from metaprop.evidence.reading import Reading, cells_of
from metaprop.evidence.readings import read_readings

FOLDER = Path(__file__).parents[2] / "data" / "kalantar2026"


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return read_dataset(FOLDER)


@pytest.fixture(scope="module")
def readings(dataset: Dataset) -> tuple[Reading, ...]:
    return read_readings(dataset).readings


def under(dataset: Dataset, readings: tuple[Reading, ...], name: str) -> Dataset:
    (reading,) = (one for one in readings if one.id == name)
    return reading.apply(dataset)


def types(dataset: Dataset) -> list[str]:
    (group,) = dataset.groups.values()
    return [outcome.id for outcome in group]


def test_every_reading_of_the_review_is_there(readings: tuple[Reading, ...]) -> None:
    touched = {reading.id: reading.outcomes for reading in readings}
    unlisted = {f"unlisted_{how}" for how in ("unknown", "half_odds", "double_odds")}
    complications = {"abstracts_only", "listed_is_assessed", *unlisted}
    assert {name for name, outcomes in touched.items() if len(outcomes) > 3} == complications
    assert {name: found for name, found in touched.items() if name not in complications} == {
        "all_bones": ("union",),
        "all_treated": ("union", "any_complication", "deep_infection"),
        "author_group_effect": ("union",),
        "healed_without_intervention": ("union",),
        "one_report_per_group": ("union",),
        "printed_implants_only": ("union",),
        "total_is_at_most_34": ("any_complication",),
        "total_unknown": ("any_complication",),
        "without_attias_group": ("union",),
        "without_liu_group": ("union",),
    }


def test_an_unlisted_study_is_unknown_and_one_with_a_count_is_not(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    read = under(dataset, readings, "unlisted_half_odds").outcomes
    for name, outcome in dataset.outcomes.items():
        silent = [basis == "silent" for basis in outcome.bases]
        assert read[name].studies.unreported.tolist() == silent
        known = ~read[name].studies.unreported
        assert read[name].studies.where(known).counts == outcome.studies.where(known).counts
    factors = {r.id: r.unreported_odds for r in readings if r.id.startswith("unlisted")}
    assert factors == {
        "unlisted_unknown": 1.0,
        "unlisted_half_odds": 0.5,
        "unlisted_double_odds": 2.0,
    }


def test_seven_studies_share_an_author_group(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    (reading,) = (one for one in readings if one.id == "author_group_effect")
    assert reading.shared_effect is not None
    groups = Counter(dataset.covariates[reading.shared_effect].values)
    assert groups.most_common(1)[0][1] == 7
    (choices,) = ({r.choice for r in readings if r.id == "one_report_per_group"},)
    named = zip(dataset.study_names, dataset.covariates["author_group"].values, strict=True)
    assert {name for name, group in named if group == groups.most_common(1)[0][0]} == choices


def test_each_author_group_is_left_out_once(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    groups = dataset.covariates["author_group"].values
    shared = {name for name, count in Counter(groups).items() if count > 1}
    read = [r for r in readings if r.id.startswith("without_")]
    assert len(read) == len(shared)
    for one in read:
        kept = one.apply(dataset).outcomes["union"].studies.names
        named = zip(dataset.study_names, groups, strict=True)
        gone = {(name, group) for name, group in named if name not in kept}
        assert {group for _, group in gone} <= shared
        assert len(gone) == list(groups).count(next(iter(gone))[1])


def test_every_override_still_stands(dataset: Dataset, readings: tuple[Reading, ...]) -> None:
    for reading in readings:
        assert reading.standing(dataset) == reading.overrides
        assert all(override.replaces is not None for override in reading.overrides)


@pytest.mark.parametrize(
    ("name", "events", "patients", "k"),
    [
        ("all_treated", 169, 179, 17),
        ("all_bones", 171, 176, 17),
        ("healed_without_intervention", 164, 174, 17),
        ("printed_implants_only", 108, 112, 13),
    ],
)
def test_a_reading_of_union_counts_these_patients(
    dataset: Dataset, readings: tuple[Reading, ...], name: str, events: int, patients: int, k: int
) -> None:
    union = under(dataset, readings, name).outcomes["union"].studies
    assert [int(union.events.sum()), int(union.totals.sum()), union.k] == [events, patients, k]


def test_the_five_dropped_patients_are_infected_and_beyond_the_printed_total(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    outcomes = under(dataset, readings, "all_treated").outcomes
    for name in ("deep_infection", "any_complication"):
        row = outcomes[name].studies.names.index("Gavaskar et al. 2020")
        assert outcomes[name].studies.counts[row] == Count(5, 26)
        assert outcomes[name].studies.totals[row] == 26
    printed = dataset.outcomes["any_complication"].known_total
    assert printed is not None
    dropped = 26 - 21
    assert outcomes["any_complication"].known_total == Count(*[printed.low + dropped] * 2)


def test_one_report_is_kept_of_the_seven_that_share_authors(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    groups = dataset.covariates["author_group"].values
    shared = {
        name for name, group in zip(dataset.study_names, groups, strict=True) if group == "Liu B"
    }
    choices = [one for one in readings if one.id == "one_report_per_group"]
    assert {one.choice for one in choices} == shared
    for one in choices:
        assert shared & set(one.apply(dataset).outcomes["union"].studies.names) == {one.choice}
    assert len(shared) == 7


def test_the_readings_of_the_total_change_nothing_else(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    default = dataset.outcomes["any_complication"].studies
    for name, known in (("total_unknown", None), ("total_is_at_most_34", Count(0, 34))):
        studies = under(dataset, readings, name).outcomes["any_complication"].studies
        assert studies == default.with_known_total(known)


def test_where_listed_means_assessed_only_what_was_inferred_from_listing_is_lost(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    read = under(dataset, readings, "listed_is_assessed")
    for name in types(dataset):
        after = cells_of(read.outcomes[name])
        for study, cell in cells_of(dataset.outcomes[name]).items():
            source = cell.source
            listing = "read as at least one" in source
            assert (after[study] != cell) is listing, (name, study)
            if source.startswith("listed") and listing:
                assert after[study].count == Count(0, cell.total)
            elif listing:  # the abstract of a larger group still bounds it from above
                assert after[study].count == Count(0, cell.count.high)


def test_only_what_an_abstract_counts_is_known_to_the_reading_of_abstracts(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    assert dataset.primary_reports is not None
    read = under(dataset, readings, "abstracts_only")
    rows = [row.cells for row in dataset.primary_reports.rows]
    # None of ankylosis says nothing of stiffness; infection of unknown depth bounds a deep one.
    counted = {
        (row["study"], row["outcome"]) for row in rows if row["outcome"] != "joint_stiffness"
    }
    counted |= {
        (study, "deep_infection") for study, outcome in counted if outcome == "infection_any"
    }
    without_any = {study for study, outcome in counted if outcome == "any_complication"}
    for name in types(dataset):
        if name != "non_union":
            for study, cell in cells_of(read.outcomes[name]).items():
                known = (study, name) in counted or study in without_any
                assert (cell.count != Count(0, cell.total)) is known, (name, study)
    assert read.outcomes["any_complication"].known_total is None


def test_non_union_is_known_to_the_reading_of_abstracts_where_one_counts_union(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    non_union = under(dataset, readings, "abstracts_only").outcomes["non_union"].studies
    known = {
        row: str(count)
        for row, count in enumerate(non_union.counts, 1)
        if row in {1, 2, 3, 5, 7, 10}
    }
    assert known == {1: "0-1", 2: "0", 3: "0-6", 5: "0", 7: "0", 10: "1"}
    rest = [row for row in range(17) if row + 1 not in known]
    assert non_union.low[rest].sum() == 0
    assert non_union.high[rest].tolist() == non_union.totals[rest].tolist()


@pytest.mark.parametrize("name", ["listed_is_assessed", "abstracts_only"])
def test_any_complication_follows_from_its_types_under_every_reading_of_them(
    dataset: Dataset, readings: tuple[Reading, ...], name: str
) -> None:
    outcomes = under(dataset, readings, name).outcomes
    studies = outcomes["any_complication"].studies
    parts = [outcomes[key].studies for key in types(dataset)]
    assert studies.counts == supersets_of(studies, parts)
