"""Rates that depend on the spread, where the prior on the location is cut off."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from metaprop import Model, Prior, Studies
from metaprop.assumptions.model import ParameterPrior
from metaprop.core.errors import ModelError
from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import expit
from metaprop.engines.exact.cut_off import Turned, jumps
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact

Floats = NDArray[np.float64]
NEW = 12
"""Patients of a study whose predicted events have the average as their mean rate."""
LOCATIONS = {
    "above 0": Prior.of("uniform", low=1.0, high=2.0),
    "narrow": Prior.of("uniform", low=1.0, high=1.3),
    "around 0": Prior.of("uniform", low=-1.0, high=4.0),
    "no end": Prior.of("half_normal", scale=3.0),
    "below": Prior.of("normal", location=1.9, scale=1.0, high=2.8),
    "vanishing": Prior.of("gamma", shape=1.5, rate=1.0),
}
SPREADS = {
    "usual": Prior.of("half_normal", scale=1.0),
    "heavy": Prior.of("half_cauchy", scale=0.5),
    "cut off": Prior.of("uniform", low=0.2, high=1.0),
}
SAID = Studies.of(["a", "b", "c"], [0, 3, 5], [2, 5, 5])


def cut_off(location: Prior, spread: Prior, parameter: str = "mu") -> Model:
    where = ParameterPrior(parameter, location, "", "a test", "a test")
    scatter = ParameterPrior("tau", spread, "", "a test", "a test")
    return Model("cut", "Cut off", "logit-normal", "A test.", where, scatter)


def fitted(location: str, spread: str, studies: Studies = SAID) -> ExactPosterior:
    return fit_exact(studies, cut_off(LOCATIONS[location], SPREADS[spread]))


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("location", LOCATIONS)
def test_the_average_is_the_mean_rate_of_a_predicted_count(location: str, spread: str) -> None:
    posterior = fitted(location, spread)
    predicted = posterior.new_count(NEW)
    rate = float(predicted.probabilities @ np.arange(NEW + 1.0)) / NEW
    mean = posterior.average.mean()
    assert abs(mean.value - rate) <= mean.error + 0.5 * (NEW + 1) * predicted.error
    assert mean.error < 1e-6
    assert posterior.average.worst_error() < 2e-6


@pytest.mark.parametrize("spread", SPREADS)
def test_no_error_is_understated(spread: str) -> None:
    posterior = fitted("around 0", spread)
    assert isinstance(posterior.average, Mixture)
    finer = fit_exact(SAID, posterior.model, tolerance=1e-8).average
    for t in (0.3, 0.45, 0.5, 0.55, 0.8):
        rough, sharp = (one.probability(above=t) for one in (posterior.average, finer))
        assert abs(rough.value - sharp.value) <= rough.error + sharp.error


def test_a_sum_over_a_fine_mesh_says_the_same() -> None:
    location, spread = LOCATIONS["below"], SPREADS["usual"]
    posterior = fit_exact(Studies.of(["a"], [0], [1]), cut_off(location, spread))
    n = 1200
    mu = 2.8 - 8.0 * (np.arange(n) + 0.5) / n
    tau = 6.0 * (np.arange(n) + 0.5)[:, None] / n
    rate = expit(logit_average(np.broadcast_to(mu, (n, n)).copy(), np.log(tau)))
    mass = np.exp(location.log_density(mu) + spread.log_density(tau)) * (1.0 - rate)
    mass /= mass.sum()
    for t in (0.4, 0.65, 0.74, 0.82, 0.9):  # the mesh itself is good to 2e-4
        assert abs(posterior.average.probability(above=t).value - mass[rate > t].sum()) < 4e-4
    assert abs(posterior.average.mean().value - float((mass * rate).sum())) < 1e-6


def test_a_rate_of_at_least_nine_tenths_is_answered_to_a_millionth() -> None:
    studies = Studies.of(["a", "b", "c", "d"], [10, 17, 8, 20], [10, 18, 8, 21])
    model = cut_off(Prior.of("uniform", low=0.9, high=1.0), SPREADS["usual"], "typical")
    posterior = fit_exact(studies, model)
    assert posterior.average.worst_error() < 1e-6


def test_a_prior_that_ends_far_from_the_mass_changes_nothing() -> None:
    studies = Studies.of(["a", "b"], [40, 45], [50, 50])
    far = fit_exact(
        studies, cut_off(Prior.of("normal", location=0.0, scale=1.0, low=-6.0), SPREADS["cut off"])
    )
    whole = fit_exact(
        studies, cut_off(Prior.of("normal", location=0.0, scale=1.0), SPREADS["cut off"])
    )
    assert not jumps(far.grid(), far.tolerance)
    for t in (0.7, 0.8, 0.9):
        first, second = (one.average.probability(above=t) for one in (far, whole))
        assert abs(first.value - second.value) <= first.error + second.error + 1e-8


@pytest.mark.parametrize(
    ("cells", "totals", "location", "spread"),
    [
        ([0, 52], [1, 60], Prior.of("normal", location=-1.96, scale=1.0, low=-2.05), "exponential"),
        ([1, 3], [1, 5], Prior.of("uniform", low=-3.15, high=-0.15), "half_cauchy"),
    ],
)
def test_what_was_refused_as_all_but_fixed_is_answered(
    cells: list[int], totals: list[int], location: Prior, spread: str
) -> None:
    tau = Prior.of("exponential", rate=2.0) if spread == "exponential" else SPREADS["heavy"]
    posterior = fit_exact(Studies.of(["a", "b"], cells, totals), cut_off(location, tau))
    assert posterior.average.worst_error() < 1e-6


AVERAGES = {
    "at least": ("average", Prior.of("uniform", low=0.8, high=1.0)),
    "far from the mass": ("average", Prior.of("uniform", low=0.05, high=1.0)),
    "both ends": ("average", Prior.of("beta", alpha=0.5, beta=0.5, low=0.3, high=0.9)),
    "on the logit": ("logit_average", Prior.of("normal", location=1.0, scale=1.0, high=0.4)),
}
CORRELATIONS = {
    "usual": ("rho", Prior.of("beta", alpha=1.0, beta=9.0)),
    "cut off": ("rho", Prior.of("uniform", low=0.05, high=0.3)),
    "kappa": ("kappa", Prior.of("half_normal", scale=2.0)),
}


def beta_binomial(average: str, correlation: str) -> ExactPosterior:
    priors = (AVERAGES[average], CORRELATIONS[correlation])
    given = [ParameterPrior(name, prior, "", "a test", "a test") for name, prior in priors]
    return fit_exact(SAID, Model("cut", "Cut off", "beta-binomial", "A test.", *given))


PAIRS = [
    ("at least", "usual"),
    ("far from the mass", "usual"),
    ("both ends", "kappa"),
    ("on the logit", "cut off"),
]


@pytest.mark.parametrize(("average", "correlation"), PAIRS)
def test_the_median_of_the_beta_binomial_is_that_of_the_draws(
    average: str, correlation: str
) -> None:
    posterior = beta_binomial(average, correlation)
    typical, n = posterior.typical, 20_000
    assert typical.worst_error() < 1e-6
    drawn = posterior.draws(n, np.random.default_rng(5))["typical"]
    for t in np.quantile(drawn, [0.1, 0.5, 0.9]):
        above = typical.probability(above=float(t)).value
        assert abs(float((drawn > t).mean()) - above) < 4.5 * np.sqrt(above * (1.0 - above) / n)
    assert abs(drawn.mean() - typical.mean().value) < 4.5 * drawn.std() / np.sqrt(n)


def test_a_sum_over_a_fine_mesh_says_the_same_of_a_median() -> None:
    posterior = beta_binomial("both ends", "cut off")
    n = 300
    mean = 0.3 + 0.6 * (np.arange(n) + 0.5) / n
    rho = 0.05 + 0.25 * (np.arange(n) + 0.5)[:, None] / n
    a, b = (rate * (1.0 / rho - 1.0) for rate in (mean, 1.0 - mean))
    mass = np.exp(AVERAGES["both ends"][1].log_density(mean)) * np.ones_like(rho)
    for events, total in zip(SAID.low, SAID.totals, strict=True):
        mass *= stats.betabinom.pmf(events, total, a, b)
    mass /= mass.sum()
    median = stats.beta.median(a, b)
    for t in (0.4, 0.5, 0.6, 0.75, 0.9):  # the mesh itself is good to 1e-3
        above = posterior.typical.probability(above=t).value
        assert abs(above - mass[median > t].sum()) < 2e-3
    assert abs(posterior.typical.mean().value - float((mass * median).sum())) < 1e-5


def test_no_error_of_a_median_is_understated() -> None:
    rough = beta_binomial("at least", "usual")
    finer = fit_exact(SAID, rough.model, tolerance=1e-8).typical
    for t in (0.8, 0.85, 0.9, 0.95):
        first, second = (one.probability(above=t) for one in (rough.typical, finer))
        assert abs(first.value - second.value) <= first.error + second.error


POLES = [
    ("mu", Prior.of("gamma", shape=0.8, rate=1.0), 0),
    ("mu", Prior.of("beta", alpha=2.0, beta=0.5), 1),
]


@pytest.mark.parametrize(("parameter", "prior", "end"), POLES)
def test_a_density_that_is_infinite_at_an_end_is_refused(
    parameter: str, prior: Prior, end: int
) -> None:
    told = f"the density of {parameter} is infinite at {end}, which cannot be added up"
    with pytest.raises(ModelError, match=told):
        _ = fit_exact(SAID, cut_off(prior, SPREADS["usual"], parameter)).average


def test_a_typical_rate_or_a_spread_may_be_infinite_at_an_end() -> None:
    typical = Prior.of("beta", alpha=0.5, beta=0.5)
    spread = Prior.of("gamma", shape=0.5, rate=1.0)
    average = fit_exact(SAID, cut_off(typical, spread, "typical")).average
    assert average.worst_error() < 1e-5


def test_an_average_is_found_where_the_typical_rate_is_infinitely_dense_at_zero() -> None:
    studies = Studies.of(["a", "b", "c", "d"], [3, 3, 7, 8], [3, 3, 7, 8])
    typical = Prior.of("beta", alpha=0.511, beta=2.55, high=0.8)
    posterior = fit_exact(studies, cut_off(typical, SPREADS["heavy"], "typical"))
    predicted, mean = posterior.new_count(NEW), posterior.average.mean()
    rate = float(predicted.probabilities @ np.arange(NEW + 1.0)) / NEW
    assert abs(mean.value - rate) <= mean.error + 0.5 * (NEW + 1) * predicted.error
    assert posterior.average.worst_error() < 1e-6


def test_mass_that_was_not_found_is_stated_as_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(turned: Turned, y: Floats) -> Floats:
        return turned.spread.log_slope(y) - 1e-2

    monkeypatch.setattr(Turned, "spread_slope", short)
    assert 5e-3 < fitted("around 0", "usual").average.worst_error() < 1.1e-2


def test_a_mixture_of_one_part_has_the_errors_of_that_part() -> None:
    part = fitted("vanishing", "usual").new_study
    assert not isinstance(part, Mixture)
    alone = Mixture.of((part,), np.ones(1))
    for level in (0.05, 0.5, 0.95):
        own, told = part.quantile(level), alone.quantile(level)
        assert abs(own.value - told.value) <= 1e-9
        assert told.error >= 0.5 * own.error
