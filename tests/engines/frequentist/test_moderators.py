"""Subgroups and meta-regression: identities, refusals, words."""

import numpy as np
import pytest

from engines.frequentist.r_values import R, counts, distance
from metaprop.core.errors import OptionError
from metaprop.engines.frequentist import moderators
from metaprop.engines.frequentist.between.estimate import NAMES, tau2
from metaprop.engines.frequentist.between.moderated import moderated_tau2
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.moderators import Design, regress
from metaprop.engines.frequentist.options import Tau2Method
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool
from metaprop.engines.frequentist.subgroups import SMALL, subgroups

EVENTS = np.array([9, 12, 23, 3, 10, 6, 14, 20])
TOTALS = np.array([9, 13, 40, 30, 11, 8, 30, 25])
SITE = ["tibia", "femur", "femur", "tibia", "tibia", "femur", "tibia", "femur"]
YEAR = np.array([2012.0, 2015, 2018, 2019, 2020, 2021, 2022, 2023])
FOUND = effects(EVENTS, TOTALS)
Z = Plan("reml", "z")


@pytest.mark.parametrize("method", NAMES)
def test_a_regression_on_nothing_leaves_all_the_variance(method: Tau2Method) -> None:
    ones = np.ones((len(EVENTS), 1))
    assert moderated_tau2(FOUND, ones, method) == pytest.approx(tau2(FOUND, method), rel=1e-9)


@pytest.mark.parametrize("interval", ["z", "hartung-knapp"])
def test_a_regression_on_two_sites_has_the_difference_of_their_means(interval: str) -> None:
    plan = Plan("reml", interval)  # type: ignore[arg-type]
    found = regress(FOUND, Design.of({"site": SITE}), plan)
    groups = subgroups(FOUND, SITE, Z, common_tau2=True)
    tibia, femur = (float(one.estimate) for one in groups.pooled)
    assert found.names == ("intercept", "site: tibia")
    assert found.coefficients == pytest.approx([femur, tibia - femur], rel=1e-10)


def test_the_omnibus_test_of_two_sites_is_that_of_two_subgroups() -> None:
    found = regress(FOUND, Design.of({"site": SITE}), Z)
    groups = subgroups(FOUND, SITE, Z, common_tau2=True)
    assert float(found.moderators) == pytest.approx(float(groups.q_between), rel=1e-10)
    assert float(found.moderators_p_value) == pytest.approx(float(groups.p_value), rel=1e-10)
    assert float(found.p_value[1]) == pytest.approx(float(groups.p_value), rel=1e-10)


def test_heterogeneity_splits_into_between_and_within_subgroups() -> None:
    groups = subgroups(FOUND, SITE, Z)
    within = sum(float(one.heterogeneity.q) for one in groups.pooled)
    whole = float(pool(FOUND, Z).heterogeneity.q)
    assert float(groups.fixed_q_between) + within == pytest.approx(whole, rel=1e-12)


def test_an_f_test_of_one_covariate_is_its_t_test() -> None:
    found = regress(FOUND, Design.of({"year": YEAR}), Plan("dl", "hartung-knapp"))
    assert float(found.moderators_p_value) == pytest.approx(float(found.p_value[1]), rel=1e-10)


def test_the_unit_of_a_covariate_does_not_matter() -> None:
    years = regress(FOUND, Design.of({"year": YEAR}), Z)
    decades = regress(FOUND, Design.of({"year": (YEAR - 2000.0) / 10.0}), Z)
    assert float(decades.coefficients[1]) == pytest.approx(
        10 * float(years.coefficients[1]), rel=1e-6
    )
    assert float(decades.tau2) == pytest.approx(float(years.tau2), rel=1e-6)
    assert float(decades.p_value[1]) == pytest.approx(float(years.p_value[1]), rel=1e-6)


def test_regressions_of_many_data_sets_at_once_are_each_alone() -> None:
    design = Design.of({"year": YEAR, "site": SITE})
    many = regress(effects([EVENTS, EVENTS[::-1]], [TOTALS, TOTALS[::-1]]), design)
    alone = regress(effects(EVENTS[::-1], TOTALS[::-1]), design)
    assert many.low[1] == pytest.approx(alone.low, rel=1e-8)
    assert many.q_p_value[1] == pytest.approx(float(alone.q_p_value), rel=1e-8)


def test_a_study_of_unknown_covariate_is_left_out_and_said_so() -> None:
    site = [*SITE[:-1], None]
    found = regress(FOUND, Design.of({"site": site}), Z)
    others = regress(effects(EVENTS[:-1], TOTALS[:-1]), Design.of({"site": SITE[:-1]}), Z)
    assert found.coefficients == pytest.approx(others.coefficients, rel=1e-12)
    assert found.messages[0] == moderators.DROPPED.format(1, 8)


def test_covariates_that_explain_each_other_have_no_estimate() -> None:
    found = regress(FOUND, Design.of({"year": YEAR, "age": 2050 - YEAR}), Z)
    assert np.isnan(found.coefficients).all()
    assert np.isnan(found.tau2)
    assert moderators.SINGULAR in found.messages


def test_no_more_studies_than_coefficients_is_said() -> None:
    found = regress(effects([3, 5], [8, 9]), Design.of({"year": [2000.0, 2010.0]}), Z)
    assert moderators.NO_DF in found.messages
    assert np.isnan(found.tau2)


def test_eight_studies_for_one_covariate_are_said_to_be_few() -> None:
    assert moderators.FEW in regress(FOUND, Design.of({"year": YEAR}), Z).messages


def test_a_covariate_explains_a_share_of_the_variance_between_studies() -> None:
    found = regress(FOUND, Design.of({"site": SITE}), Z)
    assert 0.0 <= float(found.r2) <= 1.0
    assert float(found.tau2_alone) == pytest.approx(float(tau2(FOUND, "reml")))


def test_a_regression_on_standard_errors_is_that_of_metafor() -> None:
    found = effects(*counts("hannum2020"))
    ours = regress(found, Design.of({"se": np.sqrt(found.variance)}), Z)
    z, p, limit, limits = R["bias"]["hannum2020"]["PLOGIT"]["regtest"]["rma_sei"]
    assert distance(ours.coefficients[1] / ours.se[1], z) < 1e-5
    assert distance(ours.p_value[1], p) < 1e-5
    assert distance([ours.coefficients[0], ours.low[0], ours.high[0]], [limit, *limits]) < 1e-5


def test_a_subgroup_of_one_study_is_said() -> None:
    assert subgroups(FOUND, ["alone", *SITE[1:]], Z).messages == (SMALL,)


@pytest.mark.parametrize(
    ("covariates", "said"),
    [
        ({}, "there is no covariate"),
        ({"year": [2000.0, 2001.0], "site": ["a"]}, "columns of"),
        ({"year": [2000.0, 2000.0, None]}, "same value"),
    ],
)
def test_covariates_that_cannot_be_used_are_refused(
    covariates: dict[str, list[float | None]], said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        Design.of(covariates)


def test_a_regression_that_is_not_offered_is_refused_with_all_faults() -> None:
    design = Design.of({"year": [2000.0, 2001.0]})
    with pytest.raises(OptionError) as caught:
        regress(FOUND, design, Plan("reml", "kenward-roger", "ci"))
    assert [problem.where for problem in caught.value.problems] == [
        "covariates",
        "interval",
        "safeguard",
    ]


@pytest.mark.parametrize(("labels", "said"), [(["a"] * 8, "'a'"), (["a", "b"], "2 labels")])
def test_labels_that_make_no_subgroups_are_refused(labels: list[str], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        subgroups(FOUND, labels)
