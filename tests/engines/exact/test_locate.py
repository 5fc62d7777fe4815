"""How far a posterior reaches, from its heights at a few points."""

import numpy as np
import pytest

from metaprop.engines.exact.locate import extent, find_modes

POINTS = np.arange(-8.0, 9.0)


@pytest.mark.parametrize("cut", [3.0, 9.5, 18.0])
def test_a_normal_density_reaches_as_far_as_its_formula_says(cut: float) -> None:
    low, high = extent(-0.5 * (POINTS - 0.3) ** 2, POINTS, cut)
    # a straight line cuts a parabola's corner by at most an eighth over the slope
    assert [low, high] == pytest.approx(0.3 + np.sqrt(2 * cut) * np.array([-1, 1]), abs=0.06)


def test_ends_that_are_still_too_high_are_infinite() -> None:
    assert extent(-0.5 * POINTS**2, POINTS, 50.0) == (-np.inf, np.inf)


def test_where_the_support_ends_the_next_point_is_taken() -> None:
    heights = np.where(np.abs(POINTS) < 3.0, -0.5 * POINTS**2, -np.inf)
    assert extent(heights, POINTS, 10.0) == (-3.0, 3.0)


def test_a_cliff_in_one_row_does_not_make_the_others_hopeless() -> None:
    def both(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
        cliff = -3e3 - 1e13 * np.maximum(-0.3 - x, 0.0) - np.maximum(x + 0.3, 0.0)
        return np.where(rows[:, None] == 0.0, -0.5 * ((x - 0.1) / 0.01) ** 2, cliff)

    # a parabola down a cliff and up again rises by 1e11
    ends = np.full(2, -4.0), np.full(2, 4.0)
    modes = find_modes(both, np.array([0.0, 1.0]), *ends, cliffs=True)
    assert modes.at[0] == pytest.approx(0.1, abs=1e-6)
    assert modes.width[0] == pytest.approx(0.01, rel=1e-6)
    assert modes.height == pytest.approx([0.0, -3e3], abs=3.0)
