"""Table 1 and Table 2 made again from the paper's own evidence."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metaprop.assumptions.model import default_models
from metaprop.evidence.dataset import read_dataset
from metaprop.questions.analysis import analyse
from metaprop.questions.frequentist.published import published_rate
from metaprop.reporting import prose
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.paper.filling import write_paper_tables
from metaprop.reporting.paper.tables import ColumnSummary, column_summaries
from metaprop.reporting.stored import Beside

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.evidence.dataset import Dataset

pytestmark = pytest.mark.usefixtures("made_up_engine")
OUTCOMES = ("union", "malalignment")


@pytest.fixture(scope="module")
def dataset(root: Path) -> Dataset:
    return read_dataset(root / "data" / "kalantar2026")


@pytest.fixture(scope="module")
def summaries(dataset: Dataset) -> dict[str, ColumnSummary]:
    return {one.column: one for one in column_summaries(evidence_of(dataset))}


def test_the_unweighted_means_are_those_that_are_printed(
    summaries: dict[str, ColumnSummary],
) -> None:
    # cut off, not rounded, in print: 44.37, 12.33, 27.18, 7.67 and 3.35
    found = {name: round(one.unweighted, 2) for name, one in summaries.items()}
    assert (found["age_years"], found["defect_cm"]) == (44.37, 12.33)
    assert (found["follow_up_months"], found["functional_union_months"]) == (27.18, 3.35)
    assert summaries["defect_cm"].printed == "mean 12.3"
    assert summaries["radiological_union_months"].studies == 9


def test_a_weighted_mean_counts_each_study_by_its_patients(
    dataset: Dataset, summaries: dict[str, ColumnSummary]
) -> None:
    ages = [float(cell or "nan") for cell in dataset.covariates["age_years"].values]
    sizes = dataset.outcomes["union"].studies.totals.tolist()
    person = [age for age, n in zip(ages, sizes, strict=True) for _ in range(n)]
    assert summaries["age_years"].weighted == pytest.approx(sum(person) / len(person), rel=1e-12)


def test_a_column_that_counts_people_adds_up_and_names_are_no_numbers(
    summaries: dict[str, ColumnSummary],
) -> None:
    assert summaries["n"].total == summaries["men"].total + summaries["women"].total == 174
    assert summaries["n"].weighted != summaries["n"].weighted  # NaN: none
    assert not {"doi", "site", "study_id", "reference"} & summaries.keys()


def test_a_column_beyond_all_measures_is_not_summed_up(dataset: Dataset) -> None:
    evidence = evidence_of(dataset)
    columns = {column.name: column for column in evidence.covariates}
    values = ("1e308", "-1e308", "1e308", *columns["age_years"].values[3:])
    huge = replace(columns["age_years"], covariate=None, values=values)
    assert column_summaries(replace(evidence, covariates=(huge,))) == ()


def test_table_2_has_who_is_listed_what_is_known_and_what_is_printed(
    dataset: Dataset, tmp_path: Path
) -> None:
    asked = tuple(dataset.outcomes[name] for name in OUTCOMES)
    analysis = analyse(asked, default_models(), dataset="kalantar2026", title="")
    found = ((name, published_rate(dataset.claims, name)) for name in OUTCOMES)
    published = {name: rate for name, rate in found if rate is not None}
    beside = Beside(evidence=evidence_of(dataset), published=published)
    write_paper_tables(analysis, beside, tmp_path)
    with (tmp_path / "table_2.csv").open(encoding="utf-8") as file:
        union, bent = csv.DictReader(file)
    assert bent["studies_listed"].split("; ") == [
        *("Attias et al. 2018", "Tetsworth et al. 2019", "Liu et al. 2022a"),
    ]
    grades = ("exact", "at_least", "range", "read_as_none", "unknown")
    assert sum(int(bent[name]) for name in grades) == 17
    assert (union["events_low"], union["events_high"], union["exact"]) == ("169", "169", "17")
    assert (bent["printed"], bent["printed_high"]) == ("0.084", "0.304")
    average = prose.headline(analysis.outcomes[0]).estimand("average")
    assert float(union["average_median"]) == pytest.approx(average.median.value, rel=1e-11)
    table_1 = (tmp_path / "table_1.csv").read_text(encoding="utf-8").splitlines()
    assert len(table_1) == 18
