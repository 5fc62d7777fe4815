"""Every ArviZ function that a user would try works on what comes back."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import arviz as az
import numpy as np
import pytest

from engines.nuts.conftest import sampled
from metaprop import fit

if TYPE_CHECKING:
    from metaprop.engines.nuts.posterior import NutsPosterior

pytestmark = pytest.mark.xdist_group("nuts")
GROUPS = {
    *("posterior", "prior", "posterior_predictive", "prior_predictive", "sample_stats"),
    *("log_likelihood", "log_prior", "observed_data", "constant_data"),
}
LEVEL: dict[str, Any] = {"ci_prob": 0.95, "ci_kind": "eti"}
LEVELS: dict[str, Any] = {"ci_probs": (0.5, 0.95), "ci_kind": "eti"}
TOP = ["mu", "tau"]


@pytest.fixture(scope="module")
def tree(union17: NutsPosterior) -> Any:
    return union17.tree


@pytest.mark.parametrize("family", ["logit-normal", "beta-binomial"])
def test_every_group_is_there_with_studies_by_name(family: str) -> None:
    posterior = sampled(f"union17/{family}/default")
    assert set(posterior.tree.children) == GROUPS
    names = list(posterior.studies.names)
    for group in ("posterior", "posterior_predictive", "observed_data", "log_likelihood"):
        assert list(posterior.tree[group]["study"].values) == names


def test_a_summary_has_the_numbers_of_the_marginals(tree: Any, union17: NutsPosterior) -> None:
    table = az.summary(tree, var_names=["average", "tau"], round_to="none", **LEVEL)
    average = union17.average
    assert table.loc["average", "mean"] == pytest.approx(average.mean().value)
    ends = [average.quantile(level).value for level in (0.025, 0.975)]
    assert list(table.loc["average", ["eti95_lb", "eti95_ub"]]) == pytest.approx(ends, abs=1e-4)
    assert table["r_hat"].max() < 1.01


def test_loo_has_each_study_predicted_by_the_others(tree: Any, union17: NutsPosterior) -> None:
    found = union17.loo()
    assert found.elpd == az.loo(tree).elpd
    studies = union17.studies
    without = Leaving(union17)
    # the exact answer: the log marginal likelihood with the study less that without it
    exact = sum(without(index) for index in range(studies.k))
    assert float(found.pareto_k.max()) < 0.7
    assert float(found.elpd) == pytest.approx(exact, abs=0.05)


class Leaving:
    """The exact log predictive probability of a study given the others."""

    def __init__(self, fitted: NutsPosterior) -> None:
        self.studies, self.model = fitted.studies, fitted.model
        self.whole = fit(self.studies, self.model).log_marginal_likelihood.value

    def __call__(self, index: int) -> float:
        from metaprop import Studies

        keep = [i for i in range(self.studies.k) if i != index]
        rest = Studies.of(
            [self.studies.names[i] for i in keep],
            self.studies.low[keep],
            self.studies.totals[keep],
        )
        return self.whole - fit(rest, self.model).log_marginal_likelihood.value


def test_families_compare_on_the_same_footing() -> None:
    trees = {f: sampled(f"union17/{f}/default").tree for f in ("logit-normal", "beta-binomial")}
    table = az.compare(trees)
    assert set(table.index) == set(trees)


def test_power_scaling_reaches_the_top_level_priors(tree: Any) -> None:
    assert set(tree["log_prior"].data_vars) == set(TOP)
    with warnings.catch_warnings(action="ignore"):  # the diagnosis, as a warning
        table = az.psense_summary(tree, var_names=["average", "tau"])
    assert np.isfinite(table[["prior", "likelihood"]].astype(float).to_numpy()).all()


def test_the_posterior_predictive_covers_what_was_seen(tree: Any) -> None:
    events = tree["posterior_predictive"]["events"]
    seen = tree["observed_data"]["events"]
    low, high = events.quantile(0.005, ("chain", "draw")), events.quantile(0.995, ("chain", "draw"))
    assert bool(((low <= seen) & (seen <= high)).all())


def test_ranges_are_told_from_counts() -> None:
    tree = sampled("deep_infection/beta-binomial/default").tree
    data = tree["constant_data"]
    known = data["low"] == data["high"]
    assert bool((tree["observed_data"]["events"].notnull() == known).all())


@pytest.mark.parametrize(
    ("plot", "options"),
    [
        ("plot_forest", {"var_names": ["p", "average", "new_study"], **LEVELS}),
        ("plot_dist", {"var_names": TOP, **LEVEL}),
        ("plot_prior_posterior", {"var_names": ["mu", "tau", "average"]}),
        ("plot_rank", {"var_names": TOP}),
        ("plot_trace", {"var_names": TOP}),
        ("plot_energy", {}),
        ("plot_ess_evolution", {"var_names": TOP}),
        ("plot_pair", {"var_names": TOP}),
        ("plot_ppc_dist", {}),
        ("plot_ppc_interval", LEVELS),
        ("plot_ppc_pit", {}),
        ("plot_ppc_tstat", {"t_stat": "mean"}),
        ("plot_loo_pit", {}),
        ("plot_psense_dist", {"var_names": ["average"]}),
    ],
)
def test_a_plot_is_drawn(tree: Any, plot: str, options: dict[str, Any]) -> None:
    import matplotlib.pyplot as plt

    with warnings.catch_warnings(action="ignore", category=UserWarning):
        plots = getattr(az, plot)(tree, **options)
    assert plots.viz["figure"].item().axes
    plt.close("all")


def test_draws_come_back_from_the_disk(tree: Any, tmp_path: Any) -> None:
    from metaprop.reporting.draws import draws_file, read_draws, write_draws

    path = draws_file(tmp_path, "union", "logit_normal")
    write_draws(tree, path)
    back = read_draws(path)
    assert set(back.children) == GROUPS
    np.testing.assert_array_equal(back["posterior"]["p"], tree["posterior"]["p"])
    assert az.summary(back, var_names=TOP).shape == az.summary(tree, var_names=TOP).shape
