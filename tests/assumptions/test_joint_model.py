"""The joint model's file: what it says, and every fault of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metaprop import Prior
from metaprop.assumptions.model import (
    JOINT_PARAMETERS,
    UNITS,
    default_joint_model,
    is_joint,
    read_joint_model,
    read_model,
    shipped_models,
)
from metaprop.core.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

FILE = shipped_models()[0].parent / "joint.toml"
GOOD = FILE.read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_priors_are_those_of_the_design() -> None:
    model = default_joint_model()
    found = {given.parameter: given.prior for given in model.parameters}
    assert found == {
        "alpha": Prior.of("logistic", location=0, scale=1),
        "sigma_alpha": Prior.of("half_normal", scale=1),
        "lambda": Prior.of("half_normal", scale=0.5),
        "omega": Prior.of("half_normal", scale=1),
    }
    assert all(given.unit == UNITS[given.parameter] for given in model.parameters)
    assert all(given.reason and given.source for given in model.parameters)


def test_a_joint_file_is_told_from_the_others() -> None:
    assert is_joint(FILE)
    assert not any(map(is_joint, shipped_models()))
    assert not is_joint(FILE.with_name("none.toml"))


def test_a_model_of_one_outcome_is_not_read_from_a_joint_file() -> None:
    with pytest.raises(ModelError, match=r"joint\.toml, family.*several outcomes"):
        read_model(FILE)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"joint"', '"logit-normal"', "family: 'logit-normal' is not allowed here. Write one of"),
        ("[shared]", "[common]", "shared: the key is missing"),
        ("[shared]", "[common]", "common: no such key"),
        ('"omega"', '"tau"', "between_studies.parameter: 'tau' is not allowed here. Write one of"),
        ("scale = 0.5", "scale = -1", "shared.prior.scale: -1 is not above 0"),
        (
            '"half_normal", scale = 0.5',
            '"normal", location = 0, scale = 1',
            "shared.prior: lambda lies from 0 to infinity, but this prior reaches from -infinity",
        ),
        ('unit = "log odds"', "", "location.unit: the key is missing"),
    ],
)
def test_a_fault_is_named_with_file_key_value_and_remedy(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ModelError) as caught:
        read_joint_model(path)
    assert fault in str(caught.value)
    assert all(problem.where.startswith(str(path)) for problem in caught.value.problems)
    assert all(problem.remedy for problem in caught.value.problems)


def test_prose_has_the_formula_and_every_prior() -> None:
    lines = default_joint_model().prose().splitlines()
    assert "alpha_c + lambda u_i + v_ic" in lines[1]
    assert [line.split(" ")[0] for line in lines[2:]] == list(JOINT_PARAMETERS)


def test_with_prior_returns_a_new_model() -> None:
    model = default_joint_model()
    changed = model.with_prior("lambda", Prior.of("exponential", rate=2))
    assert changed.shared.prior == Prior.of("exponential", rate=2)
    assert (changed.location, changed.between_studies) == (model.location, model.between_studies)
    assert model == default_joint_model()


def test_with_prior_refuses_what_does_not_fit() -> None:
    with pytest.raises(ModelError, match="Use one of: alpha, sigma_alpha, lambda, omega"):
        default_joint_model().with_prior("tau", Prior.of("half_normal", scale=1))
    with pytest.raises(ModelError, match="Truncate it with low = 0"):
        default_joint_model().with_prior("omega", Prior.of("normal", location=0, scale=1))
