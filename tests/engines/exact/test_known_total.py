"""A total printed over studies: it adds nothing to exact counts and its sum of tables to ranges."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from metaprop import Model, Prior, Studies, default_models, read_model, shipped_models
from metaprop.assumptions.model import with_prior
from metaprop.core.errors import OptionError
from metaprop.core.estimates import Estimate
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact
from metaprop.evidence.dataset import read_dataset

LOGIT_NORMAL, BETA_BINOMIAL = default_models()
COMMON = next(model for model in map(read_model, shipped_models()) if model.family == "common-rate")
FAMILIES = pytest.mark.parametrize(
    "model", [LOGIT_NORMAL, BETA_BINOMIAL, COMMON], ids=lambda m: m.family
)
BOTH = pytest.mark.parametrize("model", [LOGIT_NORMAL, BETA_BINOMIAL], ids=lambda m: m.family)
TOLERANCE = 1e-6  # of the fits here; two of them may differ by twice that
REFERENCE = 1e-7  # of the fits to single tables, ten times tighter
P_TOO_SMALL = 1e-4  # a seed is fixed: this fails for one choice of seed in ten thousand
DRAWS = 4_000
RATES = (0.1, 0.3, 0.6)
CELLS: list[int | str] = ["1+", "?", "0-3", 2, 4, "2-5", "?"]
TOTALS = [6, 4, 9, 8, 11, 7, 4]
KALANTAR = Path(__file__).parents[3] / "data" / "kalantar2026"


def studies(
    events: Sequence[int | str], totals: Sequence[int], known_total: int | str | None = None
) -> Studies:
    names = [f"study {i}" for i in range(len(events))]
    return Studies.of(names, events, totals, known_total=known_total)


def answers(posterior: ExactPosterior) -> np.ndarray:
    """P(rate > t) of average, typical and new study, and the log marginal likelihood."""
    marginals = (posterior.average, posterior.typical, posterior.new_study)
    above = [m.probability(above=t).value for m in marginals for t in RATES]
    return np.array([*above, posterior.log_marginal_likelihood.value])


def rates_of(posterior: ExactPosterior) -> list[float]:
    return [posterior.study(i).mean().value for i in range(posterior.studies.k)]


@FAMILIES
@pytest.mark.parametrize("total", [14, "10-20"])
def test_a_total_over_exact_counts_changes_nothing(model: Model, total: int | str) -> None:
    events, patients = [3, 5, 6], [9, 11, 13]
    with_total = fit_exact(studies(events, patients, total), model)
    assert np.array_equal(answers(with_total), answers(fit_exact(studies(events, patients), model)))


@FAMILIES
def test_a_total_that_does_not_bind_changes_nothing(model: Model) -> None:
    with_total = fit_exact(studies(CELLS, TOTALS, "5+"), model)
    without = fit_exact(studies(CELLS, TOTALS), model)
    assert np.array_equal(answers(with_total), answers(without))
    assert with_total.study(1).mean() == without.study(1).mean()


@pytest.mark.parametrize("events", [0, 9, 24])
def test_a_common_rate_with_only_a_total_is_that_of_one_large_study(events: int) -> None:
    only_total = fit_exact(studies(["?"] * 4, [5, 8, 9, 2], events), COMMON)
    one = fit_exact(studies([events], [24]), COMMON)
    assert answers(only_total) == pytest.approx(answers(one), abs=2 * TOLERANCE)
    assert rates_of(only_total) == pytest.approx(rates_of(one) * 4, abs=2 * TOLERANCE)


@FAMILIES
def test_a_range_of_one_value_within_a_total_is_that_count(model: Model) -> None:
    exact = fit_exact(studies(CELLS, TOTALS, 16), model)
    ranges = [cell if isinstance(cell, str) else f"{cell}-{cell}" for cell in CELLS]
    assert np.array_equal(answers(exact), answers(fit_exact(studies(ranges, TOTALS, 16), model)))


@FAMILIES
def test_a_total_that_leaves_one_choice_makes_every_count_exact(model: Model) -> None:
    forced = fit_exact(studies(["1+", "2-5", 3], [6, 8, 9], 6), model)
    exact = fit_exact(studies([1, 2, 3], [6, 8, 9]), model)
    assert answers(forced) == pytest.approx(answers(exact), abs=4 * TOLERANCE)
    rates = forced.study(1).mean().value, exact.study(1).mean().value
    assert rates[0] == pytest.approx(rates[1], abs=4 * TOLERANCE)


@FAMILIES
def test_the_order_of_studies_with_a_total_does_not_matter(model: Model) -> None:
    forwards = fit_exact(studies(CELLS, TOTALS, 16), model)
    backwards = fit_exact(studies(CELLS[::-1], TOTALS[::-1], 16), model)
    assert np.array_equal(answers(forwards), answers(backwards))
    assert forwards.study(0).mean() == backwards.study(len(CELLS) - 1).mean()


@FAMILIES
def test_counting_the_others_mirrors_every_rate_with_a_total(model: Model) -> None:
    table = studies(CELLS, TOTALS, "15-16")
    pairs = zip(table.counts, TOTALS, strict=True)
    mirrored = [f"{n - count.high}-{n - count.low}" for count, n in pairs]
    patients = sum(TOTALS)
    events = fit_exact(table, model)
    others = fit_exact(studies(mirrored, TOTALS, f"{patients - 16}-{patients - 15}"), model)
    for name in ("average", "typical", "new_study"):
        for t in RATES:
            above = getattr(events, name).probability(above=t).value
            below = 1.0 - getattr(others, name).probability(above=1.0 - t).value
            assert above == pytest.approx(below, abs=2 * TOLERANCE)
    mirror = 1.0 - others.study(0).mean().value
    assert events.study(0).mean().value == pytest.approx(mirror, abs=2 * TOLERANCE)


Question = Callable[[ExactPosterior], Estimate]


def _questions(k: int) -> list[Question]:
    """Means and probabilities of everything that has a posterior."""

    def of_study(i: int, above: float | None) -> Question:
        if above is None:
            return lambda p: p.study(i).mean()
        return lambda p: p.study(i).probability(above=above)

    def spread(posterior: ExactPosterior) -> Estimate:
        assert posterior.heterogeneity is not None
        return posterior.heterogeneity.mean()

    return [
        lambda p: p.average.mean(),
        lambda p: p.average.probability(above=0.3),
        lambda p: p.typical.mean(),
        lambda p: p.new_study.mean(),
        lambda p: p.new_study.probability(above=0.7),
        spread,
        *(of_study(i, above) for i in range(k) for above in (None, 0.25, 0.7)),
    ]


def _tables(table: Studies) -> list[list[int]]:
    """Every table of exact counts that the ranges and the total allow."""
    ranges = [range(count.low, count.high + 1) for count in table.counts]
    total = table.total_events
    return [
        list(counts)
        for counts in itertools.product(*ranges)
        if total.low <= sum(counts) <= total.high
    ]


@BOTH
@pytest.mark.parametrize(
    ("cells", "patients", "total"),
    [
        (["?", "1+", 1], [2, 3, 4], 4),
        pytest.param(["?", "1+", "0-2"], [3, 2, 5], 5, marks=pytest.mark.slow),
        pytest.param(["?", "1+", "?"], [2, 3, 3], "2-3", marks=pytest.mark.slow),
        pytest.param(["?", "1+", 3, "0-2", 0, "?"], [2, 3, 4, 6, 5, 2], 5, marks=pytest.mark.slow),
    ],
)
def test_a_total_is_the_mixture_of_all_tables_that_it_allows(
    model: Model, cells: list[int | str], patients: list[int], total: int | str
) -> None:
    table = studies(cells, patients, total)
    found = fit_exact(table, model)
    fits = [fit_exact(studies(y, patients), model, tolerance=REFERENCE) for y in _tables(table)]
    log_evidence = np.array([fitted.log_marginal_likelihood.value for fitted in fits])
    together = found.log_marginal_likelihood
    known = float(np.logaddexp.reduce(log_evidence))
    assert abs(together.value - known) <= together.error + REFERENCE
    assert together.value == pytest.approx(known, abs=TOLERANCE)
    weights = np.exp(log_evidence - known)
    for question in _questions(table.k):
        estimate = question(found)
        mixture = float(weights @ [question(fitted).value for fitted in fits])
        assert abs(estimate.value - mixture) <= estimate.error + 2 * REFERENCE
        assert estimate.value == pytest.approx(mixture, abs=TOLERANCE)


@BOTH
def test_other_priors_reuse_the_likelihood_of_a_total(model: Model) -> None:
    data = studies(CELLS, TOTALS, 16)
    location = "mu" if model.family == "logit-normal" else "logit_average"
    changed = with_prior(model, location, Prior.of("normal", location=-1.0, scale=1.5))
    reused, own = fit_exact(data, model).with_model(changed), fit_exact(data, changed)
    assert answers(reused) == pytest.approx(answers(own), abs=2 * TOLERANCE)
    assert reused.study(1).mean().value == pytest.approx(
        own.study(1).mean().value, abs=2 * TOLERANCE
    )


@BOTH
def test_predicted_counts_given_a_total_have_the_average_rate_as_mean(model: Model) -> None:
    posterior = fit_exact(studies(CELLS, TOTALS, 16), model)
    table = posterior.new_count(20)
    assert table.probabilities.sum() == pytest.approx(1.0, abs=2 * TOLERANCE)
    mean = float(np.arange(21) @ table.probabilities) / 20
    assert mean == pytest.approx(posterior.average.mean().value, abs=2 * TOLERANCE)


@BOTH
def test_joint_draws_given_a_total_have_the_marginals(model: Model) -> None:
    posterior = fit_exact(studies(CELLS, TOTALS, 16), model)
    draws = posterior.draws(DRAWS, np.random.default_rng(11))
    average, new = posterior.average, posterior.new_study
    tests = [
        stats.kstest(draws["average"], lambda x: 1.0 - average.survival(x)),
        stats.kstest(draws["new_study"], lambda x: 1.0 - new.survival(x)),
    ]
    assert min(test.pvalue for test in tests) > P_TOO_SMALL


@BOTH
def test_the_larger_the_total_the_higher_is_the_rate_of_a_silent_study(model: Model) -> None:
    means = [fit_exact(studies(CELLS, TOTALS, t), model).study(1).mean().value for t in (9, 15, 23)]
    assert means[0] < means[1] < means[2]


@BOTH
def test_the_total_of_the_complications_decides_whether_the_rate_is_above_thirty_percent(
    model: Model,
) -> None:
    table = read_dataset(KALANTAR).outcomes["any_complication"].studies
    known = fit_exact(table, model)
    unknown = fit_exact(table.with_known_total(None), model)
    assert known.quality.status == unknown.quality.status == "ok"
    assert known.average.probability(above=0.3).value < 0.05
    assert unknown.average.probability(above=0.3).value > 0.6
    assert known.average.mean().value == pytest.approx(34 / 174, abs=0.03)


def test_a_cauchy_prior_has_a_mean_of_tau_only_if_the_total_needs_a_study_inside() -> None:
    cauchy = with_prior(LOGIT_NORMAL, "tau", Prior.of("half_cauchy", scale=1.0))
    for total, defined in ((9, False), (7, True)):  # 9 = 0 + 9 + 0, nothing makes 7 so
        spread = fit_exact(studies(["?", "?", 0], [6, 9, 5], total), cauchy).heterogeneity
        assert spread is not None
        assert (spread.mean().undefined is None) is defined


def test_a_total_over_too_many_open_counts_is_refused_before_anything_is_computed() -> None:
    table = studies(["?"] * 3, [1_000_000] * 3, 1_500_000)
    with pytest.raises(OptionError) as caught:
        fit_exact(table, BETA_BINOMIAL)
    (problem,) = caught.value.problems
    assert problem.where == "known_total"
    assert "3,000,000 events open" in problem.what


@BOTH
def test_a_small_total_makes_large_silent_studies_easy(model: Model) -> None:
    few = fit_exact(studies(["?", "?", 3], [40_000, 60_000, 900], 12), model, tolerance=1e-5)
    assert few.quality.status == "ok"
    assert 0.0 < few.study(0).mean().value < 0.001
