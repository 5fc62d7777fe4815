"""The usual method study by study agrees with what it makes of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop.core.scales import logit
from metaprop.evidence.dataset import read_dataset
from metaprop.questions.frequentist.usual import usual_forest

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.frequentist.answers import UsualForest


@pytest.fixture(scope="module")
def usual(root: Path) -> UsualForest:
    studies = read_dataset(root / "data" / "kalantar2026").outcomes["union"].studies
    return usual_forest(studies, 0.95)


def test_the_pooled_rate_is_the_weighted_mean_of_the_logits_shown(usual: UsualForest) -> None:
    assert sum(study.weight for study in usual.studies) == pytest.approx(1.0, rel=1e-12)
    mean = sum(study.weight * float(logit(study.estimate)) for study in usual.studies)
    assert mean == pytest.approx(usual.pooled.transformed.estimate, rel=1e-12)


def test_the_published_line_is_reproduced(usual: UsualForest) -> None:
    pooled = usual.pooled
    found = (pooled.estimate, pooled.ci_low, pooled.ci_high)
    assert [round(100 * rate, 1) for rate in found] == [92.4, 89.0, 94.8]


def test_half_an_event_is_added_where_everybody_or_nobody_had_it(usual: UsualForest) -> None:
    for study in usual.studies:
        assert study.added == (0.5 if study.events in {0, study.total} else 0.0)
        rate = (study.events + study.added) / (study.total + 2 * study.added)
        assert study.estimate == pytest.approx(rate, rel=1e-12)
