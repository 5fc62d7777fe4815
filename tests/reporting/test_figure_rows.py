from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_up
from metaprop.core.estimates import Quality
from metaprop.reporting.figures.forest_rows import (
    MOST_STUDIES,
    Forest,
    Published,
    events_text,
    prepare_forest,
)
from metaprop.reporting.figures.labels import Line, place_labels
from metaprop.reporting.figures.style import (
    LINE,
    PAGE_WIDTH,
    SMALL,
    TEXT,
    TITLE,
    look,
    rate_axis,
    text_width,
    wrapped,
)
from metaprop.reporting.figures.threshold_rows import (
    MOST_THRESHOLDS,
    ThresholdCurves,
    prepare_threshold_curves,
)
from metaprop.reporting.names import LONGEST_NAME

if TYPE_CHECKING:
    from metaprop.questions.analysis import PlainOutcome

pytestmark = pytest.mark.usefixtures("made_up_engine")
LONG = "A multicentre study of Müller-Lüdenscheidt, Gößen & Co 2024b"


def forest(asked: PlainOutcome, published: Published | None = None) -> Forest:
    return prepare_forest(made_up.analysis(asked).outcomes[0], 0.95, "equal-tailed", published)


def curves(asked: PlainOutcome) -> ThresholdCurves:
    return prepare_threshold_curves(made_up.analysis(asked).outcomes[0], 0.95, "equal-tailed")


def many(k: int, name: str = "Study") -> PlainOutcome:
    names = [f"{i:04d} {name}"[:LONGEST_NAME] for i in range(k)]
    return made_up.outcome(names, [i % 7 for i in range(k)], [7 + i for i in range(k)])


def test_the_title_is_the_finding_with_its_model() -> None:
    title = " ".join(forest(made_up.three()).title)
    assert title.startswith("Average union rate: above 90 % with probability ")
    assert title.endswith("% (logit-normal)")


def test_the_line_under_the_title_says_what_is_shown() -> None:
    subtitle = " ".join(forest(made_up.three()).subtitle)
    for part in ("Average: mean rate", "logit-normal model", "95 % equal-tailed credible interval"):
        assert part in subtitle


def test_a_fit_that_failed_is_the_first_thing_under_the_title() -> None:
    outcome = made_up.analysis().outcomes[0]
    bad = Quality("failed", "The grid never settled.")
    models = tuple(replace(model, quality=bad) for model in outcome.models[:1])
    told = replace(outcome, models=models)
    for prepared in (
        prepare_forest(told, 0.95, "equal-tailed"),
        prepare_threshold_curves(told, 0.95, "equal-tailed"),
    ):
        assert prepared.subtitle[0].startswith("FAILED (events, beta-binomial): The grid never")


def test_the_key_names_an_interval_only_where_one_is_drawn() -> None:
    ranges = forest(made_up.outcome(["Ash", "Birch"], ["1+", "0-3"], [5, 4]))
    assert "Clopper-Pearson" in forest(made_up.three()).key[0]
    assert ranges.key[0] == "observed: the count is a range"


def test_a_study_shows_observed_and_posterior() -> None:
    row = forest(made_up.three()).studies[0]
    assert row.counts == "9 / 9"
    assert row.observed.centre == 1.0
    assert row.shrunk.low < row.shrunk.centre < row.shrunk.high < 1.0
    assert row.numbers.count(",") == 1


def test_below_the_rule_stand_averages_then_next_studies_then_the_crude_rate() -> None:
    rows = forest(made_up.three()).summaries
    assert [(" ".join(row.label), row.shape) for row in rows] == [
        ("Average rate, logit-normal", "diamond"),
        ("Average rate, beta-binomial", "diamond"),
        ("One rate common to all studies", "diamond"),
        ("Next study, logit-normal", "bar"),
        ("Next study, beta-binomial", "bar"),
        ("Crude rate, all patients together", "point"),
    ]
    assert rows[-1].counts == "33 / 35"
    assert rows[0].colour == rows[3].colour != rows[1].colour


