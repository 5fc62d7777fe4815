from __future__ import annotations

from dataclasses import fields

import pytest

from metaprop import Studies
from metaprop.questions.frequentist.comparison import USUAL, VARIATIONS, compare_methods
from metaprop.questions.frequentist.pooling import pool_by

SAME = 1e-9  # mirrored arithmetic
SEARCH = 1e-6  # limits that are found by iteration
TREES = Studies.of(["Ash", "Birch", "Cedar", "Elm", "Fir"], [9, 14, 6, 3, 20], [9, 15, 11, 8, 21])


def test_every_two_step_row_changes_one_choice_of_the_usual_method() -> None:
    assert VARIATIONS[0].way == USUAL
    for variation in VARIATIONS[1:]:
        changed = [
            f.name
            for f in fields(USUAL)
            if getattr(variation.way, f.name) != getattr(USUAL, f.name)
        ]
        assert len(changed) == 1, variation
    assert len({variation.way for variation in VARIATIONS}) == len(VARIATIONS)


def test_a_row_says_what_pool_says() -> None:
    rows = compare_methods(TREES, 0.9)
    for row, variation in zip(rows, VARIATIONS, strict=False):
        alone = pool_by(TREES, variation.way, 0.9)
        for name in ("estimand", "estimate", "ci_low", "prediction_high", "corrected_weight"):
            assert getattr(row, name) == getattr(alone, name), (row.label, name)


def test_non_events_have_the_mirrored_comparison() -> None:
    mirror = Studies.of(TREES.names, TREES.totals - TREES.events, TREES.totals)
    for one, two in zip(compare_methods(TREES, 0.95), compare_methods(mirror, 0.95), strict=True):
        if one.label == "log":
            continue  # the one scale that is not symmetric
        tolerance = SEARCH if one.section == "counts" else SAME
        assert one.estimate == pytest.approx(1 - two.estimate, abs=tolerance), one.label
        assert one.ci_low == pytest.approx(1 - two.ci_high, abs=tolerance), one.label


def test_every_row_names_its_estimand_and_what_is_made_up() -> None:
    rows = {(row.label, row.estimand): row for row in compare_methods(TREES, 0.95)}
    assert {estimand for label, estimand in rows if label in {"GLMM", "beta-binomial"}} == {
        "average",
        "typical",
    }
    assert rows["raw", "average"].phantom_events == 0.5  # one study has an empty cell
    assert rows["0.5 to every study", "typical"].corrected_weight == 1.0
    assert rows["none: empty cells left out", "typical"].used == 4
    assert rows["crude rate", "common"].estimate == TREES.crude_rate
    assert rows["crude rate", "common"].phantom_events == 0.0


@pytest.mark.parametrize("events", [[0, 0, 0], [4, 9, 2], [0, 9, 0], [1, 3, 1]])
def test_any_table_has_a_comparison_or_says_why_not(events: list[int]) -> None:
    rows = compare_methods(Studies.of(["Ash", "Birch", "Cedar"], events, [4, 9, 2]), 0.95)
    assert len(rows) == len(VARIATIONS) + 7
    for row in rows:
        exists = row.ci_low <= row.estimate <= row.ci_high
        assert exists or row.messages, row


def test_one_study_has_its_own_interval_everywhere() -> None:
    rows = compare_methods(Studies.of(["Ash"], [4], [9]), 0.95)
    assert all(row.ci_low < 4 / 9 < row.ci_high for row in rows if row.label != "log")
