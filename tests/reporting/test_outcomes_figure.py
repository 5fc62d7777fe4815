"""The forest over outcomes: what it says, and that its words have room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.questions.frequentist.answers import PublishedRate
from metaprop.reporting.figures.outcomes import save_outcomes
from metaprop.reporting.figures.outcomes_rows import JOINT, PUBLISHED, prepare_outcomes
from reporting.test_joint import answer as joint_answer

if TYPE_CHECKING:
    from metaprop.questions.answers import Analysis

pytestmark = pytest.mark.usefixtures("made_up_engine")
WIDTH = 170.0
CLAIM = PublishedRate(0.1345, 0.0, 0.2, "Table 2")


@pytest.fixture
def analysis() -> Analysis:
    rare = made_up.outcome(["Ash", "Birch"], [0, "0-2"], [5, 4], id="rare", label="Rare <b> $x$")
    return made_up.analysis(made_up.three(), rare)


def test_each_outcome_has_a_line_for_each_model_in_which_studies_differ(
    analysis: Analysis,
) -> None:
    forest = prepare_outcomes(analysis, {}, (), WIDTH)
    assert [len(group.lines) for group in forest.groups] == [2, 2]
    assert forest.groups[1].seen == "0 to 2 of 9"
    average = analysis.outcomes[0].models[2].estimand("average")
    assert forest.groups[0].lines[0].middle == average.median.value


def test_a_published_line_is_printed_as_it_was(analysis: Analysis) -> None:
    forest = prepare_outcomes(analysis, {"rare": CLAIM}, (), WIDTH)
    line = forest.groups[1].lines[-1]
    assert (line.label, line.text) == (PUBLISHED, "13.5 [0.0, 20.0]")


@pytest.mark.parametrize(("claim", "out"), [((0.01, 0.0, 0.02), 1), ((0.5, 0.0, 1.0), 0)])
def test_the_title_counts_the_published_intervals_that_leave_the_averages_out(
    analysis: Analysis, claim: tuple[float, float, float], out: int
) -> None:
    forest = prepare_outcomes(analysis, {"events": PublishedRate(*claim, "")}, (), WIDTH)
    assert " ".join(forest.title).startswith(f"{out} of 1 published intervals")


def test_an_outcome_of_a_group_has_a_line_of_the_joint_model(analysis: Analysis) -> None:
    forest = prepare_outcomes(analysis, {"rare": CLAIM}, (joint_answer(),), WIDTH)
    assert [line.label for line in forest.groups[1].lines[-2:]] == [JOINT, PUBLISHED]
    assert forest.groups[1].lines[-2].text == "2.0 [1.0, 3.0]"
    assert JOINT not in {line.label for line in forest.groups[0].lines}
    assert "the outcomes of a group together" in " ".join(forest.subtitle)


def test_it_is_drawn_twice_with_the_same_bytes(analysis: Analysis, tmp_path: Path) -> None:
    for stem in ("one", "two"):
        save_outcomes(analysis, {}, (), tmp_path, stem)
    for kind in ("svg", "png"):
        assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
