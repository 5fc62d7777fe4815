"""The frequentist part of a report: records, tables, figures."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import made_up
from metaprop.core.errors import DatasetError
from metaprop.evidence.columns import Covariate
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.answers import PublishedRate
from metaprop.reporting.codec import encode
from metaprop.reporting.figures import style
from metaprop.reporting.figures.compared import draw_compared
from metaprop.reporting.figures.compared_rows import BAYESIAN, prepare_compared
from metaprop.reporting.figures.funnel import draw_funnel, save_funnel
from metaprop.reporting.figures.funnel_rows import prepare_funnel
from metaprop.reporting.frequentist_records import frequentist_file, read_frequentist
from metaprop.reporting.records import Passport
from metaprop.reporting.report import write_report
from metaprop.reporting.stored import Beside
from reporting.test_figures import assert_apart, text_boxes

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.analysis import PlainOutcome
    from metaprop.questions.answers import Analysis
    from metaprop.questions.frequentist.answers import FrequentistAnswer

pytestmark = pytest.mark.usefixtures("made_up_engine", "quick")
PASSPORT = Passport("metaprop run data models", {}, {})
AGE = Covariate("age", "Age", "years", "number", (31.0, None, 40.0, 61.0))
CLAIM = PublishedRate(0.8, 0.7, 0.9, "=p. 3")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few simulations, and no path of selection models."""
    monkeypatch.setattr("metaprop.questions.frequentist.analysis.SIMULATIONS", 30)
    monkeypatch.setattr("metaprop.questions.frequentist.adjusted.MOST_FOR_COPAS", 0)


def trees(**fields: object) -> PlainOutcome:
    names = ["Ash", "Birch", "Cedar", "Elm"]
    return made_up.outcome(names, [9, 14, 10, 3], [9, 15, 11, 4], **fields)


def ranges() -> PlainOutcome:
    return made_up.outcome(["Ash", "Birch"], ["1+", "?"], [5, 4], id="ranges")


