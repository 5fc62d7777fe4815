"""The classical forest and its Bayesian twin: one layout, each with its own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.evidence.studies import Studies
from metaprop.questions.frequentist.usual import usual_forest
from metaprop.reporting.evidence import StoredTable
from metaprop.reporting.figures import style
from metaprop.reporting.paper.twins import draw_twin
from metaprop.reporting.paper.twins_rows import prepare_twins
from reporting.test_figures import assert_apart, text_boxes, text_sizes

if TYPE_CHECKING:
    from metaprop.reporting.paper.twins_records import Twins

pytestmark = pytest.mark.usefixtures("made_up_engine")
NAMES = ["Ash", "A name of sixty letters that has to be broken over two lines", "$x^2$ <b>"]
EVENTS, TOTALS = [9, 14, 6], [9, 15, 11]
MINORS = StoredTable(("study", "aim", "power"), (("Ash", "2", None), ("$x^2$ <b>", "0", "1")))


def twins(minors: StoredTable | None = None) -> Twins:
    outcome = made_up.analysis(made_up.outcome(NAMES, EVENTS, TOTALS)).outcomes[0]
    usual = usual_forest(Studies.of(NAMES, EVENTS, TOTALS), 0.95)
    return prepare_twins(outcome, usual, 0.95, "equal-tailed", minors)


def test_the_twins_share_axis_columns_and_studies() -> None:
    found = twins()
    assert found.classical.axis == found.bayesian.axis
    assert found.classical.places == found.bayesian.places
    pairs = zip(found.classical.studies, found.bayesian.studies, strict=True)
    assert all(one.name == other.name for one, other in pairs)


def test_a_study_to_which_something_was_added_is_marked_in_the_classical_one_alone() -> None:
    found = twins()
    assert [row.counts for row in found.classical.studies] == ["9 / 9 *", "14 / 15", "6 / 11"]
    assert [row.counts for row in found.bayesian.studies] == ["9 / 9", "14 / 15", "6 / 11"]
    assert [row.share for row in found.bayesian.studies] == ["100.0 %", "93.3 %", "54.5 %"]
    assert found.classical.studies[0].numbers.startswith("95.0 [")
    assert "of the weight is of studies with 0.5 added" in " ".join(found.classical.title)


def test_each_forest_ends_with_its_means_and_predictions() -> None:
    found = twins()
    assert [row.shape for row in found.classical.summaries] == ["diamond", "bar"]
    assert [row.shape for row in found.bayesian.summaries] == ["diamond", "diamond", "bar", "bar"]


def test_a_study_without_scores_has_empty_lights() -> None:
    found = twins(MINORS).classical
    assert [row.points for row in found.studies] == [(2, None), (None, None), (0, 1)]
    assert found.items == "AB"
    assert "A aim; B power" in " ".join(found.note)


@pytest.mark.parametrize("minors", [None, MINORS])
def test_no_word_touches_another(minors: StoredTable | None) -> None:
    with style.house_style():
        assert_apart(text_boxes(draw_twin(twins(minors).classical)))


@pytest.mark.parametrize("which", ["classical", "bayesian"])
def test_no_word_touches_another_in_one_column(which: str) -> None:
    with style.house_style(), style.looking(style.ONE_COLUMN):
        twin = getattr(twins(), which)
        figure = draw_twin(twin)
        assert_apart(text_boxes(figure))
    assert min(text_sizes(figure)) >= style.LEAST
    assert twin.places.axis_right - twin.places.axis_left > 12.0
