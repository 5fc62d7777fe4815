"""The joint model of several outcomes: its density, its limits, and the paper's complications."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from engines.nuts.test_models import log_posterior
from metaprop import Prior, Studies, default_models, fit, read_dataset
from metaprop.assumptions.model import default_joint_model, with_prior
from metaprop.core.errors import OptionError
from metaprop.core.scales import expit
from metaprop.engines.nuts.joint import fit_joint
from metaprop.engines.nuts.joint_model import JointShape, build_joint
from metaprop.engines.nuts.joint_rates import average_rates, new_rates, prior_values
from metaprop.engines.nuts.joint_table import JointTable
from metaprop.engines.nuts.sampling import Settings

if TYPE_CHECKING:
    from metaprop.engines.nuts.joint import JointPosterior

TWIN = 1e-9  # the same formula in double precision
STANDARD_ERRORS = 4.5  # one false alarm in 10^5
REPLICATES = 200  # simulated groups: ranks whose distribution is off by .2 are found 19 times of 20
FALSE_ALARM = 1e-3  # of all parameters together, shared out among them (Bonferroni)
JOINT = default_joint_model()
LOGIT_NORMAL = default_models()[0]
SMALL = {
    "wound": Studies.of(["A", "B", "C"], [1, "1+", "?"], [9, 7, 8]),
    "device": Studies.of(["B", "D"], ["0-2", 0], [7, 5]),
}
NEXT_TO_NONE = Prior.of("half_normal", scale=1e-4)
QUICK = Settings(tune=600, draws=600, seed=5)


@cache
def paper() -> dict[str, Studies]:
    """Return the types of complication of the paper."""
    dataset = read_dataset(Path(__file__).parents[3] / "data" / "kalantar2026")
    return {outcome.id: outcome.studies for outcome in dataset.groups["complications"]}


@cache
def complications() -> JointPosterior:
    """Return the paper's complications, sampled once."""
    return fit_joint(paper(), JOINT, Settings(tune=800, draws=1500, seed=4))


def test_cells_that_say_nothing_are_left_out() -> None:
    table = JointTable.of(SMALL)
    assert table.types == ("wound", "device")
    assert table.studies == ("A", "B", "C", "D")
    assert table.cells.total.tolist()[:5] == [9, 0, 0, 5, 0]
    assert table.type_of.tolist()[:4] == [0, 0, 1, 1]
    assert table.study_of.tolist()[:4] == [0, 1, 1, 3]
    np.testing.assert_array_equal(table.cells.study, [1, 2])


def test_groups_of_like_size_share_a_compiled_model() -> None:
    fewer = {name: one for name, one in paper().items() if name != "reoperation"}
    shapes = {JointShape.of(JOINT, JointTable.of(group)) for group in (paper(), fewer)}
    assert len(shapes) == 1


@pytest.mark.parametrize(
    ("outcomes", "fault"),
    [
        ({"wound": SMALL["wound"]}, "1 outcome is no group"),
        ({"a": Studies.of(["A"], ["?"], [5]), "b": Studies.of(["A"], ["?"], [5])}, "nothing is kn"),
        (
            SMALL | {"any": Studies.of(["A", "B"], ["1+", "?"], [9, 7], known_total=4)},
            "a total of 4 events is known for 'any'",
        ),
    ],
)
def test_what_is_no_group_is_refused_with_what_to_do(
    outcomes: dict[str, Studies], fault: str
) -> None:
    with pytest.raises(OptionError, match=fault) as caught:
        JointTable.of(outcomes)
    assert all(problem.remedy for problem in caught.value.problems)


def test_the_model_is_its_formula() -> None:
    rng = np.random.default_rng(1)
    table = JointTable.of(SMALL)
    a, u, v = rng.normal(size=8), rng.normal(size=16), rng.normal(size=64)
    top = {"alpha": -1.0, "sigma_alpha": 0.7, "lambda": 0.4, "omega": 0.9}
    expected = sum(float(stats.norm.logpdf(z).sum()) for z in (a, u, v))
    for given in JOINT.parameters:
        expected += float(given.prior.log_density(top[given.parameter]))
    cells = [(0, 0, 1, 1, 9), (0, 1, 1, 7, 7), (1, 1, 0, 2, 7), (1, 3, 0, 0, 5)]
    for place, (c, i, low, high, n) in enumerate(cells):
        p = expit(-1.0 + 0.7 * a[c] + 0.4 * u[i] + 0.9 * v[place])
        expected += float(np.log(stats.binom(n, p).pmf(np.arange(low, high + 1)).sum()))
    found = log_posterior(build_joint(JOINT, table), **top, a=a, u=u, v=v)
    assert found == pytest.approx(expected, abs=TWIN)


