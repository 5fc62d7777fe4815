from __future__ import annotations

import pytest

from metaprop.assumptions.model import default_models
from metaprop.questions.implied import TOLERANCE, implied_prior


def test_the_implied_prior_is_that_of_the_model_file() -> None:
    logit_normal = default_models()[0]
    typical = implied_prior(logit_normal, [0.9], 0.95, "equal-tailed")[1]
    assert typical.estimand == "typical"
    # mu is logistic, so the typical rate is uniform
    assert typical.interval.low == pytest.approx(0.025, abs=10 * TOLERANCE)
    assert typical.probability(0.9).value == pytest.approx(0.1, abs=10 * TOLERANCE)