def test_a_published_line_is_shown_on_request() -> None:
    published = Published("Published, random effects", 0.924, 0.89, 0.948)
    row = forest(made_up.three(), published).summaries[-1]
    assert row.label == ("Published, random effects",)
    assert row.numbers == "92.4 [89.0, 94.8]"


def test_without_exact_counts_there_is_no_crude_rate() -> None:
    prepared = forest(made_up.outcome(["Ash", "Birch"], ["1+", "?"], [5, 4]))
    assert prepared.crude_rate is None
    assert [row.counts for row in prepared.studies] == ["1–5 / 5", "? / 4"]
    assert not any(row.exact for row in prepared.studies)
    assert all(row.shape != "point" for row in prepared.summaries)


@pytest.mark.parametrize(
    ("low", "high", "total", "text"), [(3, 3, 9, "3"), (1, 4, 9, "1–4"), (0, 9, 9, "?")]
)
def test_events_are_printed_as_in_a_table(low: int, high: int, total: int, text: str) -> None:
    assert events_text(low, high, total) == text


@pytest.mark.parametrize("k", [1, 3, 60])
@pytest.mark.parametrize("name", ["S", LONG, "W" * LONGEST_NAME])
def test_columns_do_not_touch_and_nothing_is_cut(k: int, name: str) -> None:
    prepared = forest(many(k, name))
    at = prepared.columns
    assert len(prepared.studies) == k
    for row in prepared.studies:
        assert max(text_width(line) for line in row.name) <= look().name
        assert at.name + max(map(text_width, row.name)) < at.counts - text_width(row.counts)
        assert at.axis_right < at.numbers - text_width(row.numbers)
    assert at.axis_right - at.axis_left > 40
    assert at.numbers < PAGE_WIDTH


def test_a_name_of_sixty_characters_is_shown_whole() -> None:
    name = "".join(forest(many(1, LONG)).studies[0].name)
    assert name.replace(" ", "") == f"0000 {LONG}"[:LONGEST_NAME].replace(" ", "")


def test_the_largest_of_too_many_studies_are_shown_and_the_note_says_so() -> None:
    prepared = forest(many(MOST_STUDIES + 5))
    assert len(prepared.studies) == MOST_STUDIES
    assert prepared.studies[0].name == ("0005 Study",)
    assert f"The {MOST_STUDIES} largest of {MOST_STUDIES + 5} studies." in " ".join(prepared.note)


@pytest.mark.parametrize(("events", "explained"), [(5, False), ("3-5", True)])
def test_the_note_explains_the_marks_that_are_there(events: int | str, explained: bool) -> None:  # noqa: FBT001 - a parameter of the test
    note = " ".join(forest(made_up.outcome(["Ash", "Birch"], [6, events], [7, 7])).note)
    assert ("a count known only as a range" in note) == explained
    assert ("Dashed line: crude rate." in note) != explained


@pytest.mark.parametrize("events", [0, 40])
def test_the_axis_zooms_in_on_extreme_rates(events: int) -> None:
    axis = forest(made_up.outcome(["Ash", "Birch"], [events] * 2, [40] * 2)).axis
    assert axis.high - axis.low < 0.5
    assert (axis.low if events == 0 else 1 - axis.high) == 0.0


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=9))
def test_an_axis_holds_its_values_between_round_ticks(values: list[float]) -> None:
    axis = rate_axis(values)
    # What is nearer to a tick than the eye sees is on it.
    assert 0 <= axis.low <= min(values) + 1e-9
    assert max(values) - 1e-9 <= axis.high <= 1
    assert axis.ticks[0] == axis.low
    assert axis.ticks[-1] == axis.high
    assert len(set(axis.labels)) == len(axis.ticks) >= 2


def test_ticks_show_the_digits_they_need() -> None:
    assert rate_axis([0.0, 0.145]).labels[:3] == ("0.0 %", "2.5 %", "5.0 %")
    assert rate_axis([0.7, 1.0]).labels[0] == "70 %"


