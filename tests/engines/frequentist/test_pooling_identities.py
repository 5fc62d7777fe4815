"""What must hold whatever the data: symmetries, limits, one data set and many."""

import numpy as np
import pytest

from metaprop.engines.frequentist.between.estimate import NAMES, tau2
from metaprop.engines.frequentist.between.intervals import profile_likelihood, q_profile
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import Correction, Scale, Tau2Method
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import Pooled, common_effect, ivhet, pool
from metaprop.engines.frequentist.quantiles import chi2_quantiles
from metaprop.engines.frequentist.weighing import weigh

EVENTS, TOTALS = np.array([9, 12, 23, 3, 10, 6]), np.array([9, 13, 40, 30, 11, 8])
ROUNDING = 1e-11  # the same sums in another order
SCALES: tuple[Scale, ...] = ("logit", "log", "raw", "arcsine", "freeman-tukey")
PLANS = [
    Plan("reml", "z", "none", "normal"),
    Plan("pm", "hartung-knapp", "none", "hartung-knapp"),
    Plan("ml", "hartung-knapp", "se", "as-mean"),
    Plan("dl", "hartung-knapp", "ci", "hts-k-1"),
    Plan("sj", "hartung-knapp", "iqwig6", "hts-k-2"),
    Plan("reml", "kenward-roger", "none", "kenward-roger"),
]


def numbers(pooled: Pooled) -> np.ndarray:
    rates, found = pooled.rates(), pooled.heterogeneity
    return np.array(
        [
            pooled.tau2,
            *(pooled.estimate, pooled.se, pooled.ci_low, pooled.ci_high),
            *(pooled.prediction_low, pooled.prediction_high),
            *(rates.estimate, rates.ci_low, rates.prediction_high),
            *(found.q, found.p_value, found.i2, found.h2),
        ]
    )


def random_tables(rng: np.random.Generator, tables: int = 40) -> tuple[np.ndarray, np.ndarray]:
    totals = rng.integers(2, 40, size=(tables, 7))
    return rng.binomial(totals, rng.beta(4.0, 1.0, size=totals.shape)), totals


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("scale", SCALES)
def test_the_order_of_the_studies_does_not_matter(scale: Scale, plan: Plan) -> None:
    forwards = pool(effects(EVENTS, TOTALS, scale), plan)
    backwards = pool(effects(EVENTS[::-1], TOTALS[::-1], scale), plan)
    assert numbers(forwards) == pytest.approx(numbers(backwards), rel=ROUNDING, abs=ROUNDING)


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("scale", ["logit", "raw", "arcsine", "freeman-tukey"])
def test_counting_the_others_mirrors_the_pooled_rate(scale: Scale, plan: Plan) -> None:
    ours = pool(effects(EVENTS, TOTALS, scale), plan)
    others = pool(effects(TOTALS - EVENTS, TOTALS, scale), plan)
    one, two = ours.rates(), others.rates()
    assert float(one.estimate) == pytest.approx(1.0 - float(two.estimate), abs=ROUNDING)
    assert float(one.ci_low) == pytest.approx(1.0 - float(two.ci_high), abs=ROUNDING)
    low = float(one.prediction_low)
    assert low == pytest.approx(1.0 - float(two.prediction_high), abs=ROUNDING)
    assert float(ours.tau2) == pytest.approx(float(others.tau2), rel=1e-9, abs=ROUNDING)


