"""Assumptions about rates, on the paper: what moves, how far, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaprop import default_models
from metaprop.evidence.dataset import Dataset, read_dataset
from metaprop.evidence.readings import read_readings
from metaprop.questions.analysis import analyse
from metaprop.questions.readings import ask_readings, moves

MODELS = default_models()


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return read_dataset(Path(__file__).parents[2] / "data" / "kalantar2026")


def average_above(dataset: Dataset, outcome: str, above: float) -> dict[str, dict[str, float]]:
    """Return P(average > above) by model: by default, and under every reading of the outcome."""
    asked = dataset.outcomes[outcome]
    default = analyse(asked, MODELS, detail="summary")
    wanted = [
        reading
        for reading in read_readings(dataset).readings
        if outcome in reading.outcomes and reading.id.startswith(("unlisted", "author"))
    ]
    found: dict[str, dict[str, float]] = {}
    for answer in ask_readings(dataset, wanted, MODELS, default):
        for move in moves(default, answer):
            if move.estimand == "average" and move.above == above:
                found.setdefault("default", {})[move.model] = move.default
                found.setdefault(answer.id, {})[move.model] = move.read
    return found


def test_the_rate_of_a_type_rises_with_the_odds_where_it_is_not_listed(dataset: Dataset) -> None:
    found = average_above(dataset, "malalignment", 0.05)
    for model in ("logit_normal", "beta_binomial"):
        order = [
            "default",
            *(f"unlisted_{name}" for name in ("half_odds", "unknown", "double_odds")),
        ]
        chances = [found[name][model] for name in order]
        # read as none is the least, whatever factor is assumed instead
        assert chances == sorted(chances)
        assert chances[-1] > 2.0 * chances[0]


def test_an_author_group_moves_the_union_by_less_than_a_percentage_point(dataset: Dataset) -> None:
    found = average_above(dataset, "union", 0.9)
    assert list(found["author_group_effect"]) == ["logit_normal"]  # the family that has one
    moved = found["author_group_effect"]["logit_normal"] - found["default"]["logit_normal"]
    assert -0.01 < moved < 0.0
