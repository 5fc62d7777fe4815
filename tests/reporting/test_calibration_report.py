from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metaprop import Studies, default_models
from metaprop.questions.calibration.asking import Effort, calibrate, modest
from metaprop.questions.calibration.truth import Truth
from metaprop.reporting.calibration import (
    COVERAGE,
    FOLDER,
    RANKS,
    Question,
    calibration_text,
    fill_calibration,
    kept_calibration,
    read_calibration,
)
from metaprop.reporting.calibration_words import (
    calibrate_command,
    coverage_finding,
    rank_sentence,
)
from metaprop.reporting.figures.coverage import MOST, prepare_coverage
from metaprop.reporting.figures.ranks import ranks_title
from metaprop.reporting.stored import as_stored

if TYPE_CHECKING:
    from metaprop.questions.calibration.records import Calibration

NAME = "<b>Union</b> $x$"


@pytest.fixture(scope="module")
def found() -> Calibration:
    studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    truths = [Truth("logit-normal", 0.94, 0.0), Truth("logit-normal", 0.94, 1.0)]
    effort = Effort(40, 4, 20)
    return calibrate(studies, default_models(), truths=truths, effort=effort, label=NAME)


@pytest.fixture(scope="module")
def folder(found: Calibration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("results")
    (results / FOLDER).mkdir()
    fill_calibration(found, results / FOLDER)
    return results


def test_a_calibration_is_read_back_as_it_was_written(found: Calibration, folder: Path) -> None:
    assert read_calibration(folder) == as_stored(found)
    assert read_calibration(folder / FOLDER) is None


def test_tables_have_a_row_for_each_method_and_each_quantity(
    found: Calibration, folder: Path
) -> None:
    with (folder / FOLDER / "coverage.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COVERAGE
    assert len(rows) == 2 * len(found.scenarios[0].scores)
    usual = found.scenarios[1].scores[0]
    row = rows[len(found.scenarios[0].scores)]
    assert float(row["average_coverage"]) == pytest.approx(usual.average.coverage.value)
    with (folder / FOLDER / "ranks.csv").open() as file:
        ranks = list(csv.DictReader(file))
    assert tuple(ranks[0]) == RANKS
    assert [row["quantity"] for row in ranks[:4]] == ["average", "typical", "new_study", "tau"]


def test_figures_are_drawn_the_same_twice(found: Calibration, folder: Path, tmp_path: Path) -> None:
    fill_calibration(found, tmp_path)
    for path in sorted((folder / FOLDER).iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".json", ".png", ".svg"}


def test_every_method_is_drawn_once_inside_the_page(found: Calibration) -> None:
    prepared = prepare_coverage(found)
    assert [row.label for row in prepared.rows] == [s.label for s in found.scenarios[0].scores]
    places = [row.y for row in prepared.rows]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] < prepared.height
    first = prepared.rows[0].dots
    assert first[0].own is None  # one rate for all: typical and average are the same
    assert first[1].own == found.scenarios[1].scores[0].own.coverage.value


def test_many_truths_have_short_heads_and_the_rest_is_told(found: Calibration) -> None:
    many = replace(found, scenarios=found.scenarios * 6)
    prepared = prepare_coverage(many)
    assert len(prepared.columns) == MOST == len(prepared.rows[0].dots)
    assert all(len(head) == 3 and max(map(len, head)) < 10 for head in prepared.columns)
    left = len(many.scenarios) - MOST
    assert f"{left} more in the table" in " ".join(prepared.note)
    assert "more in the table" not in " ".join(prepare_coverage(found).note)


def test_the_command_of_a_larger_calibration_asks_for_what_it_holds(found: Calibration) -> None:
    command = calibrate_command(found)
    assert command is not None
    for truth in (scenario.truth for scenario in found.scenarios):
        assert f"--rate {truth.rate:g}" in command
        assert f"--spread {truth.spread:g}" in command
    most = max(score.replicates for score in found.scenarios[0].scores)
    assert f"--replicates {most} " in command
    size = modest(most)
    small = replace(
        found,
        scenarios=tuple(
            replace(
                one,
                scores=(
                    replace(one.scores[0], replicates=most),
                    *(replace(score, replicates=size.modelled) for score in one.scores[1:]),
                ),
            )
            for one in found.scenarios
        ),
        ranks=tuple(replace(one, replicates=size.ranked) for one in found.ranks),
    )
    assert calibrate_command(small) is None


def test_the_finding_and_the_verdict_follow_the_numbers(found: Calibration) -> None:
    usual = [scenario.scores[0] for scenario in found.scenarios]
    low, high = sorted(round(100 * one.average.coverage.value) for one in usual)
    assert f"in {low} to {high} %" in coverage_finding(found)
    model = found.ranks[0]
    assert "stay inside their 99 % bands" in rank_sentence(model)
    outside = replace(model.ranks[0], ecdf=(1.0,) * len(model.ranks[0].ecdf))
    broken = replace(model, ranks=(outside, *model.ranks[1:]), failed=3)
    assert "the ranks of average leave their 99 % band" in rank_sentence(broken)
    assert "3 fits could not be trusted" in rank_sentence(broken)
    assert model.ranks[0].inside
    inside = sum(one.inside for each in found.ranks for one in each.ranks)
    assert f"{inside} of 8" in ranks_title(found)
    assert f"{inside - 1} of 8" in ranks_title(replace(found, ranks=(broken, *found.ranks[1:])))


def test_a_terminal_shows_each_method_under_each_truth(found: Calibration) -> None:
    text = calibration_text(found)
    assert text.startswith("<b>Union</b> $x$: 3 studies, 35 patients")
    assert all(score.label in text for score in found.scenarios[0].scores)
    assert "typical rate 94 %, tau 1" in text


def test_a_stored_calibration_is_kept_where_it_answers_the_same_question_as_well(
    found: Calibration, folder: Path
) -> None:
    asked = Question.of(found)
    assert asked.effort == Effort(40, 4, 20)
    assert kept_calibration(folder, asked) == as_stored(found)
    assert kept_calibration(folder, replace(asked, effort=Effort(20, 3, 20))) is not None
    fewer = replace(asked, truths=frozenset([found.scenarios[0].truth]))
    assert kept_calibration(folder, fewer) is not None
    for other in (
        replace(asked, effort=Effort(41, 4, 20)),
        replace(asked, effort=Effort(40, 5, 20)),
        replace(asked, effort=Effort(40, 4, 21)),
        replace(asked, effort=Effort(40, 4, 20, 1)),
        replace(asked, level=0.9),
        replace(asked, totals=(9, 15, 12)),
        replace(asked, models=frozenset(found.models[:1])),
        replace(asked, truths=asked.truths | {Truth("logit-normal", 0.5, 0.0)}),
        replace(asked, seed=1),
    ):
        assert kept_calibration(folder, other) is None
    assert kept_calibration(folder / "none", asked) is None


def test_a_damaged_calibration_is_not_kept(found: Calibration, tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "calibration.json").write_text("{")
    assert kept_calibration(tmp_path, Question.of(found)) is None