@pytest.mark.parametrize("correction", ["only0", "all", "if0all", "none"])
@pytest.mark.parametrize("scale", SCALES)
def test_many_data_sets_at_once_are_each_alone(scale: Scale, correction: Correction) -> None:
    events, totals = random_tables(np.random.default_rng(7))
    for plan in PLANS:
        many = numbers(pool(effects(events, totals, scale, correction), plan))
        for at in range(0, len(events), 7):
            alone = pool(effects(events[at], totals[at], scale, correction), plan)
            assert numbers(alone) == pytest.approx(many[:, at], rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("method", NAMES)
def test_data_sets_may_stand_in_any_shape(method: Tau2Method) -> None:
    events, totals = random_tables(np.random.default_rng(8), 12)
    flat = pool(effects(events, totals), Plan(method))
    square = pool(effects(events.reshape(3, 4, 7), totals.reshape(3, 4, 7)), Plan(method))
    assert np.array_equal(square.ci_low.ravel(), flat.ci_low)
    assert square.weights.shape == (3, 4, 7)


@pytest.mark.parametrize("scale", SCALES)
def test_without_variance_between_studies_the_mean_is_the_common_effect(scale: Scale) -> None:
    found = effects(EVENTS, TOTALS, scale)
    common = common_effect(found)
    pooled = pool(found, Plan("dl", "z"), tau2=0.0)
    assert (pooled.ci_low, pooled.ci_high) == (common.ci_low, common.ci_high)
    assert ivhet(found, np.array(0.0)).se == pytest.approx(common.se, rel=1e-14)


def test_a_common_effect_without_correction_weighs_raw_rates_by_their_precision() -> None:
    y, n = np.array([5, 9]), np.array([10, 12])
    w = n / (y / n * (1 - y / n))
    assert common_effect(effects(y, n, "raw")).estimate == pytest.approx(
        np.sum(w * y / n) / w.sum()
    )


@pytest.mark.parametrize("method", ["pm", "eb"])
def test_paule_mandel_makes_q_equal_to_its_degrees_of_freedom(method: Tau2Method) -> None:
    found = effects(EVENTS, TOTALS)
    assert weigh(found, tau2(found, method)).q == pytest.approx(len(EVENTS) - 1, rel=1e-12)


@pytest.mark.parametrize("method", NAMES)
def test_tau2_is_a_variance_whatever_the_unit(method: Tau2Method) -> None:
    from dataclasses import replace

    found = effects(EVENTS, TOTALS)
    scaled = replace(found, estimate=10.0 * found.estimate, variance=100.0 * found.variance)
    assert tau2(scaled, method) == pytest.approx(100.0 * tau2(found, method), rel=1e-9)


@pytest.mark.parametrize(("method", "restricted"), [("ml", False), ("reml", True)])
def test_no_other_tau2_is_more_likely_than_the_maximum(
    method: Tau2Method,
    restricted: bool,  # noqa: FBT001 - one of two likelihoods
) -> None:
    from metaprop.engines.frequentist.between.iterations import log_likelihood
    from metaprop.engines.frequentist.between.rows import Rows

    found = effects(*random_tables(np.random.default_rng(9)))
    rows, _ = Rows.of(found)
    best = tau2(found, method)
    top = log_likelihood(rows, best, restricted=restricted)
    for factor in (0.0, 0.9, 0.999, 1.001, 1.1, 3.0):
        other = log_likelihood(rows, factor * best, restricted=restricted)
        assert np.all(other <= top + 1e-12)


def test_limits_of_the_q_profile_interval_put_q_on_its_quantiles() -> None:
    found = effects(EVENTS, TOTALS)
    interval = q_profile(found, 0.9)
    df = np.array(len(EVENTS) - 1.0)
    for limit, share in ((interval.low, 0.95), (interval.high, 0.05)):
        assert weigh(found, limit).q == pytest.approx(float(chi2_quantiles(df, share)), rel=1e-10)


@pytest.mark.parametrize("restricted", [True, False])
def test_profile_intervals_grow_with_their_level(restricted: bool) -> None:  # noqa: FBT001
    found = effects(EVENTS, TOTALS)
    narrow, wide = (profile_likelihood(found, a, restricted=restricted) for a in (0.8, 0.95))
    assert 0.0 <= wide.low <= narrow.low < narrow.high < wide.high


def test_intervals_of_tau2_for_many_data_sets_are_each_alone() -> None:
    events, totals = random_tables(np.random.default_rng(10), 12)
    for kind in (q_profile, profile_likelihood):
        many = kind(effects(events, totals))
        for at in range(12):
            alone = kind(effects(events[at], totals[at]))
            pairs = [(alone.low, many.low[at]), (alone.high, many.high[at])]
            for one, other in pairs:
                assert one == pytest.approx(other, rel=1e-9, abs=1e-12, nan_ok=True)


def test_weights_add_up_to_one() -> None:
    pooled = pool(effects([0, 3, 5], [4, 5, 9], "logit", "none"))
    assert pooled.weights.sum() == pytest.approx(1.0)
    assert pooled.weights[0] == 0.0
    assert pooled.corrected_weight == 0.0
    assert pool(effects([0, 3, 5], [4, 5, 9])).corrected_weight > 0.0
