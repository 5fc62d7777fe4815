from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop import Studies
from metaprop.core.errors import OptionError
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.one_step.maximum import fit_many
from metaprop.engines.frequentist.one_step.simulation import simulate_refitted
from metaprop.engines.frequentist.small_study.asymmetry import asymmetry
from metaprop.questions.frequentist.small_study import NO_EVIDENCE, NO_FIT, small_study
from metaprop.questions.frequentist.statistics import STATISTICS, stands

if TYPE_CHECKING:
    from metaprop.questions.frequentist.answers import SmallStudy

SIMULATIONS = 60
EVENTS, TOTALS = [9, 14, 6, 3, 20, 4], [9, 15, 11, 8, 21, 4]
TREES = Studies.of(list("ABCDEF"), EVENTS, TOTALS)


@pytest.fixture(autouse=True)
def no_copas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of the selection model takes seconds, and has its own tests."""
    monkeypatch.setattr("metaprop.questions.frequentist.adjusted.MOST_FOR_COPAS", 0)


def asked(studies: Studies, seed: int = 1, simulations: int = SIMULATIONS) -> SmallStudy:
    return small_study(studies, 0.95, np.random.default_rng(seed), simulations)


def test_a_statistic_among_its_equals_has_p_one() -> None:
    simulated = np.full(40, 2.0)
    for one_sided in (True, False):
        found = stands(2.0, simulated, one_sided=one_sided)
        assert (found.p_value, found.error, found.median, found.share) == (1.0, 0.0, 2.0, 1.0)


def test_p_counts_the_observed_statistic_and_is_never_zero() -> None:
    simulated = np.arange(99.0)
    assert stands(1000.0, simulated, one_sided=True).p_value == pytest.approx(0.01)
    assert stands(1000.0, simulated, one_sided=False).p_value == pytest.approx(0.02)
    assert stands(-1.0, simulated, one_sided=True).p_value == 1.0
    # the shifted distribution is taken as it is: its middle is no surprise, its far end is one
    assert stands(49.0, simulated, one_sided=False).p_value == 1.0
    assert stands(97.0, simulated, one_sided=False).p_value == pytest.approx(0.06)


def test_simulated_reviews_without_a_statistic_are_counted_and_passed_over() -> None:
    found = stands(1.0, np.array([np.nan, 0.0, 2.0, np.nan]), one_sided=True)
    assert (found.share, found.median) == (0.5, 1.0)
    assert found.p_value == pytest.approx(2 / 3)
    assert np.isnan(stands(np.nan, np.zeros(3), one_sided=True).p_value)
    assert np.isnan(stands(1.0, np.full(3, np.nan), one_sided=True).median)


def test_every_statistic_is_that_of_the_data_and_repeats_with_the_seed() -> None:
    first, again, other = asked(TREES), asked(TREES), asked(TREES, seed=2)
    assert [result.test for result in first.tests] == list(STATISTICS)
    egger = first.tests[0]
    assert egger.statistic == float(asymmetry(effects(EVENTS, TOTALS)).statistic)
    assert repr(first) == repr(again)
    assert [r.expected for r in first.tests] != [r.expected for r in other.tests]
    for result in first.tests:
        assert result.simulations == SIMULATIONS
        if not np.isnan(result.statistic):
            assert 0.0 < result.p_bootstrap <= 1.0
            assert result.bootstrap_error <= 1.0 / np.sqrt(SIMULATIONS)


def test_the_sentences_say_what_asymmetry_is_worth_here() -> None:
    said = asked(TREES).sentences
    assert said[0] == NO_EVIDENCE
    assert said[1].startswith("2 of 6 studies have an empty cell; ")
    assert said[2].startswith("Egger's t is ")


def test_a_table_without_heterogeneity_to_draw_from_has_no_bootstrap() -> None:
    found = asked(Studies.of(list("ABCD"), [0, 0, 0, 0], [9, 4, 12, 20]))
    assert found.sentences == (NO_EVIDENCE, NO_FIT)
    for result in found.tests:
        assert np.isnan(result.p_bootstrap)
        assert result.simulations == 0
        assert NO_FIT in result.messages


def test_two_studies_have_no_test_and_say_so() -> None:
    found = asked(Studies.of(["A", "B"], [3, 7], [9, 20]))
    assert all(np.isnan(result.statistic) for result in found.tests)
    assert all("Fewer than three studies" in result.messages[0] for result in found.tests)


def test_refitted_reviews_follow_their_own_parameters() -> None:
    totals = np.array([400, 500, 600])
    events = np.array([[40, 50, 60], [360, 450, 540], [0, 0, 0], [400, 0, 600]])
    fits = fit_many("binomial-normal", events, totals)
    drawn = simulate_refitted(fits, totals, np.random.default_rng(1))
    assert drawn.shape == (3, 3)  # all-or-nothing is passed over
    rates = drawn.sum(axis=1) / totals.sum()
    assert rates[:2] == pytest.approx([0.1, 0.9], abs=0.05)  # four standard errors and more
    assert rates[2] == 0.0
    with pytest.raises(OptionError, match="binomial-normal"):
        simulate_refitted(
            fit_many("beta-binomial", events, totals), totals, np.random.default_rng(1)
        )


@pytest.mark.slow
def test_under_the_model_itself_the_bootstrap_keeps_its_level() -> None:
    rng = np.random.default_rng(3)
    totals = np.array([15, 9, 13, 23, 21, 3, 5, 9, 5, 11, 3, 11, 4, 6, 8, 14, 14])
    usual, honest = [], []
    for _ in range(60):
        rates = 1.0 / (1.0 + np.exp(-rng.normal(2.5, 0.5, size=totals.size)))
        studies = Studies.of(list("abcdefghijklmnopq"), rng.binomial(totals, rates), totals)
        egger = asked(studies, int(rng.integers(1 << 30)), 300).tests[0]
        usual.append(egger.p_value < 0.05)
        honest.append(egger.p_bootstrap < 0.05)
    # at a true level of .05 more than 8 of 60 happen once in a hundred times
    assert sum(honest) <= 8 < sum(usual)
