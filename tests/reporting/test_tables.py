from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.reporting.tables import ESTIMATES, SHRINKAGE, THRESHOLDS, write_tables

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("made_up_engine")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_have_their_columns_and_one_row_each(tmp_path: Path) -> None:
    write_tables(made_up.analysis(), tmp_path)
    found = {path.name: rows(path) for path in tmp_path.iterdir()}
    assert tuple(found["estimates.csv"][0]) == ESTIMATES
    assert tuple(found["thresholds.csv"][0]) == THRESHOLDS
    assert tuple(found["shrinkage.csv"][0]) == SHRINKAGE
    # three rates in three models and a spread in two; two thresholds; three studies
    assert {name: len(table) for name, table in found.items()} == {
        "estimates.csv": 11,
        "thresholds.csv": 18,
        "shrinkage.csv": 9,
    }


def test_a_threshold_row_holds_the_number_of_the_analysis(tmp_path: Path) -> None:
    analysis = made_up.analysis()
    write_tables(analysis, tmp_path)
    row = rows(tmp_path / "thresholds.csv")[1]
    expected = analysis.outcomes[0].models[0].estimand("average").probability(0.9)
    assert (row["estimand"], row["threshold"]) == ("average", "0.9")
    assert float(row["probability_above"]) == pytest.approx(expected.value, rel=1e-11)
    assert float(row["error"]) >= expected.error


def test_a_study_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    asked = made_up.outcome(['=HYPERLINK("x")', "+1", "plain, with a comma"], [1, 2, 3], [4, 4, 4])
    write_tables(made_up.analysis(asked), tmp_path)
    names = [row["study"] for row in rows(tmp_path / "shrinkage.csv")][:3]
    assert names == ['\'=HYPERLINK("x")', "'+1", "plain, with a comma"]


def test_a_range_has_empty_observed_cells(tmp_path: Path) -> None:
    write_tables(made_up.analysis(made_up.outcome(["Ash"], ["1+"], [5])), tmp_path)
    row = rows(tmp_path / "shrinkage.csv")[0]
    assert (row["events_low"], row["events_high"], row["observed"]) == ("1", "5", "")