def test_average_rates_are_the_means_of_new_studies() -> None:
    values = {"lambda": 0.6, "omega": 0.9}
    draws = {name: np.full(40_000, value) for name, value in values.items()}
    draws["level"] = np.tile([-2.0, 0.5], (40_000, 1))
    rates = new_rates(draws, np.random.default_rng(2))
    errors = rates.std(axis=0) / np.sqrt(len(rates))
    assert np.all(np.abs(rates.mean(axis=0) - average_rates(draws)[0]) < STANDARD_ERRORS * errors)
    logits = np.log(rates / (1.0 - rates)) - draws["level"]
    shared = np.corrcoef(logits.T)[0, 1]
    assert shared == pytest.approx(0.36 / (0.36 + 0.81), abs=0.02)


@pytest.mark.xdist_group("nuts")
def test_the_complications_of_the_paper_are_sampled_well() -> None:
    diagnostics = complications().diagnostics
    assert diagnostics.divergences == 0
    assert diagnostics.r_hat < 1.01
    assert min(diagnostics.bulk, diagnostics.tail) > 400
    assert complications().quality.status == "ok"


@pytest.mark.xdist_group("nuts")
def test_types_are_compared_and_ranked() -> None:
    posterior = complications()
    ranks = posterior.ranks
    np.testing.assert_allclose(ranks.probabilities.sum(axis=0), 1.0)
    np.testing.assert_allclose(ranks.probabilities.sum(axis=1), 1.0)
    first, last = (posterior.types[place(ranks.mean)] for place in (np.argmin, np.argmax))
    above, below = posterior.more_frequent(first, last), posterior.more_frequent(last, first)
    assert above.value > 0.9
    assert above.value + below.value == 1.0
    assert posterior.more_frequent(first, first).undefined is not None
    more = [
        posterior.more_frequent(first, other).value for other in posterior.types if other != first
    ]
    # the expected rank is one more than the expected number of types above
    assert 1.0 + sum(1.0 - p for p in more) == pytest.approx(float(ranks.mean.min()))


@pytest.mark.xdist_group("nuts")
def test_arviz_takes_the_tree() -> None:
    import arviz as az

    tree = complications().tree
    assert set(tree.children) == {"posterior", "prior", "log_prior", "sample_stats"}
    assert tuple(tree["posterior"]["type"].values) == complications().types
    table = az.summary(tree, var_names=["average"], ci_prob=0.95, ci_kind="eti", round_to="none")
    name = complications().types[0]
    expected = complications().average(name).mean().value
    assert table.loc[f"average[{name}]", "mean"] == pytest.approx(expected)


@pytest.mark.xdist_group("nuts")
def test_a_type_never_seen_has_a_bound_that_is_drawn_towards_the_others() -> None:
    first = next(iter(paper().values()))
    never = Studies.of(first.names, [0] * first.k, first.totals)
    posterior = fit_joint(dict(list(paper().items())[1:]) | {"never": never}, JOINT, QUICK)
    bounds = {name: posterior.average(name).quantile(0.975).value for name in posterior.types}
    alone = fit(never, LOGIT_NORMAL).average.quantile(0.975).value
    bound = bounds.pop("never")
    assert alone < bound < min(bounds.values())
    assert posterior.average("never").quantile(0.025).value > 0.0


@cache
def made_up() -> dict[str, Studies]:
    """Return exact counts of as many types in as many studies as the paper has."""
    rng = np.random.default_rng(8)
    rates = expit(-1.5 + 0.8 * rng.normal(size=17))
    totals = next(iter(paper().values())).totals
    names = [f"study {i}" for i in range(17)]
    return {f"type {c}": Studies.of(names, rng.binomial(totals, rates), totals) for c in range(10)}


def assert_agree(posterior: Any, name: str, exact: Any) -> None:
    for level in (0.1, 0.5, 0.9):
        at = exact.average.quantile(level).value
        found = posterior.average(name).probability(above=at)
        assert abs(found.value - (1.0 - level)) < STANDARD_ERRORS * found.error


