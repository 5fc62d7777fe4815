"""Data that cannot answer, and what is said of them."""

import numpy as np
import pytest

from metaprop.core.errors import OptionError
from metaprop.engines.frequentist import honesty
from metaprop.engines.frequentist.between.estimate import NAMES, tau2
from metaprop.engines.frequentist.between.intervals import q_profile
from metaprop.engines.frequentist.crude import crude_rate
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import Scale, Tau2Method
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import Pooled, pool

SIZES = [10, 20, 15, 30, 12]
SCALES: tuple[Scale, ...] = ("logit", "log", "raw", "arcsine", "freeman-tukey")
HARTUNG_KNAPP = Plan("reml", "hartung-knapp", "none")
Z = Plan("reml", "z")


def says(pooled: Pooled, text: str) -> bool:
    return any(message.startswith(text) for message in pooled.messages)


@pytest.mark.parametrize("scale", SCALES)
def test_no_event_at_all_is_said_to_give_an_upper_limit_only(scale: Scale) -> None:
    pooled = pool(effects([0] * 5, SIZES, scale), Z)
    assert says(pooled, honesty.ALL_ZERO)
    assert not says(pooled, honesty.ALL_EVENTS)


@pytest.mark.parametrize("scale", SCALES)
def test_nothing_but_events_is_said_to_give_a_lower_limit_only(scale: Scale) -> None:
    assert says(pool(effects(SIZES, SIZES, scale), Z), honesty.ALL_EVENTS)


@pytest.mark.parametrize("scale", ["logit", "log", "raw"])
def test_without_a_correction_there_is_nothing_to_pool_at_zero(scale: Scale) -> None:
    pooled = pool(effects([0] * 5, SIZES, scale, "none"), Z)
    assert np.isnan([pooled.estimate, pooled.se, pooled.ci_low, pooled.tau2]).all()
    assert np.isnan(pooled.rates().estimate)
    assert says(pooled, honesty.NO_STUDY)


def test_one_study_has_no_variance_between_studies() -> None:
    pooled = pool(effects([3], [12]), HARTUNG_KNAPP)
    assert np.isnan(pooled.tau2)
    assert np.isnan(pooled.prediction_low)
    assert np.isnan(pooled.heterogeneity.i2)
    assert pooled.estimate == pytest.approx(np.log(3 / 9))
    assert says(pooled, honesty.ONE_STUDY)


@pytest.mark.parametrize("method", NAMES)
def test_tau2_of_one_study_does_not_exist(method: Tau2Method) -> None:
    found = tau2(effects([[3, 0], [3, 2]], [12, 7], "raw", "none"), method)
    assert np.isnan(found).tolist() == [True, False]


def test_equal_studies_have_no_hartung_knapp_interval_of_width_zero() -> None:
    found = effects([5, 5, 5], [20, 20, 20])
    pooled = pool(found, HARTUNG_KNAPP)
    assert np.isnan([pooled.se, pooled.ci_low, pooled.ci_high]).all()
    assert float(pooled.rates().estimate) == pytest.approx(0.25)
    assert says(pooled, honesty.ALL_EQUAL)
    guarded = pool(found, Plan("reml", "hartung-knapp", "se"))
    assert guarded.ci_low < guarded.ci_high
    assert not says(guarded, honesty.ALL_EQUAL)


def test_opposite_studies_are_said_to_tell_nothing() -> None:
    pooled = pool(effects([0, 10], [10, 10]), HARTUNG_KNAPP)
    assert says(pooled, honesty.NEXT_TO_NOTHING)


def test_the_interval_of_the_paper_is_said_to_be_too_narrow() -> None:
    events, totals = [14, 9, 12, 23, 21, 3, 5, 9, 5], [15, 9, 13, 23, 21, 3, 5, 9, 5]
    assert says(pool(effects(events, totals), HARTUNG_KNAPP), honesty.NARROWER)
    assert not says(pool(effects(events, totals), Plan("reml", "z")), honesty.NARROWER)


