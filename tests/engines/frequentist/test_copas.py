"""The Copas selection model: its parts, then metasens.

Left out, with the reason:

- GLMM as the start of the fits: it belongs to the one-step models.
- Arcsine (both ways of ``left``), Freeman-Tukey with a grid of 30, corrected logits (``all``) with
  grids of 30 and 40, 1 instead of 0.5 added: the likelihood has several maxima at some nodes of
  the grid, R's search ends in another one (or fails and keeps the value of the node before), and
  the contours differ.
- Standard errors where rho lies on its bound: R takes difference quotients beyond the bound, and
  the error of the step before where they do not exist; here it is always that one.
- P at one step of one setting (``TREND``): the same, in the model with a trend.
- Data sets for which R stops with an error: here a reason is given.
"""

import re
from typing import Any

import numpy as np
import pytest

from engines.frequentist.r_values import META, R, counts, numbers
from metaprop.core.errors import OptionError
from metaprop.core.scales import expit
from metaprop.engines.frequentist.effects import Effects, effects
from metaprop.engines.frequentist.small_study import reasons
from metaprop.engines.frequentist.small_study.bounded_descent import minimise
from metaprop.engines.frequentist.small_study.contours import contour_lines, round_levels
from metaprop.engines.frequentist.small_study.copas import (
    ALL_EMPTY,
    AT_BOUND,
    NEVER,
    UNSTABLE,
    CopasAnalysis,
    CopasPlan,
    copas,
)
from metaprop.engines.frequentist.small_study.selection import Selection

SWEEP = R["copas_sweep"]
OTHER_MAXIMA = {
    "PAS left FALSE slope auto ngrid 20",
    "PAS left TRUE slope auto ngrid 20",
    "PAS left auto slope auto ngrid 20",
    "PFT left auto slope auto ngrid 30",
    "PLOGIT_all left auto slope auto ngrid 30",
    "PLOGIT_all left auto slope auto ngrid 40",
    "PLOGIT_only0_incr1 left auto slope auto ngrid 20",
}
TREND = {"PFT left auto slope 1 ngrid 20"}
SETTINGS = sorted(key for key in SWEEP if "GLMM" not in key and key not in OTHER_MAXIMA)
SEARCHED = 2e-4
"""R's search stops at relative gains of 2e-9: what that leaves open in a mean or a P."""


def setting(key: str) -> tuple[Effects, CopasPlan]:
    found = re.fullmatch(r"(\S+) left (\S+) slope (\S+) ngrid (\d+)", key)
    assert found
    name, left, slope, grid = found.groups()
    amount = re.search(r"incr([\d.]+)", name)
    made = effects(
        *counts("union17"),
        META[name.split("_")[0]],
        "all" if "_all" in name else "only0",
        float(amount[1]) if amount else 0.5,
    )
    plan = CopasPlan(
        grid=int(grid),
        slope=None if slope == "auto" else float(slope),
        left=None if left == "auto" else left == "TRUE",
        tau2="dl" if name.endswith("DL") else "reml",
    )
    return made, plan


def agrees(ours: CopasAnalysis, theirs: dict[str, Any], *, trend: bool = True) -> None:
    means = [step.fit.mean for step in ours.steps]
    assert ours.slope == pytest.approx(numbers(theirs["slope"])[0], abs=SEARCHED)
    assert means == pytest.approx(numbers(theirs["TE.slope"]), abs=SEARCHED)
    published = [step.published for step in ours.steps]
    assert published == pytest.approx(numbers(theirs["publprob"]), abs=SEARCHED)
    if trend:
        p = [step.residual_p for step in ours.steps]
        key = "path" if "path" in theirs else "pval.rsb"
        assert p == pytest.approx(numbers(theirs[key]), abs=SEARCHED)


def test_the_setting_behind_the_printed_p_value_gives_it() -> None:
    key = "PLOGIT_all left auto slope auto ngrid 20"
    ours = copas(*setting(key))
    agrees(ours, SWEEP[key])
    found = ours.adjusted
    assert found is not None
    assert round(found.residual_p, 5) == 0.34108
    assert round(found.unpublished, 1) == 14.9
    rates = 100 * expit([found.fit.mean, found.ci_low, found.ci_high])
    assert rates == pytest.approx([83.2, 74.8, 89.2], abs=0.05)
    assert any(message.startswith(AT_BOUND) for message in ours.messages)
    assert any(message.startswith(UNSTABLE) for message in ours.messages)


@pytest.mark.slow
@pytest.mark.parametrize("key", SETTINGS)
def test_every_other_setting_is_that_of_metasens(key: str) -> None:
    agrees(copas(*setting(key)), SWEEP[key], trend=key not in TREND)


@pytest.mark.slow
@pytest.mark.parametrize("data", ["hannum2020", "nielweise2007_trt", "huge_small", "union17"])
def test_other_data_sets_are_those_of_metasens(data: str) -> None:
    theirs = R["copas"][data]["PLOGIT"]
    ours = copas(effects(*counts(data)))
    agrees(ours, theirs)
    assert [step.fit.rho for step in ours.steps] == pytest.approx(
        numbers(theirs["rho.slope"]), abs=0.01
    )
    if theirs["TE.adjust"] is None:
        assert ours.adjusted is None
        assert any(message.startswith(NEVER) for message in ours.messages)
    else:
        assert ours.adjusted is not None
        assert ours.adjusted.fit.mean == pytest.approx(theirs["TE.adjust"], abs=SEARCHED)
        if not ours.adjusted.borrowed:
            assert ours.adjusted.se == pytest.approx(theirs["seTE.adjust"], abs=SEARCHED)


