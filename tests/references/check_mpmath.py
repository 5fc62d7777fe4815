"""Whole problems once more with mpmath, by other rules and in other coordinates.

From the project's root::

    PYTHONPATH=tests python -m references.check_mpmath

Beta-binomial: products of (m (1 - rho) + j rho), Gauss-Legendre over (m, rho) on (0, 1) x (0, 1).
Logit-normal: trapezoids over mu and theta (or z), Gauss-Legendre over tau. The former in 25 digits,
the latter in 80 bits (mpmath would take hours).
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
from mpmath.calculus.quadrature import GaussLegendre

from problems import PROBLEMS, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET = Path(__file__).with_name("exact.json")
AGREEMENT = 1e-12
Extended = np.longdouble
STEP = Extended("0.2")  # a trapezoid over a pole at i pi errs by about exp(-2 pi^2 / 0.2)
PI = Extended("3.14159265358979323846264")
CHECKED = (
    "k1_zero/beta-binomial/default",
    "k1/beta-binomial/default",
    "k2_opposite/beta-binomial/default",
    "k2_opposite/beta-binomial/uniform",
    "all_events5/beta-binomial/default",
    "k1_zero/logit-normal/default",
    "k1/logit-normal/default",
    "k2_opposite/logit-normal/default",
    "all_events5/logit-normal/default",
)


def _gauss(edges: list[Any], degree: int) -> list[tuple[Any, Any]]:
    """Nodes and weights of composite Gauss-Legendre."""
    rule = GaussLegendre(mp.mp)
    base = rule.calc_nodes(degree, mp.mp.prec)
    found = []
    for a, b in pairwise(edges):
        half, centre = (mp.mpf(b) - a) / 2, (mp.mpf(b) + a) / 2
        found += [(centre + half * x, half * w) for x, w in base]
    return found


def _rising(start: Any, step: Any, count: int) -> Any:
    return mp.fprod(start + j * step for j in range(count))


def beta_binomial(problem: Problem) -> tuple[Any, Any, Any]:
    """Log Z, E[m] and E[rho], from the first factors (j = 0) with (1 - rho) cancelled."""
    _, a, b = problem.heterogeneity if problem.heterogeneity[0] == "beta" else ("", 1, 1)
    ms = _gauss([mp.mpf(x) for x in ("0", "0.5", "0.9", "1")], 5)
    rhos = _gauss([mp.mpf(x) for x in ("0", "0.003", "0.02", "0.1", "0.4", "1")], 4)
    sums = [mp.mpf(0)] * 3
    cells = list(zip(problem.events_low, problem.totals, strict=True))
    choose = mp.fprod(mp.binomial(n, y) for y, n in cells)
    for rho, wr in rhos:
        rest = 1 - rho
        prior = rho ** (mp.mpf(a) - 1) * rest ** (mp.mpf(b) - 1) / mp.beta(a, b) * wr
        bottom = mp.fprod(_rising(rest + rho, rho, n - 1) for _, n in cells)
        for m, wm in ms:
            top = mp.mpf(1)
            for y, n in cells:
                left = m * _rising(m * rest + rho, rho, y - 1) if y else mp.mpf(1)
                c = 1 - m
                right = c * _rising(c * rest + rho, rho, n - y - 1) if n > y else mp.mpf(1)
                both = rest if 0 < y < n else mp.mpf(1)
                top *= left * right * both
            mass = choose * top / bottom * prior * wm
            sums = [s + mass * x for s, x in zip(sums, (mp.mpf(1), m, rho), strict=True)]
    return mp.log(sums[0]), sums[1] / sums[0], sums[2] / sums[0]


def _theta_rule(tau: Extended) -> tuple[NDArray[Extended], NDArray[Extended]]:
    """Trapezoid over N(0, tau^2), in z below tau = 1 and in theta above."""
    step = STEP / max(tau, Extended(1))
    z = step * np.arange(-np.ceil(9 / step), np.ceil(9 / step) + 1, dtype=Extended)
    return tau * z, np.exp(-z * z / 2) * step / np.sqrt(2 * PI)


def logit_normal(problem: Problem) -> tuple[Any, Any, Any]:
    """Log Z, E[average] and E[tau] under Logistic(0, 1) and HalfNormal(1), in 80 bits."""
    mu = STEP * np.arange(-200, 201, dtype=Extended)
    prior_mu = STEP / (1 + np.exp(-mu)) / (1 + np.exp(mu))
    cells = list(zip(problem.events_low, problem.totals, strict=True))
    sums = [Extended(0)] * 3
    for node, weight in _gauss([0, 1, 2, 4, 9], 4):
        tau, wt = Extended(mp.nstr(node, 22)), Extended(mp.nstr(weight, 22))
        shift, w = _theta_rule(tau)
        theta = mu[:, None] + shift
        p, q = 1 / (1 + np.exp(-theta)), 1 / (1 + np.exp(theta))
        mass = prior_mu * np.sqrt(2 / PI) * np.exp(-tau * tau / 2) * wt
        for y, n in cells:
            mass = mass * ((p**y * q ** (n - y)) @ w)
        for i, value in enumerate((np.ones_like(mu), p @ w, np.full_like(mu, tau))):
            sums[i] += mass @ value
    choose = mp.fsum(mp.log(mp.binomial(n, y)) for y, n in cells)
    total, average, spread = (mp.mpf(np.format_float_scientific(x, 22)) for x in sums)
    return choose + mp.log(total), average / total, spread / total


def main() -> int:
    """Print the differences; 1 if one is too large."""
    mp.mp.dps = 25
    stored = json.loads(TARGET.read_text(encoding="utf-8"))["posteriors"]
    worst = mp.mpf(0)
    for problem in [p for p in PROBLEMS if p.id in CHECKED]:
        found = stored[problem.id]
        spread = found["tau" if problem.family == "logit-normal" else "rho"]
        ours = (found["log_marginal_likelihood"], found["average"]["mean"], spread["mean"])
        solve = logit_normal if problem.family == "logit-normal" else beta_binomial
        gaps = [abs(a - b[0]) for a, b in zip(solve(problem), ours, strict=True)]
        worst = max(worst, *gaps)
        line = ", ".join(mp.nstr(gap, 2) for gap in gaps)
        sys.stdout.write(f"{problem.id}: log Z, mean average, mean spread differ by {line}\n")
        sys.stdout.flush()
    return int(worst > AGREEMENT)


if __name__ == "__main__":
    sys.exit(main())
