from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from metaprop.core.errors import OptionError
from metaprop.engines.nuts.covariate import Coding


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_every_two_groups_differ_by_one_prior_of_the_coefficient(levels: int) -> None:
    coding = Coding.of([f"g{i}" for i in range(levels)])
    assert coding.rows.shape == (levels, levels - 1)
    assert coding.rows.sum(axis=0) == pytest.approx(0.0, abs=1e-12)
    for first, second in combinations(coding.rows, 2):
        assert np.sum((first - second) ** 2) == pytest.approx(1.0)


def test_two_standard_deviations_of_a_number_are_one_step() -> None:
    values = [3.0, 9.0, 4.0, 8.0]
    coding = Coding.of(values)
    rows = coding.encode(values)[:, 0]
    assert rows.mean() == pytest.approx(0.0, abs=1e-12)
    assert rows.std(ddof=1) == pytest.approx(0.5)
    assert coding.encode([coding.centre + coding.scale]) == pytest.approx(1.0)


@pytest.mark.parametrize("values", [[2.0, 2.0], ["a", "a"], [1.0, np.nan]])
def test_what_cannot_be_compared_is_refused(values: list[float] | list[str]) -> None:
    with pytest.raises(OptionError, match="covariate"):
        Coding.of(values)
