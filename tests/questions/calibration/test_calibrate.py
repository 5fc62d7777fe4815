"""What is known of the paper's method at its sizes; the same numbers however they are made."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop import Studies, default_models, fit, read_dataset
from metaprop.assumptions.model import with_prior
from metaprop.assumptions.priors import Prior
from metaprop.core.errors import OptionError
from metaprop.questions.calibration import coverage, ranks
from metaprop.questions.calibration.asking import Effort, calibrate, usual_truths
from metaprop.questions.calibration.coverage import held, share
from metaprop.questions.calibration.truth import Truth, generator, review, truth_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from metaprop.assumptions.model import Model
    from metaprop.questions.calibration.records import Calibration, Scenario

USUAL, WALD = "logit: the usual method", "normal"
GUARDED = "Hartung-Knapp, safeguard se"
STANDARD_ERRORS = 4.0
"""Of Monte Carlo, within which a simulated number must lie."""


@pytest.fixture(scope="module")
def union(root: Path) -> Studies:
    return read_dataset(root / "data" / "kalantar2026").outcomes["union"].studies


def scenario(studies: Studies, truth: Truth, effort: Effort) -> Scenario:
    return calibrate(studies, default_models(), truths=[truth], effort=effort).scenarios[0]


def near(found: float, expected: float, replicates: int) -> bool:
    error = math.sqrt(max(expected * (1 - expected), 0.01) / replicates)
    return abs(found - expected) < STANDARD_ERRORS * error


def test_the_published_method_never_holds_a_common_rate_of_97_percent(union: Studies) -> None:
    found = scenario(union, Truth("logit-normal", 0.97, 0.0), Effort(2000, 0, 0))
    coverages = {name: found.score(name).own.coverage.value for name in (USUAL, WALD, GUARDED)}
    assert coverages[USUAL] == 0.0
    assert near(coverages[WALD], 0.06, 2000)
    assert near(coverages[GUARDED], 0.10, 2000)
    assert found.score(USUAL).own.below.value == 1.0


def test_no_heterogeneity_is_found_where_there_is_much(union: Studies) -> None:
    found = scenario(union, Truth("logit-normal", 0.97, 1.0), Effort(2000, 0, 0))
    assert near(found.i2_zero.value, 0.95, 2000)


def test_an_exact_interval_of_a_common_rate_covers_at_least_its_level(union: Studies) -> None:
    found = scenario(union, Truth("logit-normal", 0.9, 0.0), Effort(2000, 0, 0))
    crude = found.score("crude rate, Clopper-Pearson").own.coverage
    assert crude.value > 0.95 - STANDARD_ERRORS * crude.error


@pytest.mark.slow
def test_coverage_of_the_bayesian_averages_is_as_it_was_found_before(union: Studies) -> None:
    logit_normal, beta_binomial = default_models()
    wide = with_prior(logit_normal, "mu", Prior.of("normal", location=0.0, scale=2.5))
    effort = Effort(1000, 1000, 0)
    common = Truth("logit-normal", 0.97, 0.0)
    found = calibrate(union, [wide], truths=[common], effort=effort).scenarios[0]
    assert near(found.scores[-1].average.coverage.value, 0.97, 1000)
    spread = Truth("logit-normal", 0.97, 1.0)
    models = [logit_normal, beta_binomial]
    found = calibrate(union, models, truths=[spread], effort=effort).scenarios[0]
    assert near(found.scores[-2].average.coverage.value, 0.925, 1000)
    assert near(found.scores[-1].average.coverage.value, 0.945, 1000)


@pytest.fixture(scope="module")
def few() -> Studies:
    return Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])


@pytest.fixture(scope="module")
def small(few: Studies) -> Calibration:
    truths = [Truth("logit-normal", 0.9, 0.5), Truth("beta-binomial", 0.9, 0.1)]
    return calibrate(few, default_models(), truths=truths, effort=Effort(30, 6, 40))


def test_numbers_do_not_depend_on_who_does_the_work_in_which_order(
    few: Studies, small: Calibration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards[J, A](
        do: Callable[[J], A], jobs: Sequence[J], on_done: Callable[[], None]
    ) -> Iterator[A]:
        on_done()
        yield from reversed([do(job) for job in reversed(jobs)])

    monkeypatch.setattr(coverage, "BLOCK", 7)  # the first block has all that are modelled
    monkeypatch.setattr(ranks, "BLOCKS", {"exact": 11, "nuts": 5})
    truths = [one.truth for one in small.scenarios]
    again = calibrate(
        few, default_models(), truths=truths, effort=Effort(30, 6, 40), mapper=backwards
    )
    assert again == small
    other = calibrate(few, default_models(), truths=truths, effort=Effort(30, 6, 40), seed=1)
    assert other != replace(small, seed=1)


def test_each_method_is_scored_against_what_it_targets_and_against_the_average(
    small: Calibration,
) -> None:
    for one in small.scenarios:
        assert one.typical > one.average
        for score in one.scores:
            target = one.typical if score.estimand == "typical" else one.average
            assert score.own.truth == target
            assert score.average.truth == one.average
            assert score.own.bias.value - score.average.bias.value == pytest.approx(
                one.average - target
            )
    assert small.scenarios[0].score(USUAL).replicates == 30
    assert small.scenarios[0].scores[-1].replicates == 6


def test_ranks_of_calibrated_posteriors_stay_inside_their_bands(small: Calibration) -> None:
    assert [model.family for model in small.ranks] == ["logit-normal", "beta-binomial"]
    for model in small.ranks:
        assert model.failed == 0
        assert all(one.inside for one in model.ranks), model
        assert all(sum(one.counts) == 40 for one in model.ranks)


def test_ranks_under_another_prior_than_the_truths_came_from_are_found_out(few: Studies) -> None:
    model = default_models()[0]
    narrow = with_prior(model, "mu", Prior.of("normal", location=2.0, scale=0.2))
    jobs = ranks.rank_jobs([model], few.totals.tolist(), replicates=60, seed=0)
    wrong = [replace(ranks.do_ranks(job), below=_below(job, narrow)) for job in jobs]
    found = ranks.model_ranks(jobs, wrong)[0]
    assert not found.ranks[0].inside


def _below(job: ranks.RankJob, fitted: Model) -> np.ndarray:
    """Return the ranks of truths from one model in posteriors of another."""
    rows = []
    for replicate in range(job.first, job.last):
        rng = generator(job.seed, ranks.KEY + job.place, replicate)
        truth = truth_from(job.model, rng)
        totals = np.asarray(job.totals)
        studies = Studies.of(["A", "B", "C"], review(truth, totals, rng).tolist(), job.totals)
        rows.append(ranks.probabilities_below(fit(studies, fitted), truth, rng))
    return np.array(rows)


def test_the_monte_carlo_error_of_a_share_is_never_nothing() -> None:
    none = share(np.zeros(100, dtype=bool))
    assert none.value == 0.0
    assert 0.0 < none.error < 0.02
    half = share(np.arange(100) < 50)
    assert half.error == pytest.approx(0.05, rel=1e-3)


def test_intervals_that_miss_are_told_by_the_side() -> None:
    numbers = np.array([[0.5, 0.8, 0.2], [0.4, 0.7, 0.1], [0.6, 0.9, 0.3]])
    found = held(numbers, 0.5)
    shares = (found.coverage.value, found.below.value, found.above.value)
    assert shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert found.bias.value == pytest.approx(0.0)


def test_usual_truths_lie_around_what_was_observed(few: Studies) -> None:
    assert {truth.rate for truth in usual_truths(few)} == {0.94}
    ranges = Studies.of(["A", "B"], ["0-4", "?"], [10, 10])
    assert {truth.rate for truth in usual_truths(ranges)} == {0.35}


def test_what_cannot_be_simulated_is_refused(few: Studies) -> None:
    with pytest.raises(OptionError) as fault:
        Effort(replicates=-1, ranked=10**9)
    assert len(fault.value.problems) == 2
    with pytest.raises(OptionError, match="level"):
        calibrate(few, default_models(), level=1.5)


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 1])
def test_ten_thousand_reviews_by_quadrature_are_calibrated(union: Studies, place: int) -> None:
    models = [default_models()[place]]
    found = calibrate(union, models, truths=[], effort=Effort(0, 0, 10_000)).ranks[0]
    assert found.failed == 0
    assert all(one.inside for one in found.ranks), [one.p_value for one in found.ranks]


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 1])
def test_two_hundred_reviews_by_nuts_are_calibrated(union: Studies, place: int) -> None:
    models = [default_models()[place]]
    effort = Effort(0, 0, 0, sampled=200)
    found = calibrate(union, models, truths=[], effort=effort).ranks[0]
    assert found.engine == "nuts"
    assert all(one.inside for one in found.ranks), [one.p_value for one in found.ranks]
