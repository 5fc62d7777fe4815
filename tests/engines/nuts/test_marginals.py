"""Answers from draws whose distribution is known, with errors that hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaprop.engines.nuts.marginals import SampledMarginal

TRUE = stats.beta(18.0, 2.0)
STANDARD_ERRORS = 4.5  # one false alarm in 10^5
KERNEL = 0.25  # relative error of a kernel estimate at its mode, from 8,000 draws


def independent(seed: int) -> SampledMarginal:
    values = TRUE.rvs((4, 2000), random_state=np.random.default_rng(seed))
    return SampledMarginal("average", values)


MARGINAL = independent(0)


def test_a_mean_is_within_its_error() -> None:
    mean = MARGINAL.mean()
    assert abs(mean.value - TRUE.mean()) < STANDARD_ERRORS * mean.error
    assert mean.error == pytest.approx(TRUE.std() / np.sqrt(8000), rel=0.1)


@pytest.mark.parametrize("level", [0.025, 0.5, 0.975])
def test_a_quantile_is_within_its_error(level: float) -> None:
    quantile = MARGINAL.quantile(level)
    assert abs(quantile.value - TRUE.ppf(level)) < STANDARD_ERRORS * quantile.error


def test_errors_are_as_large_as_the_scatter_of_repeated_samples() -> None:
    repeats = [independent(seed).probability(above=0.9) for seed in range(100)]
    scatter = np.std([estimate.value for estimate in repeats])
    told = np.mean([estimate.error for estimate in repeats])
    # the standard deviation of 100 numbers is known to 7 %
    assert told == pytest.approx(scatter, rel=0.3)


def test_chains_that_remember_count_for_fewer_draws() -> None:
    rng = np.random.default_rng(2)
    steps = rng.standard_normal((4, 2000))
    slow = np.empty_like(steps)
    slow[:, 0] = steps[:, 0]
    for t in range(1, steps.shape[1]):
        slow[:, t] = 0.95 * slow[:, t - 1] + np.sqrt(1 - 0.95**2) * steps[:, t]
    remembering = SampledMarginal("average", stats.norm.cdf(slow))
    # an autoregression of .95 is worth (1 - .95)/(1 + .95) of its draws
    assert remembering.effective_draws(above=0.5) < 0.06 * 8000
    assert MARGINAL.effective_draws(above=0.9) > 0.8 * 8000


def test_a_probability_of_none_of_the_draws_is_not_free_of_error() -> None:
    estimate = MARGINAL.probability(above=1.0)
    assert estimate.value == 0.0
    assert estimate.error > 0.0


def test_survival_is_the_share_of_the_draws() -> None:
    at = np.array([0.5, 0.9, 0.95])
    shares = [MARGINAL.probability(above=float(t)).value for t in at]
    np.testing.assert_array_equal(MARGINAL.survival(at), shares)


def test_a_density_is_near_the_true_one_and_integrates_to_one() -> None:
    grid = np.linspace(1e-6, 1.0 - 1e-6, 4001)
    density = MARGINAL.density(grid)
    assert np.trapezoid(density, grid) == pytest.approx(1.0, abs=0.01)
    mode = 17.0 / 18.0
    assert float(MARGINAL.density(mode)) == pytest.approx(TRUE.pdf(mode), rel=KERNEL)
    assert np.isnan(MARGINAL.density([0.0, 1.0])).all()


def test_the_highest_density_interval_is_the_shorter_one() -> None:
    shorter = MARGINAL.interval(0.95, "highest-density")
    tails = MARGINAL.interval(0.95, "equal-tailed")
    assert shorter.high - shorter.low < tails.high - tails.low
    assert TRUE.cdf(shorter.high) - TRUE.cdf(shorter.low) == pytest.approx(0.95, abs=0.01)


def test_a_mean_that_does_not_exist_is_not_answered() -> None:
    tau = SampledMarginal("tau", np.ones((4, 10)), unit=False, mean_undefined="No tail.")
    assert tau.mean().undefined == "No tail."


def test_draws_are_those_of_the_chains() -> None:
    drawn = MARGINAL.draws(50, np.random.default_rng(1))
    assert drawn.shape == (50,)
    assert np.isin(drawn, MARGINAL.values).all()
