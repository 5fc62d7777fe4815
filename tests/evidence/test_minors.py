from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.minors import minors_covariates

if TYPE_CHECKING:
    from pathlib import Path


def test_the_total_is_that_of_the_items_scored_anywhere(root: Path) -> None:
    dataset = read_dataset(root / "data" / "kalantar2026")
    assert dataset.minors is not None
    total, *items = minors_covariates(dataset.minors, dataset.study_names)
    assert len(items) == 7  # of eight, nobody scored the sample size calculation
    assert {item.kind for item in items} == {"number"}
    by_study = dict(zip(dataset.study_names, total.values, strict=True))
    assert by_study["Attias et al. 2018"] == 12.0
    assert by_study["Gavaskar et al. 2020"] == 14.0
    assert by_study["Caravelli et al. 2022"] is None  # two items are empty in print
    follow_up = next(item for item in items if item.label == "MINORS: sufficient follow up")
    assert follow_up.values[0] == 2.0


def test_a_study_that_is_not_scored_has_no_points(root: Path) -> None:
    dataset = read_dataset(root / "data" / "kalantar2026")
    assert dataset.minors is not None
    total, *_ = minors_covariates(dataset.minors, ["Nobody 1900", "Wu et al. 2022"])
    assert total.values == (None, 9.0)