@given(st.text(alphabet="abcdef ", min_size=1, max_size=120))
def test_wrapping_loses_no_letter_and_keeps_the_width(text: str) -> None:
    lines = wrapped(text, 20.0)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, TEXT) <= 20.0 for line in lines)


def test_curves_are_average_and_next_study_of_both_families() -> None:
    prepared = curves(made_up.three())
    assert [(row.label, row.dashed) for row in prepared.curves] == [
        ("Average, logit-normal", False),
        ("Next study, logit-normal", True),
        ("Average, beta-binomial", False),
        ("Next study, beta-binomial", True),
    ]
    assert "Not drawn: common-rate." in " ".join(prepared.subtitle)


def test_the_asked_thresholds_lie_on_the_curves() -> None:
    prepared = curves(made_up.three())
    assert prepared.threshold_texts == ("80 %", "90 %")
    for row in prepared.curves:
        assert len(row.marks) == len(row.texts) == 2
        assert row.marks[0] > row.marks[1]
    assert prepared.axis.low <= 0.8 < prepared.axis.high


def test_where_less_is_better_curves_rise() -> None:
    prepared = curves(made_up.three(direction="lower is better"))
    assert prepared.curves[0].chance[0] == 0.0
    assert prepared.curves[0].chance[-1] == 1.0
    assert prepared.chance_title == "Probability that the rate is below t"


def test_too_many_thresholds_leave_those_around_the_main_one() -> None:
    asked = tuple(i / 100 for i in range(80, 100))
    prepared = curves(made_up.three(thresholds=asked))
    assert len(prepared.thresholds) == MOST_THRESHOLDS
    assert 0.9 in prepared.thresholds
    assert list(prepared.thresholds) == sorted(prepared.thresholds)


def test_thresholds_that_are_close_do_not_print_over_one_another() -> None:
    prepared = curves(made_up.three(thresholds=(0.9, 0.901, 0.5)))
    assert [bool(text) for text in prepared.threshold_labels] == [True, True, False]


def test_labels_stand_apart_and_outside_the_curves() -> None:
    steps = [i / 50 for i in range(51)]
    lines = [
        Line(f"Curve {j}", tuple(30 + 10 * j + 60 * s for s in steps), tuple(74 * s for s in steps))
        for j in range(4)
    ]
    places = place_labels(lines, 0.0, 180.0)
    found = [place for place in places if place is not None]
    assert len(found) == 4
    for i, place in enumerate(found):
        on_left = place.align == "right"
        outer = lines[0 if on_left else 3]
        edge = outer.x[0] + 60 * place.y / 74
        assert place.x < edge if on_left else place.x > edge
        apart = [abs(place.y - other.y) >= LINE for other in found[:i]]
        beside = [place.align != other.align for other in found[:i]]
        assert all(a or b for a, b in zip(apart, beside, strict=True))


def test_a_label_without_room_is_left_out() -> None:
    line = Line("A label that is far too long for it", (0.0, 5.0), (0.0, 74.0))
    assert place_labels([line], 0.0, 10.0) == (None,)


def test_no_single_word_stands_below_a_title() -> None:
    title = "Union: no study stands out; the most surprising is Liu et al. 2024 (P = 0.42, of 17)"
    whole = text_width(title, TITLE, True)  # noqa: FBT003 - bold
    width = 0.95 * whole
    lines = wrapped(title, width, TITLE, bold=True)
    assert " ".join(lines) == title
    assert len(lines) == 2
    assert min(text_width(line, TITLE, True) for line in lines) > 0.3 * whole  # noqa: FBT003 - bold
    assert len(wrapped(title, width, SMALL)) == 1


def test_a_line_never_ends_between_a_sign_and_its_number() -> None:
    text = "with probability < 0.1 % to > 99.9 % over all"
    for width in range(8, 60):
        assert not any(line.endswith(("<", ">")) for line in wrapped(text, float(width), SMALL))
