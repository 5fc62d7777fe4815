from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from metaprop.assumptions.model import default_models, read_model, shipped_models
from metaprop.core.errors import OptionError
from metaprop.questions.calibration.truth import Truth, generator, review, truth_from

QUADRATURE = 1e-9
"""Of the average rate, against SciPy's adaptive quadrature."""


@pytest.mark.parametrize(("rate", "tau"), [(0.97, 1.0), (0.03, 0.5), (0.5, 3.0)])
def test_the_average_of_a_logit_normal_truth_is_its_mean_rate(rate: float, tau: float) -> None:
    mu = np.log(rate / (1 - rate))
    mean, _ = integrate.quad(
        lambda z: stats.norm.pdf(z) / (1 + np.exp(-mu - tau * z)), -12, 12, epsabs=1e-12
    )
    assert Truth("logit-normal", rate, tau).average == pytest.approx(mean, abs=QUADRATURE)


def test_the_typical_rate_of_a_beta_truth_is_its_median() -> None:
    truth = Truth("beta-binomial", 0.9, 0.2)
    assert truth.typical == pytest.approx(stats.beta(0.9 * 4, 0.1 * 4).median(), abs=QUADRATURE)
    assert truth.average == 0.9


@pytest.mark.parametrize(
    "truth",
    [
        Truth("logit-normal", 0.9, 0.8),
        Truth("beta-binomial", 0.9, 0.1),
        Truth("logit-normal", 0.9, 0.0),
    ],
)
def test_rates_and_reviews_have_the_average_of_their_truth(truth: Truth) -> None:
    rng = generator(3)
    rates = truth.rates(20_000, rng)
    assert abs(rates.mean() - truth.average) < 5 * max(rates.std(), 1e-12) / np.sqrt(20_000)
    totals = np.full(20_000, 7)
    events = review(truth, totals, rng) / totals
    assert abs(events.mean() - truth.average) < 5 * events.std() / np.sqrt(20_000)


def test_every_fault_of_a_truth_is_told_at_once() -> None:
    with pytest.raises(OptionError) as fault:
        Truth("normal", 1.5, -1.0)  # type: ignore[arg-type]
    assert len(fault.value.problems) == 3


def test_the_random_numbers_of_a_replicate_are_its_own() -> None:
    assert generator(1, 0, 5).random() == generator(1, 0, 5).random()
    assert len({generator(s, a, b).random() for s in (0, 1) for a in (0, 1) for b in (0, 1)}) == 8


def test_truths_are_drawn_from_the_priors_of_a_model() -> None:
    logit_normal, beta_binomial = default_models()
    rng = generator(0)
    drawn = [truth_from(logit_normal, rng) for _ in range(2000)]
    assert stats.kstest([t.rate for t in drawn], "uniform").pvalue > 1e-4
    assert stats.kstest([t.spread for t in drawn], stats.halfnorm.cdf).pvalue > 1e-4
    drawn = [truth_from(beta_binomial, rng) for _ in range(2000)]
    assert stats.kstest([t.spread for t in drawn], stats.beta(1, 9).cdf).pvalue > 1e-4


def test_a_common_rate_has_no_spread_to_draw() -> None:
    common = next(read_model(path) for path in shipped_models() if path.stem == "common_rate")
    with pytest.raises(OptionError, match="share one rate"):
        truth_from(common, generator(0))
