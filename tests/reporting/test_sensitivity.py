from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop.assumptions.model import default_models
from metaprop.core.scales import expit
from metaprop.evidence.studies import Studies
from metaprop.questions.analysis import PlainOutcome, analyse
from metaprop.questions.readings import ReadingAnswer
from metaprop.questions.sensitivity.multiverse import universes
from metaprop.questions.sensitivity.outcome import Read, sensitivity
from metaprop.questions.sensitivity.records import PriorGrid, Sensitivity
from metaprop.reporting.figures.multiverse_rows import DARKEST, prepare_multiverse
from metaprop.reporting.figures.tipping_rows import prepare_tipping
from metaprop.reporting.sensitivity import (
    drawn_sensitivity,
    fill_sensitivity,
    read_sensitivity,
    readings_left_out,
)
from metaprop.reporting.sensitivity_words import (
    multiverse_finding,
    paths_finding,
    sensitivity_sentences,
)
from metaprop.reporting.stored import as_stored

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.sensitivity.records import OutcomeSensitivity

NEAR_A_LINE = 0.05
"""On the logistic axis: a curve is drawn straight between two points of its path."""
STUDIES = Studies.of(["A", "B", "=C"], [9, 14, 10], [9, 15, 11])


@pytest.fixture(scope="module")
def outcome() -> OutcomeSensitivity:
    reads = [Read("other", None, Studies.of(["A", "B", "=C"], [5, 9, 6], [9, 15, 11]))]
    found = sensitivity(STUDIES, default_models(), thresholds=[0.8, 0.9], readings=reads)
    return replace(found, label="Union")


