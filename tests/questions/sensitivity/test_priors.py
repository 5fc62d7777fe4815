from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import integrate, stats

from metaprop.assumptions.model import default_models, with_prior
from metaprop.assumptions.priors import Prior
from metaprop.engines.exact.posterior import fit_exact
from metaprop.evidence.studies import Studies
from metaprop.questions.sensitivity.asking import ENOUGH, TOLERANCE, Asked, Prepared
from metaprop.questions.sensitivity.choices import matched_rho, rate_variance, short
from metaprop.questions.sensitivity.distance import hellinger
from metaprop.questions.sensitivity.grid import crossed_models, prior_grid
from metaprop.questions.sensitivity.multiverse import default_places
from metaprop.questions.sensitivity.paths import paths_of, prior_paths
from metaprop.questions.sensitivity.powers import powered_model

if TYPE_CHECKING:
    from metaprop.assumptions.model import Model
    from metaprop.questions.sensitivity.records import PriorGrid, PriorPath

DENSE = json.loads(
    (Path(__file__).parents[2] / "references" / "dense_posterior.json").read_text(encoding="utf-8")
)
UNION = DENSE["data"]["union17"]
QUADRATURE = 1e-8
"""Gauss-Legendre of smooth densities: far more digits than a distance is shown with."""


@pytest.fixture(scope="module")
def union() -> Studies:
    names = [f"S{i}" for i in range(len(UNION["events"]))]
    return Studies.of(names, UNION["events"], UNION["totals"])


@pytest.fixture(scope="module", params=[0, 1], ids=["logit-normal", "beta-binomial"])
def prepared(request: pytest.FixtureRequest, union: Studies) -> Prepared:
    return Prepared(union, default_models()[request.param], Asked((0.9, 0.95), "above"))


@pytest.fixture(scope="module")
def grid(prepared: Prepared) -> PriorGrid:
    return prior_grid(prepared)


@pytest.fixture(scope="module")
def paths(prepared: Prepared) -> dict[str, PriorPath]:
    return {path.id: path for path in prior_paths(prepared)}


def test_the_default_prior_in_the_grid_gives_the_pinned_default_answer(grid: PriorGrid) -> None:
    row, column = default_places(grid)
    pinned = DENSE[f"union17 {grid.family}"]
    for crossed in grid.crossed:
        expected = pinned["average_above"][f"{crossed.threshold:g}"]
        assert crossed.probabilities[row][column] == pytest.approx(expected, abs=TOLERANCE)
    assert grid.medians[row][column] == pytest.approx(pinned["average_q"][1], abs=TOLERANCE)


def test_the_default_prior_is_at_distance_zero_and_no_other_is(grid: PriorGrid) -> None:
    row, column = default_places(grid)
    distances = np.array(grid.distances)
    assert distances[row, column] == 0.0
    others = np.delete(distances.ravel(), row * distances.shape[1] + column)
    assert others.min() > 0.01
    assert others.max() < 1.0


@pytest.mark.parametrize("place", [(1, 0), (4, 3), (3, 7), (5, 8)])
def test_any_pair_of_priors_answers_as_a_fit_of_its_own(
    place: tuple[int, int], prepared: Prepared, grid: PriorGrid, union: Studies
) -> None:
    model = crossed_models(prepared.model, prepared.asked)[place[0]][place[1]]
    alone = fit_exact(union, model).average.probability(above=0.95).value
    found = grid.crossed[1].probabilities[place[0]][place[1]]
    assert found == pytest.approx(alone, abs=grid.error + TOLERANCE)
    assert grid.error <= 5 * ENOUGH


def test_two_half_normal_priors_are_as_far_apart_as_the_formula_says() -> None:
    model = default_models()[0]
    wider = with_prior(model, "tau", Prior.of("half_normal", scale=2.0))
    affinity = math.sqrt(2.0 * 1.0 * 2.0 / (1.0 + 4.0))
    assert hellinger(model, wider) == pytest.approx(math.sqrt(1.0 - affinity), abs=QUADRATURE)


def test_a_distance_does_not_depend_on_the_name_of_the_parameter() -> None:
    model = default_models()[0]
    same = with_prior(model, "typical", Prior.of("beta", alpha=1.0, beta=1.0))
    assert hellinger(model, same) < 1e-5  # the root of a rounding error


