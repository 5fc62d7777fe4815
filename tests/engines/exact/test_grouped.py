"""Studies in groups: the plain model where groups do nothing, sums by hand, and PyMC."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metaprop import Studies, default_models, fit
from metaprop.assumptions.model import with_prior
from metaprop.assumptions.priors import Prior
from metaprop.core.errors import OptionError
from metaprop.core.scales import expit
from metaprop.engines.exact import grouped, grouped_nodes
from metaprop.engines.exact.grouped import ShareRule, fit_grouped
from metaprop.engines.exact.grouped_likelihood import GroupedLikelihood
from metaprop.engines.exact.grouped_nodes import GroupedNodes
from metaprop.engines.exact.shared import wide
from metaprop.engines.likelihood.cells import Cells

TIGHT = 1e-9  # the same sums by another road
LATTICES = 1e-6  # nats, on lattices of other steps
SHARED = 1e-4  # what the nodes are laid for
STANDARD_ERRORS = 4.5  # one false alarm in 10^5
LOGIT_NORMAL, BETA_BINOMIAL = default_models()
STUDIES = Studies.of(list("ABCDE"), [9, 14, 9, "3+", 20], [9, 15, 11, 8, 21])
GROUPS = ["x", "x", "y", "z", "x"]
MU, LOG_SPREAD = np.array([[1.0, 2.5, 4.0], [0.5, 2.0, 3.0]]), np.log([[0.3], [1.4]])


def cells(*rows: int) -> Cells:
    return Cells.of(STUDIES.where(np.isin(np.arange(5), rows)))


def test_a_share_of_zero_is_the_plain_likelihood() -> None:
    plain = GroupedLikelihood.of(cells(0, 1, 2, 3, 4), (), 0.0, 1.0)
    grouped = GroupedLikelihood.of(cells(2, 3), (cells(0, 1, 4),), 0.0, 1.0)
    np.testing.assert_allclose(grouped(MU, LOG_SPREAD), plain(MU, LOG_SPREAD), atol=TIGHT)


def test_groups_of_one_are_the_plain_model_at_every_share() -> None:
    plain = fit(STUDIES, LOGIT_NORMAL, tolerance=1e-3)
    found = fit_grouped(STUDIES, LOGIT_NORMAL, list("ABCDE"), tolerance=1e-3)
    for name in ("average", "typical", "new_study"):
        ours, theirs = (getattr(one, name) for one in (found, plain))
        assert ours.probability(above=0.9).value == pytest.approx(
            theirs.probability(above=0.9).value, abs=TIGHT
        )
        assert ours.quantile(0.3).value == pytest.approx(theirs.quantile(0.3).value, abs=TIGHT)
    assert found.share == pytest.approx(0.5, abs=TIGHT)  # the data say nothing of it


def test_the_likelihood_of_a_group_is_its_double_integral() -> None:
    mu, spread, share = 2.0, 1.4, 0.4
    found = GroupedLikelihood.of(None, (cells(0, 2),), share, 1.5)
    value = float(found(np.array([[mu]]), np.log([[spread]]))[0, 0])

    z = np.arange(-9.0, 9.0, 0.02)  # far finer than any study is narrow
    normal = np.exp(-0.5 * z * z) / np.exp(-0.5 * z * z).sum()
    rates = expit(mu + spread * (share**0.5 * z[:, None] + (1.0 - share) ** 0.5 * z))
    nine, eleven = rates**9, 55.0 * rates**9 * (1.0 - rates) ** 2  # 9 of 9, and 9 of 11
    expected = float((nine @ normal) * (eleven @ normal) @ normal)
    assert value == pytest.approx(np.log(expected), abs=TIGHT)


def test_studies_that_agree_within_groups_point_to_a_share_between_them() -> None:
    studies = Studies.of(list("ABCDEF"), [20, 20, 20, 10, 10, 10], [20] * 6)
    found = fit_grouped(studies, LOGIT_NORMAL, list("xxxyyy"), tolerance=1e-3)
    assert found.share > 0.7  # one half before the data
    assert found.quality.status == "ok"


def test_the_rule_over_shares_is_exact_for_polynomials() -> None:
    rule = ShareRule.of(15)
    for power in range(7):
        for weights in (rule.weights, rule.coarse):
            assert weights @ rule.shares**power == pytest.approx(1.0 / (power + 1.0), abs=TIGHT)


@pytest.mark.parametrize(
    ("studies", "model", "said"),
    [
        (STUDIES, BETA_BINOMIAL, "no normal effect of groups"),
        (Studies.of(["A", "B"], ["1+", "?"], [9, 7], known_total=4), LOGIT_NORMAL, "known total"),
    ],
)
def test_what_cannot_be_grouped_is_refused(studies: Studies, model: Any, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        fit_grouped(studies, model, ["x"] * studies.k)


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_pymc_finds_the_same() -> None:
    import pymc as pm

    exact = Studies.of(list("ABCDE"), [9, 14, 9, 5, 20], [9, 15, 11, 8, 21])
    names, group = np.unique(GROUPS, return_inverse=True)
    with pm.Model():
        mu = pm.Logistic("mu", mu=0.0, s=1.0)
        spread, share = pm.HalfNormal("spread", sigma=1.0), pm.Uniform("share", 0.0, 1.0)
        w, z = pm.Normal("w", shape=names.size), pm.Normal("z", shape=exact.k)
        effect = pm.math.sqrt(share) * w[group] + pm.math.sqrt(1.0 - share) * z
        logit_p = mu + spread * effect
        pm.Binomial("events", n=exact.totals, logit_p=logit_p, observed=exact.events)
        tree = pm.sample(
            2500, chains=4, cores=2, random_seed=0, nuts={"target_accept": 0.95}, progressbar=False
        )
    import arviz as az

    drawn, found = tree["posterior"].to_dataset(), fit_grouped(exact, LOGIT_NORMAL, GROUPS)
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    assert float(az.rhat(drawn)["mu"]) < 1.01
    for level in (0.1, 0.5, 0.9):
        at = found.typical.quantile(level).value
        below = (drawn[["mu"]] < np.log(at / (1.0 - at))).astype(float)
        error = float(az.mcse(below, method="mean")["mu"])
        assert abs(float(below["mu"].mean()) - level) < STANDARD_ERRORS * error
    error = float(az.mcse(drawn, method="mean")["share"])
    assert abs(float(drawn["share"].mean()) - found.share) < STANDARD_ERRORS * error


def test_rows_of_very_different_spreads_are_each_what_they_are_alone() -> None:
    likelihood = GroupedLikelihood.of(cells(2, 3), (cells(0, 1, 4),), 0.4, 1.0)
    log_spread = np.array([[-1.0], [0.0], [4.0], [12.0], [25.0]])
    mu = 1.0 + np.exp(log_spread) * np.array([-3.0, -0.5, 0.0, 2.0])
    together = likelihood(mu, log_spread)
    assert np.isfinite(together).all()
    alone = [likelihood(mu[i : i + 1], log_spread[i : i + 1])[0] for i in range(5)]
    np.testing.assert_allclose(together, alone, atol=LATTICES)


def test_shared_nodes_answer_as_a_fit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (grouped, grouped_nodes):
        monkeypatch.setattr(room, "SHARES", (7,))  # the same few in both
    studies = Studies.of(list("ABC"), [9, 14, 5], [9, 15, 8])
    model = with_prior(LOGIT_NORMAL, "tau", Prior.of("half_cauchy", scale=0.5))
    nodes = GroupedNodes(studies, wide(LOGIT_NORMAL), list("xxy"), 1e-4)
    ours = nodes.average(model).probability(above=0.8)
    alone = fit_grouped(studies, model, list("xxy"), tolerance=1e-3)
    theirs = alone.average.probability(above=0.8)
    assert ours.value == pytest.approx(theirs.value, abs=SHARED)
    assert ours.error < 10.0 * theirs.error + SHARED