@pytest.mark.xdist_group("nuts")
def test_types_that_do_not_differ_in_studies_that_share_nothing_are_one_exact_fit() -> None:
    model = JOINT.with_prior("sigma_alpha", NEXT_TO_NONE).with_prior("lambda", NEXT_TO_NONE)
    posterior = fit_joint(paper(), model, QUICK)
    low, high, totals = (
        np.concatenate([getattr(one, field) for one in paper().values()])
        for field in ("low", "high", "totals")
    )
    cells = Studies(tuple(map(str, range(low.size))), low, high, totals)
    assert_agree(posterior, posterior.types[3], fit(cells, LOGIT_NORMAL))


@pytest.mark.xdist_group("nuts")
def test_types_that_do_not_differ_within_a_study_are_the_exact_fit_of_their_sums() -> None:
    model = JOINT.with_prior("sigma_alpha", NEXT_TO_NONE).with_prior("omega", NEXT_TO_NONE)
    posterior = fit_joint(made_up(), model, QUICK)
    events = sum(one.events for one in made_up().values())
    totals = sum(one.totals for one in made_up().values())
    sums = Studies.of(posterior.studies, events, totals)  # type: ignore[arg-type]  # no longer int
    alone = with_prior(LOGIT_NORMAL, "tau", Prior.of("half_normal", scale=0.5))
    assert_agree(posterior, posterior.types[0], fit(sums, alone))


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_types_that_share_nothing_are_the_separate_exact_fits() -> None:
    fixed = Prior.of("uniform", low=0.7999, high=0.8001)
    model = (
        JOINT.with_prior("alpha", Prior.of("normal", location=-2.0, scale=1e-4))
        .with_prior("sigma_alpha", Prior.of("uniform", low=1.4999, high=1.5001))
        .with_prior("lambda", NEXT_TO_NONE)
        .with_prior("omega", fixed)
    )
    alone = with_prior(LOGIT_NORMAL, "mu", Prior.of("normal", location=-2.0, scale=1.5))
    alone = with_prior(alone, "tau", fixed)
    posterior = fit_joint(paper(), model, Settings(seed=6))
    for name, studies in paper().items():
        assert_agree(posterior, name, fit(studies, alone))


def coarsened(events: np.ndarray, totals: np.ndarray, how: np.ndarray) -> list[str]:
    """Return cells that say less than the count, in ways that do not depend on it."""
    cells = []
    for y, n, way in zip(events.tolist(), totals.tolist(), how.tolist(), strict=True):
        at_least = "0" if y == 0 else "1+"
        few = "0-2" if y <= 2 else f"3-{n}"
        cells.append((str(y), at_least, few, "?")[way])
    return cells


def simulated(rng: np.random.Generator) -> tuple[dict[str, float], dict[str, Studies]]:
    """Return parameters from their priors and coarsened counts that follow from them."""
    types, studies = 4, 8
    drawn = prior_values(JOINT, types, 1, rng)
    truth = {name: float(values[0]) for name, values in drawn.items() if name != "level"}
    truth["average"] = float(average_rates(drawn)[0, 0])
    u, v = rng.normal(size=studies), rng.normal(size=(types, studies))
    logit_p = drawn["level"][0][:, None] + truth["lambda"] * u + truth["omega"] * v
    totals = rng.integers(4, 25, size=studies)
    names = [f"study {i}" for i in range(studies)]
    outcomes = {}
    for c in range(types):
        events = rng.binomial(totals, expit(logit_p[c]))
        how = rng.choice(4, size=studies, p=(0.5, 0.25, 0.15, 0.1))
        outcomes[f"type {c}"] = Studies.of(names, coarsened(events, totals, how), totals)
    return truth, outcomes


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_simulated_truths_have_uniform_ranks_among_the_draws() -> None:
    # seeds count from 0 and were fixed before this was run; another one is no remedy for a failure
    ranks: dict[str, list[float]] = {}
    for replicate in range(REPLICATES):
        truth, outcomes = simulated(np.random.default_rng([0, replicate]))
        found = fit_joint(outcomes, JOINT, Settings(chains=2, tune=600, draws=500, seed=replicate))
        for name, value in truth.items():
            draws = found.averages[..., 0] if name == "average" else found.parameter(name)
            ranks.setdefault(name, []).append(float(np.mean(draws < value)))
    uniform = {name: stats.kstest(shares, "uniform").pvalue for name, shares in ranks.items()}
    print(uniform)  # noqa: T201
    assert min(uniform.values()) > FALSE_ALARM / len(uniform), uniform