def test_a_matched_prior_spreads_the_rates_alike_at_the_median() -> None:
    for scale in (0.25, 1.0, 3.0):
        tau = Prior.of("half_normal", scale=scale)
        rho = float(matched_rho(tau).quantile(0.5))
        sd = math.sqrt(rate_variance(float(tau.quantile(0.5))))
        assert math.sqrt(rho) / 2.0 == pytest.approx(sd, rel=0.01)  # b has three digits

    def squared(z: float) -> float:
        return float(stats.norm.pdf(z) / (1.0 + math.exp(-z)) ** 2)

    direct = integrate.quad(squared, -12.0, 12.0)[0] - 0.25
    assert rate_variance(1.0) == pytest.approx(direct, abs=QUADRATURE)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("half_normal", {"scale": 0.7}),
        ("half_cauchy", {"scale": 0.7}),
        ("half_student_t", {"df": 4.0, "scale": 2.0}),
        ("exponential", {"rate": 1.5}),
        ("gamma", {"shape": 2.0, "rate": 3.0}),
        ("log_normal", {"location": -1.28, "scale": 0.87}),
        ("uniform", {"low": 0.0, "high": 5.0}),
        ("half_normal", {"scale": 2.0, "high": 3.0}),
    ],
)
def test_a_powered_prior_is_the_density_raised_to_that_power(
    name: str, numbers: dict[str, float]
) -> None:
    model = with_prior(default_models()[0], "tau", Prior.of(name, **numbers))
    raised = powered_model(model, 1.7)
    assert raised is not None
    assert raised.heterogeneity is not None
    assert model.heterogeneity is not None
    at = np.array([0.1, 0.5, 1.0, 2.5])
    before = 1.7 * model.heterogeneity.prior.log_density(at)
    after = raised.heterogeneity.prior.log_density(at)
    assert np.ptp(after - before) < QUADRATURE  # the same but for the constant


def test_a_powered_logistic_is_a_beta_on_the_rate() -> None:
    raised = powered_model(default_models()[0], 2.0)
    assert raised is not None
    assert raised.location.parameter == "typical"
    assert dict(raised.location.prior.parameters) == {"alpha": 2.0, "beta": 2.0}


def test_every_path_passes_through_the_default_answer(
    paths: dict[str, PriorPath], grid: PriorGrid
) -> None:
    row, column = default_places(grid)
    passing = [path for path in paths.values() if path.default is not None]
    assert {path.id for path in passing} >= {"location_shift", "prior_power"}
    for path in passing:
        place = path.at.index(path.default)
        assert path.distances[place] == 0.0
        expected = grid.crossed[0].probabilities[row][column]
        assert path.chances[0].probabilities[place] == pytest.approx(expected, abs=1e-9)


def test_a_probability_at_its_tipping_point_is_the_level(
    prepared: Prepared, paths: dict[str, PriorPath], union: Studies
) -> None:
    models = {path.id: path.model for path in paths_of(prepared.model)}
    tips = [(path, tip) for path in paths.values() for tip in path.chances[1].tips]
    found = [(path, tip) for path, tip in tips if tip.at is not None]
    assert found
    for path, tip in found:
        assert tip.at is not None
        model: Model | None = models[path.id](tip.at)
        assert model is not None
        alone = fit_exact(union, model).average.probability(above=0.95).value
        assert alone == pytest.approx(tip.level, abs=4 * TOLERANCE)
        assert tip.distance == pytest.approx(hellinger(prepared.model, model))
    for path, tip in tips:
        if tip.at is None:
            along = np.array(path.chances[1].probabilities) - tip.level
            assert (along > 0.0).all() or (along < 0.0).all()


def test_a_prior_is_named_shortly() -> None:
    assert short(Prior.of("half_cauchy", scale=0.5)) == "half-Cauchy(0.5)"
    assert short(Prior.of("beta", alpha=1.0, beta=1.0)) == "uniform"
    assert short(Prior.of("normal", location=0.0, scale=1.0, low=0.0)) == "N(0, 1) truncated"
