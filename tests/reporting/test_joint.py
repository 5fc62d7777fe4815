"""What is written of the joint model: records that come back, tables, a picture."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

import made_up
from metaprop.core.estimates import Estimate, Interval, Quality
from metaprop.engines.nuts.diagnostics import Diagnostics
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.answers import Analysis, Exceedance, Quantile, Summary
from metaprop.questions.frequentist.answers import PublishedRate
from metaprop.questions.joint_answers import JointAnswer, ParameterAnswer, TypeAnswer
from metaprop.reporting.codec import encode
from metaprop.reporting.figures.joint import joint_finding
from metaprop.reporting.figures.joint_ranks import draw_joint_ranks, ranks_title
from metaprop.reporting.joint import fill_joint, joint_file, read_joint
from metaprop.reporting.joint_shift import shift_words, type_shifts
from metaprop.reporting.outcomes import outcome_rows, outcomes_head

pytestmark = pytest.mark.usefixtures("made_up_engine")
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


def separate() -> Analysis:
    rare, common = (
        made_up.outcome(["Ash", "Birch"], events, [50, 50], id=name, thresholds=(0.05, 0.1))
        for name, events in (("rare", [0, 1]), ("common", [9, 4]))
    )
    return made_up.analysis(rare, common)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("tables", "figures"):
        (tmp_path / name).mkdir()
    fill_joint((answer(), answer(("reoperation",))), separate(), tmp_path)
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
    groups = ("complications", "complications_without_consequences")
    stems = [f"{kind}_{group}" for kind in ("joint", "joint_ranks") for group in groups]
    for stem in stems:
        assert (folder / "figures" / f"{stem}.svg").stat().st_size > 0
        assert (folder / "figures" / f"{stem}.png").stat().st_size > 0


def test_each_type_is_held_against_its_own_separate_fit(folder: Path) -> None:
    with (folder / "tables" / "joint_shrinkage.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["fit"], row["outcome"]) for row in rows[:2]] == [
        ("joint", "rare"),
        ("joint", "common"),
    ]
    average = separate().outcomes[0].models[2].estimand("average")
    assert rows[0]["separate_model"] == "logit_normal"
    assert float(rows[0]["separate_median"]) == pytest.approx(average.median.value, rel=1e-9)
    moved = 100 * (float(rows[0]["joint_median"]) - float(rows[0]["separate_median"]))
    assert float(rows[0]["shift_in_percentage_points"]) == pytest.approx(moved)
    odds = [float(rows[0][name]) for name in ("joint_median", "separate_median")]
    expected = odds[0] / (1 - odds[0]) / (odds[1] / (1 - odds[1]))
    assert float(rows[0]["odds_ratio_joint_to_separate"]) == pytest.approx(expected)


def test_the_shift_is_told_in_words() -> None:
    same = answer()
    alone = separate()
    averages = [outcome.models[2].estimand("average") for outcome in alone.outcomes]
    unmoved = tuple(replace(t, average=a) for t, a in zip(same.types, averages, strict=True))
    assert all(
        shift.odds_ratio == shift.width_ratio == 1.0 and not shift.towards
        for shift in type_shifts(alone, replace(same, types=unmoved))
    )
    said = shift_words(alone, same)
    assert said.startswith("Against its own separate logit-normal fit the joint model draws ")
    assert " of 2 types towards their common centre" in said
    assert shift_words(made_up.analysis(), same) == ""


def test_the_finding_names_the_fewest_types_that_are_first_more_probably_than_not() -> None:
    (rare, common) = answer().types
    assert joint_finding(answer()).startswith("Most frequent: <b>common</b> $x$, with")
    tied = replace(answer(), types=tuple(replace(t, ranks=(0.5, 0.5)) for t in (rare, common)))
    assert "<b>rare</b> $x$ or <b>common</b> $x$, with probability" in joint_finding(tied)


def test_a_rank_that_rounds_to_nothing_is_blank() -> None:
    types = tuple(replace(one, ranks=(0.005, 0.995)) for one in answer().types)
    (sheet,) = draw_joint_ranks(replace(answer(), types=types)).axes
    shown = [text.get_text() for text in sheet.texts]
    assert "100" in shown
    assert "0" not in shown


def test_the_ranks_say_how_many_are_sure() -> None:
    types = list(answer().types)
    assert ranks_title(types) == "2 of 2 types have ranks that are more probable than not"
    unsure = [replace(one, ranks=(0.5, 0.5)) for one in types]
    assert ranks_title(unsure) == "None of 2 types has a rank that is more probable than not"


def test_all_outcomes_stand_in_one_table_with_the_joint_model_and_the_claim() -> None:
    claim = PublishedRate(0.13, 0.0, 0.2, "Table 2")
    head = outcomes_head(separate())
    rows = [
        dict(zip(head, row, strict=True))
        for row in outcome_rows(separate(), (answer(), answer(("x",))), {"rare": claim})
    ]
    assert [row["by"] for row in rows if row["outcome"] == "rare"] == [
        *("logit_normal", "beta_binomial", "joint", "as published"),
    ]
    assert head[-2:] == ("average_above_0.05", "average_above_0.1")
    joint = next(row for row in rows if row["by"] == "joint")
    assert (joint["average_above_0.1"], joint["average_above_0.05"]) == (0.8, None)
