"""Other odds where studies do not report: identities, and sums by hand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import special, stats

from metaprop import Model, Prior, Studies, default_models, fit
from metaprop.assumptions.model import ParameterPrior, read_model, shipped_models
from metaprop.core.errors import OptionError
from metaprop.core.scales import expit
from metaprop.engines.exact.unreported import PartlyReported, beta_average
from metaprop.engines.fitting import fit_partly_reported

if TYPE_CHECKING:
    from metaprop.engines.exact.posterior import ExactPosterior

TIGHT = 1e-9  # two roads to one number, both far finer than the tolerance asked for
ROUNDING = 1e-12  # a series of at most some hundred positive terms
HYP2F1 = 1e-9  # what SciPy's hypergeometric function is good for here
NAMES = list("ABCDEFGH")
PARTLY = Studies.of(NAMES, [3, "1+", 0, 2, "?", "?", "?", "1-3"], [9, 14, 10, 20, 15, 9, 8, 11])
REPORTED = PARTLY.where(~PARTLY.unreported)
MODELS = default_models()
COMMON = read_model(next(path for path in shipped_models() if path.stem == "common_rate"))
FACTORS = (0.1, 0.5, 1.0, 2.0, 10.0)


@cache
def reported(model: Model) -> ExactPosterior:
    """Return the posterior of the studies that report, once for all tests."""
    return fit(PARTLY, model)


def partly(model: Model, odds: float) -> PartlyReported:
    return PartlyReported(reported(model), odds)


@pytest.mark.parametrize("model", [*MODELS, COMMON], ids=lambda model: model.id)
def test_equal_odds_change_nothing(model: Model) -> None:
    plain, same = reported(model), partly(model, 1.0)
    for name in ("average", "new_study"):
        ours, theirs = (getattr(one, name).probability(above=0.15).value for one in (same, plain))
        assert ours == pytest.approx(theirs, abs=TIGHT)


@pytest.mark.parametrize("model", [MODELS[0], COMMON], ids=lambda model: model.id)
def test_an_outcome_that_every_study_reports_does_not_move(model: Model) -> None:
    plain = fit(REPORTED, model)
    other = PartlyReported(plain, 2.0)
    expected = plain.average.probability(above=0.15).value
    assert other.average.probability(above=0.15).value == pytest.approx(expected, abs=TIGHT)
    assert other.new_study.quantile(0.9).value == pytest.approx(
        plain.new_study.quantile(0.9).value, abs=TIGHT
    )


@pytest.mark.parametrize("model", [*MODELS, COMMON], ids=lambda model: model.id)
def test_rates_rise_with_the_odds_and_a_new_study_has_the_average_for_its_mean(
    model: Model,
) -> None:
    found = [partly(model, odds) for odds in FACTORS]
    for name in ("average", "new_study"):
        chances = [getattr(one, name).probability(above=0.15).value for one in found]
        assert chances == sorted(chances)
        assert len(set(chances)) == len(chances)
    for one in found:
        # the average is a function on the grid, the new study a mixture: two ways to one mean
        assert one.average.mean().value == pytest.approx(one.new_study.mean().value, abs=TIGHT)


def test_a_common_rate_is_its_closed_form() -> None:
    studies = Studies.of(["A", "B", "C", "D"], [3, 2, "?", "?"], [9, 11, 7, 8])
    found = fit_partly_reported(studies, COMMON, 0.5).average
    rates = np.array([0.1, 0.2, 0.3])  # Beta(1 + 5, 1 + 15): the share that does not report is 1/2
    mixed = 0.5 * rates + 0.5 * 0.5 * rates / (1.0 - rates + 0.5 * rates)
    for rate, average in zip(rates, mixed, strict=True):
        chance = found.probability(above=float(average))
        assert abs(chance.value - stats.beta.sf(rate, 6, 16)) <= chance.error < 1e-6


def test_the_average_is_that_of_joint_draws() -> None:
    draws = reported(MODELS[0]).draws(2000, np.random.default_rng(0))
    score, weight = special.roots_hermitenorm(60)
    logits = draws["mu"][:, None] + draws["tau"][:, None] * score
    rates = [expit(logits + shift) @ weight / weight.sum() for shift in (0.0, np.log(2.0))]
    mixed = 5 / 8 * rates[0] + 3 / 8 * rates[1]
    found = partly(MODELS[0], 2.0).average.probability(above=0.2).value
    error = np.sqrt(found * (1.0 - found) / mixed.size)
    assert abs(float(np.mean(mixed > 0.2)) - found) < 4.0 * error


@pytest.mark.parametrize("odds", [0.1, 0.5, 2.0, 10.0])
@pytest.mark.parametrize(("mean", "kappa"), [(0.9, 3.0), (0.02, 40.0), (0.5, 2.5), (0.97, 1e5)])
def test_the_average_of_a_beta_with_other_odds_is_its_integral(
    mean: float, kappa: float, odds: float
) -> None:
    found = beta_average(np.array([[special.logit(mean)]]), np.array([[-np.log(kappa)]]), odds)
    a, b = mean * kappa, (1.0 - mean) * kappa
    expected = odds * mean * special.hyp2f1(1.0, a + 1.0, a + b + 1.0, 1.0 - odds)
    assert float(expit(found)[0, 0]) == pytest.approx(expected, rel=HYP2F1)
    mirrored = beta_average(
        np.array([[-special.logit(mean)]]), np.array([[-np.log(kappa)]]), 1 / odds
    )
    assert found[0, 0] == pytest.approx(-mirrored[0, 0], rel=ROUNDING)


def test_a_fit_whose_own_average_is_rough_says_so() -> None:
    # a prior that ends within the mass: the average over both kinds is taken from rows that jump
    location = ParameterPrior("mu", Prior.of("half_normal", scale=3.0), "", "a test", "a test")
    cut = Model("cut", "Cut", "logit-normal", "A test.", location, MODELS[0].heterogeneity)
    found = PartlyReported(reported(cut), 3.0)
    assert found.average.worst_error() > 1e-3
    assert (found.quality.status, partly(MODELS[0], 3.0).quality.status) == ("failed", "ok")


def test_a_known_total_is_refused_with_what_to_do() -> None:
    bound = Studies.of(["A", "B"], ["1+", "?"], [9, 7], known_total=4)
    with pytest.raises(OptionError, match="known_total") as caught:
        fit_partly_reported(bound, MODELS[0], 0.5)
    assert "known_total = None" in caught.value.problems[0].remedy
