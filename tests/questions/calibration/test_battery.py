"""Many reviews at once are answered as each alone, by the rooms that are tested against R."""

from __future__ import annotations

import numpy as np
import pytest

from metaprop import Studies, default_models, fit
from metaprop.questions.calibration.battery import (
    TOLERANCE,
    answer_by_likelihood,
    answer_closed,
    by_counts,
    closed_forms,
    likelihood_methods,
)
from metaprop.questions.calibration.truth import Truth, generator, review
from metaprop.questions.frequentist.comparison import VARIATIONS
from metaprop.questions.frequentist.pooling import pool, pool_by

TOTALS = np.array([15, 9, 13, 3, 5, 11])
SAME = 1e-10
"""Sums in another order."""
FOUND = 1e-9
"""Limits found by iteration, to 1e-10 nats."""


@pytest.fixture(scope="module")
def reviews() -> np.ndarray:
    truth = Truth("logit-normal", 0.9, 0.7)
    return np.array([review(truth, TOTALS, generator(0, 0, i)) for i in range(12)])


def studies(events: np.ndarray) -> Studies:
    return Studies.of([f"S{i}" for i in range(TOTALS.size)], events.tolist(), TOTALS.tolist())


def test_closed_forms_are_those_of_each_review_alone(reviews: np.ndarray) -> None:
    found, i2 = answer_closed(reviews, TOTALS, 0.9)
    assert found.shape == (len(closed_forms()), 3, 12)
    for place, variation in enumerate(VARIATIONS):
        for column, events in enumerate(reviews):
            alone = pool_by(studies(events), variation.way, 0.9)
            expected = (alone.estimate, alone.ci_low, alone.ci_high)
            np.testing.assert_allclose(found[place, :, column], expected, atol=SAME)
            if place == 0:
                assert i2[column] == pytest.approx(alone.i2, abs=SAME)


def test_models_of_the_counts_are_those_of_the_public_functions(reviews: np.ndarray) -> None:
    models = default_models()
    found = answer_by_likelihood(reviews[:2], TOTALS, models, 0.9)
    labels = [method.label for method in likelihood_methods(models)]
    place = labels.index("GLMM, profile likelihood, typical")
    for column, events in enumerate(reviews[:2]):
        asked = studies(events)
        glmm = pool(asked, model="glmm", level=0.9)
        ends = (glmm.estimate, glmm.ci_low, glmm.ci_high)
        np.testing.assert_allclose(found[place, :, column], ends, atol=FOUND)
        for row, model in zip(found[-2:], models, strict=True):
            average = fit(asked, model).average
            interval = average.interval(0.9, "equal-tailed")
            expected = (average.quantile(0.5).value, interval.low, interval.high)
            np.testing.assert_allclose(row[:, column], expected, atol=TOLERANCE)


def test_models_of_the_counts_answer_each_review_whatever_stands_beside_it() -> None:
    truth = Truth("logit-normal", 0.9, 0.7)
    drawn = [review(truth, TOTALS, generator(0, 1, i)) for i in range(40)]
    extreme = [TOTALS, 0 * TOTALS, np.where(TOTALS > 9, TOTALS, 0)]
    events = np.array([*extreme, *drawn])
    together = by_counts(events, TOTALS, 0.95)
    assert together.shape == (len(likelihood_methods([])), 3, 43)
    for column, one in enumerate(events):
        alone = by_counts(one[None, :], TOTALS, 0.95)[:, :, 0]
        np.testing.assert_allclose(together[:, :, column], alone, atol=FOUND)
    assert by_counts(events[:0], TOTALS, 0.95).shape == (together.shape[0], 3, 0)