def test_what_is_stored_is_read_back_and_drawn(outcome: OutcomeSensitivity, tmp_path: Path) -> None:
    for name in ("tables", "figures"):
        (tmp_path / name).mkdir()
    stored = as_stored(Sensitivity("made_up", (outcome,)))
    fill_sensitivity(stored, tmp_path)
    for draw in drawn_sensitivity(stored, (), tmp_path / "figures"):
        draw()
    assert read_sensitivity(tmp_path) == stored
    tables = {path.stem for path in (tmp_path / "tables").iterdir()}
    assert tables == {
        *("sensitivity_priors", "tipping_points", "sensitivity_evidence", "families"),
        *("sensitivity_choices", "sensitivity_paths"),
    }
    with (tmp_path / "tables" / "sensitivity_choices.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["rank"] == "1"
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    for name, finding in (("sensitivity", multiverse_finding), ("tipping", paths_finding)):
        svg = tmp_path / "figures" / f"{name}_events.svg"
        title = ET.parse(svg).getroot().findtext("{http://www.w3.org/2000/svg}title")  # noqa: S314 - our own file
        assert title == finding(outcome)


def test_every_outcome_has_its_multiverse_and_the_first_its_paths(
    outcome: OutcomeSensitivity, tmp_path: Path
) -> None:
    two = Sensitivity("made_up", (outcome, replace(outcome, id="late")))
    for draw in drawn_sensitivity(two, (), tmp_path):
        draw()
    assert {path.stem for path in tmp_path.iterdir()} == {
        *("sensitivity_events", "sensitivity_late", "tipping_events"),
    }


def test_the_multiverse_names_the_readings_that_are_not_in_it(outcome: OutcomeSensitivity) -> None:
    answer = analyse(PlainOutcome(STUDIES), default_models(), thresholds=[0.8]).outcomes[0]
    answers = [ReadingAnswer(name, None, "", (answer,)) for name in ("other", "author_group")]
    answers.append(ReadingAnswer("elsewhere", None, "", (replace(answer, id="late"),)))
    left_out = readings_left_out(outcome, answers)
    assert left_out == ("author_group",)
    note = " ".join(prepare_multiverse(outcome, 170.0, left_out).subtitle)
    assert "Not among them" in note
    assert "author group" in note
    assert "Not among them" not in " ".join(prepare_multiverse(outcome, 170.0).subtitle)


def test_the_multiverse_says_which_reading_is_told_in_one_family_alone(
    outcome: OutcomeSensitivity,
) -> None:
    assert "Not in every family" not in " ".join(prepare_multiverse(outcome, 170.0).subtitle)
    groups = [replace(outcome.readings[0], reading="author_group"), *outcome.readings]
    note = " ".join(prepare_multiverse(replace(outcome, readings=tuple(groups)), 170.0).subtitle)
    assert "Not in every family: author group under logit-normal alone." in note


def test_paths_are_drawn_as_they_are_stored(outcome: OutcomeSensitivity) -> None:
    tipping = prepare_tipping(outcome, 170.0, 50.0)
    assert len(tipping.panels) == len({path.id for path in outcome.paths})
    shown = [curve for panel in tipping.panels for curve in panel.curves]
    assert len(shown) == sum(len(path.chances) for path in outcome.paths)
    assert sum(not curve.dashed for curve in shown) == len(outcome.paths)
    levels = [
        tip.level
        for path in outcome.paths
        for chances in path.chances
        for tip in chances.tips
        if tip.at is not None
    ]
    assert levels
    drawn = [tip for panel in tipping.panels for tip in panel.tipped]
    assert sorted(expit(tip.y) for tip in drawn) == pytest.approx(sorted(levels))
    for panel in tipping.panels:
        assert all(panel.ends[0] <= tip.x <= panel.ends[1] for tip in panel.tipped)
        assert list(panel.ticks) == sorted(panel.ticks)
        assert 3 <= len(panel.ticks) <= 6
        for curve in panel.curves:
            assert all(tipping.ends[0] < y < tipping.ends[1] for y in curve.y)


def test_a_tipping_point_lies_on_its_curve(outcome: OutcomeSensitivity) -> None:
    for panel in prepare_tipping(outcome, 170.0, 50.0).panels:
        for tip in panel.tipped:
            gaps = [
                abs(float(np.interp(tip.x, curve.x, curve.y)) - tip.y)
                for curve in panel.curves
                if curve.colour == tip.colour
            ]
            assert min(gaps) < NEAR_A_LINE


def test_the_finding_names_the_nearest_crossing_or_says_that_there_is_none(
    outcome: OutcomeSensitivity,
) -> None:
    distances = [
        tip.distance
        for path in outcome.paths
        for tip in path.chances[0].tips
        if tip.distance is not None
    ]
    assert f"Hellinger distance of {min(distances):.2g}"[:27] in paths_finding(outcome)
    untipped = [
        replace(
            path,
            chances=tuple(
                replace(one, tips=tuple(replace(t, at=None, distance=None) for t in one.tips))
                for one in path.chances
            ),
        )
        for path in outcome.paths
    ]
    told = paths_finding(replace(outcome, paths=tuple(untipped)))
    assert told.endswith("none of them crosses 50 %, 80 %, 90 % or 95 %")


def test_no_record_stands_where_nobody_asked(tmp_path: Path) -> None:
    assert read_sensitivity(tmp_path) is None


def test_strips_say_where_along_the_curve_a_choice_was_made(outcome: OutcomeSensitivity) -> None:
    panel = prepare_multiverse(outcome, 170.0).panels[0]
    assert list(panel.probabilities) == sorted(panel.probabilities)
    assert {mark.family for mark in panel.marks} == {"logit-normal", "beta-binomial"}
    titles = [group.title for group in panel.groups]
    assert titles[-1] == "Reading of the evidence"
    for group in panel.groups:
        for strip in group.strips:
            assert all(0.0 <= shade <= 1.0 for shade in strip.shades)
            # bins of one size: a choice is on average made as often as everywhere
            if max(strip.shades) < 1.0:
                mean = sum(strip.shades) / len(strip.shades)
                assert mean == pytest.approx(1.0 / DARKEST, rel=0.1)
    as_it_stands, other = panel.groups[-1].strips
    assert other.shades[0] > as_it_stands.shades[0]  # fewer events: less probable
    assert as_it_stands.shades[-1] > other.shades[-1]


def test_the_title_is_computed_from_every_analysis(outcome: OutcomeSensitivity) -> None:
    every = [one.probability for one in universes(outcome, 0.9)]
    title = multiverse_finding(outcome)
    assert title.startswith("The average union rate: above 90 % with probability ")
    assert f"over {len(every):,} analyses" in title
    firm = sum(one >= 0.95 for one in every) / len(every)
    assert title.endswith(f"in {100 * firm:.0f} % of them")


def _all_at(grid: PriorGrid, chance: float) -> PriorGrid:
    crossed = tuple(
        replace(one, probabilities=tuple(tuple(chance for _ in row) for row in one.probabilities))
        for one in grid.crossed
    )
    return replace(grid, crossed=crossed)


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.99, "It does not hang on the prior"),
        (0.8, "How firm it is hangs on the prior"),
        (0.3, "How improbable it is hangs on the prior"),
        (0.01, "It does not hang on the prior that this is improbable"),
    ],
)
def test_the_first_sentence_says_whether_it_hangs_on_the_prior(
    outcome: OutcomeSensitivity, chance: float, said: str
) -> None:
    other = replace(outcome, grids=tuple(_all_at(grid, chance) for grid in outcome.grids))
    assert sensitivity_sentences(other)[0].startswith(said)


def test_what_hangs_on_the_prior_is_said_to(outcome: OutcomeSensitivity) -> None:
    first = _all_at(outcome.grids[0], 0.9)
    row, *rest = first.crossed[0].probabilities
    moved = replace(first.crossed[0], probabilities=((0.2, *row[1:]), *rest))
    grids = (replace(first, crossed=(moved, *first.crossed[1:])), *outcome.grids[1:])
    said = sensitivity_sentences(replace(outcome, grids=grids))[0]
    assert said.startswith("It hangs on the prior (logit-normal)")


def test_no_threshold_leaves_nothing_to_say(outcome: OutcomeSensitivity) -> None:
    assert sensitivity_sentences(replace(outcome, headline=())) == ()