def test_two_studies_have_no_prediction_with_k_less_2_degrees_of_freedom() -> None:
    pooled = pool(effects([3, 8], [10, 12]), Plan("dl", "z", prediction="hts-k-2"))
    assert np.isnan(pooled.prediction_low)
    assert says(pooled, honesty.NO_PREDICTION)


def test_freeman_tukey_comes_with_a_warning_unless_all_studies_are_as_large() -> None:
    assert says(pool(effects([3, 8], [10, 12], "freeman-tukey"), Z), honesty.FREEMAN_TUKEY)
    assert not says(pool(effects([3, 8], [12, 12], "freeman-tukey"), Z), honesty.FREEMAN_TUKEY)


def test_an_uncorrected_table_of_three_plain_studies_needs_no_words() -> None:
    assert pool(effects([3, 8, 5], [10, 12, 11]), Z).messages == ()


def test_what_was_added_is_counted() -> None:
    said = pool(effects([0, 8, 5], [10, 12, 11]), Z).messages
    assert "0.5 events and as many non-events that nobody observed are added, in 1 study." in said


def test_of_many_data_sets_it_is_said_how_many() -> None:
    pooled = pool(effects([[0, 0, 0], [3, 8, 5]], [[10, 12, 11]] * 2), Z)
    assert f"{honesty.ALL_ZERO} (1 of 2 data sets)." in pooled.messages


def test_kenward_roger_is_said_not_to_exist_beside_a_giant_study() -> None:
    found = effects([5, 500_000_000], [10, 1_000_000_000], "raw")
    pooled = pool(found, Plan("dl", "kenward-roger"))
    assert np.isnan([pooled.se, pooled.ci_low]).all()
    assert says(pooled, honesty.NO_KENWARD_ROGER)


def test_an_empty_q_profile_interval_is_no_point() -> None:
    interval = q_profile(effects([5, 5, 5], [20, 20, 20]))
    assert interval.empty
    assert np.isnan([interval.low, interval.high]).all()


def test_a_crude_rate_at_zero_has_one_limit() -> None:
    crude = crude_rate([0, 0], [10, 20])
    assert (float(crude.low), float(crude.high)) == pytest.approx((0.0, 1 - 0.05 ** (1 / 30)))
    assert any("one-sided" in message for message in crude.messages)


def test_a_crude_rate_without_failure_has_one_limit() -> None:
    crude = crude_rate([10, 20], [10, 20], level=0.9)
    assert (float(crude.low), float(crude.high)) == pytest.approx((0.1 ** (1 / 30), 1.0))


def test_the_crude_union_rate_has_the_exact_interval_of_all_its_patients() -> None:
    crude = crude_rate([[160, 9]], [[163, 11]])
    assert crude.rate == pytest.approx(169 / 174)
    assert crude.messages == ("The interval holds only if all studies have one rate (tau = 0).",)


def test_a_plan_lists_all_its_faults() -> None:
    with pytest.raises(OptionError) as caught:
        Plan("dll", "t", "maybe", "soon", 95.0)  # type: ignore[arg-type]
    assert [problem.where for problem in caught.value.problems] == [
        "tau2",
        "interval",
        "safeguard",
        "prediction",
        "level",
    ]


def test_an_unknown_estimator_is_refused_by_name() -> None:
    with pytest.raises(OptionError, match=r"'reml2' is none of the choices.*Use dl, pm"):
        tau2(effects([3, 4], [5, 6]), "reml2")  # type: ignore[arg-type]


@pytest.mark.parametrize("between", [-0.1, np.nan, np.inf])
def test_a_variance_that_is_none_is_refused(between: float) -> None:
    with pytest.raises(OptionError, match="is no variance"):
        pool(effects([3, 4], [5, 6]), Z, tau2=between)


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(OptionError, match="harmonic"):
        pool(effects([3, 4], [5, 6]), Z).rates("middle")  # type: ignore[arg-type]
