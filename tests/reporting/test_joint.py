"""What is written of the joint model: records that come back, tables, a picture."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from metaprop.core.estimates import Estimate, Interval, Quality
from metaprop.engines.nuts.diagnostics import Diagnostics
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.answers import Exceedance, Quantile, Summary
from metaprop.questions.joint_answers import JointAnswer, ParameterAnswer, TypeAnswer
from metaprop.reporting.codec import encode
from metaprop.reporting.joint import fill_joint, joint_file, read_joint

SURE = Estimate(0.8, 0.01)


def summary(estimand: str, middle: float) -> Summary:
    number = Estimate(middle, 0.001)
    quantiles = tuple(Quantile(level, number) for level in (0.025, 0.5, 0.975))
    interval = Interval(middle / 2, middle * 1.5, 0.95, "equal-tailed", 0.001)
    above = (Exceedance(0.1, SURE),)
    return Summary(estimand, "rate", number, quantiles, interval, above)  # type: ignore[arg-type]


def kind(name: str, middle: float, first: float) -> TypeAnswer:
    rates = (summary("average", middle), summary("new_study", middle))
    return TypeAnswer(name, f"<b>{name}</b> $x$", *rates, (first, 1.0 - first), 2.0 - first)


def answer(left_out: tuple[str, ...] = ()) -> JointAnswer:
    same = Estimate.without_value("a type and itself")
    return JointAnswer(
        group="complications",
        model="joint",
        left_out=left_out,
        level=0.95,
        settings=Settings(),
        diagnostics=Diagnostics(1.001, "lambda", 2000.0, "lambda", 1800.0, "omega", 0, 0.9, 8000),
        quality=Quality("ok", "Well mixed."),
        types=(kind("rare", 0.02, 0.2), kind("common", 0.1, 0.8)),
        parameters=(ParameterAnswer("lambda", SURE, (Quantile(0.5, SURE),)),),
        more_frequent=((same, Estimate(0.2, 0.01)), (SURE, same)),
        rank_error=0.01,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("tables", "figures"):
        (tmp_path / name).mkdir()
    fill_joint((answer(), answer(("reoperation",))), "trees", tmp_path)
    return tmp_path


def test_each_fit_has_its_record_and_comes_back(folder: Path) -> None:
    found = read_joint(folder)
    assert [encode(one) for one in found] == [encode(answer()), encode(answer(("reoperation",)))]
    assert joint_file(folder, answer()).name == "joint.json"


def test_the_tables_have_every_rate_and_every_ordered_pair(folder: Path) -> None:
    with (folder / "tables" / "joint.csv").open(encoding="utf-8") as file:
        rates = list(csv.DictReader(file))
    assert len(rates) == 2 * 2 * 2  # fits, types, estimands
    assert {row["fit"] for row in rates} == {"joint", "joint_without_consequences"}
    with (folder / "tables" / "joint_comparisons.csv").open(encoding="utf-8") as file:
        pairs = {
            (r["outcome"], r["other"]): r["probability_more_frequent"] for r in csv.DictReader(file)
        }
    assert pairs == {("rare", "common"): "0.2", ("common", "rare"): "0.8"}


def test_each_fit_has_its_picture(folder: Path) -> None:
    stems = ("joint_complications", "joint_complications_without_consequences")
    for stem in stems:
        assert (folder / "figures" / f"{stem}.svg").stat().st_size > 0
        assert (folder / "figures" / f"{stem}.png").stat().st_size > 0
