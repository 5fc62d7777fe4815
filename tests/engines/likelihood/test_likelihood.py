"""One study's log likelihood in each family, against arbitrary precision and against sums."""

import mpmath
import numpy as np
import pytest

from metaprop.engines.likelihood.beta_binomial import BetaBinomial
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.logit_normal import LogitNormal

Family = type[BetaBinomial] | type[LogitNormal]
NEAR = 12.0  # nats from the best node: farther out a study carries no posterior mass
LOGIT_NORMAL_ERROR = 1e-8  # the rule's own, near
SAME = 1e-11  # rounding: few nodes take a log a factor, many multiply the factors
BETA_BINOMIAL_ERROR = 1e-8  # rounding: 2e-16 of terms that reach 10^7 at a million patients


def beta_binomial(y: int, n: int, location: float, log_r: float) -> float:
    with mpmath.workdps(60):
        m = 1 / (1 + mpmath.exp(-mpmath.mpf(location)))
        kappa = mpmath.exp(-mpmath.mpf(log_r))
        a, b = m * kappa, (1 - m) * kappa
        top = mpmath.loggamma(a + y) + mpmath.loggamma(b + n - y) - mpmath.loggamma(kappa + n)
        below = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(kappa)
        return float(mpmath.log(mpmath.binomial(n, y)) + top - below)


def logit_normal(y: int, n: int, mu: float, tau: float) -> float:
    def integrand(theta: mpmath.mpf) -> mpmath.mpf:
        p = 1 / (1 + mpmath.exp(-theta))
        return p**y * (1 - p) ** (n - y) * mpmath.npdf(theta, mu, tau)

    with mpmath.workdps(30):
        ends = [mu + tau * z for z in range(-14, 15)]
        return float(mpmath.log(mpmath.binomial(n, y) * mpmath.quad(integrand, ends)))


@pytest.mark.parametrize(
    ("y", "n"), [(0, 1), (3, 10), (10, 10), (70, 100), (0, 5000), (123_456, 1_000_000)]
)
@pytest.mark.parametrize("log_r", [-60.0, -30.0, -8.0, -2.0, 1.0, 20.0])
def test_the_beta_binomial_agrees_with_arbitrary_precision(y: int, n: int, log_r: float) -> None:
    likelihood = BetaBinomial.of(Cells.single(y, y, n))
    for location in (-9.0, -2.0, 0.0, 3.5):
        found = likelihood(np.array([[location]]), np.array([[log_r]]))[0, 0]
        known = beta_binomial(y, n, location, log_r)
        assert found == pytest.approx(known, abs=BETA_BINOMIAL_ERROR, rel=1e-12)


@pytest.mark.parametrize("log_r", [-20.3, -3.0])
def test_a_long_range_that_is_improbable_is_no_noise(log_r: float) -> None:
    likelihood = BetaBinomial.of(Cells.single(51, 153, 153))
    for location in (-5.0, -3.96223552, -2.0, 0.5):
        found = likelihood(np.array([[location]]), np.array([[log_r]]))[0, 0]
        parts = [beta_binomial(y, 153, location, log_r) for y in range(51, 154)]
        assert found == pytest.approx(np.logaddexp.reduce(parts), abs=BETA_BINOMIAL_ERROR)


@pytest.mark.parametrize(("y", "n"), [(0, 5), (3, 10), (10, 10), (1, 40), (60, 90)])
@pytest.mark.parametrize("tau", [1e-4, 0.05, 0.3, 0.7, 2.0, 9.0])
def test_the_logit_normal_agrees_with_arbitrary_precision(y: int, n: int, tau: float) -> None:
    likelihood = LogitNormal.of(Cells.single(y, y, n))
    centre = float(np.log(y + 0.5) - np.log(n - y + 0.5))
    for mu in (centre - 1.0, centre, centre + 1.5):
        found = likelihood(np.array([[mu]]), np.array([[np.log(tau)]]))[0, 0]
        assert found == pytest.approx(logit_normal(y, n, mu, tau), abs=LOGIT_NORMAL_ERROR)


@pytest.mark.parametrize("family", [BetaBinomial, LogitNormal], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("low", "high"), [(1, 12), (0, 3), (4, 9), (11, 12), (2, 150), (90, 250)])
def test_a_range_is_the_sum_of_its_counts(family: Family, low: int, high: int) -> None:
    n = 12 if high <= 12 else 300
    x, log_spread = np.linspace(-3.0, 3.0, 7)[None, :], np.array([[-0.7]])
    counts = [family.of(Cells.single(y, y, n))(x, log_spread) for y in range(low, high + 1)]
    together = family.of(Cells.single(low, high, n))(x, log_spread)
    summed = np.logaddexp.reduce(counts)
    near = summed > summed.max() - NEAR
    assert together[near] == pytest.approx(summed[near], abs=LOGIT_NORMAL_ERROR)


@pytest.mark.parametrize("family", [BetaBinomial, LogitNormal], ids=lambda f: f.__name__)
def test_studies_are_multiplied(family: Family) -> None:
    y, n = np.array([3, 9, 9, 0]), np.array([5, 9, 9, 2_000])
    times = np.array([1, 2, 1, 1])
    x, log_spread = (
        np.linspace(-2.0, 2.0, 5)[None, :] + np.zeros((3, 1)),
        np.array([[-4.0], [-1.0], [1.0]]),
    )
    together = family.of(Cells(y, y, n, times))(x, log_spread)
    each = [
        family.of(Cells.single(a, a, b))(x, log_spread) * t
        for a, b, t in zip(y, n, times, strict=True)
    ]
    assert together == pytest.approx(np.sum(each, axis=0), abs=1e-8)


@pytest.mark.parametrize("family", [BetaBinomial, LogitNormal], ids=lambda f: f.__name__)
def test_many_nodes_at_once_say_what_each_says_alone(family: Family) -> None:
    y, n = np.array([3, 9, 9, 1, 0, 40]), np.array([5, 9, 12, 30, 64, 90])
    likelihood = family.of(Cells(y, y, n, np.array([1, 2, 12, 1, 3, 1])))
    x = np.linspace(-4.0, 4.0, 60)[None, :] + np.zeros((24, 1))
    log_spread = np.linspace(-25.0, 2.0, 24)[:, None]
    together = likelihood(x, log_spread)
    each = [likelihood(x[row : row + 1], log_spread[row : row + 1])[0] for row in range(24)]
    assert together == pytest.approx(np.array(each), abs=SAME, rel=SAME)


@pytest.mark.parametrize("logit", [-720.0, 720.0])
@pytest.mark.parametrize("log_r", [-160.0, 160.0])
def test_a_range_has_a_likelihood_where_a_rate_is_not_a_double(logit: float, log_r: float) -> None:
    x, log_spread = np.array([[logit]]), np.array([[log_r]])
    found = BetaBinomial.of(Cells.single(7, 12, 12))(x, log_spread)
    counts = [BetaBinomial.of(Cells.single(y, y, 12))(x, log_spread) for y in range(7, 13)]
    assert found == pytest.approx(np.logaddexp.reduce(counts), abs=1e-9)
