"""The model that takes any table's data is the one that a reader sees, with its gradient."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engines.nuts.test_models import TWIN, log_posterior
from metaprop import Model, Studies, default_models, pymc_model
from metaprop.assumptions.model import read_model, shipped_models
from metaprop.engines.nuts import range_op
from metaprop.engines.nuts.models import Shape, for_any_table
from metaprop.engines.nuts.sampling import Settings, draw
from metaprop.engines.nuts.table import Table, padded_length

LOGIT_NORMAL, BETA_BINOMIAL = default_models()
COMMON_RATE = next(map(read_model, (p for p in shipped_models() if p.stem == "common_rate")))
RANGES = Studies.of(["a", "b", "c", "d", "e"], [140, 0, "1+", "2-5", "?"], [155, 9, 12, 20, 7])
TOTAL = Studies.of(RANGES.names, [140, 0, "1+", "2-5", "?"], RANGES.totals, known_total="150-155")
Z = np.array([2.3, -0.7, 1.1, -0.2, 0.4])
VALUES: dict[str, dict[str, Any]] = {
    LOGIT_NORMAL.id: {"mu": 1.2, "tau": 0.8, "z": Z},
    BETA_BINOMIAL.id: {"average": 0.7, "rho": 0.1},
    COMMON_RATE.id: {"average": 0.8},
}


@pytest.mark.parametrize("studies", [RANGES, TOTAL], ids=["ranges", "total"])
@pytest.mark.parametrize("model", [LOGIT_NORMAL, BETA_BINOMIAL, COMMON_RATE], ids=lambda m: m.id)
def test_a_model_for_any_table_is_the_one_for_this_table(model: Model, studies: Studies) -> None:
    expected = log_posterior(pymc_model(studies, model), **VALUES[model.id])
    found = log_posterior(for_any_table(model, Table.of(studies)), **VALUES[model.id])
    assert found == pytest.approx(expected, abs=TWIN)


def test_studies_that_fill_a_table_add_only_their_own_normal() -> None:
    z = np.append(Z, [0.0, 0.0, 0.0])
    model = for_any_table(LOGIT_NORMAL, Table.of(RANGES, 8))
    found = log_posterior(model, mu=1.2, tau=0.8, z=z)
    alone = for_any_table(LOGIT_NORMAL, Table.of(RANGES))
    expected = log_posterior(alone, mu=1.2, tau=0.8, z=Z) - 1.5 * np.log(2.0 * np.pi)
    assert found == pytest.approx(expected, abs=TWIN)


@pytest.mark.parametrize("studies", [RANGES, TOTAL], ids=["ranges", "total"])
def test_the_slopes_of_ranges_are_those_of_differences(studies: Studies) -> None:
    ranges = np.asarray(Table.of(studies).packed()["range_rows"], dtype=float)
    logits = np.array([0.9, -0.4, 0.2])[: ranges.shape[1] - 1]
    step = 1e-5
    _, slopes = range_op.binomial_ratio(logits, ranges)
    for place, slope in enumerate(slopes):
        moved = step * np.eye(logits.size)[place]
        up, down = (range_op.binomial_ratio(logits + way * moved, ranges)[0] for way in (1, -1))
        assert (up - down) / (2.0 * step) == pytest.approx(slope, abs=1e-7)  # h^2 and 1e-16 / h
    alpha, beta = 3.0, 1.5
    _, by_alpha, by_beta = range_op.beta_binomial_ratio(alpha, beta, ranges)
    for (a, b), slope in (((step, 0.0), by_alpha), ((0.0, step), by_beta)):
        up = range_op.beta_binomial_ratio(alpha + a, beta + b, ranges)[0]
        down = range_op.beta_binomial_ratio(alpha - a, beta - b, ranges)[0]
        assert (up - down) / (2.0 * step) == pytest.approx(slope, abs=1e-7)


def test_without_ranges_nothing_is_added() -> None:
    exact = Studies.of(["a"], [3], [9])
    ranges = np.asarray(Table.of(exact).packed()["range_rows"], dtype=float)
    assert range_op.binomial_ratio(np.empty(0), ranges)[0] == 0.0
    assert range_op.beta_binomial_ratio(1.0, 2.0, ranges)[0] == 0.0


def test_one_shape_serves_other_lengths_ranges_with_and_without_a_total() -> None:
    for model in (LOGIT_NORMAL, BETA_BINOMIAL):
        assert Shape.of(model, RANGES) == Shape.of(model, TOTAL)
    short, full, long = (Studies.of(list(map(str, range(k))), [1] * k, [9] * k) for k in (3, 8, 9))
    assert Shape.of(BETA_BINOMIAL, short) == Shape.of(BETA_BINOMIAL, long)
    assert Shape.of(LOGIT_NORMAL, short) == Shape.of(LOGIT_NORMAL, full)
    assert Shape.of(LOGIT_NORMAL, full) != Shape.of(LOGIT_NORMAL, long)
    assert [padded_length(k) for k in (1, 8, 9, 17)] == [8, 8, 16, 24]


def test_where_a_chain_is_stuck_all_are_drawn_from_another_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeds = []

    def sampled(_ready: object, *, seed: int, **_: object) -> object:
        seeds.append(seed)
        last = 1e-16 if len(seeds) == 1 else 0.5
        steps = SimpleNamespace(values=np.array([[0.5, 0.6], [0.5, last]]))
        return {"sample_stats": {"step_size": steps}, "attempt": len(seeds)}

    monkeypatch.setattr("nutpie.sample", sampled)
    compiled = SimpleNamespace(shared_var_keys=(), with_data=lambda: None)
    found = draw(compiled, {}, Settings(seed=7))
    assert found["attempt"] == 2
    assert seeds[0] == 7 != seeds[1]
