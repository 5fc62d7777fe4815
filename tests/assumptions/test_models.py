"""Model files: the shipped ones say what the design says, and every fault is named."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from metaprop.assumptions.model import (
    JOINT_PARAMETERS,
    PARAMETERS,
    UNITS,
    default_models,
    read_model,
    shipped_models,
    with_prior,
)
from metaprop.assumptions.model.families import RANGES, SENTENCES
from metaprop.assumptions.model.regression import REGRESSION_PARAMETERS
from metaprop.assumptions.priors import DISTRIBUTIONS, Prior
from metaprop.core.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.assumptions.model import Model

GOOD = """
name = "Mine"
family = "logit-normal"
sentence = "Rates vary."
[location]
parameter = "mu"
prior = { distribution = "normal", location = 0, scale = 1.5 }
unit = "log odds"
reason = "A reason."
source = "A source."
[heterogeneity]
parameter = "tau"
prior = { distribution = "half_cauchy", scale = 0.5, high = 10 }
unit = "log odds"
reason = "A reason."
source = "A source."
"""


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def shipped(stem: str) -> Model:
    return next(read_model(path) for path in shipped_models() if path.stem == stem)


def test_the_shipped_models_are_the_three_families() -> None:
    models = [read_model(path) for path in shipped_models()]
    assert {model.family for model in models} == set(PARAMETERS)
    assert {"beta_binomial", "common_rate", "logit_normal"} <= {model.id for model in models}


@pytest.mark.parametrize(
    ("stem", "parameter", "prior"),
    [
        ("logit_normal", "mu", Prior.of("logistic", location=0, scale=1)),
        ("logit_normal", "tau", Prior.of("half_normal", scale=1)),
        ("beta_binomial", "average", Prior.of("beta", alpha=1, beta=1)),
        ("beta_binomial", "rho", Prior.of("beta", alpha=1, beta=9)),
        ("common_rate", "average", Prior.of("beta", alpha=1, beta=1)),
    ],
)
def test_the_shipped_priors_are_those_of_the_design(
    stem: str, parameter: str, prior: Prior
) -> None:
    found = {given.parameter: given for given in shipped(stem).parameters}
    assert found[parameter].prior == prior
    assert found[parameter].unit == UNITS[parameter]
    assert found[parameter].reason
    assert found[parameter].source


def test_the_default_models_are_both_families() -> None:
    assert [model.id for model in default_models()] == ["logit_normal", "beta_binomial"]


def test_every_parameter_has_a_range_and_a_unit() -> None:
    names = {n for p in PARAMETERS.values() for n in (*p.location, *p.heterogeneity)}
    regression = {name for names in REGRESSION_PARAMETERS for name in names}
    assert names | set(JOINT_PARAMETERS) | regression == set(RANGES) == set(UNITS)
    assert set(SENTENCES) == set(PARAMETERS)


def test_a_file_becomes_the_model_it_describes(tmp_path: Path) -> None:
    model = read_model(written(tmp_path, GOOD, "my_own-2.toml"))
    assert (model.id, model.name, model.family) == ("my_own-2", "Mine", "logit-normal")
    assert model.location.prior == Prior.of("normal", location=0, scale=1.5)
    assert model.heterogeneity is not None
    assert model.heterogeneity.prior == Prior.of("half_cauchy", scale=0.5, high=10)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_model(path).name == "Mine"


def test_the_form_shown_in_the_readme_is_a_model(tmp_path: Path) -> None:
    readme = shipped_models()[0].parent / "README.md"
    text = readme.read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    assert read_model(written(tmp_path, example)).name == "Logit-normal"


def test_the_readme_names_every_distribution_and_its_parameters() -> None:
    text = (shipped_models()[0].parent / "README.md").read_text(encoding="utf-8")
    for name, cls in DISTRIBUTIONS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(f"`{field.name}`" in row for field in dataclasses.fields(cls))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"logit-normal"', '"normal"', "family: 'normal' is not allowed here. Write one of: 'beta"),
        ('family = "logit-normal"', "", "family: the key is missing"),
        ('"logit-normal"', "3", "family: '3' is not allowed"),
        ('name = "Mine"', "name = 3", "name: 3 is not allowed here. Write text in quotes"),
        ('name = "Mine"', 'name = " "', "name: ' ' is not allowed here. Write 1 to"),
        ('name = "Mine"', 'name = "a\\u001b"', "name: 'a\\x1b' is not allowed"),
        ('name = "Mine"', "", "name: the key is missing"),
        ('name = "Mine"', 'name = "Mine"\nextra = 1', "extra: no such key (its value: 1)"),
        ('"mu"', '"tau"', "location.parameter: 'tau' is not allowed here. Write one of: 'mu', 'ty"),
        ('"half_cauchy"', '"cauchy"', "heterogeneity.prior.distribution: 'cauchy' is not a dist"),
        ("scale = 0.5", "scale = -0.5", "heterogeneity.prior.scale: -0.5 is not above 0"),
        ("scale = 0.5", "scale = nan", "heterogeneity.prior.scale: nan is not finite"),
        ("scale = 0.5", "sd = 0.5", "heterogeneity.prior.sd: no such parameter"),
        ("high = 10", "low = 3, high = 3", "heterogeneity.prior: low = 3 is not below high = 3"),
        ("high = 10", "low = 1e300", "heterogeneity.prior: next to nothing of half_cauchy"),
        (
            '"half_cauchy", scale = 0.5, high = 10',
            '"normal", location = 0, scale = 1',
            "tau lies from 0 to infinity, but this prior reaches from -infinity to infinity. Trunc",
        ),
        (
            '"half_cauchy", scale = 0.5, high = 10',
            '"uniform", low = -1, high = 1',
            "reaches between -1 and 1. Set low = 0",
        ),
        (
            '"mu"',
            '"typical"',
            "from -infinity to infinity. Truncate it with low = 0 and high = 1",
        ),
        (
            'prior = { distribution = "normal", location = 0, scale = 1.5 }',
            'prior = "normal"',
            "location.prior: 'normal' is not allowed here. Write a table such as",
        ),
        ("[location]", "[place]", "location: the key is missing"),
        ("[location]", "location = 1\n[place]", "location: 1 is not allowed here. Write a table"),
        ("[location]", "[location", "this is not TOML"),
    ],
)
def test_a_fault_is_named_with_file_key_value_and_remedy(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ModelError) as caught:
        read_model(path)
    assert fault in str(caught.value)
    assert all(problem.where.startswith(str(path)) for problem in caught.value.problems)
    assert all(problem.remedy for problem in caught.value.problems)


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('"Mine"', "1").replace('"mu"', '"m"').replace("scale = 0.5", "scale = 0")
    text = text.replace("scale = 1.5", 'scale = "x", location2 = 3')
    with pytest.raises(ModelError) as caught:
        read_model(written(tmp_path, text))
    keys = [problem.where.split(", ")[-1] for problem in caught.value.problems]
    assert keys == [
        "name",
        "location.parameter",
        "location.prior.location2",
        "location.prior.scale",
        "heterogeneity.prior.scale",
    ]


def test_the_common_rate_takes_no_heterogeneity(tmp_path: Path) -> None:
    text = GOOD.replace("logit-normal", "common-rate").replace('"mu"', '"logit_average"')
    with pytest.raises(ModelError, match="heterogeneity: no such key"):
        read_model(written(tmp_path, text))


@pytest.mark.parametrize("name", ["Mine.toml", "my model.toml", "mine.txt", "ü.toml", ".toml"])
def test_the_name_of_a_model_file_is_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot be the name of a model file"):
        read_model(written(tmp_path, GOOD, name))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a = " + "[" * 20_000, "nested too deeply"),
        ("family = " + "1" * 5_000, "not TOML"),
        ("name = '" + "x" * 70_000 + "'", "characters"),
        ('family = "common-rate"\n' + ".".join("a" * 5_000) + " = 1", "nested too deeply"),
        ("\0", "binary"),
    ],
    ids=["nested", "digits", "long", "dotted", "binary"],
)
def test_a_hostile_file_is_an_error_of_ours(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        read_model(written(tmp_path, text))


def test_a_missing_file_and_a_folder_are_errors_of_ours(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for name in ("none.toml", "folder.toml"):
        with pytest.raises(ModelError):
            read_model(tmp_path / name)


def test_with_prior_returns_a_new_model() -> None:
    model, prior = shipped("logit_normal"), Prior.of("half_cauchy", scale=0.5)
    changed = with_prior(model, "tau", prior, reason="To see.")
    assert changed.heterogeneity is not None
    assert (changed.heterogeneity.prior, changed.heterogeneity.reason) == (prior, "To see.")
    assert changed.location == model.location
    assert model == shipped("logit_normal")


def test_with_prior_may_name_the_other_parameter_of_the_same_thing() -> None:
    changed = with_prior(shipped("beta_binomial"), "kappa", Prior.of("gamma", shape=2, rate=0.1))
    assert [given.parameter for given in changed.parameters] == ["average", "kappa"]
    assert changed.parameters[1].unit == "patients"


@pytest.mark.parametrize(
    ("stem", "parameter", "prior", "fault"),
    [
        ("logit_normal", "rho", Prior.of("beta", alpha=1, beta=1), "Use one of: mu, typical, tau"),
        ("common_rate", "tau", Prior.of("half_normal", scale=1), "'tau' is not a parameter"),
        ("beta_binomial", "rho", Prior.of("half_normal", scale=1), "Truncate it with high = 1"),
        ("logit_normal", "tau", Prior.of("normal", location=0, scale=1), "with low = 0"),
    ],
)
def test_with_prior_refuses_what_does_not_fit(
    stem: str, parameter: str, prior: Prior, fault: str
) -> None:
    with pytest.raises(ModelError, match=fault):
        with_prior(shipped(stem), parameter, prior)


def test_prose_says_the_model_in_sentences() -> None:
    lines = shipped("logit_normal").prose().splitlines()
    assert lines[0].startswith("Logit-normal. Rates vary between studies")
    assert lines[2].startswith("mu (log odds): logistic with location 0 and scale 1 (95 % between")
    assert lines[3].startswith("tau (log odds): half-normal with scale 1 (95 % below 1.96).")


def test_the_room_loads_no_heavy_library() -> None:
    code = (
        "import sys, metaprop.assumptions.model, metaprop.assumptions.priors\n"
        "heavy = {'scipy.stats', 'pandas', 'pydantic', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert result.stdout.strip() == "[]"
