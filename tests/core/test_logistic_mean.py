"""The mean of the logistic function of a normal variable, against arbitrary precision."""

import mpmath
import numpy as np
import pytest

from metaprop.core.logistic_mean import HERMITE, LATTICES, logit_average

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
