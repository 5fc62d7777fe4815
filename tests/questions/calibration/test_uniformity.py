from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaprop.questions.calibration.uniformity import BINS, LEVEL, band, bin_band, ranks_of

SAMPLES = 2000


def test_the_band_holds_uniform_ecdfs_with_its_probability() -> None:
    n, rng = 250, np.random.default_rng(11)
    at = np.arange(1, 100) / 100
    ecdf = np.array([(rng.random(n)[:, None] <= at).mean(axis=0) for _ in range(SAMPLES)])
    low, high = band(n)
    share = ((ecdf >= low - 1e-12) & (ecdf <= high + 1e-12)).all(axis=1).mean()
    # two simulations, each of 2,000 samples: standard error of their difference 0.3 %
    assert abs(share - LEVEL) < 5 * np.sqrt(2 * LEVEL * (1 - LEVEL) / SAMPLES)


def test_the_kolmogorov_p_value_is_that_of_scipy() -> None:
    numbers = np.random.default_rng(5).random(400)
    found = ranks_of("average", numbers)
    assert found.p_value == pytest.approx(stats.kstest(numbers, "uniform", method="asymp").pvalue)
    assert sum(found.counts) == 400


@pytest.mark.parametrize(("a", "b"), [(1.3, 1.0), (1.3, 1.3), (0.75, 0.75)])
def test_what_is_shifted_too_wide_or_too_narrow_leaves_the_band(a: float, b: float) -> None:
    numbers = np.random.default_rng(1).beta(a, b, 2000)
    found = ranks_of("average", numbers)
    assert not found.inside
    assert ranks_of("average", np.random.default_rng(1).random(2000)).inside


@pytest.mark.parametrize("replicates", [50, 1000])
def test_bins_of_uniform_numbers_stay_inside_their_band_as_often_as_said(replicates: int) -> None:
    counts = np.random.default_rng(3).multinomial(replicates, np.full(BINS, 1.0 / BINS), 4000)
    low, high = bin_band(replicates, BINS, 0.9)
    inside = ((counts >= low) & (counts <= high)).all(axis=1).mean()
    assert 0.9 - 4.0 * np.sqrt(0.09 / 4000) < inside < 0.99
    assert low < replicates / BINS < high
