"""Counts that are known to add up: every sum over compatible tables, by brute force too."""

from __future__ import annotations

import warnings
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from engines.nuts.test_models import log_posterior
from metaprop import Studies, default_models, fit, pymc_model
from metaprop.core.errors import OptionError
from metaprop.core.scales import expit
from metaprop.engines.nuts.models import Shape
from metaprop.engines.nuts.pointwise import joint_log_likelihood
from metaprop.engines.nuts.replicates import Hyper, study_rates
from metaprop.engines.nuts.table import Table
from metaprop.engines.nuts.total_op import log_total_with_shares
from metaprop.engines.nuts.totals import Beyond, counts_given_total, log_total_probability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from metaprop import Model
    from metaprop.engines.nuts.posterior import NutsPosterior

SUMS = 1e-10  # relative error of sums of a few thousand positive terms
TWIN = 1e-7  # PyMC's log gamma functions lose a few digits
SLOPE = 1e-6  # of a central difference with steps of 1e-5
STANDARD_ERRORS = 4.5  # one false alarm in 10^5
LOGIT_NORMAL, BETA_BINOMIAL = default_models()
STUDIES = Studies.of(
    ["a", "b", "c", "d", "e"], [4, "1+", "?", "0-2", 0], [15, 6, 5, 9, 12], known_total="9-10"
)


MILD = np.log([[0.5, 0.3, 0.1, 0.1], [0.2, 0.8, 0.1, 1.0], [0.6, 0.1, 0.2, 0.4]])
MILD[1, 3] = -np.inf  # this range ends at two


def tables(studies: Studies) -> Iterator[tuple[int, ...]]:
    """Return every table of exact counts that the cells and their total allow."""
    known = studies.total_events
    cells = [range(low, high + 1) for low, high in zip(studies.low, studies.high, strict=True)]
    return (y for y in product(*cells) if known.low <= sum(y) <= known.high)


def enumerated(studies: Studies, log_p: Callable[[int, int], float]) -> float:
    """Return the log probability of the table; ``log_p`` takes a study's place and its count."""
    terms = [sum(log_p(i, y) for i, y in enumerate(table)) for table in tables(studies)]
    return float(np.logaddexp.reduce(terms))


def made_up(seed: int) -> tuple[np.ndarray, Beyond]:
    """Return log probabilities of a few ranges at three draws, at mild or extreme rates."""
    rng = np.random.default_rng(seed)
    ranges, width = rng.integers(1, 5), rng.integers(1, 6)
    logits = rng.normal(size=(3, ranges, 1)) * rng.choice([0.0, 30.0, 1000.0])
    log_p = rng.normal(size=(3, ranges, width)) + logits * np.arange(width)
    highs = rng.integers(0, width, size=ranges)
    log_p[:, np.arange(width) > highs[:, None]] = -np.inf
    least = rng.integers(0, highs.sum() + 1)
    return log_p, Beyond(int(least), int(rng.integers(least, highs.sum() + 1)))


