from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.core.estimates import Estimate
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.answers import Quantile
from metaprop.questions.moderators.answers import (
    ContrastAnswer,
    CurvePoint,
    Difference,
    LevelAnswer,
    ModeratorAnswer,
    Moderators,
    StudyPoint,
    UnaskedCovariate,
)
from metaprop.questions.summaries import Question, summarise
from metaprop.reporting.figures.covariates_rows import prepare_covariates
from metaprop.reporting.moderators import fill_moderators, read_moderators
from metaprop.reporting.moderators_words import moderator_sentences
from metaprop.reporting.stored import as_stored

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = Question((0.9,), 0.95, "equal-tailed", "summary", None)
AVERAGE = summarise(made_up.MadeUpMarginal("average", 80.0, 4.0), QUESTION)
TAU = summarise(made_up.MadeUpMarginal("tau", 2.0, 4.0), QUESTION)


def difference(low: float, median: float, high: float, above: float) -> Difference:
    ends = zip((0.025, 0.5, 0.975), (low, median, high), strict=True)
    quantiles = tuple(Quantile(level, Estimate(value, 1e-3)) for level, value in ends)
    return Difference(quantiles, Estimate(above, 4e-3))


def contrast(lower: str, upper: str, above: float) -> ContrastAnswer:
    found, before = difference(-0.05, -0.012, 0.03, above), difference(-0.3, 0.0, 0.3, 0.5)
    return ContrastAnswer(lower, upper, found, before, 0.97, 0.8, 0.995, 0.4)


def answer(kind: str) -> ModeratorAnswer:
    number = kind == "number"
    names = ("9.6", "14") if number else ("=tibia", "femur")
    values = (9.6, 14.0, 14.0, 9.6)
    studies = tuple(
        StudyPoint(
            *(f"S{i}", value if number else None, None if number else names[i % 2]),
            *(8, 8 + (i == 3), 9),
            *(0.8, 0.93, 0.99),
        )
        for i, value in enumerate(values)
    )
    return ModeratorAnswer(
        covariate="defect_cm" if number else "site",
        label="Bone defect" if number else "Site",
        unit="cm" if number else None,
        kind="number" if number else "category",
        left_out=("Caravelli, 'C' 2022",) if number else (),
        settings=Settings(),
        diagnostics=made_up.WELL_MIXED,
        quality=made_up.GOOD,
        levels=tuple(
            LevelAnswer(name, float(name) if number else None, 0, 0, AVERAGE) for name in names
        ),
        contrasts=(contrast(*names, 0.23 if number else 0.6),),
        curve=tuple(CurvePoint(v, 0.9, 0.96, 0.99) for v in (9.6, 12.0, 14.0)) if number else (),
        studies=studies,
        tau=TAU,
        tau_without=TAU,
    )


@pytest.fixture(scope="module")
def found() -> Moderators:
    unasked = (UnaskedCovariate("again", "Again", "It parts the studies exactly as Site does."),)
    answers = (answer("number"), answer("category"))
    head = ("union", "Union", "meta_regression", "normal with location 0 and scale 1", 0.95)
    return Moderators(*head, answers, unasked, 0.85)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, found: Moderators) -> Path:
    path = tmp_path_factory.mktemp("results")
    for name in ("tables", "figures"):
        (path / name).mkdir()
    fill_moderators(as_stored((found,)), "mine", path)
    return path


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_answers_are_read_back_and_drawn(folder: Path, found: Moderators) -> None:
    assert read_moderators(folder, ["another", "union"]) == as_stored((found,))
    stems = [f"moderators_union{end}" for end in ("", "_bubbles", "_partial")]
    assert sorted(path.stem for path in (folder / "figures").glob("*.svg")) == stems


def test_the_tables_hold_contrasts_and_levels(folder: Path) -> None:
    first, second = rows(folder, "meta_regression")
    assert (first["lower"], first["upper"], first["studies"]) == ("9.6", "14", "4")
    assert first["left_out"] == "Caravelli, 'C' 2022"
    assert float(first["probability_upper_is_higher"]) == 0.23
    assert second["lower"] == "'=tibia"
    levels = rows(folder, "meta_regression_levels")
    assert len(levels) == 2 * 2 * 2
    assert {row["estimand"] for row in levels} == {"average"}


def test_the_sentences_claim_a_direction_and_no_more(found: Moderators) -> None:
    head, defect, site, unasked = moderator_sentences(found)
    assert head.startswith("Of 2 contrasts over 2 covariates the most certain direction is that of")
    assert "too little to say that a covariate matters, or that it does not" in head
    assert "difference -1.2 [-5.0 to +3.0] percentage points" in defect
    assert "before the data -30.0 to +30.0" in defect
    assert "lower at 14 than at 9.6 with probability 77.0 %" in defect
    assert defect.endswith("Left out, since it is not known of them: Caravelli, 'C' 2022.")
    assert "higher at femur than at =tibia with probability 60.0 %" in site
    assert unasked == "Again was not asked about. It parts the studies exactly as Site does."
    assert "significan" not in f"{head} {defect} {site}"


def test_bubbles_grow_with_patients_and_a_range_is_a_line(found: Moderators) -> None:
    number, groups = prepare_covariates(found, "observed").panels
    assert [bubble.rate for bubble in number.bubbles[:3]] == [8 / 9] * 3
    assert number.bubbles[3].rate is None
    assert (number.bubbles[3].low, number.bubbles[3].high) == (8 / 9, 1.0)
    assert number.bubbles[0].area == pytest.approx(0.9)
    assert len({bubble.x for bubble in number.bubbles}) == 4  # equal numbers are spread out
    assert groups.labels == ("=tibia", "femur")
    own = prepare_covariates(found, "own").panels[0].bubbles[0]
    assert (own.low, own.rate, own.high) == (0.8, 0.93, 0.99)
