"""Every distribution against SciPy's, and the identities that tie its methods together."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from metaprop.assumptions.priors import DISTRIBUTIONS, Prior
from metaprop.core.errors import ModelError

# SciPy's own special functions agree to about ten units in the last place, its densities to fewer.
RELATIVE = 1e-12
# A quantile is the inverse of a probability: rounding of the latter is magnified by 1/(x density).
QUANTILE = 1e-10
# Adaptive quadrature of the density, at its default settings, reaches 1e-8.
QUADRATURE = 1e-7

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Reference(Protocol):
    """What is asked of SciPy's distributions."""

    def logpdf(self, x: Array) -> Array: ...
    def pdf(self, x: Array) -> Array: ...
    def cdf(self, x: Array) -> Array: ...
    def sf(self, x: Array) -> Array: ...
    def ppf(self, q: Array) -> Array: ...


CASES: list[tuple[Prior, Reference]] = [
    (Prior.of("normal", location=0.3, scale=1.7), stats.norm(0.3, 1.7)),
    (Prior.of("logistic", location=-1, scale=0.5), stats.logistic(-1, 0.5)),
    (Prior.of("student_t", df=4, location=1, scale=2), stats.t(4, 1, 2)),
    (Prior.of("student_t", df=250, location=0, scale=1), stats.t(250, 0, 1)),
    (Prior.of("half_normal", scale=2), stats.halfnorm(scale=2)),
    (Prior.of("half_cauchy", scale=0.5), stats.halfcauchy(scale=0.5)),
    (Prior.of("uniform", low=-1, high=3), stats.uniform(-1, 4)),
    (Prior.of("exponential", rate=2.5), stats.expon(scale=0.4)),
    (Prior.of("gamma", shape=2.5, rate=4), stats.gamma(2.5, scale=0.25)),
    (Prior.of("gamma", shape=0.5, rate=1), stats.gamma(0.5)),
    (Prior.of("log_normal", location=-0.5, scale=0.8), stats.lognorm(0.8, scale=math.exp(-0.5))),
    (Prior.of("beta", alpha=1, beta=9), stats.beta(1, 9)),
    (Prior.of("beta", alpha=0.5, beta=2.5), stats.beta(0.5, 2.5)),
]
IDS = [f"{prior.distribution}{n}" for n, (prior, _) in enumerate(CASES)]
WHOLE = [prior for prior, _ in CASES] + [Prior.of("half_student_t", df=3, scale=1.5)]
TRUNCATED = [
    Prior.of("normal", location=0, scale=1, low=0),
    Prior.of("normal", location=0, scale=1, low=30),
    Prior.of("normal", location=0.9, scale=0.1, low=0, high=1),
    Prior.of("logistic", location=0, scale=1, high=-20),
    Prior.of("student_t", df=3, location=0, scale=2.5, low=0),
    Prior.of("half_cauchy", scale=1, high=10),
    Prior.of("half_student_t", df=4, scale=1, low=0.5, high=8),
    Prior.of("exponential", rate=1, low=500),
    Prior.of("gamma", shape=3, rate=2, low=1, high=2),
    Prior.of("log_normal", location=0, scale=1, high=1),
    Prior.of("beta", alpha=2, beta=3, low=0.2),
    Prior.of("half_normal", scale=1, high=3),
]
LEVELS = np.array([1e-12, 1e-6, 0.001, 0.025, 0.2, 0.5, 0.7, 0.9, 0.999, 1 - 1e-6])
CUTS = np.array([0, 1e-9, 0.01, 0.3, 0.7, 0.99, 0.9999, 1 - 1e-6, 1 - 1e-8, 1 - 1e-9])


def name(prior: Prior) -> str:
    return prior.prose().replace(" ", "-")


def test_every_distribution_is_compared() -> None:
    assert {prior.distribution for prior in WHOLE} == set(DISTRIBUTIONS)


@pytest.mark.parametrize(("prior", "reference"), CASES, ids=IDS)
def test_densities_are_scipys(prior: Prior, reference: Reference) -> None:
    x = reference.ppf(LEVELS)
    np.testing.assert_allclose(prior.log_density(x), reference.logpdf(x), rtol=RELATIVE, atol=1e-13)
    np.testing.assert_allclose(prior.density(x), reference.pdf(x), rtol=RELATIVE)


