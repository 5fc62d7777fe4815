"""Against R, on the eleven data sets, wherever R is exact.

Left out: rma.glmm's own fits (7 quadrature points, off in the fourth digit), Laplace (far off);
the binomial-normal on all_zero5, all_events5, k1, k1_zero (R has no fit) and k2_opposite (the
likelihood has no maximum: R stops somewhere); the beta-binomial's rho on all_zero5, all_events5,
k1, k1_zero (any rho fits as well); its log likelihood on huge_small, where R's differences of log
beta functions lose five digits; the prediction of k2 by t with k - 2 = 0 degrees of freedom
(meta falls back on the normal) and all predictions of k2_opposite.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from engines.frequentist.one_step.tables import R, fitted, table
from metaprop.core.scales import logit
from metaprop.engines.frequentist.one_step.prediction import PredictionRule, predict_new_study

ITERATIVE = 1e-5  # two optimisers, each to its own tolerance
CLOSED_FORM = 1e-8  # the same numbers in, a formula applied
R_DIFFERENCES = 1e-3  # R's Hessian by differences of 1e-4, relative
REGULAR = ["union17", "hannum2020", "nielweise2007_trt", "k2"]
COMMON = ["huge_small", "equal3"]
UNBOUNDED = ["all_zero5", "all_events5", "k1", "k1_zero"]


@pytest.mark.parametrize("name", [*REGULAR, "huge_small"])
def test_the_binomial_normal_agrees_with_glmer_at_100_points(name: str) -> None:
    fit, known = fitted(name), R[name]["glmer"]
    assert fit.location.estimate == pytest.approx(known["b"], rel=ITERATIVE)
    assert fit.location.se == pytest.approx(known["se"], rel=ITERATIVE)
    assert fit.heterogeneity.estimate == pytest.approx(known["tau2"], rel=ITERATIVE, abs=1e-12)


@pytest.mark.parametrize("name", [*REGULAR, *COMMON])
def test_the_log_likelihoods_agree_with_81_points(name: str) -> None:
    fit, known = fitted(name), R[name]["quadrature"]
    assert fit.log_likelihood == pytest.approx(known["loglik"], rel=1e-9)
    assert fit.log_likelihood_common == pytest.approx(known["loglik_tau0"], rel=1e-9)
    assert fit.location.estimate == pytest.approx(known["b"], rel=ITERATIVE)
    assert fit.heterogeneity.estimate == pytest.approx(known["tau2"], rel=ITERATIVE, abs=1e-8)


@pytest.mark.parametrize("name", REGULAR)
def test_the_standard_error_of_tau_agrees(name: str) -> None:
    fit, known = fitted(name), R[name]["quadrature"]
    assert fit.heterogeneity.se is not None
    se_tau = fit.heterogeneity.se / (2.0 * fit.spread)
    assert se_tau == pytest.approx(known["se_obsinfo"][1], rel=R_DIFFERENCES)


def test_the_paper_s_union_rates_are_the_published_ones() -> None:
    normal, beta = (fitted("union17", m) for m in ("binomial-normal", "beta-binomial"))
    assert normal.location.estimate == pytest.approx(3.806856, abs=5e-7)
    assert normal.heterogeneity.estimate == pytest.approx(0.711591, abs=5e-7)
    assert [normal.typical.estimate, normal.average.estimate] == pytest.approx(
        [0.9783, 0.9701], abs=5e-5
    )
    assert beta.average.estimate == pytest.approx(0.97016, abs=5e-6)
    assert beta.heterogeneity.estimate == pytest.approx(0.02444, abs=5e-6)


@pytest.mark.parametrize("name", R)
def test_the_average_of_the_beta_binomial_agrees_everywhere(name: str) -> None:
    fit, known = fitted(name, "beta-binomial"), R[name]["beta_binomial"]
    assert fit.average.estimate == pytest.approx(known["mu"], abs=ITERATIVE, rel=ITERATIVE)


@pytest.mark.parametrize("name", [*REGULAR, *COMMON, "k2_opposite"])
def test_rho_and_the_likelihood_of_the_beta_binomial_agree(name: str) -> None:
    fit, known = fitted(name, "beta-binomial"), R[name]["beta_binomial"]
    absolute = 0.0 if name in REGULAR else 1e-8
    assert fit.heterogeneity.estimate == pytest.approx(known["rho"], rel=ITERATIVE, abs=absolute)
    if name != "huge_small":
        assert fit.log_likelihood == pytest.approx(known["loglik"], rel=1e-7)


@pytest.mark.parametrize("name", UNBOUNDED)
def test_where_any_rho_fits_as_well_no_rho_is_named(name: str) -> None:
    fit, known = fitted(name, "beta-binomial"), R[name]["beta_binomial"]
    assert np.isnan(fit.heterogeneity.estimate)
    assert fit.log_likelihood == pytest.approx(known["loglik"], abs=1e-6)


@pytest.mark.parametrize("name", [*REGULAR, *COMMON, "k1", "k2_opposite"])
def test_the_common_rate_agrees_with_glm(name: str) -> None:
    known, studies = R[name]["common"], table(name)
    events, n = int(studies.events.sum()), int(studies.totals.sum())
    assert float(logit(events / n)) == pytest.approx(known["b"], rel=ITERATIVE, abs=1e-12)
    fit = fitted(name)
    if fit.heterogeneity.estimate == 0.0 or fit.k == 1:
        assert fit.location.se == pytest.approx(known["se"], rel=ITERATIVE)


@pytest.mark.parametrize("name", [n for n in R if n in REGULAR])
@pytest.mark.parametrize("rule", [r for r in get_args(PredictionRule) if r != "plug-in"])
def test_prediction_intervals_are_those_of_meta_for_its_own_numbers(
    name: str, rule: PredictionRule
) -> None:
    if (name, rule) == ("k2", "t-k-2"):
        assert predict_new_study(fitted(name), rule=rule).messages
        return
    inputs, limits = R[name]["prediction"]["inputs"], R[name]["prediction"]["limits"][rule]
    fit = fitted(name)
    location = replace(fit.location, estimate=inputs["TE.random"], se=inputs["seTE.random"])
    theirs = replace(fit, location=location, spread=inputs["tau2"] ** 0.5)
    found = predict_new_study(theirs, rule=rule)
    assert [float(logit(end)) for end in (found.low, found.high)] == pytest.approx(
        limits, rel=CLOSED_FORM
    )
