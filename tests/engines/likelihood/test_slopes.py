"""Log likelihoods with derivatives: against arbitrary precision, the lattices, and differences."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from metaprop.engines.likelihood.beta_binomial import BetaBinomial
from metaprop.engines.likelihood.beta_binomial_slopes import BetaBinomialSlopes
from metaprop.engines.likelihood.cells import Cells, log_choose
from metaprop.engines.likelihood.logit_normal import LogitNormal
from metaprop.engines.likelihood.logit_normal_shared import LARGEST, data_set_slopes
from metaprop.engines.likelihood.logit_normal_slopes import ROUGH, logit_normal_slopes
from metaprop.engines.likelihood.slopes import Slopes

QUADRATURE_ERROR = 1e-11  # the rule's own, relative
ROUGH_ERROR = 1e-3  # enough to choose a start
LATTICE_ERROR = 1e-8  # of the exact engine's rule
ROUNDING = 1e-8  # of log binomial coefficients and of 10^7 nats at a million patients
STEP = 1e-4
DIFFERENCE_ERROR = 2e-6  # of central differences with that step, relative above 1
UNION = (
    np.array([14, 9, 12, 23, 21, 3, 5, 9, 5, 10, 3, 11, 4, 6, 6, 14, 14]),
    np.array([15, 9, 13, 23, 21, 3, 5, 9, 5, 11, 3, 11, 4, 6, 8, 14, 14]),
)


def integral_over(guess: float, y: int, n: int, mu: float, tau: float) -> float:
    """Return the marginal probability, its coefficient left out, over exp(guess)."""
    with mpmath.workdps(25):
        ends = [mpmath.mpf(mu) + mpmath.mpf(tau) * z for z in range(-20, 21, 2)]

        def integrand(theta: mpmath.mpf) -> mpmath.mpf:
            log_p, log_q = -mpmath.log1p(mpmath.exp(-theta)), -mpmath.log1p(mpmath.exp(theta))
            log_f = y * log_p + (n - y) * log_q - guess
            return mpmath.exp(log_f) * mpmath.npdf(theta, mu, tau)

        return float(mpmath.quad(integrand, ends))


def beta_binomial(events: list[int], totals: list[int], location: float, spread: float) -> Slopes:
    y, n = np.array([events]), np.array(totals)
    slopes = BetaBinomialSlopes.of(y, n)
    return slopes(np.zeros(1, dtype=np.int64), np.array([location]), np.array([spread]))


@pytest.mark.parametrize(
    ("y", "n", "mu", "tau"),
    [
        (0, 1, 6.0, 12.0),
        (3, 10, 0.0, 0.001),
        (10, 10, -2.0, 1.0),
        (1, 40, 6.0, 0.5),
        (14, 15, 3.8, 0.85),
        (9, 9, 3.8, 4.0),
        (50, 100_000, -7.0, 0.2),
    ],
)
def test_the_quadrature_agrees_with_arbitrary_precision(
    y: int, n: int, mu: float, tau: float
) -> None:
    found = float(logit_normal_slopes(y, n, mu, tau).value[0])
    assert integral_over(found, y, n, mu, tau) == pytest.approx(1.0, abs=QUADRATURE_ERROR)
    rough = float(logit_normal_slopes(y, n, mu, tau, ROUGH).value[0])
    assert rough == pytest.approx(found, abs=ROUGH_ERROR)


def dense(y: float, n: float, mu: float, tau: float) -> float:
    """Return the log of the integral by a dense lattice around the highest of many points."""
    coarse = np.linspace(-60.0, 60.0, 120_001)

    def height(z: np.ndarray) -> np.ndarray:
        return np.asarray(y * (mu + tau * z) - n * np.logaddexp(0.0, mu + tau * z) - 0.5 * z * z)

    top = float(coarse[height(coarse).argmax()])
    z = np.linspace(top - 9.0, top + 9.0, 40_001)
    heights = height(z)
    total = np.exp(heights - heights.max()).sum() * (z[1] - z[0]) / np.sqrt(2.0 * np.pi)
    return float(heights.max() + np.log(total))


def test_the_quadrature_finds_its_peak_also_far_from_any_sensible_fit() -> None:
    rng = np.random.default_rng(4)
    totals = np.floor(np.exp(rng.uniform(0.0, np.log(5e3), size=60))) + 1.0
    events = np.floor(totals * rng.choice([0.0, 0.01, 0.5, 0.97, 1.0], size=60))
    mu, tau = rng.normal(0.0, 4.0, size=60), np.exp(rng.uniform(-4.0, 1.5, size=60))
    # In the last one Newton's steps to the peak would go round in a circle.
    events, totals = np.append(events, 0.0), np.append(totals, 324.0)
    mu, tau = np.append(mu, 4.030076461735296), np.append(tau, 0.2076725992281076)
    found = logit_normal_slopes(events, totals, mu, tau).value
    known = [dense(*map(float, row)) for row in zip(events, totals, mu, tau, strict=True)]
    assert found == pytest.approx(known, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("tau", [0.05, 0.8, 3.0])
def test_the_quadrature_agrees_with_the_lattices_of_the_exact_engine(tau: float) -> None:
    events, totals = UNION
    mu = np.linspace(1.0, 6.0, 5)
    cells = Cells(events, events, totals, np.ones_like(events))
    known = LogitNormal.of(cells)(mu[None, :], np.log([[tau]]))[0]
    found = logit_normal_slopes(events, totals, mu[:, None], tau).value.reshape(5, -1).sum(axis=1)
    found += log_choose(totals, events).sum()
    assert found == pytest.approx(known, abs=LATTICE_ERROR * len(events))


@pytest.mark.parametrize(
    ("events", "totals"),
    [([3, 10, 0], [10, 10, 5]), ([300, 4668], [500, 7178]), ([120_000, 5], [10**6, 20])],
)
@pytest.mark.parametrize("log_r", [-30.0, -8.0, -3.0, 0.0, 4.0])
def test_the_sums_agree_with_those_of_the_exact_engine(
    events: list[int], totals: list[int], log_r: float
) -> None:
    y, n = np.array(events), np.array(totals)
    found = beta_binomial(events, totals, 0.3, float(np.exp(0.5 * log_r))).value[0]
    cells = Cells(y, y, n, np.ones_like(y))
    known = BetaBinomial.of(cells)(np.array([[0.3]]), np.array([[log_r]]))[0, 0]
    assert found + log_choose(n, y).sum() == pytest.approx(known, abs=ROUNDING, rel=1e-12)


def assert_slopes(low: Slopes, at: Slopes, high: Slopes, wide: Slopes, narrow: Slopes) -> None:
    """Check each derivative against a central difference of the one below it."""

    def near(found: object, up: np.ndarray, down: np.ndarray) -> None:
        difference = (up - down) / (2.0 * STEP)
        assert found == pytest.approx(difference, abs=DIFFERENCE_ERROR, rel=DIFFERENCE_ERROR)

    near(at.by_location, high.value, low.value)
    near(at.by_spread, wide.value, narrow.value)
    near(at.by_location_twice, high.by_location, low.by_location)
    near(at.by_both, wide.by_location, narrow.by_location)
    near(at.by_spread_twice, wide.by_spread, narrow.by_spread)


@pytest.mark.parametrize(
    ("y", "n", "mu", "tau"),
    [(3, 10, -1.0, 0.7), (10, 10, 2.0, 1.5), (0, 5, -2.0, 0.01), (300, 500, 0.3, 0.8)],
)
def test_the_derivatives_of_the_integral_are_its_differences(
    y: int, n: int, mu: float, tau: float
) -> None:
    def at(up: int, out: int) -> Slopes:
        return logit_normal_slopes(y, n, mu + up * STEP, tau + out * STEP)

    assert_slopes(at(-1, 0), at(0, 0), at(1, 0), at(0, 1), at(0, -1))


@pytest.mark.parametrize("spread", [0.1, 0.4, 3.0])
def test_the_derivatives_of_the_sums_are_their_differences(spread: float) -> None:
    def at(up: int, out: int) -> Slopes:
        location, width = 0.3 + up * STEP, spread + out * STEP
        return beta_binomial([3, 10, 0, 70], [10, 10, 5, 90], location, width)

    assert_slopes(at(-1, 0), at(0, 0), at(1, 0), at(0, 1), at(0, -1))


@pytest.mark.parametrize("location", [-4.0, 0.0, 2.5])
def test_without_spread_both_families_are_the_binomial(location: float) -> None:
    y, n = 7, 9
    p = 1.0 / (1.0 + np.exp(-location))
    known = y * np.log(p) + (n - y) * np.log1p(-p)
    both = [logit_normal_slopes(y, n, location, 0.0), beta_binomial([y], [n], location, 0.0)]
    for slopes in both:
        assert slopes.value[0] == pytest.approx(known, rel=1e-13)
        assert slopes.by_location[0] == pytest.approx(y - n * p, rel=1e-12)
        assert slopes.by_location_twice[0] == pytest.approx(-n * p * (1 - p), rel=1e-12)
        assert abs(slopes.by_spread[0]) < 1e-13


@pytest.mark.parametrize("n", [10**8, 10**9])
def test_patients_without_number_leave_the_density_of_their_rate(n: int) -> None:
    mu, tau = 0.3, 0.8
    apart = float(np.log(3.0 / 7.0)) - mu
    found = logit_normal_slopes(n // 10 * 3, n, mu, tau)
    assert found.by_location[0] == pytest.approx(apart / tau**2, rel=1e-6)
    assert found.by_spread[0] == pytest.approx((apart / tau) ** 2 / tau - 1.0 / tau, rel=1e-6)
    assert found.by_location_twice[0] == pytest.approx(-1.0 / tau**2, rel=1e-3)


@pytest.mark.parametrize("tau", [0.0, 0.02, 0.85, 4.0])
@pytest.mark.parametrize("largest", [30, LARGEST, 20_000])
def test_a_lattice_shared_by_studies_gives_what_their_own_give(largest: int, tau: float) -> None:
    rng = np.random.default_rng(largest)
    totals = np.append(rng.integers(1, largest, size=5), largest)
    events = rng.binomial(totals, 0.9, size=(7, 6))
    mu, spread = rng.normal(2.0, 0.7, size=7), np.full(7, tau)
    together = data_set_slopes(events, totals, mu, spread)
    own = logit_normal_slopes(events, totals, mu[:, None], spread[:, None])
    for field in Slopes.__slots__:
        known = getattr(own, field).reshape(7, 6).sum(axis=1)
        scale = float(np.square(totals, dtype=float).sum())
        assert getattr(together, field) == pytest.approx(known, rel=1e-9, abs=1e-13 * scale)


def test_each_data_set_of_a_batch_has_its_own_sums() -> None:
    events = np.array([[3, 70, 0], [0, 200, 5], [10, 65, 2]])
    totals = np.array([10, 500, 5])
    batch = BetaBinomialSlopes.of(events, totals)
    location, spread = np.array([0.1, -0.4, 1.0]), np.array([0.3, 0.9, 0.01])
    together = batch(np.array([0, 1, 2]), location, spread)
    for row in range(3):
        alone = beta_binomial(events[row].tolist(), totals.tolist(), location[row], spread[row])
        assert together.value[row] == pytest.approx(alone.value[0], rel=1e-13)
        assert together.by_both[row] == pytest.approx(alone.by_both[0], rel=1e-11)
