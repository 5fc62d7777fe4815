"""The mean of the logistic function of a normal variable, against arbitrary precision."""

import mpmath
import numpy as np
import pytest

from metaprop.core.logistic_mean import (
    HERMITE,
    LATTICES,
    logit_average,
    logit_average_and_slope,
)

RELATIVE = 1e-10  # the rules' own, within 25 of 0
SWITCHES = (*HERMITE, *LATTICES)


def by_mpmath(mu: float, tau: float) -> float:
    def integrand(z: mpmath.mpf) -> mpmath.mpf:
        return mpmath.npdf(z) / (1 + mpmath.exp(-(mu + tau * z)))

    with mpmath.workdps(20):
        mean = mpmath.quad(integrand, range(-10, 15 + round(tau), 4))
        return float(mpmath.log(mean) - mpmath.log(1 - mean))


@pytest.mark.parametrize("tau", [1e-3, *(s * f for s in SWITCHES for f in (0.999, 1.001))])
def test_either_side_of_every_switch_of_rules_is_accurate(tau: float) -> None:
    at = np.array([[-20.0, -0.3, 6.0]])
    found = logit_average(at, np.log([[tau]]))[0]
    known = [by_mpmath(float(mu), tau) for mu in at[0]]
    assert found == pytest.approx(known, rel=RELATIVE, abs=RELATIVE)


@pytest.mark.parametrize("tau", [1e-9, 0.2, 0.7, 3.0, 7.9])
def test_far_from_0_the_odds_are_those_of_a_log_normal_variable(tau: float) -> None:
    at = np.array([[-6000.0, -700.0, -641.0, -639.0, 639.0, 641.0, 9000.0]])
    found = logit_average(at, np.log([[tau]]))
    assert found == pytest.approx(at - np.sign(at) * 0.5 * tau**2, rel=RELATIVE)


@pytest.mark.parametrize("tau", [1e-3, 0.7, 3.0, 7.9, 8.1, 1e4, 1e12])
def test_the_slope_is_that_of_the_logit(tau: float) -> None:
    at, log_tau = np.array([[-20.0, -0.3, 0.0, 6.0]]), np.log([[tau]])
    found, slope = logit_average_and_slope(at, log_tau)
    assert np.array_equal(found, logit_average(at, log_tau))
    step = 0.01 * (1.0 + tau)
    values = [logit_average(at + k * step, log_tau) for k in (-2, -1, 1, 2)]
    known = (values[0] - 8.0 * values[1] + 8.0 * values[2] - values[3]) / (12.0 * step)
    assert slope == pytest.approx(known, rel=1e-9)


def test_the_slope_is_1_where_the_odds_are_in_proportion() -> None:
    _, slope = logit_average_and_slope(np.array([[-900.0, 700.0]]), np.log([[2.0]]))
    assert np.array_equal(slope, [[1.0, 1.0]])
