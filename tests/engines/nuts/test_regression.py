"""The meta-regression against the exact engine, by likelihood, and on an effect that is there."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from metaprop import Model, Prior, Studies, default_models, fit, read_dataset
from metaprop.assumptions.model import (
    RegressionModel,
    default_regression_model,
    with_prior,
)
from metaprop.core.scales import expit
from metaprop.engines.frequentist.one_step.moderators import fit_meta_regression
from metaprop.engines.nuts.regression import RegressionPosterior, fit_regression
from metaprop.engines.nuts.sampling import Settings
from metaprop.evidence.columns import Covariate, covariates_of
from metaprop.questions.moderators.asking import ask_moderators

pytestmark = pytest.mark.xdist_group("nuts")
QUICK = Settings(draws=1000, seed=2)
STANDARD_ERRORS = 4.0
"""Of a comparison with a fixed seed."""
WIDE = 1.5
"""SD of mu; with a coefficient of SD twice this, two groups have independent priors."""
NEXT_TO_NONE = 1e-4


def model(tau: float, beta: float) -> RegressionModel:
    """Return a model whose priors are of one shape in all tests: it is compiled once."""
    found = default_regression_model().with_prior(
        "mu", Prior.of("normal", location=0.0, scale=WIDE)
    )
    found = found.with_prior("tau", Prior.of("half_normal", scale=tau))
    return found.with_prior("beta", Prior.of("normal", location=0.0, scale=beta))


def plain(found: RegressionModel, scale: float | None = None) -> Model:
    """Return the same without a covariate; ``scale`` is another one of mu."""
    start = default_models()[0]
    prior = found.location.prior
    if scale is not None:
        prior = Prior.of("normal", location=0.0, scale=scale)
    return with_prior(with_prior(start, "mu", prior), "tau", found.heterogeneity.prior)


@cache
def union() -> tuple[Studies, tuple[float, ...]]:
    data = read_dataset("data/kalantar2026")
    studies = data.outcomes["union"].studies
    covariates = covariates_of(data.covariates, data.study_names, studies)
    values = next(one for one in covariates if one.name == "age_years").values
    return studies, tuple(float(value or 0.0) for value in values)


@cache
def on_age() -> RegressionPosterior:
    return fit_regression(*union(), model(1.0, 1.0), QUICK)


def test_the_chains_mix_and_do_not_diverge() -> None:
    found = on_age().diagnostics
    assert on_age().quality.status == "ok"
    assert found.divergences == 0
    assert found.r_hat < 1.01


def test_without_a_coefficient_it_is_the_plain_model() -> None:
    studies, values = union()
    narrow = model(1.0, NEXT_TO_NONE)
    found, exact = fit_regression(studies, values, narrow, QUICK), fit(studies, plain(narrow))
    for at in (min(values), max(values)):
        average = found.average(at)
        for level in (0.05, 0.5, 0.95):
            true = exact.average.quantile(level).value
            chance = average.probability(above=true)
            assert abs(chance.value - (1.0 - level)) < STANDARD_ERRORS * chance.error


def test_two_groups_with_independent_priors_are_two_fits() -> None:
    studies = Studies.of(["A", "B", "C", "D", "E"], [9, 17, 8, 3, 5], [10, 20, 8, 9, 12])
    groups = ("x", "x", "x", "y", "y")
    apart = model(NEXT_TO_NONE, 2.0 * WIDE)
    found = fit_regression(studies, groups, apart, QUICK)
    for name in ("x", "y"):
        alone = studies.where([group == name for group in groups])
        exact = fit(alone, plain(apart, WIDE * np.sqrt(2.0)))
        for level in (0.1, 0.5, 0.9):
            true = exact.average.quantile(level).value
            chance = found.average(name).probability(above=true)
            assert abs(chance.value - (1.0 - level)) < STANDARD_ERRORS * chance.error


def test_an_effect_that_is_there_is_found() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=24)
    slope = 0.9  # for one standard deviation, 1.8 for the two of the coefficient
    rates = expit(0.5 + slope * x + 0.3 * rng.normal(size=24))
    events = rng.binomial(40, rates)
    studies = Studies.of([f"S{i}" for i in range(24)], events, [40] * 24)
    found = fit_regression(studies, x.tolist(), model(1.0, 1.0), QUICK)
    coefficient = found.coefficients[..., 0]
    low, high = np.quantile(coefficient, [0.005, 0.995])
    assert 0.0 < low < slope * found.coding.scale < high
    assert np.mean(found.average_draws(1.0) > found.average_draws(-1.0)) > 0.999
    rows = found.coding.encode(x.tolist())
    maximum = fit_meta_regression(studies, rows, ("x",), level=0.95).coefficients[1]
    assert low < maximum < high  # where the data say much, the prior hardly matters


def test_answers_name_what_is_left_out_and_what_is_not_asked() -> None:
    studies, values = union()
    first = studies.names[0]
    ages = Covariate("age", "Age", "years", "number", (None, *values[1:]))
    same = Covariate("same", "Same", None, "category", ("a",) * studies.k)
    young = tuple("young" if value < 45.0 else "old" for value in values)
    group = Covariate("group", "Group", None, "category", young)
    again = Covariate("again", "Again", None, "number", tuple(float(v == "old") for v in young))
    found = ask_moderators(
        studies, [ages, same, group, again], model(1.0, 1.0), thresholds=[0.9], seed=2
    )
    assert [answer.covariate for answer in found.answers] == ["age", "group"]
    assert found.answers[0].left_out == (first,)
    assert [one.covariate for one in found.unasked] == ["same", "again"]
    assert "exactly as Group does" in found.unasked[1].reason
    (contrast,) = found.answers[0].contrasts
    low, median, high = (q.value.value for q in contrast.difference.quantiles)
    assert low < median < high
    before = [q.value.value for q in contrast.prior.quantiles]
    assert before[0] < low
    assert high < before[2]
    assert 0.0 < contrast.learnt < 1.0
    assert contrast.reach_low < contrast.start < contrast.reach_high
    groups = found.answers[1].levels
    assert [level.label for level in groups] == ["old", "young"]
    assert sum(level.studies for level in groups) == studies.k
    assert sum(level.patients for level in groups) == int(studies.totals.sum())


@pytest.mark.slow
def test_ranges_and_a_known_total_enter_as_in_the_plain_model() -> None:
    studies = Studies.of(["A", "B", "C", "D"], ["1+", "?", 3, "0-2"], [6, 8, 9, 5], known_total="8")
    narrow = model(1.0, NEXT_TO_NONE)
    found = fit_regression(studies, [1.0, 2.0, 4.0, 3.0], narrow, Settings(seed=2))
    exact = fit(studies, plain(narrow))
    for level in (0.05, 0.5, 0.95):
        true = exact.average.quantile(level).value
        chance = found.average(2.5).probability(above=true)
        assert abs(chance.value - (1.0 - level)) < STANDARD_ERRORS * chance.error
