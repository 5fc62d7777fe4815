"""Rates as coordinates: each is undone by its location, its slope and the spreads it can have."""

import numpy as np
import pytest
from scipy import stats

from metaprop.core.scales import expit, logit
from metaprop.engines.exact.beta_shape import LARGE, log_below, logit_median
from metaprop.engines.exact.turns import AverageOfLogitNormal, Turn, TypicalOfBetaBinomial

TURNS: list[Turn] = [AverageOfLogitNormal(), TypicalOfBetaBinomial()]
LOCATIONS = np.array([-4.0, -0.7, 1e-3, 0.4, 2.0, 5.0])
LOG_SPREADS = {
    "average": np.array([-6.0, -1.0, 0.0, 1.0, 2.5]),
    "typical": np.array([-14.0, -6.0, -2.0, 0.0, 1.5, 4.0]),
}
LINE = (-np.inf, np.inf)


def placed(turn: Turn) -> tuple[np.ndarray, np.ndarray]:
    """Return locations and logs of the spread, each with each, shape (N, 1)."""
    both = np.meshgrid(LOCATIONS, LOG_SPREADS[turn.estimand], indexing="ij")
    return both[0].reshape(-1, 1), both[1].reshape(-1, 1)


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.estimand)
def test_the_location_of_a_rate_has_that_rate(turn: Turn) -> None:
    location, log_spread = placed(turn)
    found, _ = turn.location(turn.value(location, log_spread), log_spread, LINE)
    np.testing.assert_allclose(found, location, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.estimand)
def test_the_slope_is_that_of_differences(turn: Turn) -> None:
    location, log_spread = placed(turn)
    _, slope = turn.location(turn.value(location, log_spread), log_spread, LINE)
    step = 2e-3 * np.minimum(1.0, np.exp(0.5 * log_spread))
    ahead, behind = (turn.value(location + sign * step, log_spread) for sign in (1.0, -1.0))
    np.testing.assert_allclose(np.exp(slope), (ahead - behind) / (2.0 * step), rtol=1e-4)


REACHED = [
    (AverageOfLogitNormal(), 0.3, (0.5, 1.5)),
    (AverageOfLogitNormal(), 0.9, (None, 1.5)),
    (TypicalOfBetaBinomial(), 0.9, (None, 0.5)),
    (TypicalOfBetaBinomial(), 2.0, (1.5, 0.5)),
]
"""A rate, and the ends of the location, 0.5 and 1.5, that have it at the least and greatest spread;
None where any spread will do."""


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("turn", "rate", "ends"), REACHED)
def test_the_outermost_spreads_take_the_ends_of_the_location_to_a_rate(
    turn: Turn, rate: float, ends: tuple[float | None, float], sign: float
) -> None:
    support = (0.5, 1.5) if sign > 0.0 else (-1.5, -0.5)
    found = turn.spreads(np.array([sign * rate]), support, LINE)
    for end, spread in zip(ends, map(np.asarray, found), strict=True):
        if end is None:
            assert spread == [-np.inf]
        else:
            at = np.array([[sign * end]]), spread.reshape(1, 1)
            value = turn.value(*at)
            assert value == pytest.approx(sign * rate, abs=1e-9)


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.estimand)
def test_a_corner_is_the_limit_of_the_rates_before_it(turn: Turn) -> None:
    assert turn.corner(1.3, -np.inf) == 1.3
    assert turn.corner(-np.inf, 0.5) == -np.inf
    near = float(turn.value(np.array([[-1.3]]), np.array([[30.0]]))[0, 0])
    assert turn.corner(-1.3, np.inf) == (0.0 if turn.estimand == "average" else -np.inf)
    assert abs(near) < 1e-6 if turn.estimand == "average" else near < -1e6
    assert turn.corner(0.0, 2.0) == pytest.approx(0.0, abs=1e-12)


def test_the_typical_rate_of_the_beta_binomial_is_the_median_of_a_beta_distribution() -> None:
    location, log_spread = placed(TypicalOfBetaBinomial())
    mean, kappa = expit(location), np.exp(-log_spread)
    median = np.asarray(stats.beta.median(mean * kappa, (1.0 - mean) * kappa))
    inside = (median > 1e-12) & (median < 1.0 - 1e-9)
    found = logit_median(location, log_spread)
    np.testing.assert_allclose(found[inside], logit(median[inside]), rtol=2e-7, atol=1e-9)


def test_the_median_about_one_half_is_one_half() -> None:
    log_spread = np.linspace(-12.0, 8.0, 201)
    for location in (0.0, 1e-300, -1e-17, 1e-15):
        assert np.abs(logit_median(np.full(201, location), log_spread)).max() < 1e-10


def test_a_median_however_far_out_has_its_mean_found() -> None:
    rng = np.random.default_rng(1)
    wanted = -np.exp(rng.uniform(-8.0, 600.0, 4000))[:, None]
    log_spread = rng.uniform(-60.0, 60.0, wanted.shape)
    place, slope = TypicalOfBetaBinomial().location(wanted, log_spread, LINE)
    below = log_below(wanted[:, 0], place[:, 0], log_spread[:, 0])
    told = wanted[:, 0] - log_spread[:, 0] < np.log(LARGE)  # beyond, by Kerman's formula
    np.testing.assert_allclose(below[told], np.log(0.5), atol=1e-8)
    assert np.isfinite(slope).all()
