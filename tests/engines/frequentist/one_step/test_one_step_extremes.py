"""Tables without a maximum inside get a named answer, and a sentence on what is not known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engines.frequentist.one_step.tables import MODELS, fitted, studies_of, table
from metaprop.engines.frequentist.one_step.family import Model, coefficients, family_of
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.one_step.prediction import predict_new_study

BOTH = pytest.mark.parametrize("model", MODELS)
CLOSED_FORM = 1e-10  # relative
NEAR_THE_END = 1e-3  # nats, at a heterogeneity that is large but finite


@BOTH
@pytest.mark.parametrize(("name", "had"), [("all_zero5", "none"), ("all_events5", "all")])
def test_an_all_or_none_table_gets_a_one_sided_exact_interval(
    name: str, had: str, model: Model
) -> None:
    studies = table(name)
    fit = fit_one_step(studies, model)
    n = int(studies.totals.sum())
    one_sided = stats.binomtest(0, n, alternative="less").proportion_ci(0.95, "exact").high
    exact = fit.average.exact
    assert exact is not None
    assert exact == fit.typical.exact
    reach = exact.high if had == "none" else 1.0 - exact.low
    assert reach == pytest.approx(one_sided, rel=CLOSED_FORM)
    assert fit.average.wald is None
    assert fit.average.estimate == (had == "all")
    assert fit.state == had
    assert any(f"{n} patients" in message and had in message for message in fit.messages)
    assert np.isnan(fit.heterogeneity.estimate)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_free_heterogeneity_counts_studies_instead_of_patients(level: float) -> None:
    studies = table("all_zero5")
    limits = fit_one_step(studies, "beta-binomial", level=level).average.profile
    assert limits is not None
    family = family_of("beta-binomial", studies.events[None, :], studies.totals)
    location = np.log([limits.high / (1.0 - limits.high)])
    spreads = [0.0, 1.0, 10.0, 1e4]
    reached = [
        family(np.zeros(1, dtype=np.int64), location, np.array([spread])).value[0]
        for spread in spreads
    ]
    assert reached == sorted(reached)
    assert reached[-1] == pytest.approx(-0.5 * stats.norm.ppf(level) ** 2, abs=NEAR_THE_END)


@BOTH
def test_one_study_has_its_exact_interval_and_no_heterogeneity(model: Model) -> None:
    fit = fitted("k1", model)
    known = stats.binomtest(3, 12).proportion_ci(0.95, "exact")
    assert fit.average.exact is not None
    assert [fit.average.exact.low, fit.average.exact.high] == pytest.approx([known.low, known.high])
    assert fit.average.estimate == fit.typical.estimate == 0.25
    assert fit.average.profile is not None
    for end in (fit.average.profile.low, fit.average.profile.high):
        fall = stats.binom.logpmf(3, 12, 0.25) - stats.binom.logpmf(3, 12, end)
        assert 2.0 * fall == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-8)
    assert np.isnan(fit.heterogeneity.estimate)
    assert "One study cannot show" in fit.messages[0]


@BOTH
def test_one_study_without_events_is_one_sided(model: Model) -> None:
    fit = fitted("k1_zero", model)
    assert fit.average.exact is not None
    assert fit.average.exact.side == "upper"
    assert fit.average.exact.high == pytest.approx(1.0 - 0.05 ** (1 / 12))


@BOTH
def test_single_patients_say_nothing_of_heterogeneity(model: Model) -> None:
    fit = fit_one_step(studies_of([1, 0, 1, 1, 1], [1, 1, 1, 1, 1]), model)
    assert fit.state == "unreplicated"
    assert fit.average.estimate == pytest.approx(0.8)
    assert "one patient in each study" in fit.messages[0]


@BOTH
def test_opposite_studies_say_what_the_data_cannot_tell(model: Model) -> None:
    studies = table("k2_opposite")
    fit = fit_one_step(studies, model)
    assert fit.state == "all-or-nothing"
    assert fit.average.estimate == 0.5
    assert np.isnan(fit.typical.estimate)
    assert fit.heterogeneity.estimate == (np.inf if model == "binomial-normal" else 1.0)
    assert fit.heterogeneity.profile is not None
    assert 0.0 < fit.heterogeneity.profile.low < fit.heterogeneity.profile.high
    assert "without end" in fit.messages[0]
    family = family_of(model, studies.events[None, :], studies.totals)
    constant = float(coefficients(studies.events, studies.totals))
    reached = [
        family(np.zeros(1, dtype=np.int64), np.zeros(1), np.array([spread])).value[0] + constant
        for spread in (0.0, 1.0, 10.0, 100.0)
    ]
    assert reached == sorted(reached)
    assert reached[-1] < fit.log_likelihood
    assert fit.log_likelihood == pytest.approx(2.0 * np.log(0.5))


def test_the_lower_limit_of_an_endless_heterogeneity_lies_where_chi_square_says() -> None:
    studies = studies_of([0, 10, 0], [10, 10, 6])
    for model in MODELS:
        fit = fit_one_step(studies, model)
        limits = fit.heterogeneity.profile
        assert limits is not None
        low = limits.low if model == "binomial-normal" else limits.low / (1.0 - limits.low)
        family = family_of(model, studies.events[None, :], studies.totals)
        x = np.linspace(-40.0, 40.0, 8001)
        rows = np.zeros(x.size, dtype=np.int64)
        best = family(rows, x, np.full(x.size, low**0.5)).value.max()
        assert best == pytest.approx(fit.log_likelihood - 0.5 * stats.chi2.ppf(0.95, 1), abs=1e-4)


@BOTH
@pytest.mark.parametrize("name", ["all_zero5", "k1", "k2_opposite"])
def test_without_heterogeneity_nothing_is_predicted(name: str, model: Model) -> None:
    prediction = predict_new_study(fitted(name, model))
    assert np.isnan(prediction.low)
    assert np.isnan(prediction.high)
    assert "say nothing of a new study" in prediction.messages[0]


@BOTH
@pytest.mark.parametrize("name", ["all_zero5", "all_events5", "k1", "k1_zero", "k2_opposite"])
def test_no_extreme_is_answered_by_an_interval_of_everything(name: str, model: Model) -> None:
    fit = fitted(name, model)
    for rate in (fit.average, fit.typical):
        for limits in (rate.wald, rate.profile, rate.exact):
            assert limits is None or limits.high - limits.low < 1.0
    assert fit.messages
