"""What is drawn from hyperparameters has the distribution that the models say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaprop import Studies, default_models, shipped_models
from metaprop.assumptions.model import read_model
from metaprop.engines.nuts.pointwise import log_likelihood, log_prior, speaking
from metaprop.engines.nuts.replicates import (
    Hyper,
    average_rate,
    new_rates,
    prior_hyper,
    replicate,
    study_rates,
    typical_rate,
)

DRAWS = 40_000
STANDARD_ERRORS = 4.5  # one false alarm in 10^5
EXACT = 1e-9  # closed forms against SciPy's
STUDIES = Studies.of(["a", "b", "c", "d"], [14, 0, "2-5", "?"], [15, 9, 20, 7])


def hyper(family: str, location: float, spread: float | None, size: int = DRAWS) -> Hyper:
    wide = None if spread is None else np.full(size, spread)
    return Hyper(family, np.full(size, location), wide)  # type: ignore[arg-type]


HYPERS = (
    hyper("logit-normal", 2.0, 1.2),
    hyper("beta-binomial", 0.9, 0.15),
    hyper("common-rate", 0.9, None),
)


def is_mean(draws: np.ndarray, expected: float) -> bool:
    error = float(draws.std() / np.sqrt(draws.size))
    return bool(abs(draws.mean() - expected) <= STANDARD_ERRORS * error + EXACT)


@pytest.mark.parametrize("one", HYPERS, ids=lambda one: one.family)
def test_new_studies_have_the_average_rate_and_the_typical_median(one: Hyper) -> None:
    rates = new_rates(one, np.random.default_rng(1))
    assert is_mean(rates, float(average_rate(one)[0]))
    below = rates <= typical_rate(one)[0]
    assert one.family == "common-rate" or is_mean(below.astype(float), 0.5)


@pytest.mark.parametrize("one", HYPERS, ids=lambda one: one.family)
def test_replicated_events_have_the_likelihood_of_the_study(one: Hyper) -> None:
    studies = Studies.of(["a"], [3], [4])
    events = replicate(one, studies, np.random.default_rng(2))[:, 0]
    for y in range(5):
        cell = Studies.of(["a"], [y], [4])
        p = float(np.exp(log_likelihood(hyper(one.family, *_first(one), size=1), cell)).item())
        assert is_mean((events == y).astype(float), p)


def _first(one: Hyper) -> tuple[float, float | None]:
    return float(one.location[0]), None if one.spread is None else float(one.spread[0])


def test_a_study_rate_is_the_conjugate_beta() -> None:
    one = hyper("beta-binomial", 0.9, 0.2)
    alpha, beta = (float(shape[0]) for shape in one.shapes)
    rates = study_rates(one, STUDIES, np.random.default_rng(3))
    for place, (events, total) in enumerate([(14, 15), (0, 9)]):
        expected = stats.beta(alpha + events, beta + total - events)
        assert stats.kstest(rates[:, place], expected.cdf).pvalue > 1e-5
    assert stats.kstest(rates[:, 3], stats.beta(alpha, beta).cdf).pvalue > 1e-5


def test_a_range_mixes_the_counts_that_it_allows() -> None:
    one = hyper("beta-binomial", 0.3, 0.2)
    alpha, beta = (float(shape[0]) for shape in one.shapes)
    rates = study_rates(one, STUDIES, np.random.default_rng(4))[:, 2]
    y = np.arange(2, 6)
    weights = stats.betabinom(20, alpha, beta).pmf(y)
    mean = float(weights @ ((alpha + y) / (alpha + beta + 20)) / weights.sum())
    assert is_mean(rates, mean)


def test_the_pointwise_likelihood_is_that_of_scipy() -> None:
    one = hyper("beta-binomial", 0.9, 0.2, size=1)
    alpha, beta = (float(shape[0]) for shape in one.shapes)
    expected = [
        stats.betabinom(15, alpha, beta).logpmf(14),
        stats.betabinom(9, alpha, beta).logpmf(0),
        np.log(stats.betabinom(20, alpha, beta).pmf(np.arange(2, 6)).sum()),
    ]
    np.testing.assert_allclose(log_likelihood(one, STUDIES)[0], expected, atol=EXACT)
    np.testing.assert_array_equal(speaking(STUDIES), [0, 1, 2])


def test_a_common_rate_has_the_binomial_likelihood() -> None:
    found = log_likelihood(hyper("common-rate", 0.9, None, size=1), STUDIES)[0, :2]
    np.testing.assert_allclose(found, stats.binom([15, 9], 0.9).logpmf([14, 0]), atol=EXACT)


@pytest.mark.parametrize("path", shipped_models(), ids=lambda path: path.stem)
def test_the_log_prior_is_that_of_the_top_level_parameters(path: str) -> None:
    model = read_model(path)
    _, drawn = prior_hyper(model, 50, np.random.default_rng(5))
    found = log_prior(model, drawn)
    assert list(found) == [p.parameter for p in model.parameters]
    for p in model.parameters:
        np.testing.assert_array_equal(found[p.parameter], p.prior.log_density(drawn[p.parameter]))


def test_prior_draws_follow_the_prior() -> None:
    one, _ = prior_hyper(default_models()[0], DRAWS, np.random.default_rng(6))
    assert stats.kstest(typical_rate(one), "uniform").pvalue > 1e-5


@pytest.mark.parametrize(("location", "rho"), [(1.0, 1e-300), (1e-310, 1.0), (0.5, 1.0)])
def test_hyperparameters_at_the_edge_give_rates(location: float, rho: float) -> None:
    values = {"average": np.full(8, location), "rho": np.full(8, rho)}
    one = Hyper.of("beta-binomial", values)
    rates = study_rates(one, STUDIES, np.random.default_rng(7))
    assert np.all((rates >= 0.0) & (rates <= 1.0))
    assert np.all(np.isfinite(typical_rate(one)))
