from __future__ import annotations

from pathlib import Path

import pytest

from metaprop.commands.calibrate import TypedCalibration, calibrate, read_typed
from metaprop.core.errors import OptionError
from metaprop.questions.calibration.truth import Truth

SMALL = {"replicates": "30", "modelled": "2", "ranks": "0"}


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "mine.csv"
    path.write_text("study,events,total\nA,9,9\nB,14,15\nC,1+,11\n")
    return str(path)


def test_a_table_with_ranges_is_calibrated_by_its_sizes_alone(table: str, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    typed = TypedCalibration(rate=("0.9",), spread=("0.5",), **SMALL)
    reply = calibrate(
        table, typed, output=str(tmp_path / "out"), on_step=lambda *words: told.append(words)
    )
    assert "typical rate 90 %, tau 0.5" in reply.out
    assert reply.out.endswith(f"Record, tables and figures are in {tmp_path / 'out'}.")
    assert (tmp_path / "out" / "calibration.json").is_file()
    assert told[-1] == ("calibration: coverage", 2, 2)


def test_two_processes_find_the_same_numbers(table: str) -> None:
    one = TypedCalibration(rate=("0.9",), spread=("0.5",), **SMALL)
    two = TypedCalibration(rate=("0.9",), spread=("0.5",), jobs="2", **SMALL)
    assert calibrate(table, one).out == calibrate(table, two).out


def test_truths_are_every_rate_with_every_spread() -> None:
    typed = TypedCalibration(family="beta-binomial", rate=("0.9", "0.8"), spread=("0", "0.1"))
    assert read_typed(typed).truths == (
        Truth("beta-binomial", 0.9, 0.0),
        Truth("beta-binomial", 0.9, 0.1),
        Truth("beta-binomial", 0.8, 0.0),
        Truth("beta-binomial", 0.8, 0.1),
    )
    assert read_typed(TypedCalibration()).truths is None


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        (TypedCalibration(rate=("90%",), jobs="two", seed="x"), 4),
        (TypedCalibration(rate=("1.5",), spread=("-1",), jobs="0", replicates="-1"), 4),
        (TypedCalibration(family="normal", rate=("0.5",), spread=("1",)), 1),
        (TypedCalibration(level="2"), 1),
    ],
)
def test_every_fault_of_the_options_is_told_at_once(typed: TypedCalibration, faults: int) -> None:
    with pytest.raises(OptionError) as fault:
        read_typed(typed)
    assert len(fault.value.problems) == faults
