from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metaprop.commands.asked import calibration_of
from metaprop.commands.calibrate import TypedCalibration, calibrate, read_typed
from metaprop.commands.inputs import (
    Steps,
    Typed,
    model_files,
    read_asked,
    read_model_files,
    read_options,
)
from metaprop.core.errors import OptionError
from metaprop.core.workers import Workers
from metaprop.questions.calibration.truth import Truth
from metaprop.reporting.calibration import FOLDER, read_calibration

if TYPE_CHECKING:
    from metaprop.questions.calibration.records import Calibration

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


def test_a_run_keeps_what_calibrate_found_whatever_the_order_of_the_models(
    table: str, tmp_path: Path, root: Path
) -> None:
    dataset = read_asked(table)
    target = tmp_path / "results" / dataset.id
    typed = TypedCalibration(replicates="30", modelled="3", ranks="10", nuts="0")
    calibrate(table, typed, output=str(target / FOLDER))
    larger = read_calibration(target)
    assert larger is not None
    models = read_model_files(model_files(root / "models"))

    def found_by_run(simulate: int) -> Calibration | None:
        options = replace(read_options(Typed()), simulate=simulate)
        with Workers(1) as workers:
            return calibration_of(dataset, models, options, target, (workers, Steps(1, None)))

    assert found_by_run(20) == larger
    assert found_by_run(0) is None
    more = found_by_run(32)
    assert more is not None
    assert set(more.models) == set(larger.models)
    assert more.models != larger.models  # the two commands read models in different orders


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
        (TypedCalibration(family="normal"), 1),
        (TypedCalibration(rate=("0", "1.5"), ranks="x", level="0"), 5),
        (TypedCalibration(rate=("0.5", "0.6"), spread=("nan",), jobs="x", nuts="-1"), 3),
    ],
)
def test_every_fault_of_the_options_is_told_at_once(typed: TypedCalibration, faults: int) -> None:
    with pytest.raises(OptionError) as fault:
        read_typed(typed)
    assert len(fault.value.problems) == faults
    assert all(problem.where.startswith("--") for problem in fault.value.problems)
