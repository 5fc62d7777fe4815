"""The checks by identities: evidence ratios, conjugate answers, closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from metaprop import (
    Model,
    Prior,
    Studies,
    check_fit,
    check_prior,
    default_models,
    fit,
    read_model,
    shipped_models,
)
from metaprop.assumptions.model import with_prior
from metaprop.core.errors import OptionError
from metaprop.core.workers import Workers
from metaprop.questions.analysis import PlainOutcome
from metaprop.questions.checks.asking import ask_checks
from metaprop.questions.checks.left_out import by_chance
from metaprop.questions.checks.uniformity import uniform_band, uniform_p

if TYPE_CHECKING:
    from metaprop.questions.checks.answers import FitCheck

STUDIES = Studies.of(["A", "B", "C", "D", "E", "F"], [9, 14, "8+", 7, 12, 0], [9, 15, 11, 7, 14, 6])
QUADRATURE = 1e-6
"""The engine's tolerance."""
INFORMATION = 0.01
"""Relative: the error that is stated stays below it, and the truth within what is stated."""
STANDARD_ERRORS = 4.0
"""A Monte Carlo answer with a fixed seed may miss by so many of them."""


def common_rate(prior: Prior | None = None, parameter: str = "average") -> Model:
    model = next(m for m in map(read_model, shipped_models()) if m.family == "common-rate")
    return model if prior is None else with_prior(model, parameter, prior)


@pytest.mark.parametrize("model", default_models(), ids=lambda model: model.id)
def test_a_study_left_out_is_as_probable_as_the_evidence_says(model: Model) -> None:
    check = check_fit(STUDIES, model, replicates=100)
    whole = fit(STUDIES, model).log_marginal_likelihood
    for one in check.studies:
        others = STUDIES.where([name != one.name for name in STUDIES.names])
        rest = fit(others, model).log_marginal_likelihood
        probable = np.exp(whole.value - rest.value)
        assert one.upto - one.below == pytest.approx(probable, abs=20 * QUADRATURE)


def test_a_study_of_a_known_total_is_left_out_with_its_count_unknown() -> None:
    model = default_models()[1]
    known = Studies.of(["A", "B", "C"], ["1+", "?", 3], [5, 8, 9], known_total=6)
    others = Studies.of(["B", "C"], ["?", 3], [8, 9], known_total="3-5")
    one = next(s for s in check_fit(known, model, replicates=100).studies if s.name == "A")
    chances = fit(others, model).new_count(5).probabilities
    assert (one.below, one.upto) == pytest.approx((chances[0], 1.0), abs=QUADRATURE)


def test_a_total_is_replicated_as_the_conjugate_posterior_predicts() -> None:
    studies = Studies.of(["A", "B"], [9, 14], [10, 15])
    check = check_fit(studies, common_rate(), seed=3)
    total = next(one for one in check.statistics if one.statistic == "total_events")
    for found, shapes in ((total.posterior, (24, 3)), (total.prior, (1, 1))):
        truth = stats.betabinom(25, *shapes)
        expected = truth.sf(23) + 0.5 * truth.pmf(23)
        assert found.p_low == found.p_high
        assert abs(found.p_low.value - expected) < STANDARD_ERRORS * found.p_low.error
    assert total.posterior.median == stats.betabinom(25, 24, 3).median()


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (2.0, 3.0), (0.5, 0.5), (20.0, 1.0)])
def test_a_beta_prior_is_worth_the_sum_of_its_shapes(alpha: float, beta: float) -> None:
    prior = Prior.of("beta", alpha=alpha, beta=beta)
    found = check_prior(common_rate(prior)).information
    assert abs(found.value - (alpha + beta)) <= found.error < INFORMATION * (alpha + beta)


