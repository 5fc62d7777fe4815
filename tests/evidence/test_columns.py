"""Covariates: declared in the passport, typed, in the order of an outcome's studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop import Studies
from metaprop.core.errors import DatasetError
from metaprop.evidence.columns import Column, Covariate, covariates_of
from metaprop.evidence.dataset import read_dataset

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "dataset.toml": """
title = "Cages"
question = "Do they unite?"
[outcomes.union]
label = "Union"
direction = "higher is better"
thresholds = [0.8, 0.9]
[columns]
age = { meaning = "mean age", unit = "years", label = "Age", covariate = "number" }
site = { meaning = "bone", label = "Bone", covariate = "category" }
""",
    "studies.csv": "study,age,site,source\nA,41.5,tibia,Table 1\nB,,femur,Table 1\n",
    "counts.csv": "outcome,study,events,total,source\nunion,B,4,5,Table 2\nunion,A,3,3,text\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_covariates_follow_the_studies_by_name_and_words_stay_words() -> None:
    columns = {
        "site": Column("site", "bone", None, ("1", "femur", None), "Bone", "category"),
        "age": Column("age", "mean age", "years", ("61", None, "40.5"), "Age", "number"),
        "doi": Column("doi", "where it is", None, ("10.1/a", None, None)),
    }
    studies = Studies.of(["Cedar", "Ash"], [1, 2], [3, 4])
    assert covariates_of(columns, ["Ash", "Birch", "Cedar"], studies) == (
        Covariate("site", "Bone", None, "category", (None, "1")),
        Covariate("age", "Age", "years", "number", (40.5, 61.0)),
    )


def test_a_folder_names_its_covariates(folder: Path) -> None:
    dataset = read_dataset(folder)
    studies = dataset.outcomes["union"].studies
    assert covariates_of(dataset.covariates, dataset.study_names, studies) == (
        Covariate("age", "Age", "years", "number", (None, 41.5)),
        Covariate("site", "Bone", None, "category", ("femur", "tibia")),
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "dataset.toml",
            ', label = "Age"',
            "",
            "key columns.age: a table is not allowed. Mind that a covariate has a label",
        ),
        ("dataset.toml", 'unit = "years", ', "", "a covariate that is a number has a unit"),
        ("dataset.toml", '"bone", ', '"bone", unit = "cm", ', "that is a category has no unit"),
        (
            "dataset.toml",
            'covariate = "category"',
            'covariate = "category", eligible = ["femur"]',
            "a criterion and the cells that are eligible by it go together",
        ),
        ("dataset.toml", '"category"', '"words"', 'Write "number" or "category"'),
        ("dataset.toml", '"category"', "true", 'Write "number" or "category"'),
        ("dataset.toml", "covariate =", "moderator =", "meaning, unit, label, covariate"),
        ("studies.csv", "41.5", "41 y", "row 2, column 'age': '41 y' is no number"),
        ("studies.csv", "41.5", "inf", "row 2, column 'age': 'inf' is no number"),
        ("studies.csv", "41.5", "-1e308", "column 'age': '-1e308' is beyond 1e+12, or nearer to 0"),
        ("studies.csv", "41.5", "1e-200", "column 'age': '1e-200' is beyond 1e+12, or nearer to 0"),
        ("studies.csv", "41.5", "4_1", "row 2, column 'age': '4_1' is no number"),
        ("studies.csv", "41.5", "٤١", "row 2, column 'age': '٤١' is no number"),
    ],
)
def test_each_fault_of_a_covariate_is_one_clear_error(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    (folder / file).write_text(FILES[file].replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder)
    (problem,) = map(str, caught.value.problems)
    assert said in problem
