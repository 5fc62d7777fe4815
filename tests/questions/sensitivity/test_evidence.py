from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import special

from metaprop.assumptions.model import default_models
from metaprop.engines.exact import grouped
from metaprop.engines.exact.posterior import fit_exact
from metaprop.engines.fitting import fit_partly_reported
from metaprop.evidence.studies import Studies
from metaprop.questions.sensitivity.asking import ENOUGH, TOLERANCE, Asked, Prepared
from metaprop.questions.sensitivity.families import KNOWN_TOTAL, stacking_weights
from metaprop.questions.sensitivity.multiverse import (
    MOST,
    default_places,
    default_probability,
    switches,
    universes,
)
from metaprop.questions.sensitivity.outcome import Read, sensitivity

if TYPE_CHECKING:
    from metaprop.questions.sensitivity.records import OutcomeSensitivity

MODELS = default_models()
NAMES = ("A", "B", "C", "D", "E")
TABLE = Studies.of(NAMES, [9, 14, "8-10", "?", 5], [10, 15, 11, 12, 8])
YEARS = {"A": 2001, "B": 2001, "C": 2010, "D": 2012, "E": 2015}


@pytest.fixture(scope="module")
def found() -> OutcomeSensitivity:
    other = Studies.of(NAMES, [9, 14, 8, "?", 5], [10, 15, 11, 12, 8])
    reads = [Read("low", None, other), Read("same", "A", TABLE)]
    return sensitivity(TABLE, MODELS, thresholds=[0.7, 0.8], readings=reads, years=YEARS)


def test_leaving_out_a_study_that_reports_nothing_changes_nothing(
    found: OutcomeSensitivity,
) -> None:
    for grid in found.grids:
        (silent,) = (one for one in found.without if (one.what, one.model) == ("D", grid.model))
        everything = default_probability(grid, found.headline[0])
        assert silent.probabilities[0] == pytest.approx(everything, abs=TOLERANCE)
        assert silent.patients == int(TABLE.totals.sum()) - 12


def test_a_study_left_out_is_a_fit_of_the_others(found: OutcomeSensitivity) -> None:
    rest = TABLE.where([True, True, True, True, False])
    for model in MODELS:
        alone = fit_exact(rest, model).average
        (one,) = (r for r in found.without if (r.what, r.model) == ("E", model.id))
        assert one.median == pytest.approx(alone.quantile(0.5).value, abs=10 * TOLERANCE)
        expected = alone.probability(above=found.headline[0]).value
        assert one.probabilities[0] == pytest.approx(expected, abs=TOLERANCE)


def test_the_last_year_holds_all_studies_and_ties_come_in_together(
    found: OutcomeSensitivity,
) -> None:
    mine = [one for one in found.cumulative if one.model == found.grids[0].model]
    assert [one.what for one in mine] == ["2001", "2010", "2012", "2015"]
    assert [one.studies for one in mine] == [2, 3, 4, 5]
    everything = default_probability(found.grids[0], found.headline[0])
    assert mine[-1].probabilities[0] == pytest.approx(everything, abs=TOLERANCE)


def test_a_reading_that_says_the_same_gives_the_same_grid(found: OutcomeSensitivity) -> None:
    for grid in found.grids:
        (read,) = (r for r in found.readings if (r.reading, r.model) == ("same", grid.model))
        assert read.crossed == grid.crossed


def test_a_reading_with_other_odds_answers_as_a_fit_of_its_own() -> None:
    studies = Studies.of(NAMES, [9, 14, "?", "?", 5], [10, 15, 11, 12, 8])
    reads = [Read("odds", None, studies, 0.5)]
    found = sensitivity(studies, MODELS, thresholds=[0.7], readings=reads)
    for grid, read in zip(found.grids, found.readings, strict=True):
        row, column = default_places(grid)
        model = next(m for m in MODELS if m.id == grid.model)
        alone = fit_partly_reported(studies, model, 0.5).average.probability(above=0.7).value
        assert read.crossed[0].probabilities[row][column] == pytest.approx(alone, abs=TOLERANCE)
        assert abs(alone - default_probability(grid, 0.7)) > 0.01  # it does move the answer


def test_groups_of_one_study_each_give_the_same_grid_in_the_family_that_has_groups(
    found: OutcomeSensitivity,
) -> None:
    reads = [Read("alone", None, TABLE, groups=NAMES)]
    grouped = sensitivity(TABLE, MODELS, thresholds=[0.7, 0.8], readings=reads).readings
    assert [one.model for one in grouped] == ["logit_normal"]
    (grid,) = (one for one in found.grids if one.family == "logit-normal")
    for ours, theirs in zip(grouped[0].crossed, grid.crossed, strict=True):
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=ENOUGH)