def both(*outcomes: PlainOutcome) -> tuple[Analysis, tuple[FrequentistAnswer, ...]]:
    asked = outcomes or (trees(),)
    found = tuple(frequentist_answer(one, [AGE], published=CLAIM) for one in asked)
    return made_up.analysis(*asked), found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report of two outcomes without its figures, which have their own tests."""
    names = ("drawing.main_figures", "report.write_documents")
    for name in (*names, "frequentist.write_frequentist_figures"):
        monkeypatch.setattr(f"metaprop.reporting.{name}", lambda *_: ())
    analysis, found = both(trees(), ranges())
    write_report(analysis, PASSPORT, tmp_path / "trees", Beside(frequentist=tuple(found)))
    return tmp_path / "trees"


def test_what_was_written_is_read_back(folder: Path) -> None:
    read = read_frequentist(folder)
    assert encode(read) == encode(both(trees(), ranges())[1])


def test_a_record_that_is_gone_or_of_another_schema_is_a_clear_error(folder: Path) -> None:
    path = frequentist_file(folder, "ranges")
    path.write_text(path.read_text(encoding="utf-8").replace('"schema": 1', '"schema": 2', 1))
    with pytest.raises(DatasetError, match="schema is 2"):
        read_frequentist(folder)
    path.unlink()
    with pytest.raises(DatasetError, match=r"frequentist\.json"):
        read_frequentist(folder)


def test_no_json_holds_a_number_that_json_does_not_have(folder: Path) -> None:
    text = frequentist_file(folder, "events").read_text(encoding="utf-8")
    raw = json.loads(text, parse_constant=pytest.fail)
    assert raw["answer"]["common_rate"][0]["simulations"] == 30


def test_the_table_puts_frequentist_beside_bayesian_beside_published(folder: Path) -> None:
    table = rows(folder / "tables" / "frequentist.csv")
    mine = [row for row in table if row["outcome"] == "events"]
    approaches = dict.fromkeys(row["approach"] for row in mine)
    assert list(approaches) == ["frequentist", "Bayesian, exact", "published"]
    assert all(row["estimand"] for row in mine if row["approach"] != "published")
    usual = mine[0]
    assert usual["method"] == "logit: the usual method"
    assert float(usual["phantom_events"]) == 0.5
    assert 0 < float(usual["corrected_weight"]) < 1
    assert mine[-1]["notes"] == "'=p. 3"  # no formula for a spreadsheet


def test_an_outcome_with_ranges_says_why_it_is_left_out(folder: Path) -> None:
    table = rows(folder / "tables" / "frequentist.csv")
    first, *others = [row for row in table if row["outcome"] == "ranges"]
    assert (first["method"], first["estimate"]) == ("left out", "")
    assert "2 of 2 counts are ranges or not reported" in first["notes"]
    assert {row["approach"] for row in others} == {"Bayesian, exact", "published"}


def test_each_statistic_stands_beside_its_bootstrap_and_the_sentences(folder: Path) -> None:
    table = rows(folder / "tables" / "small_study.csv")
    assert {row["outcome"] for row in table} == {"events"}
    egger = table[0]
    assert egger["method"] == "Egger, t"
    assert 0 < float(egger["p_bootstrap"]) <= 1
    assert float(egger["bootstrap_error"]) >= 0
    assert "not evidence of selection" in table[-1]["notes"]
    assert len(table) == 5 + 4 + 1


def test_covariates_have_a_row_for_each_coefficient_and_name_who_is_left_out(folder: Path) -> None:
    table = rows(folder / "tables" / "moderators.csv")
    assert [(row["approach"], row["term"]) for row in table] == [
        (approach, term) for approach in ("two-step", "one-step") for term in ("intercept", "age")
    ]
    assert {(row["left_out"], row["studies"], row["unit"]) for row in table} == {
        ("Birch", "3", "years")
    }


def test_every_row_of_a_table_has_every_column(folder: Path) -> None:
    for name in ("frequentist", "small_study", "moderators"):
        with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len({len(row) for row in csv.reader(file)}) == 1


def test_the_figures_are_drawn_where_counts_are_exact_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("drawing.main_figures", "report.write_documents"):
        monkeypatch.setattr(f"metaprop.reporting.{name}", lambda *_: ())
    analysis, found = both(trees(), ranges())
    write_report(analysis, PASSPORT, tmp_path / "trees", Beside(frequentist=tuple(found)))
    names = sorted(path.name for path in (tmp_path / "trees" / "figures").iterdir())
    kinds = ("frequentist", "funnel", "classical", "bayesian")
    stems = [f"{kind}_events" for kind in kinds]
    assert names == sorted(f"{stem}.{suffix}" for stem in stems for suffix in ("png", "svg"))


def test_the_comparison_says_whether_the_usual_interval_holds_the_crude_rate() -> None:
    analysis, (found,) = both()
    outcome, crude = analysis.outcomes[0], 36 / 39
    usual = found.compared[0]
    assert usual.ci_low < crude < usual.ci_high
    assert "holds the crude rate, 92.3 %" in " ".join(prepare_compared(outcome, found).title)
    narrow = replace(usual, ci_high=0.9)
    other = replace(found, compared=(narrow, *found.compared[1:]))
    prepared = prepare_compared(outcome, other)
    assert "leaves out the crude rate" in " ".join(prepared.title)
    assert prepared.groups[0].rows[0].holds is False


def test_both_bayesian_families_stand_under_the_frequentist_rows() -> None:
    analysis, (found,) = both()
    prepared = prepare_compared(analysis.outcomes[0], found)
    groups = {group.heading: group.rows for group in prepared.groups}
    assert [row.label for row in groups[BAYESIAN]] == ["logit-normal", "beta-binomial"]
    assert len({row.colour for row in groups[BAYESIAN]}) == 2
    assert [group.heading for group in prepared.groups][-2:] == [BAYESIAN, "Published"]
    assert prepared.crude_rate == 36 / 39


@pytest.mark.parametrize("events", [(9, 14, 10, 3), (0, 0, 0, 0), (9, 0, 11, 0), (9, 15, 11, 4)])
def test_no_text_of_a_comparison_leaves_the_page_or_touches_another(
    events: tuple[int, ...],
) -> None:
    names = ["Ash", "Birch", "Cedar", "Elm"]
    asked = made_up.outcome(names, events, [9, 15, 11, 4], label="A long name of an outcome")
    analysis, (found,) = both(asked)
    with style.house_style():
        boxes = text_boxes(draw_compared(prepare_compared(analysis.outcomes[0], found)))
    assert_apart(boxes)


@pytest.mark.parametrize(
    "totals", [(9, 15, 11, 4), (9, 150, 1100, 40_000), (9, 9, 9, 9), (1, 1, 1, 1)]
)
def test_no_text_of_a_funnel_leaves_the_page_or_touches_another(totals: tuple[int, ...]) -> None:
    names = ["Ash", "Birch", "Cedar", "Elm"]
    asked = made_up.outcome(names, [1, 0, 1, 1], totals, label="$\\frac")
    analysis, (found,) = both(asked)
    prepared = prepare_funnel(analysis.outcomes[0], found)
    assert prepared.logarithmic is (max(totals) > 1000)
    with style.house_style():
        boxes = text_boxes(draw_funnel(prepared))
    assert_apart(boxes)


def test_studies_of_one_size_and_rate_share_a_point() -> None:
    asked = made_up.outcome(["Ash", "Birch", "Cedar"], [4, 4, 9], [4, 4, 10])
    found = frequentist_answer(asked)
    points = prepare_funnel(made_up.analysis(asked).outcomes[0], found).points
    assert [(p.size, p.rate, p.count, p.empty) for p in points] == [
        (4, 1.0, 2, True),
        (10, 0.9, 1, False),
    ]


def test_the_same_funnel_has_the_same_bytes(tmp_path: Path) -> None:
    analysis, (found,) = both()
    for stem in ("one", "two"):
        save_funnel(analysis.outcomes[0], found, tmp_path, stem)
    for suffix in (".svg", ".png"):
        first, second = (tmp_path / f"{stem}{suffix}" for stem in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()
    ET.fromstring((tmp_path / "one.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own file