@pytest.mark.parametrize(("prior", "reference"), CASES, ids=IDS)
def test_probabilities_are_scipys(prior: Prior, reference: Reference) -> None:
    x = reference.ppf(LEVELS)
    np.testing.assert_allclose(prior.cdf(x), reference.cdf(x), rtol=RELATIVE)
    np.testing.assert_allclose(prior.survival(x), reference.sf(x), rtol=RELATIVE)


@pytest.mark.parametrize(("prior", "reference"), CASES, ids=IDS)
def test_quantiles_are_scipys(prior: Prior, reference: Reference) -> None:
    expected = reference.ppf(LEVELS)
    np.testing.assert_allclose(prior.quantile(LEVELS), expected, rtol=QUANTILE, atol=1e-13)


def test_the_half_student_t_is_twice_the_upper_half_of_scipys_t() -> None:
    prior, x = Prior.of("half_student_t", df=3, scale=1.5), np.array([1e-9, 0.1, 1, 3, 50, 1e6])
    np.testing.assert_allclose(prior.density(x), 2 * stats.t.pdf(x, 3, 0, 1.5), rtol=RELATIVE)
    np.testing.assert_allclose(prior.survival(x), 2 * stats.t.sf(x, 3, 0, 1.5), rtol=RELATIVE)


def test_the_t_with_one_degree_of_freedom_is_the_cauchy_near_its_centre_too() -> None:
    x = np.array([-1e8, -1e-8, 1e-8, 0.5, 1e8])
    prior = Prior.of("student_t", df=1, location=0, scale=1)
    np.testing.assert_allclose(prior.cdf(x), stats.cauchy.cdf(x), rtol=RELATIVE)


