"""Sinc series on lattices: at the nodes they are the node values themselves."""

import numpy as np
import pytest

from engines.exact.agreement import model_of, studies_of
from metaprop.engines.exact.lattice import interpolate, series_weights
from metaprop.engines.exact.posterior import fit_exact
from metaprop.engines.exact.shared import SharedNodes, wide
from problems import PROBLEMS

NODES = np.arange(-37, 45)
VALUES = np.exp(-0.5 * (NODES / 6.0) ** 2)


@pytest.mark.parametrize("beside", [0.0, 1e-15, -1e-13, 1e-11])
def test_on_a_node_the_series_is_its_value(beside: float) -> None:
    found = interpolate(np.asarray(NODES + beside, np.float64)[None, :], NODES, VALUES[None, :])
    assert found[:, 0] == pytest.approx(np.stack([VALUES, VALUES]), rel=1e-9, abs=1e-8)


def test_on_a_node_its_weight_is_1_and_that_of_all_others_0() -> None:
    full, half = series_weights(NODES[None, :].astype(float), NODES)[:, 0]
    assert full == pytest.approx(np.eye(NODES.size), abs=1e-11)
    even = NODES % 2 == 0
    assert half[np.ix_(even, even)] == pytest.approx(np.eye(even.sum()), abs=1e-11)


@pytest.mark.parametrize("family", ["logit-normal", "beta-binomial"])
def test_shared_nodes_are_as_accurate_as_a_fit(family: str) -> None:
    problem = next(p for p in PROBLEMS if p.id == f"union17/{family}/default")
    model, studies = model_of(problem), studies_of(problem)
    shared = SharedNodes(studies, wide(model), 1e-6).average(model)
    own = fit_exact(studies, model, tolerance=1e-8).average
    assert shared.worst_error() < 1e-6
    for t in (0.9, 0.95, 0.97):
        first, second = (one.probability(above=t) for one in (shared, own))
        assert abs(first.value - second.value) <= first.error + second.error
