"""Meta-regression and subgroups in one step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from engines.frequentist.one_step.tables import studies_of, table
from metaprop.core.errors import InputError, OptionError
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.one_step.moderators import fit_meta_regression, fit_subgroups

FOUND = 1e-6  # of what is found by iteration, relative
SLOW_SEARCH = 2e-5  # of a simplex over dense quadrature
EVENTS, TOTALS = [2, 9, 4, 17, 11, 0, 8], [12, 15, 20, 21, 30, 7, 9]
AGE = np.array([31.0, 52.0, 40.0, 61.0, 47.0, 29.0, 66.0])


def test_without_covariates_it_is_the_plain_model() -> None:
    for name in ("union17", "nielweise2007_trt", "equal3"):
        studies = table(name)
        plain = fit_one_step(studies)
        found = fit_meta_regression(studies, np.empty((studies.k, 0)), [])
        assert found.coefficients[0] == pytest.approx(plain.location.estimate, rel=FOUND)
        assert found.se[0] == pytest.approx(plain.location.se, rel=FOUND)
        assert found.tau2 == pytest.approx(plain.heterogeneity.estimate, rel=FOUND)
        assert found.log_likelihood == pytest.approx(plain.log_likelihood, rel=FOUND)
        assert found.test is None


def slow_loss(parameters: np.ndarray) -> float:
    """Return minus the log likelihood with age as covariate, by dense Gauss-Legendre."""
    intercept, slope, tau = parameters
    z, weight = np.polynomial.legendre.leggauss(160)
    z, weight = 9.0 * z, 9.0 * weight * stats.norm.pdf(9.0 * z)
    mu = intercept + slope * (AGE - 45.0) / 10.0
    p = 1.0 / (1.0 + np.exp(-mu[:, None] - tau * z))
    chances = stats.binom.pmf(np.array(EVENTS)[:, None], np.array(TOTALS)[:, None], p)
    return -float(np.log(chances @ weight).sum())


def test_it_agrees_with_a_slow_search_over_dense_quadrature() -> None:
    studies = studies_of(EVENTS, TOTALS)
    found = fit_meta_regression(studies, (AGE[:, None] - 45.0) / 10.0, ["decades"])
    at = np.array([*found.coefficients, found.tau2**0.5])
    assert -slow_loss(at) == pytest.approx(found.log_likelihood, abs=1e-9)
    slow = optimize.fmin(slow_loss, at + 0.05, xtol=1e-6, ftol=1e-12, disp=False)
    assert at == pytest.approx(slow, abs=SLOW_SEARCH)


def test_units_of_a_covariate_change_its_coefficient_and_nothing_else() -> None:
    studies = studies_of(EVENTS, TOTALS)
    years = fit_meta_regression(studies, AGE[:, None] + 1950.0, ["born"])
    decades = fit_meta_regression(studies, (AGE[:, None] - 45.0) / 10.0, ["decades"])
    assert decades.coefficients[1] == pytest.approx(10.0 * years.coefficients[1], rel=FOUND)
    assert decades.se[1] == pytest.approx(10.0 * years.se[1], rel=FOUND)
    assert decades.log_likelihood == pytest.approx(years.log_likelihood, rel=1e-10)
    assert years.test is not None
    assert decades.test is not None
    assert decades.test.statistic == pytest.approx(years.test.statistic, rel=FOUND)


def test_the_test_of_a_covariate_is_a_likelihood_ratio() -> None:
    studies = studies_of(EVENTS, TOTALS)
    found = fit_meta_regression(studies, AGE[:, None], ["age"])
    plain = fit_one_step(studies)
    assert found.test is not None
    gain = found.log_likelihood - plain.log_likelihood
    assert found.test.statistic == pytest.approx(2.0 * gain, rel=FOUND)
    assert found.test.p_value == pytest.approx(stats.chi2.sf(found.test.statistic, 1))
    assert found.tau2 <= found.tau2_without == pytest.approx(plain.heterogeneity.estimate)
    assert found.names == ("intercept", "age")


def test_subgroups_are_a_regression_on_membership() -> None:
    studies = studies_of(EVENTS, TOTALS)
    groups = fit_subgroups(studies, list("abbabab"))
    member = np.array([[label == "b"] for label in "abbabab"], dtype=float)
    found = fit_meta_regression(studies, member, ["b"])
    assert found.test is not None
    assert groups.test.statistic == pytest.approx(found.test.statistic, rel=FOUND)
    assert groups.tau2 == pytest.approx(found.tau2, rel=FOUND)
    logits = [np.log(g.typical.estimate / (1 - g.typical.estimate)) for g in groups.groups]
    assert logits == pytest.approx(np.cumsum(found.coefficients), rel=FOUND)
    assert [(group.label, group.k) for group in groups.groups] == [("a", 3), ("b", 4)]


def test_without_heterogeneity_each_subgroup_has_its_crude_rate() -> None:
    groups = fit_subgroups(studies_of([2, 2, 8, 8], [10, 10, 10, 10]), ["x", "x", "y", "y"])
    assert groups.tau2 == 0.0
    assert [group.average for group in groups.groups] == pytest.approx([0.2, 0.8])
    assert [group.typical.estimate for group in groups.groups] == pytest.approx([0.2, 0.8])


def test_a_subgroup_with_nothing_but_events_runs_off_and_the_test_stands() -> None:
    events, totals = [9, 8, 4, 6, 5], [9, 8, 10, 9, 10]
    groups = fit_subgroups(studies_of(events, totals), list("eemmm"))
    every, mixed = groups.groups
    assert every.typical.estimate == every.average == 1.0
    assert every.typical.exact is not None
    assert every.typical.exact.low == pytest.approx(0.05 ** (1 / 17))
    assert mixed.typical.wald is not None
    assert "runs off to infinity" in groups.messages[0]
    alone = fit_one_step(studies_of(events[2:], totals[2:]))
    plain = fit_one_step(studies_of(events, totals))
    gain = alone.log_likelihood - plain.log_likelihood
    assert groups.test.statistic == pytest.approx(2.0 * gain, rel=FOUND)
    assert mixed.typical.estimate == pytest.approx(alone.typical.estimate, rel=FOUND)
    assert mixed.typical.se_logit == pytest.approx(alone.typical.se_logit, rel=1e-5)


@pytest.mark.parametrize(
    ("columns", "names", "what"),
    [
        (np.ones((7, 1)), ["one"], "same thing twice"),
        (np.full((7, 1), np.nan), ["age"], "missing or infinite values in age"),
        (np.arange(7.0)[:, None], ["a", "b"], "3 names"),
        (np.eye(7)[:, :6], list("abcdef"), "7 studies for 7 coefficients"),
    ],
)
def test_a_design_that_cannot_be_fitted_is_refused(
    columns: np.ndarray, names: list[str], what: str
) -> None:
    with pytest.raises(InputError, match=what):
        fit_meta_regression(studies_of(EVENTS, TOTALS), columns, names)


def test_tables_and_labels_without_an_answer_are_refused() -> None:
    with pytest.raises(InputError, match="0 % or at 100 %"):
        fit_subgroups(table("all_events5"), list("aabbb"))
    with pytest.raises(InputError, match="labels"):
        fit_subgroups(table("k2"), ["a", "a"])
    with pytest.raises(OptionError, match="level"):
        fit_subgroups(studies_of(EVENTS, TOTALS), list("aabbbaa"), level=0.0)