def by_brute_force(log_p: np.ndarray, beyond: Beyond) -> float:
    ranges, width = log_p.shape
    return float(
        np.logaddexp.reduce(
            [
                sum(log_p[r, w] for r, w in enumerate(counts))
                for counts in product(range(width), repeat=ranges)
                if beyond.least <= sum(counts) <= beyond.most
            ]
        )
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_total_has_the_probability_of_all_the_tables_that_reach_it(seed: int) -> None:
    log_p, beyond = made_up(seed)
    expected = [by_brute_force(one, beyond) for one in log_p]
    found = log_total_probability(log_p, beyond)
    np.testing.assert_allclose(found, expected, rtol=SUMS, atol=SUMS)
    ends = beyond.least, beyond.most
    each = [log_total_with_shares(one, *ends)[0] for one in log_p]
    np.testing.assert_allclose(each, expected, rtol=SUMS, atol=SUMS)


def test_nothing_underflows_where_the_total_is_far_from_what_the_rates_say() -> None:
    # one common rate: given their total the counts do not depend on it, and the binomials multiply
    n, total, logit_p = np.full(40, 50), 300, -30.0
    w = np.arange(51)
    log_p = stats.binom(50, 0.5).logpmf(w) - 50 * np.log(0.5) + w * logit_p
    found = log_total_probability(np.tile(log_p, (1, 40, 1)), Beyond(total, total))
    everyone = stats.binom(n.sum(), 0.5).logpmf(total) - n.sum() * np.log(0.5) + total * logit_p
    assert found[0] == pytest.approx(everyone, rel=SUMS)


def test_the_gradient_is_the_probability_of_each_count_given_the_total() -> None:
    log_p, ends = MILD, (3, 4)
    shares = log_total_with_shares(log_p, *ends)[1]
    for place in zip(*np.nonzero(np.isfinite(log_p)), strict=True):
        step = np.zeros_like(log_p)
        step[place] = 1e-5
        up, down = (by_brute_force(log_p + way * step, Beyond(*ends)) for way in (1, -1))
        assert shares[place] == pytest.approx((up - down) / 2e-5, abs=SLOPE)


def test_counts_are_drawn_as_often_as_the_total_allows() -> None:
    shares = log_total_with_shares(MILD, 3, 4)[1]
    n = 20_000
    drawn = counts_given_total(np.tile(MILD, (n, 1, 1)), Beyond(3, 4), np.random.default_rng(1))
    assert set(drawn.sum(axis=1)) == {3, 4}
    for r, w in np.ndindex(shares.shape):
        spread = np.sqrt(shares[r, w] * (1.0 - shares[r, w]) / n)
        assert abs(np.mean(drawn[:, r] == w) - shares[r, w]) <= STANDARD_ERRORS * spread + SUMS


def test_the_beta_binomial_with_a_total_is_a_sum_over_tables() -> None:
    average, rho = 0.3, 0.2
    kappa = (1.0 - rho) / rho
    count = stats.betabinom(STUDIES.totals[:, None], average * kappa, (1 - average) * kappa)
    each = count.logpmf(np.arange(16))
    expected = enumerated(STUDIES, lambda i, y: each[i, y])
    hyper = Hyper("beta-binomial", np.array([average]), np.array([rho]))
    assert joint_log_likelihood(hyper, STUDIES)[0] == pytest.approx(expected, rel=SUMS)
    expected += _log_prior(BETA_BINOMIAL, average, rho)
    found = log_posterior(pymc_model(STUDIES, BETA_BINOMIAL), average=average, rho=rho)
    assert found == pytest.approx(expected, abs=TWIN)


def test_the_logit_normal_with_a_total_is_a_sum_over_tables() -> None:
    mu, tau, z = -1.0, 0.8, np.array([0.3, -0.7, 1.1, -0.2, 0.4])
    each = stats.binom(STUDIES.totals[:, None], expit(mu + tau * z)[:, None]).logpmf(np.arange(16))
    expected = enumerated(STUDIES, lambda i, y: each[i, y]) + float(stats.norm.logpdf(z).sum())
    expected += _log_prior(LOGIT_NORMAL, mu, tau)
    found = log_posterior(pymc_model(STUDIES, LOGIT_NORMAL), mu=mu, tau=tau, z=z)
    assert found == pytest.approx(expected, abs=TWIN)


def _log_prior(model: Model, *values: float) -> float:
    pairs = zip(model.parameters, values, strict=True)
    return sum(float(p.prior.log_density(value)) for p, value in pairs)


@pytest.mark.parametrize("family", ["logit-normal", "common-rate"])
def test_the_joint_likelihood_has_every_rate_integrated_out(family: Any) -> None:
    spread = np.array([0.8]) if family == "logit-normal" else None
    hyper = Hyper(family, np.array([-1.0 if spread is not None else 0.3]), spread)
    each = _integrated(family)
    expected = enumerated(STUDIES, lambda i, y: each[i][y])
    # the rule on a lattice is good to 1e-8 of a study's likelihood
    assert joint_log_likelihood(hyper, STUDIES)[0] == pytest.approx(expected, abs=1e-6)


def _integrated(family: str) -> list[np.ndarray]:
    if family == "common-rate":
        return [stats.binom(n, 0.3).logpmf(np.arange(n + 1)) for n in STUDIES.totals]
    z = np.linspace(-9.0, 9.0, 4001)
    weights = stats.norm.pdf(z) * (z[1] - z[0])
    rates = expit(-1.0 + 0.8 * z)
    return [
        np.log(stats.binom(n, rates[:, None]).pmf(np.arange(n + 1)).T @ weights)
        for n in STUDIES.totals
    ]


def test_a_total_over_exact_counts_changes_nothing() -> None:
    alone = Studies.of(["a", "b"], [3, 5], [10, 11])
    summed = Studies.of(["a", "b"], [3, 5], [10, 11], known_total=8)
    assert Shape.of(BETA_BINOMIAL, summed) == Shape.of(BETA_BINOMIAL, alone)
    assert Table.of(summed).beyond is None
    assert "known_total" not in {p.name for p in pymc_model(summed, BETA_BINOMIAL).potentials}


def test_a_total_that_leaves_one_table_gives_its_counts() -> None:
    forced = Studies.of(["a", "b", "c"], [2, "1+", "?"], [5, 6, 7], known_total=3)
    told = Studies.of(["a", "b", "c"], [2, 1, 0], [5, 6, 7])
    values = {"average": 0.3, "rho": 0.1}
    expected = log_posterior(pymc_model(told, BETA_BINOMIAL), **values)
    found = log_posterior(pymc_model(forced, BETA_BINOMIAL), **values)
    assert found == pytest.approx(expected, abs=TWIN)


def test_a_total_narrows_the_ranges_to_what_the_others_leave() -> None:
    table = Table.of(Studies.of(["a", "b"], ["0-9", "0-2"], [10, 2], known_total=9))
    np.testing.assert_array_equal(table.counts, [[7, 8, 9], [0, 1, 2]])
    assert table.beyond == Beyond(2, 2)


def test_rates_given_a_total_mix_the_counts_that_reach_it() -> None:
    studies = Studies.of(["a", "b"], ["?", "1+"], [4, 6], known_total=5)
    average, kappa, n = 0.3, 4.0, 20_000
    hyper = Hyper("beta-binomial", np.full(n, average), np.full(n, 1.0 / (1.0 + kappa)))
    rates = study_rates(hyper, studies, np.random.default_rng(2))
    alpha, beta = average * kappa, (1.0 - average) * kappa
    y = np.arange(5)
    weights = stats.betabinom(4, alpha, beta).pmf(y) * stats.betabinom(6, alpha, beta).pmf(5 - y)
    for place, (events, total) in enumerate([(y, 4), (5 - y, 6)]):
        expected = weights @ ((alpha + events) / (alpha + beta + total)) / weights.sum()
        error = rates[:, place].std() / np.sqrt(n)
        assert abs(rates[:, place].mean() - expected) < STANDARD_ERRORS * error


def test_a_table_with_too_many_sums_is_refused_with_what_to_do() -> None:
    names = [f"s{i}" for i in range(30)]
    studies = Studies.of(names, ["?"] * 30, [300] * 30, known_total=4000)
    with pytest.raises(OptionError, match="exact engine") as caught:
        Table.of(studies)
    assert "known total" in caught.value.problems[0].what


SMALL = Studies.of(["a", "b", "c", "d"], [2, "1+", "?", "0-3"], [9, 8, 6, 12], known_total=7)


@cache
def drawn(model: Model) -> NutsPosterior:
    return fit(SMALL, model, engine="nuts", seed=3)


@cache
def _mixture(model: Model) -> tuple[np.ndarray, list[Any]]:
    """Return the exact posterior of every table that SMALL allows, and its probability."""
    found = [fit(Studies.of(SMALL.names, y, SMALL.totals), model) for y in tables(SMALL)]
    weights = [float(np.exp(posterior.log_marginal_likelihood.value)) for posterior in found]
    return np.array(weights) / sum(weights), found


@pytest.mark.xdist_group("nuts")
@pytest.mark.parametrize(
    "model", [BETA_BINOMIAL, pytest.param(LOGIT_NORMAL, marks=pytest.mark.slow)], ids=lambda m: m.id
)
def test_draws_agree_with_the_exact_fits_of_all_tables(model: Model) -> None:
    draws = drawn(model)
    assert draws.quality.status == "ok"
    weights, exact = _mixture(model)
    for at in (0.1, 0.2, 0.3):
        for one in ("average", "new_study", 1, 2, 3):
            ours = [_marginal(p, one).probability(above=at).value for p in exact]
            found = _marginal(draws, one).probability(above=at)
            assert abs(found.value - weights @ ours) < STANDARD_ERRORS * found.error


def _marginal(posterior: Any, one: str | int) -> Any:
    return posterior.study(one) if isinstance(one, int) else getattr(posterior, one)


@pytest.mark.xdist_group("nuts")
def test_a_fit_with_a_total_has_one_joint_likelihood() -> None:
    tree = drawn(BETA_BINOMIAL).tree
    assert list(tree["log_likelihood"].data_vars) == ["joint"]
    assert dict(tree["log_likelihood"].sizes) == dict(tree["sample_stats"].sizes)
    assert tree.attrs["known_total"] == "7"


@pytest.mark.xdist_group("nuts")
def test_power_scaling_takes_the_joint_likelihood() -> None:
    import arviz as az

    tree = drawn(BETA_BINOMIAL).tree
    with warnings.catch_warnings(action="ignore"):  # the diagnosis, as a warning
        table = az.psense_summary(tree, var_names=["average"])
    assert np.isfinite(table[["prior", "likelihood"]].astype(float).to_numpy()).all()


@pytest.mark.xdist_group("nuts")
def test_psis_loo_is_refused_with_what_to_do() -> None:
    with pytest.raises(OptionError, match="ties them together") as caught:
        drawn(BETA_BINOMIAL).loo()
    assert "known_total = None" in caught.value.problems[0].remedy


@pytest.mark.xdist_group("nuts")
def test_no_picture_leaves_a_study_out_of_a_known_total(tmp_path: Path) -> None:
    from metaprop.reporting.figures.sampler import save_sampler_figures

    tree = drawn(BETA_BINOMIAL).tree
    save_sampler_figures({"Beta-binomial": tree}, 0.95, tmp_path, "small")
    kinds = {path.stem.rpartition("beta_binomial_")[2] for path in tmp_path.glob("*.png")}
    assert "ppc_interval" in kinds
    assert "loo_pit" not in kinds
