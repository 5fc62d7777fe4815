"""The meta-regression's file: what it says, and its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop import Prior
from metaprop.assumptions.model import (
    UNITS,
    default_regression_model,
    is_regression,
    read_model,
    read_regression_model,
    shipped_models,
)
from metaprop.core.errors import ModelError
from metaprop.core.scales import expit, logit

if TYPE_CHECKING:
    from pathlib import Path

FILE = shipped_models()[0].parent / "meta_regression.toml"
GOOD = FILE.read_text(encoding="utf-8")


def test_the_shipped_reason_says_what_the_prior_does_to_a_rate() -> None:
    model = default_regression_model()
    prior = model.coefficient.prior
    assert prior == Prior.of("normal", location=0, scale=1)
    ends = [float(prior.quantile(level)) for level in (0.025, 0.975)]
    assert np.exp(ends[1]) == pytest.approx(7.1, abs=0.05)
    for rate in (0.5, 0.95):
        low, high = (f"{100 * expit(logit(np.array(rate)) + end):.0f} %" for end in ends)
        assert f"{low} or {high}" in model.coefficient.reason
    assert all(given.unit == UNITS[given.parameter] for given in model.parameters)


def test_a_regression_file_is_told_from_the_others() -> None:
    assert is_regression(FILE)
    assert not any(map(is_regression, shipped_models()))
    with pytest.raises(ModelError, match="is a model with a covariate"):
        read_model(FILE)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('parameter = "beta"', 'parameter = "gamma"', r"coefficient\.parameter"),
        ('"normal", location = 0, scale = 1', '"normal", location = 0', r"scale"),
        ("[coefficient]", "[slope]", r"coefficient: the key is missing"),
    ],
)
def test_a_fault_names_its_key(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError, match=fault):
        read_regression_model(path)


def test_a_prior_can_be_exchanged() -> None:
    narrow = Prior.of("normal", location=0.0, scale=0.1)
    model = default_regression_model().with_prior("beta", narrow)
    assert model.coefficient.prior == narrow
    assert "beta (log odds): normal" in model.prose()
    with pytest.raises(ModelError, match="rho"):
        model.with_prior("rho", narrow)