@pytest.mark.parametrize(("events", "total"), [(9, 10), (0, 40), (900, 1000)])
def test_a_patient_is_worth_a_patient(events: int, total: int) -> None:
    studies = Studies.of(["A"], [events], [total])
    found = check_fit(studies, common_rate(), replicates=100).information
    assert abs(found.value - (total + 2)) <= found.error < INFORMATION * total


@pytest.mark.parametrize("scale", [0.5, 1.2, 2.0])
def test_a_normal_prior_on_the_log_odds_is_worth_what_its_formula_says(scale: float) -> None:
    prior = Prior.of("normal", location=0.0, scale=scale)
    found = check_prior(common_rate(prior, "logit_average")).information
    formula = (2.0 + 2.0 * np.exp(0.5 * scale**2)) / scale**2
    assert abs(found.value - formula) <= found.error < INFORMATION * formula


def test_a_prior_at_the_ends_is_worth_no_fixed_number_of_patients() -> None:
    prior = Prior.of("normal", location=0.0, scale=10.0)
    found = check_prior(common_rate(prior, "logit_average")).information
    assert np.isnan(found.value)
    assert found.undefined is not None


def test_even_values_stay_inside_the_band_as_often_as_it_says() -> None:
    values = np.random.default_rng(11).random((4000, 17))
    low, high = uniform_band(17, 0.9)
    ordered = np.sort(values, axis=1)
    inside = np.mean(np.all((ordered >= low) & (ordered <= high), axis=1))
    error = np.sqrt(0.9 * 0.1 / 4000) * STANDARD_ERRORS
    assert inside == pytest.approx(0.9, abs=error)
    assert np.mean(uniform_p(values) <= 0.1) == pytest.approx(0.1, abs=error)


@pytest.fixture(scope="module")
def odd_one() -> FitCheck:
    names = [f"S{i}" for i in range(12)]
    return check_fit(Studies.of(names, [20] * 11 + [1], [20] * 12), default_models()[0], seed=5)


def test_a_study_unlike_the_others_is_named(odd_one: FitCheck) -> None:
    assert odd_one.studies[0].name == "S11"
    assert odd_one.quality.status == "caution"
    assert "study 'S11'" in odd_one.quality.message
    assert odd_one.most_surprising == by_chance(odd_one.studies[0].two_sided, 12)


def test_the_same_seed_gives_the_same_numbers(odd_one: FitCheck) -> None:
    names = [f"S{i}" for i in range(12)]
    studies = Studies.of(names, [20] * 11 + [1], [20] * 12)
    assert check_fit(studies, default_models()[0], seed=5) == odd_one
    other = check_fit(studies, default_models()[0], seed=6)
    assert other.statistics != odd_one.statistics
    assert other.studies == odd_one.studies


def test_nothing_found_is_never_called_a_right_model() -> None:
    found = check_fit(STUDIES.where([True] * 5 + [False]), default_models()[1]).quality
    assert found.status == "ok"
    assert found.message.startswith("No sign of misfit in these 7 checks")


def test_two_processes_give_the_same_checks() -> None:
    outcomes = [PlainOutcome(STUDIES, "a"), PlainOutcome(STUDIES.where([True] * 5 + [False]), "b")]
    models = [common_rate()]
    with Workers(2) as workers:
        found = ask_checks(outcomes, models, workers=workers)
    assert found == ask_checks(outcomes, models)
    assert [fit.outcome for fit in found.fits] == ["a", "b"]
    assert found.fits[0].seed == 0


def test_one_study_is_held_against_none() -> None:
    check = check_fit(Studies.of(["A"], [3], [9]), default_models()[0], replicates=100)
    assert (check.pit, check.studies, check.most_surprising) == (None, (), None)
    assert check.no_left_out is not None
    assert [left.statistic for left in check.unchecked] == ["sd_of_rates"]


def test_faults_of_the_options_are_told_together() -> None:
    with pytest.raises(OptionError) as caught:
        check_fit(STUDIES, default_models()[0], level=1.5, replicates=3, seed=-1)
    assert len(caught.value.problems) == 3
