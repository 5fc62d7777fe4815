"""What must hold whatever the data: symmetries, limits, and counts that say the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from metaprop import Model, Prior, Studies, default_models, read_model, shipped_models
from metaprop.assumptions.model import with_prior
from metaprop.core.errors import OptionError
from metaprop.engines.exact.grid import build
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact

LOGIT_NORMAL, BETA_BINOMIAL = default_models()
COMMON = next(model for model in map(read_model, shipped_models()) if model.family == "common-rate")
FAMILIES = pytest.mark.parametrize(
    "model", [LOGIT_NORMAL, BETA_BINOMIAL, COMMON], ids=lambda m: m.family
)
BOTH = pytest.mark.parametrize("model", [LOGIT_NORMAL, BETA_BINOMIAL], ids=lambda m: m.family)
EVENTS, TOTALS = [9, 12, 23, 3, 10, 6], [9, 13, 23, 3, 11, 8]
TOLERANCE = 1e-6  # of the fits here; two of them may differ by twice that
RATES = (0.7, 0.85, 0.95)


def studies(events: Sequence[int | str], totals: Sequence[int]) -> Studies:
    return Studies.of([f"study {i}" for i in range(len(events))], events, totals)


def answers(posterior: ExactPosterior) -> np.ndarray:
    """P(average > t), P(typical > t), P(new study > t), and the log marginal likelihood."""
    marginals = (posterior.average, posterior.typical, posterior.new_study)
    above = [m.probability(above=t).value for m in marginals for t in RATES]
    return np.array([*above, posterior.log_marginal_likelihood.value])


@FAMILIES
def test_the_order_of_the_studies_does_not_matter(model: Model) -> None:
    forwards = fit_exact(studies(EVENTS, TOTALS), model)
    backwards = fit_exact(studies(EVENTS[::-1], TOTALS[::-1]), model)
    assert np.array_equal(answers(forwards), answers(backwards))
    assert forwards.study(0).mean() == backwards.study(len(EVENTS) - 1).mean()


@FAMILIES
def test_counting_the_others_mirrors_every_rate(model: Model) -> None:
    events = fit_exact(studies(EVENTS, TOTALS), model)
    others = fit_exact(studies([n - y for y, n in zip(EVENTS, TOTALS, strict=True)], TOTALS), model)
    for name in ("average", "typical", "new_study"):
        for t in RATES:
            above = getattr(events, name).probability(above=t).value
            below = 1.0 - getattr(others, name).probability(above=1.0 - t).value
            assert above == pytest.approx(below, abs=2 * TOLERANCE)


def test_a_common_rate_with_a_flat_prior_is_a_beta_distribution() -> None:
    posterior = fit_exact(studies(EVENTS, TOTALS), COMMON)
    y, n = sum(EVENTS), sum(TOTALS)
    known = stats.beta(1 + y, 1 + n - y)
    for t in RATES:
        assert posterior.average.probability(above=t).value == pytest.approx(known.sf(t), abs=1e-9)
    assert posterior.average.quantile(0.025).value == pytest.approx(known.ppf(0.025), abs=1e-8)
    assert posterior.average.mean().value == pytest.approx(known.mean(), abs=1e-9)


@BOTH
def test_a_spread_held_near_zero_gives_the_common_rate(model: Model) -> None:
    held = (
        with_prior(model, "tau", Prior.of("half_normal", scale=1e-5))
        if model.family == "logit-normal"
        else with_prior(model, "rho", Prior.of("uniform", low=0.0, high=1e-10))
    )
    found, common = (answers(fit_exact(studies(EVENTS, TOTALS), m)) for m in (held, COMMON))
    assert found == pytest.approx(common, abs=2 * TOLERANCE)


@FAMILIES
def test_a_range_of_one_value_is_that_count(model: Model) -> None:
    exact = fit_exact(studies(EVENTS, TOTALS), model)
    ranges = fit_exact(studies([f"{y}-{y}" for y in EVENTS], TOTALS), model)
    assert np.array_equal(answers(exact), answers(ranges))


@FAMILIES
def test_a_study_of_which_nothing_is_known_changes_nothing(model: Model) -> None:
    without = fit_exact(studies(EVENTS, TOTALS), model)
    silent = fit_exact(studies([*EVENTS, "?", "0-30"], [*TOTALS, 7, 30]), model)
    assert np.array_equal(answers(without), answers(silent))
    assert silent.study(len(EVENTS)).mean().value == pytest.approx(
        silent.new_study.mean().value, abs=2 * TOLERANCE
    )


@FAMILIES
def test_likelihoods_of_ranges_that_make_up_a_larger_one_add_up(model: Model) -> None:
    def evidence(cell: str) -> float:
        fitted = fit_exact(studies([*EVENTS, cell], [*TOTALS, 12]), model)
        return float(np.exp(fitted.log_marginal_likelihood.value))

    parts = evidence("2-5") + evidence("6-11")
    assert parts == pytest.approx(evidence("2-11"), rel=4 * TOLERANCE)


@BOTH
def test_one_more_patient_updates_the_evidence_by_the_predictive(model: Model) -> None:
    before = fit_exact(studies(EVENTS, TOTALS), model)
    after = fit_exact(studies([*EVENTS, 4], [*TOTALS, 5]), model)
    predicted = before.new_count(5).probabilities[4]
    gained = after.log_marginal_likelihood.value - before.log_marginal_likelihood.value
    assert gained == pytest.approx(np.log(predicted), abs=4 * TOLERANCE)


@FAMILIES
def test_predicted_counts_sum_to_one_and_have_the_average_rate_as_mean(model: Model) -> None:
    posterior = fit_exact(studies(EVENTS, TOTALS), model)
    table = posterior.new_count(20)
    assert table.probabilities.sum() == pytest.approx(1.0, abs=2 * TOLERANCE)
    mean = float(np.arange(21) @ table.probabilities) / 20
    assert mean == pytest.approx(posterior.average.mean().value, abs=2 * TOLERANCE)
    assert mean == pytest.approx(posterior.new_study.mean().value, abs=2 * TOLERANCE)


@FAMILIES
def test_other_priors_on_the_same_grid_agree_with_a_fit_of_their_own(model: Model) -> None:
    data = studies(EVENTS, TOTALS)
    location = "mu" if model.family == "logit-normal" else "logit_average"
    changed = with_prior(model, location, Prior.of("normal", location=1.0, scale=1.5))
    if model.family == "logit-normal":
        changed = with_prior(changed, "tau", Prior.of("half_cauchy", scale=0.5))
    elif model.family == "beta-binomial":
        changed = with_prior(changed, "rho", Prior.of("beta", alpha=1.0, beta=3.0))
    reused = fit_exact(data, model).with_model(changed)
    assert answers(reused) == pytest.approx(answers(fit_exact(data, changed)), abs=2 * TOLERANCE)


def test_the_likelihood_of_another_family_is_not_reused() -> None:
    posterior = fit_exact(studies(EVENTS, TOTALS), LOGIT_NORMAL)
    with pytest.raises(OptionError, match="beta-binomial"):
        posterior.with_model(BETA_BINOMIAL)


@BOTH
def test_a_new_study_has_the_average_rate_on_average_also_in_a_long_tail(model: Model) -> None:
    posterior = fit_exact(studies(["160+"], [172]), model)
    new, average = posterior.new_study.mean(), posterior.average.mean()
    assert abs(new.value - average.value) <= new.error + average.error


def test_a_prior_on_kappa_is_that_prior_on_rho() -> None:
    # reweighted by the ratio of the two priors, draws under one are draws under the other; this
    # way round no draw weighs much: the other way the weights grow without bound with kappa
    data = studies(EVENTS, TOTALS)
    on_kappa = Prior.of("gamma", shape=2.0, rate=0.2)
    known = fit_exact(data, with_prior(BETA_BINOMIAL, "kappa", on_kappa)).average
    draws = fit_exact(data, BETA_BINOMIAL).draws(20_000, np.random.default_rng(1))
    kappa = 1.0 / draws["rho"] - 1.0
    on_rho = Prior.of("beta", alpha=1.0, beta=9.0).density(draws["rho"])
    ratio = on_kappa.density(kappa) / draws["rho"] ** 2 / on_rho
    mean = float(np.sum(ratio * draws["average"]) / np.sum(ratio))
    effective = float(ratio.sum() ** 2 / np.sum(ratio**2))
    spread = known.quantile(0.84).value - known.quantile(0.16).value
    assert effective > 10_000
    assert mean == pytest.approx(known.mean().value, abs=5 * 0.5 * spread / effective**0.5)


def test_the_mean_of_tau_is_undefined_exactly_where_its_integral_diverges() -> None:
    cauchy = with_prior(LOGIT_NORMAL, "tau", Prior.of("half_cauchy", scale=1.0))
    extreme = fit_exact(studies([0, 10, 0], [5, 10, 8]), cauchy)
    spread = extreme.heterogeneity
    assert spread is not None
    assert spread.mean().undefined is not None
    assert np.isnan(spread.mean().value)
    assert spread.quantile(0.5).value > 0
    interior = fit_exact(studies([0, 10, 3], [5, 10, 8]), cauchy).heterogeneity
    assert interior is not None
    assert interior.mean().undefined is None


def test_the_mean_of_a_heavy_tailed_tau_owns_up_to_what_lies_beyond_the_columns() -> None:
    heavy = with_prior(LOGIT_NORMAL, "tau", Prior.of("half_student_t", df=3.0, scale=1.0))
    model = with_prior(heavy, "mu", Prior.of("student_t", df=3.0, location=0.0, scale=2.5))
    data = studies([1, 0, 0, 0, 16, 3, 0, 0], [2, 21, 36, 11, 138, 9, 18, 1])
    rough, sharp = (fit_exact(data, model, tolerance=t).heterogeneity for t in (1e-6, 1e-8))
    assert rough is not None
    assert sharp is not None
    apart = abs(rough.mean().value - sharp.mean().value)
    assert apart <= rough.mean().error + sharp.mean().error


@BOTH
def test_a_billion_patients_neither_overflow_nor_vanish(model: Model) -> None:
    n = 10**9
    posterior = fit_exact(studies([n // 4, 3, 9], [n, 10, 40]), model, tolerance=1e-5)
    assert posterior.study(0).mean().value == pytest.approx(0.25, abs=1e-4)
    assert 0.2 < posterior.average.quantile(0.5).value < 0.35
    assert np.isfinite(posterior.log_marginal_likelihood.value)


def test_what_rounding_leaves_of_a_billion_patients_is_not_refined_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid = []

    def counted(*asked: Any) -> Any:
        laid.append(build(*asked))
        return laid[-1]

    monkeypatch.setattr("metaprop.engines.exact.posterior.build", counted)
    n = 10**9
    wide = Studies.of(["a", "b", "c"], [f"1-{n - 1}", n // 2, 7], [n, n, 9])
    error = fit_exact(wide, LOGIT_NORMAL).average.worst_error()
    assert len(laid) <= 3
    assert laid[-1].likelihood_error < error < 10.0 * laid[-1].likelihood_error
    laid.clear()
    posterior = fit_exact(wide, LOGIT_NORMAL)
    evidence, predicted = posterior.log_marginal_likelihood, posterior.new_count(9)
    assert len(laid) <= 2
    assert laid[-1].likelihood_error < evidence.error < 2.0 * laid[-1].likelihood_error
    assert predicted.probabilities.sum() == pytest.approx(1.0, abs=1e-5)


@FAMILIES
@pytest.mark.parametrize("name", ["average", "typical", "new_study"])
def test_a_rate_that_is_not_accurate_makes_the_fit_fail(
    model: Model, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    posterior = fit_exact(studies(EVENTS, TOTALS), model)
    rough = replace(getattr(posterior, name), beyond=0.01)
    before = posterior.quality.status
    monkeypatch.setattr(ExactPosterior, name, property(lambda _: rough))
    assert (before, posterior.quality.status) == ("ok", "failed")


def test_studies_that_contradict_a_narrow_prior_still_have_an_accurate_answer() -> None:
    narrow = with_prior(LOGIT_NORMAL, "tau", Prior.of("half_normal", scale=0.05))
    posterior = fit_exact(studies([20, 0, 19], [20, 20, 20]), narrow)
    assert posterior.quality.status == "ok"
    assert 0.5 < posterior.average.quantile(0.5).value < 0.8


CUT = [
    (LOGIT_NORMAL, "typical", "typical"),
    (BETA_BINOMIAL, "average", "average"),
    (COMMON, "average", "average"),
    (COMMON, "average", "new_study"),
]


@pytest.mark.parametrize(("model", "parameter", "name"), CUT, ids=lambda v: getattr(v, "id", v))
@pytest.mark.parametrize("events", [EVENTS, [0] * len(TOTALS)], ids=["inside", "at the edge"])
def test_a_prior_cut_off_gives_the_posterior_cut_off(
    model: Model, parameter: str, name: str, events: list[int]
) -> None:
    # a uniform prior on part of the rates is the uniform one on all of them, given that part: also
    # where the data would have the rate elsewhere, so that the density ends in a jump
    low, high = 0.2, 0.85
    data = studies(events, TOTALS)
    whole, part = (
        getattr(
            fit_exact(data, with_prior(model, parameter, Prior.of("uniform", low=a, high=b))), name
        )
        for a, b in ((0.0, 1.0), (low, high))
    )
    above = {t: whole.probability(above=t) for t in (low, 0.21, 0.3, 0.8, high)}
    mass = above[low].value - above[high].value
    for t in (0.21, 0.3, 0.8):
        known = (above[t].value - above[high].value) / mass
        found = part.probability(above=t)
        slack = found.error + 3.0 * max(one.error for one in above.values()) / mass
        assert abs(found.value - known) <= slack
        assert found.error < 1e-5
    assert part.quantile(1e-9).value >= low
    assert part.worst_error() < 1e-5
