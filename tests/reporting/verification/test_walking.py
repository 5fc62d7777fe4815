from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.core.estimates import Estimate, Interval
from metaprop.reporting.verification.walking import PRINTED, count_numbers, differences

if TYPE_CHECKING:
    from metaprop.reporting.verification.walking import Kind


@pytest.mark.parametrize(
    ("now", "kind", "differs"),
    [
        (Estimate(0.5 + 1.9e-3, 1e-3), "exact", "holds"),
        (Estimate(0.5 + 2.1e-3, 1e-3), "exact", "differs"),
        (Estimate(0.5 + 7.0e-3, 1e-3), "sampled", "holds"),
        (Estimate(0.5 + 7.2e-3, 1e-3), "sampled", "differs"),
        (Estimate.without_value("no mean"), "sampled", "differs"),
        (Estimate(0.5, math.inf), "exact", "holds"),
    ],
)
def test_a_number_may_move_by_both_errors_and_draws_by_five_standard_errors(
    now: Estimate, kind: Kind, differs: str
) -> None:
    found = differences("x", Estimate(0.5, 1e-3), now, kind)
    assert bool(found) is (differs == "differs")


def test_usual_formulas_may_move_within_what_is_printed() -> None:
    assert not differences("x", (0.924, "DL"), (0.924 + 0.9 * PRINTED, "DL"), "printed")
    assert differences("x", (0.924, "DL"), (0.924 + 1.1 * PRINTED, "DL"), "printed")
    assert differences("x", (0.924, "DL"), (math.nan, "DL"), "printed")


def test_both_ends_of_an_interval_are_compared() -> None:
    stored = Interval(0.1, 0.2, 0.95, "equal-tailed", 1e-9)
    moved = replace(stored, high=0.3)
    assert [d.where for d in differences("x", stored, moved, "exact")] == [".high"]
    assert count_numbers((stored, Estimate(0.5, 0.0)), "exact") == 3


@pytest.mark.usefixtures("made_up_engine")
def test_answers_are_matched_by_name_and_every_kind_of_change_is_told() -> None:
    before = made_up.analysis().outcomes
    first = before[0]
    assert not differences("x", before, before, "exact")
    shuffled = (replace(first, models=first.models[::-1]), *before[1:])
    assert not differences("x", before, shuffled, "exact")
    fewer = (replace(first, models=first.models[:-1]), *before[1:])
    assert [d.now for d in differences("x", before, fewer, "exact")] == ["gone"]
    curve = first.models[0].curves[0]
    bent = replace(curve, survival=(0.5, *curve.survival[1:]))
    model = replace(first.models[0], curves=(bent, *first.models[0].curves[1:]))
    moved = (replace(first, models=(model, *first.models[1:])), *before[1:])
    (only,) = differences("x", before, moved, "exact")
    assert only.where.endswith("survival[0]")
    assert only.distance == pytest.approx(0.5)
