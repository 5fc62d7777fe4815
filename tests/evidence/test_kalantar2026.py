"""The paper's data as committed: transcribed from print, and consistent with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metaprop.evidence.dataset import Dataset, read_dataset

if TYPE_CHECKING:
    from metaprop.evidence.table import Table

FOLDER = Path(__file__).parents[2] / "data" / "kalantar2026"


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return read_dataset(FOLDER)


def numbers(dataset: Dataset, column: str) -> list[float]:
    return [float(cell) for cell in dataset.covariates[column].values if cell is not None]


def table(found: Table | None) -> Table:
    assert found is not None
    return found


def test_169_of_174_patients_united_in_17_studies(dataset: Dataset) -> None:
    studies = dataset.outcomes["union"].studies
    assert studies.k == 17
    assert studies.events.sum() == 169
    assert studies.totals.sum() == 174


def test_each_union_count_is_the_only_one_that_rounds_to_the_printed_percent(
    dataset: Dataset,
) -> None:
    studies = dataset.outcomes["union"].studies
    printed = numbers(dataset, "union_percent")
    for events, total, percent in zip(studies.events, studies.totals, printed, strict=True):
        # Both ways of rounding a half count, so that "the only one" does not hang on either.
        fits = [count for count in range(total + 1) if abs(100 * count / total - percent) <= 0.5]
        assert fits == [events]


def test_the_sizes_of_the_counts_are_those_of_table_1(dataset: Dataset) -> None:
    union = dataset.outcomes["union"].studies
    assert union.names == dataset.study_names
    assert union.totals.tolist() == numbers(dataset, "n")


def test_men_and_women_add_up_to_the_patients(dataset: Dataset) -> None:
    sexes = zip(numbers(dataset, "men"), numbers(dataset, "women"), strict=True)
    assert [men + women for men, women in sexes] == numbers(dataset, "n")


@pytest.mark.parametrize(
    ("column", "reported", "mean"),
    [
        ("age_years", 17, 44.37),
        ("defect_cm", 16, 12.33),
        ("follow_up_months", 16, 27.18),
        ("radiological_union_months", 9, 7.67),
        ("functional_union_months", 8, 3.35),
    ],
)
def test_the_columns_have_the_means_that_the_paper_printed(
    dataset: Dataset, column: str, reported: int, mean: float
) -> None:
    values = numbers(dataset, column)
    assert len(values) == reported
    half_a_printed_digit = 0.005
    assert sum(values) / len(values) == pytest.approx(mean, abs=half_a_printed_digit + 1e-9)


def test_any_complication_is_told_by_a_threshold_near_its_rate(dataset: Dataset) -> None:
    assert {o.id: o.headline for o in dataset.outcomes.values() if o.headline} == {
        "any_complication": 0.3
    }


def test_every_claim_lies_within_its_interval(dataset: Dataset) -> None:
    claims = table(dataset.claims)
    bounds = (claims.column(f"{name}_percent") for name in ("ci_low", "estimate", "ci_high"))
    for low, estimate, high in zip(*bounds, strict=True):
        assert float(low or "nan") <= float(estimate or "nan") <= float(high or "nan")


def test_the_claims_list_studies_that_exist(dataset: Dataset) -> None:
    known = set(dataset.covariates["study_id"].values)
    listed = table(dataset.claims).column("studies_listed")
    assert {study for cell in listed for study in (cell or "").split(";")} <= known
    assert sum(len((cell or "").split(";")) for cell in listed[2:]) == 51


def test_minors_scores_every_study_from_0_to_2_or_leaves_it_empty(dataset: Dataset) -> None:
    minors = table(dataset.minors)
    assert minors.column("study") == dataset.study_names
    items = [name for name in minors.columns if name not in {"study_id", "study", "source"}]
    assert len(items) == 8
    assert {cell for name in items for cell in minors.column(name)} == {"0", "1", "2", None}


def test_the_flow_of_records_adds_up(dataset: Dataset) -> None:
    prisma = table(dataset.prisma)
    flow = dict(zip(prisma.column("stage"), map(int, prisma.column("count")), strict=True))  # type: ignore[arg-type]
    screened = flow["records_identified"] - flow["duplicates_removed"]
    assert screened == flow["titles_and_abstracts_screened"]
    assert flow["studies_included"] == len(dataset.study_names)
    assert flow["patients_included"] == 174


def test_every_row_says_where_it_comes_from(dataset: Dataset) -> None:
    assert all(dataset.outcomes["union"].sources)
    for found in (dataset.claims, dataset.minors, dataset.prisma):
        assert all(table(found).column("source"))
