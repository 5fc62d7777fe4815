"""The flow of records: what is printed, what is missing, what does not add up."""

from __future__ import annotations

import pytest

from metaprop.reporting.evidence import StoredTable
from metaprop.reporting.figures import style
from metaprop.reporting.paper.flow import draw_flow
from metaprop.reporting.paper.flow_rows import absent_stages, prepare_flow, slots_of, steps_of
from reporting.test_figures import LOOKS, assert_apart, text_boxes

PRINTED = (
    ("records_identified", "1372"),
    ("duplicates_removed", "234"),
    ("titles_and_abstracts_screened", "1138"),
    ("full_texts_assessed", "82"),
    ("studies_included", "17"),
    ("patients_included", "174"),
)
WHOLE = (
    *PRINTED[:3],
    ("records_excluded", "1050"),
    ("reports_sought", "88"),
    ("reports_not_retrieved", "6"),
    ("full_texts_assessed", "82"),
    ("full_texts_excluded", "65"),
    *PRINTED[4:],
)


def flow_of(*rows: tuple[str, str]) -> StoredTable:
    return StoredTable(("stage", "count", "source"), tuple((*row, "p. 1") for row in rows))


def words(*rows: tuple[str, str], studies: int = 17) -> str:
    flow = prepare_flow(flow_of(*rows), studies)
    boxes = [box for floor in flow.floors for box in (floor.main, *floor.sides)]
    lines = [*flow.title, *flow.subtitle, *flow.note, *(" ".join(box.lines) for box in boxes)]
    return "\n".join(lines)


def test_what_is_left_out_without_print_is_found_by_subtraction_and_says_so() -> None:
    text = words(*PRINTED)
    assert "4 of 9 stages not printed" in text
    assert "Records excluded and reports not retrieved: not printed; 1,056 by subtraction" in text
    assert "Full texts excluded, with reasons: not printed; 65 by subtraction" in text
    assert "1 of 3 steps from one printed stage to the next can be checked, and 1 adds up" in text


def test_a_whole_flow_lacks_nothing_and_every_step_is_checked() -> None:
    slots, patients = slots_of(flow_of(*WHOLE))
    steps = steps_of(slots)
    assert absent_stages(slots, steps) == ()
    assert [(step.rest, step.checked, step.wrong) for step in steps] == [(0, True, False)] * 4
    assert patients == ("Patients included: 174",)
    assert "every stage printed" in words(*WHOLE)


@pytest.mark.parametrize("duplicates", ["233", "235"])
def test_counts_that_contradict_one_another_are_said(duplicates: str) -> None:
    rows = (PRINTED[0], ("duplicates_removed", duplicates), *PRINTED[2:])
    text = words(*rows)
    assert "1 of 1 step not adding up" in text
    assert "Does not add up" in text


def test_a_table_of_studies_of_another_size_is_said() -> None:
    assert "has 16 studies, not 17" in words(*PRINTED, studies=16).replace("\n", " ")


def test_a_stage_that_is_not_of_prisma_stands_where_the_table_has_it() -> None:
    rows = (*PRINTED[:2], ("robots_<b>_excluded", "0"), *PRINTED[2:])
    flow = prepare_flow(flow_of(*rows), 17)
    assert [box.lines for box in flow.floors[0].sides] == [
        ("Duplicates removed before screening: 234",),
        ("Robots <b> excluded: 0",),
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_its_words_have_room(look: style.Look) -> None:
    with style.house_style(), style.looking(look):
        assert_apart(text_boxes(draw_flow(prepare_flow(flow_of(*PRINTED), 17))))
