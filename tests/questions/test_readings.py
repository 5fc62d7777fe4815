"""Other readings are answered as the default was, and the moves are differences of both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.evidence.dataset import Dataset, read_dataset
from metaprop.evidence.reading import Reading
from metaprop.evidence.readings import read_readings
from metaprop.questions.analysis import analyse
from metaprop.questions.readings import ask_readings, moves
from metaprop.reporting.overview import reading_lines
from metaprop.reporting.tables import reading_rows

if TYPE_CHECKING:
    from metaprop.questions.answers import Analysis

pytestmark = pytest.mark.usefixtures("made_up_engine")
MODELS = made_up.MODELS


@pytest.fixture
def dataset(root: Path) -> Dataset:
    return read_dataset(root / "data" / "kalantar2026")


@pytest.fixture
def readings(dataset: Dataset) -> tuple[Reading, ...]:
    return read_readings(dataset).readings


@pytest.fixture
def default(dataset: Dataset) -> Analysis:
    return analyse(tuple(dataset.outcomes.values()), MODELS, level=0.9, detail="summary")


def test_every_reading_answers_the_outcomes_that_it_touches(
    dataset: Dataset, readings: tuple[Reading, ...], default: Analysis
) -> None:
    found = ask_readings(dataset, readings, MODELS, default)
    assert [(a.id, a.choice) for a in found] == [(r.id, r.choice) for r in readings]
    for answer, reading in zip(found, readings, strict=True):
        asked = default.outcomes
        assert [o.thresholds for o in answer.outcomes] == [
            o.thresholds for o in asked if o.id in reading.outcomes
        ]
        levels = {s.interval.level for o in answer.outcomes for s in o.models[0].estimands}
        assert levels == {0.9}
        assert all(m.family != "common-rate" for o in answer.outcomes for m in o.models)


def test_a_reading_that_changes_nothing_moves_nothing(dataset: Dataset, default: Analysis) -> None:
    idle = Reading("idle", "Nothing is read otherwise.", ("union",))
    (answer,) = ask_readings(dataset, [idle], MODELS, default)
    assert all(move.read == move.default for move in moves(default, answer))


def test_fewer_events_make_a_high_rate_less_probable(
    dataset: Dataset, readings: tuple[Reading, ...], default: Analysis
) -> None:
    fewer = [reading for reading in readings if reading.id == "healed_without_intervention"]
    (answer,) = ask_readings(dataset, fewer, MODELS, default)
    changed = [m for m in moves(default, answer) if m.estimand == "average" and m.above == 0.9]
    assert len(changed) == 2
    assert all(move.read < move.default for move in changed)


def test_outcomes_that_were_not_asked_for_are_passed_over(
    dataset: Dataset, readings: tuple[Reading, ...]
) -> None:
    union = analyse(dataset.outcomes["union"], MODELS, detail="summary")
    found = ask_readings(dataset, readings, MODELS, union)
    assert {outcome.id for answer in found for outcome in answer.outcomes} == {"union"}


def test_the_table_and_the_terminal_tell_the_same_moves(
    dataset: Dataset, readings: tuple[Reading, ...], default: Analysis
) -> None:
    found = ask_readings(dataset, readings, MODELS, default)
    rows = list(reading_rows(default, found))
    changes = [row[-1] for row in rows if row[2] == "union" and row[4] == "average"]
    assert max(abs(float(str(change))) for change in changes) > 0.0
    lines = reading_lines(default, found)
    assert lines[0].split()[:2] == ["outcome", "model"]
    # a line for each outcome under each model in which studies differ
    assert len(lines) == 1 + 2 * len(default.outcomes)