def test_a_t_with_very_many_degrees_of_freedom_is_the_normal() -> None:
    x = np.linspace(-4, 4, 9)
    prior = Prior.of("student_t", df=1e13, location=0, scale=1)
    np.testing.assert_allclose(prior.log_density(x), stats.norm.logpdf(x), rtol=1e-11)


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_the_density_integrates_to_one(prior: Prior) -> None:
    # cut at quantiles, so that no narrow peak and no endless tail is missed
    cuts = np.asarray(prior.quantile(CUTS))
    ends = itertools.pairwise(cuts.tolist())
    pieces = [
        integrate.quad(lambda x: float(prior.density(x)), low, high, limit=200)[0]
        for low, high in ends
    ]
    total = math.fsum(pieces)
    assert total == pytest.approx(1 - 1e-9, abs=QUADRATURE)


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_the_quantile_is_the_inverse_of_the_probability(prior: Prior) -> None:
    x = prior.quantile(LEVELS)
    # far out, x itself is rounded: 30 standard deviations away that is 1e-15 * 30 * 30
    np.testing.assert_allclose(prior.cdf(x[2:]), LEVELS[2:], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(prior.survival(x[2:]), 1 - LEVELS[2:], rtol=1e-8)


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_the_ends_hold_all_probability(prior: Prior) -> None:
    low, high = prior.support
    assert prior.cdf([low, high]).tolist() == [0, 1]
    assert prior.survival([low, high]).tolist() == [1, 0]
    assert prior.quantile([0.0, 1.0]).tolist() == pytest.approx([low, high], rel=1e-14)


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_draws_follow_the_distribution(prior: Prior) -> None:
    draws = prior.draws(5_000, np.random.default_rng(20260611))
    assert draws.shape == (5_000,)
    assert stats.kstest(draws, prior.cdf).pvalue > 1e-3


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_outside_the_support_there_is_nothing_and_no_warning(prior: Prior) -> None:
    outside = np.array([-np.inf, -1e308, -1e8, 1e8, 1e308, np.inf])
    low, high = prior.support
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = prior.log_density(outside)
        assert not np.any(np.isnan(value))
        assert np.all(value[(outside < low) | (outside > high)] == -np.inf)
        assert np.all(prior.density([-np.inf, np.inf]) == 0)
        assert np.all(np.diff(prior.cdf(outside)) >= 0)


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_nan_stays_nan(prior: Prior) -> None:
    for method in (prior.log_density, prior.density, prior.cdf, prior.survival, prior.quantile):
        assert np.isnan(method(np.nan))


@pytest.mark.parametrize("prior", WHOLE + TRUNCATED, ids=name)
def test_a_number_gives_a_number_and_an_array_its_shape(prior: Prior) -> None:
    for method in (prior.log_density, prior.density, prior.cdf, prior.survival, prior.quantile):
        assert isinstance(method(0.5), float)
        assert method(np.full((2, 3), 0.5)).shape == (2, 3)


def test_a_truncation_far_in_the_tail_keeps_its_digits() -> None:
    prior = Prior.of("normal", location=0, scale=1, low=30)
    reference = stats.norm.logpdf(30.1) - stats.norm.logsf(30)
    assert prior.log_density(30.1) == pytest.approx(reference, rel=RELATIVE)
    # the exponential is the same wherever it is cut
    cut = Prior.of("exponential", rate=1, low=500)
    assert cut.survival(501.0) == pytest.approx(math.exp(-1), rel=1e-12)


def test_a_half_is_the_truncated_whole() -> None:
    x = np.array([0.01, 0.5, 3.0])
    for half, whole in [
        (
            Prior.of("half_normal", scale=2),
            Prior.of("normal", location=0, scale=2, low=0),
        ),
        (
            Prior.of("half_student_t", df=3, scale=2),
            Prior.of("student_t", df=3, location=0, scale=2, low=0),
        ),
        (Prior.of("half_cauchy", scale=2), Prior.of("half_student_t", df=1, scale=2)),
    ]:
        np.testing.assert_allclose(half.log_density(x), whole.log_density(x), rtol=RELATIVE)
        np.testing.assert_allclose(half.cdf(x), whole.cdf(x), rtol=RELATIVE)


def test_the_logistic_on_log_odds_is_uniform_on_the_rate() -> None:
    rates = np.linspace(0.01, 0.99, 9)
    log_odds = np.log(rates / (1 - rates))
    prior = Prior.of("logistic", location=0, scale=1)
    np.testing.assert_allclose(prior.cdf(log_odds), rates, rtol=RELATIVE)


@pytest.mark.parametrize(
    "prior",
    [
        Prior.of("beta", alpha=2, beta=0.5),
        Prior.of("beta", alpha=1, beta=1),
        Prior.of("beta", alpha=2, beta=3, low=0.2, high=0.9),
        Prior.of("uniform", low=0, high=1),
        Prior.of("normal", location=0.9, scale=0.1, low=0, high=1),
    ],
    ids=name,
)
def test_the_density_of_a_rate_from_its_logs_is_the_density(prior: Prior) -> None:
    x = np.array([1e-300, 0.01, 0.3, 0.95])
    value = prior.log_density_logit(np.log(x), np.log1p(-x))
    np.testing.assert_allclose(value, prior.log_density(x), rtol=1e-11)


def test_the_density_of_a_rate_is_known_where_a_double_is_one() -> None:
    value = Prior.of("beta", alpha=2, beta=3).log_density_logit(-1e-200, -460.0)
    assert value == pytest.approx(math.log(12) - 920)


def test_uniform_rates_have_density_one_up_to_the_ends() -> None:
    for prior in (Prior.of("beta", alpha=1, beta=1), Prior.of("uniform", low=0, high=1)):
        assert np.all(prior.log_density_logit([-1e4, 0.0], [0.0, -1e4]) == 0)


@pytest.mark.parametrize(
    ("prior", "index"),
    [
        (Prior.of("half_cauchy", scale=1), 1),
        (Prior.of("half_student_t", df=3, scale=1), 3),
        (Prior.of("student_t", df=4, location=0, scale=1), 4),
        (Prior.of("half_cauchy", scale=1, high=100), math.inf),
        (Prior.of("half_normal", scale=1), math.inf),
    ],
)
def test_the_tail_index_says_which_moments_exist(prior: Prior, index: float) -> None:
    assert prior.tail_index == index


@pytest.mark.parametrize(
    ("prior", "prose"),
    [
        (Prior.of("half_normal", scale=1), "half-normal with scale 1 (95 % below 1.96)"),
        (
            Prior.of("logistic", location=0, scale=1),
            "logistic with location 0 and scale 1 (95 % between -3.66 and 3.66)",
        ),
        (
            Prior.of("student_t", df=3, location=0, scale=2.5, low=0),
            (
                "Student's t with df 3, location 0 and scale 2.5, truncated to above 0 "
                "(95 % between 0.0850 and 10.4)"
            ),
        ),
        (
            Prior.of("half_cauchy", scale=0.5, high=5),
            "half-Cauchy with scale 0.5, truncated to below 5 (95 % below 2.86)",
        ),
        (
            Prior.of("uniform", low=0, high=2),
            "uniform between 0 and 2 (95 % between 0.0500 and 1.95)",
        ),
        (Prior.of("beta", alpha=1, beta=9), "beta with alpha 1 and beta 9 (95 % below 0.283)"),
    ],
)
def test_prose_names_the_parameters_and_the_95_percent_range(prior: Prior, prose: str) -> None:
    assert prior.prose() == prose


def test_priors_are_compared_by_what_they_say() -> None:
    one, same = Prior.of("half_normal", scale=1), Prior.of("half_normal", scale=1.0)
    assert one == same
    assert hash(one) == hash(same)
    assert one != Prior.of("half_normal", scale=1, high=3)


@given(
    location=st.floats(-50, 50),
    scale=st.floats(1e-3, 1e3),
    cut=st.floats(0.01, 0.99),
    level=st.floats(0.001, 0.999),
    distribution=st.sampled_from(["normal", "logistic", "student_t"]),
)
def test_truncation_gives_the_conditional_probability(
    location: float, scale: float, cut: float, level: float, distribution: str
) -> None:
    parameters = {"location": location, "scale": scale} | (
        {"df": 3.0} if distribution == "student_t" else {}
    )
    whole = Prior.of(distribution, **parameters)
    low = float(whole.quantile(cut))
    x = float(whole.quantile(cut + (1 - cut) * level))
    above = Prior.of(distribution, **parameters, low=low)
    expected = float(whole.survival(x)) / float(whole.survival(low))
    assert above.survival(x) == pytest.approx(expected, rel=1e-9)
    assert above.density(x) == pytest.approx(whole.density(x) / whole.survival(low), rel=1e-9)


@given(alpha=st.floats(0.05, 200), beta=st.floats(0.05, 200), x=st.floats(1e-3, 1 - 1e-3))
def test_beta_is_symmetric_in_events_and_non_events(alpha: float, beta: float, x: float) -> None:
    one, mirrored = (
        Prior.of("beta", alpha=alpha, beta=beta),
        Prior.of("beta", alpha=beta, beta=alpha),
    )
    value = one.log_density_logit(math.log(x), math.log1p(-x))
    assert value == mirrored.log_density_logit(math.log1p(-x), math.log(x))


@pytest.mark.parametrize(
    ("distribution", "parameters", "faults"),
    [
        ("halfnormal", {"scale": 1}, ["'halfnormal' is not a distribution", "half_normal"]),
        ("half_normal", {}, ["prior.scale: the parameter is missing"]),
        ("half_normal", {"scale": 0}, ["prior.scale: 0 is not above 0"]),
        ("half_normal", {"scale": math.inf}, ["inf is not finite"]),
        ("half_normal", {"scale": 10**400}, ["is not finite"]),
        ("half_normal", {"scale": 10**5000}, ["is not finite"]),
        ("half_normal", {"scale": True}, ["True is not a number"]),
        ("half_normal", {"scale": "1"}, ["'1' is not a number"]),
        ("half_normal", {"sd": 1}, ["prior.scale", "prior.sd: no such parameter", "scale, low"]),
        ("normal", {"scale": -1, "location": "a"}, ["prior.scale: -1", "prior.location: 'a'"]),
        ("normal", {"location": 0, "scale": 1, "low": 2, "high": 2}, ["is not below high"]),
        ("uniform", {"low": 1, "high": 0}, ["low = 1 is not below high = 0"]),
        ("normal", {"location": 0, "scale": 1, "low": 60}, ["next to nothing"]),
        ("half_normal", {"scale": 1, "high": -1}, ["next to nothing"]),
        ("beta", {"alpha": 1, "beta": 1, "low": 1}, ["next to nothing"]),
        ("normal", {"location": 0, "scale": 1, "low": 1, "high": 1 + 1e-12}, ["next to nothing"]),
        ("gamma", {"shape": 1e-6, "rate": 1}, ["cannot be computed"]),
        ("uniform", {"low": -1e308, "high": 1e308}, ["next to nothing"]),
    ],
)
def test_a_wrong_prior_is_refused_with_every_fault(
    distribution: str, parameters: dict[str, float], faults: list[str]
) -> None:
    with pytest.raises(ModelError) as caught:
        Prior.of(distribution, **parameters)
    for fault in faults:
        assert fault in str(caught.value)
