"""The joint model's answers: one record a fit, with and without consequences."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop import read_dataset
from metaprop.assumptions.model import default_joint_model
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.joint import ask_joint

if TYPE_CHECKING:
    from metaprop.questions.joint_answers import JointAnswer

pytestmark = pytest.mark.xdist_group("nuts")
# the records are what is tested here, not the draws in them
SHORT = Settings(chains=2, tune=300, draws=150, seed=1)


@cache
def answers() -> tuple[JointAnswer, ...]:
    group = read_dataset(Path(__file__).parents[2] / "data" / "kalantar2026").groups[
        "complications"
    ]
    return ask_joint("complications", group, default_joint_model(), settings=SHORT)


def test_a_group_is_fitted_with_and_without_consequences() -> None:
    whole, without = answers()
    assert whole.left_out == ()
    assert without.left_out == ("reoperation",)
    assert {one.id for one in whole.types} - {one.id for one in without.types} == {"reoperation"}
    assert "any_complication" not in {one.id for one in whole.types}


def test_every_number_of_a_type_has_its_error() -> None:
    for one in answers()[1].types:
        assert [entry.above for entry in one.average.above] == [0.05, 0.1, 0.2]
        low, median, high = (quantile.value for quantile in one.average.quantiles)
        assert 0.0 < low.value < median.value < high.value < 1.0
        assert all(number.error > 0.0 for number in (low, median, high, one.average.mean))
        assert one.new_study.quantiles[2].value.value > high.value


def test_ranks_and_the_matrix_say_the_same() -> None:
    answer = answers()[1]
    more = np.array([[entry.value for entry in row] for row in answer.more_frequent])
    assert np.isnan(more.diagonal()).all()
    assert all(row[c].undefined for c, row in enumerate(answer.more_frequent))
    expected = 1.0 + np.nansum(more, axis=0)
    np.testing.assert_allclose([one.mean_rank for one in answer.types], expected)
    np.testing.assert_allclose(np.sum([one.ranks for one in answer.types], axis=0), 1.0)


def test_the_parameters_are_told() -> None:
    told = {one.name: one for one in answers()[0].parameters}
    assert list(told) == ["alpha", "sigma_alpha", "lambda", "omega"]
    assert told["lambda"].quantiles[0].value.value > 0.0
