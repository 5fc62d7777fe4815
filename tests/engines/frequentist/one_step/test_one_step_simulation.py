"""Simulated reviews, the test of heterogeneity, prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from engines.frequentist.one_step.tables import MODELS, fitted, studies_of, table
from metaprop.core.errors import InputError, OptionError
from metaprop.core.scales import expit, logit
from metaprop.engines.frequentist.one_step.heterogeneity_test import (
    heterogeneity_test,
    mixture_p,
)
from metaprop.engines.frequentist.one_step.prediction import (
    PredictionRule,
    predict_new_study,
)
from metaprop.engines.frequentist.one_step.simulation import Population, simulate_events

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.family import Model

BOTH = pytest.mark.parametrize("model", MODELS)
SIGMAS = 4.5  # Monte Carlo errors; a fixed seed, so that this is no flaky test
TOTALS = np.array([3, 15, 40])


@BOTH
def test_simulated_events_have_the_rate_and_the_spread_of_the_population(model: Model) -> None:
    size, rng = 20_000, np.random.default_rng(2)
    population = Population.of(fitted("hannum2020", model))
    events = simulate_events(population, TOTALS, size, rng)
    assert events.shape == (size, 3)
    assert (events.max(axis=0) <= TOTALS).all()
    fit = fitted("hannum2020", model)
    shares = events / TOTALS
    error = shares.std(axis=0) / np.sqrt(size)
    assert (np.abs(shares.mean(axis=0) - fit.average.estimate) < SIGMAS * error).all()
    if model == "beta-binomial":
        m, rho = fit.average.estimate, fit.heterogeneity.estimate
        known = m * (1 - m) * (1 + (TOTALS - 1) * rho) / TOTALS
        assert shares.var(axis=0) == pytest.approx(known, rel=0.05)


@pytest.mark.parametrize(("location", "rate"), [(-np.inf, 0), (np.inf, 1)])
def test_a_rate_at_an_end_simulates_nothing_else(location: float, rate: int) -> None:
    population = Population("beta-binomial", location, 0.0)
    events = simulate_events(population, TOTALS, 5, np.random.default_rng(0))
    assert (events == rate * TOTALS).all()


@BOTH
def test_the_same_seed_gives_the_same_test(model: Model) -> None:
    first, second = (
        heterogeneity_test(table("k2"), model, np.random.default_rng(5), simulations=50)
        for _ in range(2)
    )
    assert first == second
    assert first.simulations == 50


@BOTH
def test_the_statistic_is_twice_the_gain_in_log_likelihood(model: Model) -> None:
    fit = fitted("union17", model)
    test = heterogeneity_test(table("union17"), model, np.random.default_rng(5), simulations=99)
    gain = fit.log_likelihood - fit.log_likelihood_common
    assert test.statistic == pytest.approx(2.0 * gain, abs=1e-9)
    assert test.p_mixture == pytest.approx(0.5 * stats.chi2.sf(test.statistic, 1))
    assert 0.01 <= test.p_bootstrap <= 1.0
    assert "rely on the bootstrap" in test.messages[0]


@BOTH
def test_a_review_without_a_gain_has_p_one(model: Model) -> None:
    test = heterogeneity_test(table("equal3"), model, np.random.default_rng(5), simulations=20)
    assert (test.statistic, test.p_mixture, test.p_bootstrap) == (0.0, 1.0, 1.0)
    assert mixture_p(1e-300) == pytest.approx(0.5)


@BOTH
@pytest.mark.parametrize("name", ["all_zero5", "all_events5", "k1"])
def test_nothing_is_tested_where_nothing_could_show(name: str, model: Model) -> None:
    test = heterogeneity_test(table(name), model, np.random.default_rng(5))
    assert np.isnan([test.p_mixture, test.p_bootstrap]).all()
    assert "nothing to test" in test.messages[0]


@BOTH
def test_nothing_is_drawn_from_a_heterogeneity_without_an_estimate(model: Model) -> None:
    with pytest.raises(InputError, match="no estimate"):
        Population.of(fitted("k2_opposite", model))


def test_a_test_without_simulations_is_refused() -> None:
    with pytest.raises(OptionError, match="at least 1"):
        heterogeneity_test(table("k2"), "beta-binomial", np.random.default_rng(0), simulations=0)


@pytest.mark.slow
def test_the_bootstrap_keeps_its_level_where_the_mixture_does_not() -> None:
    rng = np.random.default_rng(11)
    sizes = table("union17").totals
    population = Population("beta-binomial", float(logit(0.97)), 0.0)
    reviews = simulate_events(population, sizes, 400, rng)
    tests = [
        heterogeneity_test(studies_of(events, sizes), "beta-binomial", rng, simulations=199)
        for events in reviews
        if (events < sizes).any()
    ]
    bootstrap = np.mean([test.p_bootstrap <= 0.1 for test in tests])
    error = np.sqrt(0.1 * 0.9 / len(tests))
    # Counts are discrete, and the common rate is estimated: at most its level, and not far below.
    assert 0.02 < bootstrap < 0.1 + SIGMAS * error


@BOTH
def test_a_plug_in_prediction_holds_its_level_under_the_fitted_rates(model: Model) -> None:
    fit = fitted("hannum2020", model)
    found = predict_new_study(fit, rule="plug-in", level=0.8)
    rates = Population.of(fit).rates((40_000,), np.random.default_rng(3))
    inside = np.mean((rates > found.low) & (rates < found.high))
    assert inside == pytest.approx(0.8, abs=SIGMAS * np.sqrt(0.16 / 40_000))
    assert found.messages


def test_a_rule_is_named_and_an_unknown_one_refused() -> None:
    fit = fitted("union17", "beta-binomial")
    assert predict_new_study(fit).rule == "plug-in"
    with pytest.raises(OptionError, match="plug-in"):
        predict_new_study(fit, rule="t-k-1")
    with pytest.raises(OptionError, match="level"):
        predict_new_study(fit, level=1.5)


def test_prediction_widens_from_plug_in_over_normal_to_t() -> None:
    fit = fitted("union17")
    rules: tuple[PredictionRule, ...] = ("plug-in", "normal", "t-k-1", "t-k-2")
    lows = [predict_new_study(fit, rule=rule).low for rule in rules]
    assert lows == sorted(lows, reverse=True)
    centre = float(expit(fit.location.estimate))
    assert all(predict_new_study(fit, rule=rule).high > centre for rule in rules)