@pytest.mark.parametrize(
    ("events", "totals", "reason"),
    [
        ([3, 4], [5, 9], reasons.TOO_FEW),
        ([5, 5, 5], [20, 20, 20], reasons.SAME_SIZE),
        ([0, 0, 7], [20, 10, 7], ALL_EMPTY),
    ],
)
def test_data_without_an_answer_get_a_reason(
    events: list[int], totals: list[int], reason: str
) -> None:
    found = copas(effects(events, totals))
    assert found.adjusted is None
    assert found.steps == ()
    assert any(message.startswith(reason) for message in found.messages)


def test_several_data_sets_and_impossible_plans_are_refused() -> None:
    with pytest.raises(OptionError, match="several data sets"):
        copas(effects([[3, 4, 5]], [[9, 9, 9]]))
    with pytest.raises(OptionError) as caught:
        CopasPlan(grid=2, bound=1.5)
    assert [problem.where for problem in caught.value.problems] == ["grid", "bound"]


@pytest.mark.parametrize("point", [[2.0, 0.5, 0.3], [1.5, -0.9, 0.1], [2.2, 0.3, 0.5, 0.4]])
@pytest.mark.parametrize("gammas", [(0.5, 0.8), (-1.0, 1.5)])
def test_the_gradient_of_the_likelihood_is_its_difference_quotient(
    point: list[float], gammas: tuple[float, float]
) -> None:
    found = effects(*counts("hannum2020"))
    studies = (found.estimate, np.sqrt(found.variance))
    selection, at = Selection.of(studies, gammas, 0.9999), np.array(point)
    _, gradient = selection.minus_log_likelihood(at)
    for i in range(at.size):
        step = 1e-6 * np.eye(at.size)[i]
        above, below = (selection.minus_log_likelihood(at + side * step)[0] for side in (1, -1))
        assert gradient[i] == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-5)


def test_without_selection_the_likelihood_is_that_of_random_effects() -> None:
    y, v = np.array([0.3, 1.0, -0.2]), np.array([0.5, 0.3, 0.9])
    selection = Selection.of((y, np.sqrt(v)), (20.0, 0.0), 0.9999)
    value, _ = selection.minus_log_likelihood(np.array([0.4, 0.5, 0.6]))
    total = v + 0.36
    assert value == pytest.approx(0.5 * np.sum(np.log(total) + (y - 0.4) ** 2 / total))


def test_a_quadratic_between_bounds_is_minimised_on_them() -> None:
    b, c = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]]), np.array([1.0, -4.0, 2.0])

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(0.5 * x @ b @ x - c @ x), b @ x - c

    free = minimise(objective, np.zeros(3), np.full(3, -np.inf), np.full(3, np.inf))
    assert free.settled
    assert free.point == pytest.approx(np.linalg.solve(b, c), abs=1e-4)
    held = minimise(objective, np.ones(3), np.zeros(3), np.ones(3))
    _, gradient = objective(held.point)
    inside = (held.point > 0.0) & (held.point < 1.0)
    assert np.abs(gradient[inside]) == pytest.approx(0.0, abs=1e-4)
    assert np.all(gradient[held.point == 0.0] >= 0.0)
    assert np.all(gradient[held.point == 1.0] <= 0.0)
    assert not inside.all()


def test_a_curved_valley_is_followed_to_its_end() -> None:
    def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = x
        slope = [-400.0 * a * (b - a * a) - 2.0 * (1.0 - a), 200.0 * (b - a * a)]
        return float(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2), np.array(slope)

    found = minimise(rosenbrock, np.array([-1.2, 1.0]), np.full(2, -5.0), np.full(2, 5.0))
    assert found.point == pytest.approx([1.0, 1.0], abs=1e-3)


def test_contours_of_a_plane_are_straight_lines_across_its_slope() -> None:
    x = np.linspace(0.0, 1.0, 8)
    heights = 2.0 * x[:, None] + 1.0 * x[None, :]
    lines = contour_lines(heights, np.array([1.1, 1.7]))
    assert [line.slope for line in lines] == pytest.approx([-2.0, -2.0])
    assert [line.intercept for line in lines] == pytest.approx([1.1, 1.7])
    assert all(line.adjusted_r2 == pytest.approx(1.0) for line in lines)


def test_contours_of_a_hill_close_and_those_of_two_hills_are_two() -> None:
    x = np.linspace(-1.0, 1.0, 21)
    one = -(x[:, None] ** 2) - x[None, :] ** 2
    assert len(contour_lines(one, np.array([-0.3]))) == 1
    two = np.maximum(one, -((x[:, None] - 0.9) ** 2) - (x[None, :] - 0.9) ** 2)
    assert len(contour_lines(two, np.array([-0.1]))) == 2


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 1.0, 11), (-1.42, 2.5, 9), (0.03, 0.034, 9), (-1000.0, 3500.0, 10)],
)
def test_levels_are_round_and_cover_the_range(low: float, high: float, expected: int) -> None:
    levels = round_levels(low, high, 10)
    assert levels[0] <= low
    assert levels[-1] >= high
    assert len(levels) == expected