def test_a_shared_effect_is_asked_again_at_nodes_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouped, "SHARES", (15,))  # enough, in a quarter of the time
    groups, model, asked = ("x", "x", "y", "x", "y"), MODELS[0], Asked((0.7,), "above")
    (chance,) = Prepared(TABLE, model, asked, groups=groups).under(model)
    alone = grouped.fit_grouped(TABLE, model, groups, tolerance=ENOUGH).average.probability(
        above=0.7
    )
    assert chance == pytest.approx(alone.value, abs=TOLERANCE)
    plain = fit_exact(TABLE, model).average.probability(above=0.7).value
    assert abs(chance - plain) > 10.0 * TOLERANCE  # it does move the answer


def test_the_prediction_of_a_study_is_a_difference_of_log_marginal_likelihoods(
    found: OutcomeSensitivity,
) -> None:
    assert found.families is not None
    assert found.families.predictive is not None
    names = [one.study for one in found.families.predictive.studies]
    assert names == ["A", "B", "C", "E"]  # D says nothing: its count is certain to be a count
    for place, model in enumerate(found.families.models):
        chosen = next(m for m in MODELS if m.id == model)
        whole = fit_exact(TABLE, chosen).log_marginal_likelihood.value
        others = TABLE.where([False, True, True, True, True])
        rest = fit_exact(others, chosen).log_marginal_likelihood.value
        said = found.families.predictive.studies[0].log_probabilities[place]
        assert said == pytest.approx(whole - rest, abs=10 * TOLERANCE)


def test_the_prediction_of_one_count_is_its_posterior_predictive_probability() -> None:
    pair = Studies.of(["A", "B"], [9, 14], [10, 15])
    found = sensitivity(pair, MODELS, thresholds=[0.8])
    assert found.families is not None
    assert found.families.predictive is not None
    first = fit_exact(pair.where([True, False]), MODELS[0]).new_count(15).probabilities[14]
    place = found.families.models.index(MODELS[0].id)
    said = found.families.predictive.studies[1].log_probabilities[place]
    assert np.exp(said) == pytest.approx(first, rel=1e-3)


def test_stacking_beats_every_other_weight_on_a_grid() -> None:
    logs = np.log(np.random.default_rng(1).uniform(0.05, 0.6, size=(12, 2)))
    weights = stacking_weights(logs)
    assert weights.sum() == pytest.approx(1.0)

    def score(w: float) -> float:
        return float(special.logsumexp(logs, b=[w, 1.0 - w], axis=1).sum())

    assert score(float(weights[0])) >= max(map(score, np.linspace(0.0, 1.0, 201))) - 1e-9


def test_an_averaged_answer_lies_between_those_of_the_models(found: OutcomeSensitivity) -> None:
    assert found.families is not None
    each = [default_probability(grid, found.headline[0]) for grid in found.grids]
    for averaged in found.families.averaged:
        assert sum(averaged.weights) == pytest.approx(1.0)
        assert min(each) - TOLERANCE <= averaged.probabilities[0] <= max(each) + TOLERANCE
        assert averaged.low < averaged.median < averaged.high


def test_a_known_total_becomes_a_range_and_studies_are_not_predicted_one_by_one() -> None:
    studies = Studies.of(["A", "B", "C"], ["1+", "?", 2], [5, 8, 9], known_total=6)
    found = sensitivity(studies, MODELS, thresholds=[0.5])
    assert found.families is not None
    assert (found.families.predictive, found.families.refused) == (None, KNOWN_TOTAL)
    assert [one.weighing for one in found.families.averaged] == ["marginal likelihood"]
    assert len(found.without) == 3 * len(MODELS)


def test_the_multiverse_holds_every_combination_sorted(found: OutcomeSensitivity) -> None:
    every = universes(found, found.headline[0])
    cells = len(found.grids[0].locations) * len(found.grids[0].spreads)
    assert len(every) == cells * len(MODELS) * 3  # as it stands and two readings
    chances = [round(one.probability, 9) for one in every]
    assert chances == sorted(chances)
    assert sum(one.default for one in every) == len(MODELS)


def test_the_choices_that_move_most_come_first(found: OutcomeSensitivity) -> None:
    assert found.switches == switches(found)
    for grid in found.grids:
        mine = [one for one in found.switches if one.model == grid.model]
        assert len(mine) == MOST
        moved = [abs(one.points) for one in mine]
        assert moved == sorted(moved, reverse=True)
        before = default_probability(grid, found.headline[0])
        assert {one.before for one in mine} == {before}
