from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from engines.frequentist.r_values import R
from metaprop.cli import main
from metaprop.commands.pool import TypedPool, pool
from metaprop.core.errors import InputError, OptionError
from metaprop.evidence.dataset import read_dataset
from metaprop.questions.frequentist.ways import CHOICES

if TYPE_CHECKING:
    from pathlib import Path

EXACT = 1e-8
"""A closed form against R, which prints 17 digits."""
ROOT = 2e-5
"""Limits that R finds with uniroot, relative to its default tolerance."""
PRINTED = 5e-6
"""Half of the last digit in which the paper's numbers are known from R."""
PAPER = TypedPool(scale="logit", tau2="dl", interval="hartung-knapp", safeguard="none")
KEYS = {"estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"}
REST = {"se", "tau2", "i2", "h2", "q", "q_df", "q_p_value", "estimand", "messages"}


@pytest.fixture
def union(root: Path, tmp_path: Path) -> str:
    studies = read_dataset(root / "data" / "kalantar2026").outcomes["union"].studies
    rows = zip(studies.names, studies.events.tolist(), studies.totals.tolist(), strict=True)
    path = tmp_path / "union.csv"
    lines = ["study,events,total", *(f"{name},{y},{n}" for name, y, n in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def table(folder: Path, *counts: tuple[int | str, int]) -> str:
    path = folder / "trees.csv"
    rows = [f"Tree {i},{y},{n}" for i, (y, n) in enumerate(counts)]
    path.write_text("\n".join(["study,events,total", *rows]) + "\n", encoding="utf-8")
    return str(path)


def answer(path: str, typed: TypedPool = PAPER) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pool(path, typed, as_json=True).out)
    return found


def test_the_papers_line_gives_the_papers_numbers(union: str) -> None:
    arguments = "--scale logit --tau2 dl --interval hartung-knapp --safeguard none --json"
    result = CliRunner().invoke(main, ["pool", union, *arguments.split()])
    assert result.exit_code == 0
    found = json.loads(result.output)
    ends = [found[name] for name in ("estimate", "ci_low", "ci_high")]
    assert ends == pytest.approx([0.92409, 0.89016, 0.94815], abs=PRINTED)
    assert found["estimand"] == "typical"


def test_the_object_has_the_fields_of_the_contract(union: str) -> None:
    for typed in (PAPER, TypedPool(model="glmm"), TypedPool(model="beta-binomial")):
        found = answer(union, typed)
        assert set(found) >= KEYS | REST | {"transformed"}
        assert set(found["transformed"]) == KEYS
        for name in KEYS:
            odds = np.exp(found["transformed"][name])
            assert found[name] == pytest.approx(odds / (1 + odds), rel=1e-9)


def test_the_models_give_the_known_values_of_the_union(union: str) -> None:
    normal, beta = (answer(union, TypedPool(model=m)) for m in ("glmm", "beta-binomial"))
    assert normal["transformed"]["estimate"] == pytest.approx(3.806856, abs=1e-5)
    assert normal["tau2"] == pytest.approx(0.711591, abs=1e-5)
    assert (normal["estimand"], normal["other"]["estimand"]) == ("typical", "average")
    assert beta["estimate"] == pytest.approx(0.97016, abs=PRINTED)
    assert beta["rho"] == pytest.approx(0.02444, abs=PRINTED)
    assert (beta["estimand"], beta["other"]["estimand"]) == ("average", "typical")


def test_the_heterogeneity_has_the_limits_of_r(tmp_path: Path) -> None:
    counts = R["data"]["hannum2020"]
    path = table(tmp_path, *zip(counts["events"], counts["n"], strict=True))
    meta, metafor = (answer(path, replace(PAPER, convention=one)) for one in ("meta", "metafor"))
    i2 = R["meta"]["hannum2020"]["PLOGIT"]["shared"][6]
    tau2 = R["metafor"]["hannum2020"]["PLO"]["cc_only0"]["tau2_QP_ci"]
    assert [meta["spread"][f"i2_{end}"] for end in ("low", "high")] == pytest.approx(i2, abs=EXACT)
    assert [meta["spread"][f"tau2_{end}"] for end in ("low", "high")] == pytest.approx(
        tau2[:2], rel=ROOT
    )
    assert metafor["spread"]["tau2_low"] == meta["spread"]["tau2_low"]
    assert 0.0 < metafor["spread"]["i2_low"] < metafor["i2"] < metafor["spread"]["i2_high"] < 1.0


def test_an_i2_of_zero_is_told_with_how_far_it_may_reach(union: str) -> None:
    assert "I2 0.0 % (95 % interval 0.0 % to 51.1 %)" in pool(union, PAPER).out


def test_a_tau2_that_fits_nowhere_is_told(union: str) -> None:
    found = answer(union)
    assert found["spread"]["tau2_low"] is None
    assert any("no tau2 fits" in message for message in found["messages"])
    assert found["spread"]["i2_low"] == 0.0 < found["spread"]["i2_high"]


@pytest.mark.parametrize(("model", "name"), [("glmm", "tau2"), ("beta-binomial", "rho")])
def test_a_model_has_the_limits_of_its_own_parameter(union: str, model: str, name: str) -> None:
    found = answer(union, TypedPool(model=model))
    assert found["spread"][f"{name}_low"] <= found[name] <= found["spread"][f"{name}_high"]
    assert found["spread"]["i2_low"] is None


def test_what_does_not_exist_is_null_and_told(tmp_path: Path) -> None:
    alone = answer(table(tmp_path, (4, 9)))
    assert alone["tau2"] is None
    assert alone["prediction_low"] is None
    assert alone["messages"][0].startswith("One study: ")


@pytest.mark.parametrize("model", ["glmm", "beta-binomial"])
def test_without_events_the_model_has_a_one_sided_interval_and_no_prediction(
    tmp_path: Path, model: str
) -> None:
    found = answer(table(tmp_path, (0, 9), (0, 20), (0, 1)), TypedPool(model=model))
    assert (found["estimate"], found["ci_low"]) == (0.0, 0.0)
    assert found["ci_high"] == pytest.approx(1 - 0.05 ** (1 / 30))
    assert found["interval"] == "exact, one-sided"
    assert found["prediction_high"] is None
    assert found["transformed"]["estimate"] is None


def test_counts_that_are_not_exact_are_refused_and_all_listed(tmp_path: Path) -> None:
    path = table(tmp_path, ("1+", 9), (3, 9), ("?", 4), ("0-2", 5))
    with pytest.raises(InputError) as caught:
        pool(path, PAPER)
    assert [problem.where for problem in caught.value.problems] == [
        f"{path}, study {row}" for row in (1, 3, 4)
    ]
    assert "metaprop fit" in str(caught.value)
    result = CliRunner().invoke(main, ["pool", path])
    assert result.exit_code == 1
    assert "Tree 3" in result.output


def test_one_outcome_of_a_data_set_is_pooled_by_name(root: Path) -> None:
    folder = str(root / "data" / "kalantar2026")
    assert "169 events of 174 patients" in pool(folder, PAPER, outcome="union").out
    with pytest.raises(OptionError, match=r"12 outcomes.*union, any_complication"):
        pool(folder, PAPER)
    with pytest.raises(OptionError, match="no outcome is called 'onion'"):
        pool(folder, PAPER, outcome="onion")


def test_all_wrong_options_are_listed_at_once(union: str) -> None:
    typed = TypedPool(scale="probit", tau2="DL", amount="half", level="95", model="nuts")
    with pytest.raises(OptionError) as caught:
        pool(union, typed)
    places = sorted(problem.where for problem in caught.value.problems)
    assert places == ["--amount", "--level", "--model", "--scale", "--tau2"]
    assert "Use glmm" not in str(caught.value).split("--model")[0]


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        (TypedPool(model="glmm", correction="all", tau2="dl"), "takes no correction"),
        (TypedPool(model="glmm", interval="kenward-roger"), "no interval of glmm. Use profile"),
        (TypedPool(model="beta-binomial", prediction="t-k-1"), "no prediction of beta-binomial"),
        (TypedPool(interval="profile"), "no interval of two-step. Use z"),
        (TypedPool(prediction="plug-in"), "no prediction of two-step"),
    ],
)
def test_what_a_model_does_not_have_is_refused(union: str, typed: TypedPool, what: str) -> None:
    with pytest.raises(OptionError, match=what):
        pool(union, typed)


def test_faults_of_the_evidence_are_told_beside_those_of_the_options(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("study,events,total\nAsh,9,8\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^--scale: 'x' is none(.|\n)*'9' events are more than"):
        pool(str(path), TypedPool(scale="x"))


def test_the_sentence_names_the_estimand_and_the_notes_follow(union: str) -> None:
    text = pool(union, PAPER).out
    assert text.startswith(
        "Rate of the typical study: 92.4 %, 95 % confidence interval 89.0 % to 94.8 %"
    )
    assert "Note: 6.5 events and as many non-events that nobody observed are added" in text
    assert pool(union, TypedPool(model="beta-binomial")).out.startswith("Average rate: 97.0 %")


def test_the_help_names_every_choice_and_default() -> None:
    text = " ".join(CliRunner().invoke(main, ["pool", "--help"]).output.split())
    names = {name for choices in CHOICES.values() for name in choices} - {"two-step"}
    assert [name for name in sorted(names) if name not in text] == []
    for default in ("logit", "only0", "0.5", "reml", "hartung-knapp", "se,", "meta"):
        assert f"Default: {default}" in text
