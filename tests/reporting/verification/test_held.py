"""Numbers that are known by draws or by simulation get errors that fit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop.core.estimates import Estimate
from metaprop.questions.calibration.records import Calibration, ModelRanks
from metaprop.questions.calibration.uniformity import ranks_of
from metaprop.reporting.stored import read_results
from metaprop.reporting.verification.by_draws import held_joint, held_moderators
from metaprop.reporting.verification.simulated import effort_again, held_ranks, held_scores
from metaprop.reporting.verification.walking import differences

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.reporting.stored import Results


@pytest.fixture(scope="module")
def results(root: Path) -> Results:
    return read_results(root / "results" / "kalantar2026")


def test_the_error_of_a_mean_rank_is_that_of_as_many_draws(results: Results) -> None:
    (first, *_) = held_joint(results.beside.joint)
    one = first.types[0]
    spread = math.sqrt(
        sum(p.value * (r - one.mean_rank.value) ** 2 for r, p in enumerate(one.ranks, 1))
    )
    # Draws that know a probability of 1/2 to .005 know the mean rank to its spread over 100.
    draws = max(p.value * (1 - p.value) for p in one.ranks) / one.ranks[0].error ** 2
    assert one.mean_rank.error == pytest.approx(spread / math.sqrt(draws))


def test_the_ends_of_a_curve_are_known_about_as_well_as_those_of_the_levels(
    results: Results,
) -> None:
    answer = results.beside.moderators[0].answers[0]
    held = held_moderators(results.beside.moderators)[0].answers[0]
    curve = [one for one in held.rates if one.study == ""]
    levels = [level.average for level in answer.levels]
    largest = max(quantile.value.error for level in levels for quantile in level.quantiles)
    assert len(curve) == len(answer.curve)
    assert all(0.0 < point.middle.error < 3.0 * largest for point in curve)


def test_a_start_that_is_not_the_median_of_its_level_is_told(results: Results) -> None:
    before = results.beside.moderators
    answer = before[0].answers[0]
    contrast = answer.contrasts[0]
    moved = replace(answer, contrasts=(replace(contrast, start=contrast.start - 0.05),))
    after = (replace(before[0], answers=(moved, *before[0].answers[1:])),)
    found = differences("x", held_moderators(after), held_moderators(before), "sampled")
    assert any(d.where.endswith("start") for d in found)


def calibration(below: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Calibration:
    ranks = ModelRanks("m", "logit-normal", "exact", below.size, 0, (ranks_of("average", below),))
    return Calibration("events", "", (9,), 0.95, 0, (), (), (ranks,))


def test_first_ranks_are_among_the_stored_ones() -> None:
    every = np.random.default_rng(1).random(2000)
    whole, first = calibration(every), calibration(every[:400])
    stored, now = held_ranks(whole, first)
    assert differences("x", stored, now, "sampled") == ()
    # Others of another seed may be more in some bin than few stored ones are.
    other = calibration(np.full(400, 0.501))
    stored, now = held_ranks(whole, other)
    found = differences("x", stored, now, "sampled")
    assert any("counts" in d.where for d in found)
    assert any("ecdf" in d.where for d in found)


def test_shares_that_do_not_make_a_whole_are_told(results: Results) -> None:
    stored = results.beside.calibration
    assert stored is not None
    scenario = stored.scenarios[0]
    score = scenario.scores[-1]
    wrong = replace(score.own, below=replace(score.own.below, value=score.own.below.value + 0.001))
    scores = (*scenario.scores[:-1], replace(score, own=wrong))
    moved = replace(stored, scenarios=(replace(scenario, scores=scores), *stored.scenarios[1:]))
    found = differences("x", held_scores(moved), held_scores(stored), "sampled")
    assert [d.where.rpartition(".")[2] for d in found] == ["whole[0]"]


def test_so_many_reviews_are_simulated_again(results: Results) -> None:
    assert results.beside.calibration is not None
    again = effort_again(results.beside.calibration)
    assert (again.replicates, again.modelled, again.ranked) == (2000, 40, 400)


def test_an_error_that_grew_would_excuse_anything_and_is_told() -> None:
    stored, now = Estimate(0.7, 0.3), Estimate(0.5, 1e-9)
    (found,) = differences("x", stored, now, "exact")
    assert found.where == ".error"
