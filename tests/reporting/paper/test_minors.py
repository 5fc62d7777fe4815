"""The quality of the studies: points, totals, and what nobody scored."""

from __future__ import annotations

import pytest

from metaprop.reporting.evidence import StoredTable
from metaprop.reporting.figures import style
from metaprop.reporting.paper.minors import draw_minors
from metaprop.reporting.paper.minors_rows import prepare_minors, scores_of
from reporting.test_figures import LOOKS, assert_apart, text_boxes, text_sizes

NAMES = ("A name of sixty letters that has to be broken over two lines", "$x^2$ <b>")
TABLE = StoredTable(
    ("study_id", "study", "clear_aim", "consecutive_patients", "follow_up", "power", "source"),
    (("1", NAMES[0], "2", "0", "1", None, "p. 1"), ("2", NAMES[1], "2", "2", "3", None, "p. 1")),
)


def test_an_empty_cell_is_neither_a_point_lost_nor_one_to_be_had() -> None:
    minors = prepare_minors(TABLE)
    assert [row.points for row in minors.rows] == [(2, 0, 1, None), (2, 2, None, None)]
    assert [row.total for row in minors.rows] == ["3 / 6", "4 / 4"]


def test_the_bars_count_every_study_once() -> None:
    minors = prepare_minors(TABLE)
    assert minors.bars == ((2, 0, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1), (0, 0, 0, 2))
    assert {sum(bar) for bar in minors.bars} == {len(NAMES)}


def test_the_title_names_the_weakest_item_and_what_nobody_scored() -> None:
    title = " ".join(prepare_minors(TABLE).title)
    assert "weakest is consecutive patients, full points in 1 of 2 studies" in title
    assert title.endswith("nobody is scored on power")


def test_what_is_no_point_is_said() -> None:
    assert scores_of(TABLE).strange == 1
    assert "1 cell that is not 0, 1 or 2" in " ".join(prepare_minors(TABLE).note)


@pytest.mark.parametrize("look", LOOKS)
def test_no_word_of_the_grid_touches_another(look: style.Look) -> None:
    with style.house_style(), style.looking(look):
        minors = prepare_minors(TABLE)
        figure = draw_minors(minors)
        assert_apart(text_boxes(figure))
    assert min(text_sizes(figure)) >= style.LEAST
    assert (minors.heads[0] == ("A",)) == look.narrow
    assert ("A clear aim" in " ".join(minors.note)) == look.narrow
