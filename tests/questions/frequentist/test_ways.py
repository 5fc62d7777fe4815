from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from metaprop import Studies, pool
from metaprop.core.errors import InputError, OptionError
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import Scale
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool as pool_effects
from metaprop.questions.frequentist.ways import Asked, OneStep, TwoStep, way_of

if TYPE_CHECKING:
    from metaprop.questions.frequentist.ways import PoolModel

TREES = Studies.of(["Ash", "Birch", "Cedar", "Elm"], [9, 14, 6, 3], [9, 15, 11, 8])
SAME = 1e-12  # the same arithmetic by another door


def test_the_defaults_are_the_ones_that_are_documented() -> None:
    assert way_of(Asked()) == TwoStep(
        "logit", "only0", 0.5, "meta", "reml", "hartung-knapp", "se", "hts-k-1"
    )
    assert way_of(Asked("glmm")) == OneStep("glmm", "profile", None)


def test_an_interval_without_a_safeguard_gets_none_unless_one_is_asked_for() -> None:
    way = way_of(Asked(interval="z"))
    assert isinstance(way, TwoStep)
    assert way.safeguard == "none"
    assert any("safeguard" in said for said in pool(TREES, interval="z", safeguard="se").messages)


@pytest.mark.parametrize("scale", get_args(Scale))
def test_the_public_door_gives_the_numbers_of_the_engine(scale: Scale) -> None:
    found = pool(TREES, scale=scale, tau2="pm", safeguard="none", level=0.9)
    plan = Plan("pm", "hartung-knapp", "none", "hts-k-1", 0.9)
    pooled = pool_effects(effects(TREES.events, TREES.totals, scale), plan)
    rates = pooled.rates()
    assert found.estimate == pytest.approx(float(rates.estimate), rel=SAME)
    assert found.prediction_high == pytest.approx(float(rates.prediction_high), rel=SAME)
    assert found.transformed.ci_low == pytest.approx(float(pooled.ci_low), rel=SAME)
    assert found.estimand == ("average" if scale == "raw" else "typical")


@pytest.mark.parametrize("model", ["two-step", "glmm", "beta-binomial"])
def test_non_events_have_the_mirrored_answer(model: PoolModel) -> None:
    mirror = Studies.of(TREES.names, TREES.totals - TREES.events, TREES.totals)
    one, two = pool(TREES, model=model), pool(mirror, model=model)
    assert one.estimate == pytest.approx(1.0 - two.estimate, abs=1e-8)
    assert one.ci_low == pytest.approx(1.0 - two.ci_high, abs=1e-6)
    assert one.prediction_low == pytest.approx(1.0 - two.prediction_high, abs=1e-6)


def test_wald_limits_can_be_asked_of_the_models() -> None:
    found = pool(TREES, model="glmm", interval="z")
    low = found.transformed.estimate - 1.959963984540054 * found.se
    assert found.transformed.ci_low == pytest.approx(low, rel=1e-9)
    assert found.interval == "z"


def test_studies_at_both_ends_have_an_average_and_no_typical_rate() -> None:
    studies = Studies.of(["Ash", "Birch", "Cedar"], [9, 0, 11], [9, 15, 11])
    found = pool(studies, model="glmm")
    assert found.estimate != found.estimate
    assert found.other is not None
    assert found.other.estimate == pytest.approx(2 / 3)
    assert "there is no typical rate" in found.messages[0]


def test_ranges_and_levels_outside_of_the_domain_are_refused() -> None:
    with pytest.raises(InputError, match="'Birch' has 1-15 events"):
        pool(Studies.of(["Ash", "Birch"], [9, "1+"], [9, 15]))
    with pytest.raises(OptionError, match="level"):
        pool(TREES, level=1.0)
    with pytest.raises(OptionError, match="amount"):
        pool(TREES, amount=-1.0)
