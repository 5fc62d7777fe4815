"""The PyTensor twins of the priors and likelihoods give the numbers of the NumPy ones."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from metaprop import Model, Prior, Studies, default_models, pymc_model
from metaprop.assumptions.model import with_prior
from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import expit, logit
from metaprop.engines.likelihood.beta_binomial import BetaBinomial
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.nuts.models import logistic_mean
from metaprop.engines.nuts.priors import PYMC, PriorShape, declare, numbers

TWIN = 1e-7  # PyMC's truncated densities and log gamma functions lose a few digits
STUDIES = Studies.of(["a", "b", "c", "d", "e"], [14, 0, "1+", "2-5", "?"], [15, 9, 12, 20, 7])
LOGIT_NORMAL, BETA_BINOMIAL = default_models()
PRIORS = (
    Prior.of("normal", location=0.5, scale=2.0),
    Prior.of("normal", location=0.5, scale=2.0, low=-1.0, high=2.0),
    Prior.of("logistic", location=0.0, scale=1.0),
    Prior.of("logistic", location=0.0, scale=1.0, high=1.5),
    Prior.of("student_t", df=4.0, location=1.0, scale=2.5),
    Prior.of("student_t", df=4.0, location=1.0, scale=2.5, low=0.0),
    Prior.of("half_normal", scale=1.3),
    Prior.of("half_normal", scale=1.3, high=2.0),
    Prior.of("half_cauchy", scale=0.5),
    Prior.of("half_cauchy", scale=0.5, high=3.0),
    Prior.of("half_student_t", df=3.0, scale=1.0),
    Prior.of("half_student_t", df=3.0, scale=1.0, high=3.0),
    Prior.of("exponential", rate=2.0),
    Prior.of("exponential", rate=2.0, low=0.1, high=3.0),
    Prior.of("gamma", shape=2.0, rate=1.5),
    Prior.of("gamma", shape=2.0, rate=1.5, high=3.0),
    Prior.of("log_normal", location=-0.5, scale=0.8),
    Prior.of("log_normal", location=-0.5, scale=0.8, high=3.0),
    Prior.of("uniform", low=0.0, high=2.0),
    Prior.of("beta", alpha=2.0, beta=9.0),
    Prior.of("beta", alpha=2.0, beta=9.0, low=0.05, high=0.6),
)


def log_posterior(model: pm.Model, **values: object) -> float:
    """Return the log density of a PyMC model at values of its free variables."""
    found = model.compile_logp(jacobian=False, mode="FAST_COMPILE")
    transformed = {
        variable.name: model.rvs_to_transforms[rv].forward(values[rv.name], *rv.owner.inputs).eval()
        if model.rvs_to_transforms[rv] is not None
        else np.asarray(values[rv.name], dtype=float)
        for rv, variable in model.rvs_to_values.items()
        if rv in model.free_RVs
    }
    return float(found(transformed))


def test_every_distribution_has_its_twin() -> None:
    assert {prior.distribution for prior in PRIORS} == set(PYMC)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: prior.prose())
def test_a_prior_has_the_density_that_the_model_file_says(prior: Prior) -> None:
    at = float(prior.quantile(0.37))
    with pm.Model() as model:
        declare(PriorShape.of("x", prior), pm.Data("numbers", numbers(prior)))
    assert log_posterior(model, x=at) == pytest.approx(float(prior.log_density(at)), abs=TWIN)


@pytest.mark.parametrize(("average", "rho"), [(0.9, 0.1), (0.5, 0.9), (0.97, 1e-4), (0.02, 0.3)])
def test_the_beta_binomial_is_that_of_the_exact_engine(average: float, rho: float) -> None:
    model = pymc_model(STUDIES, BETA_BINOMIAL)
    likelihood = BetaBinomial.of(Cells.of(STUDIES))
    expected = likelihood(logit([[average]]), logit([[rho]])).item()
    for p, value in zip(BETA_BINOMIAL.parameters, (average, rho), strict=True):
        expected += float(p.prior.log_density(value))
    found = log_posterior(model, average=average, rho=rho)
    assert found == pytest.approx(expected, abs=TWIN)


@pytest.mark.parametrize(("mu", "tau"), [(2.0, 0.5), (-1.0, 2.5)])
def test_the_logit_normal_is_its_formula(mu: float, tau: float) -> None:
    z = np.array([0.3, -0.7, 1.1, -0.2, 0.4])
    p = expit(mu + tau * z)
    binomial = stats.binom(STUDIES.totals, p)
    each = np.log(binomial.cdf(STUDIES.high) - binomial.cdf(STUDIES.low - 1))
    expected = float(each.sum() + stats.norm.logpdf(z).sum())
    for prior, value in zip(LOGIT_NORMAL.parameters, (mu, tau), strict=True):
        expected += float(prior.prior.log_density(value))
    found = log_posterior(pymc_model(STUDIES, LOGIT_NORMAL), mu=mu, tau=tau, z=z)
    assert found == pytest.approx(expected, abs=TWIN)


@pytest.mark.parametrize(
    ("start", "parameter", "prior"),
    [
        (LOGIT_NORMAL, "typical", Prior.of("beta", alpha=9.0, beta=1.0)),
        (BETA_BINOMIAL, "logit_average", Prior.of("normal", location=0.0, scale=2.0)),
        (BETA_BINOMIAL, "kappa", Prior.of("gamma", shape=2.0, rate=0.1)),
    ],
)
def test_a_prior_on_another_parameter_leads_to_the_same_names(
    start: Model, parameter: str, prior: Prior
) -> None:
    model = pymc_model(STUDIES, with_prior(start, parameter, prior))
    known = {variable.name for variable in [*model.free_RVs, *model.deterministics]}
    expected = {"mu", "typical", "tau"} if start is LOGIT_NORMAL else {"rho"}
    assert {"average", parameter, *expected} <= known


def test_the_mean_of_a_logit_normal_has_its_twin() -> None:
    mu, tau = np.array([-8.0, -1.0, 0.0, 3.0, 20.0]), np.array([0.01, 0.5, 2.0, 30.0, 1e3])
    found = [float(logistic_mean(a, b).eval()) for a in mu for b in tau]
    pairs = np.array([(a, b) for a in mu for b in tau])
    expected = expit(logit_average(pairs[:, :1], np.log(pairs[:, 1:]))).ravel()
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_studies_have_their_names() -> None:
    assert pymc_model(STUDIES, LOGIT_NORMAL).coords["study"] == STUDIES.names
