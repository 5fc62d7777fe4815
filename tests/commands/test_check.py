from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from metaprop.commands.check import check
from metaprop.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "trees.csv"
    path.write_text("study,events,total\nAsh,9,9\nBirch,1+,15\n", encoding="utf-8")
    text = check(str(path)).out
    assert "trees: no fault found." in text
    assert "2 studies, 10 to 24 events of 24 patients" in text
    assert "Nothing was fitted or written." in text
    assert list(tmp_path.iterdir()) == [path]


def test_a_data_set_tells_its_outcomes_and_what_would_be_done(root: Path) -> None:
    text = check(str(root / "data" / "kalantar2026")).out
    assert "Union: 17 studies, 169 events of 174 patients; higher is better" in text
    assert "write results/kalantar2026/." in text


@pytest.mark.parametrize("name", ["models", "models/logit_normal.toml"])
def test_models_tell_their_priors(root: Path, name: str) -> None:
    assert "tau (log odds): half-normal" in check(str(root / name)).out


@pytest.mark.parametrize("name", ["nowhere", "nowhere.csv", "nowhere.toml"])
def test_what_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="nowhere"):
        check(str(tmp_path / name))


def test_a_data_set_tells_what_is_known_of_each_outcome_and_its_readings(root: Path) -> None:
    text = check(str(root / "data" / "kalantar2026")).out
    assert "23 to 146 events (34 by the known total) of 174 patients" in text
    assert "5 exact counts, 1 lower bound, 1 range and 10 silences read as none." in text
    assert "Group complications: reoperation (a consequence), deep_infection, device_" in text
    assert "malalignment and neurovascular; any_complication is any of them." in text
    assert "Reading total_unknown (any complication): The printed total of 34 events says" in text
    assert "Reading one_report_per_group (union, 7 choices): " in text
    assert "passed over" not in text


def test_a_reading_at_fault_is_an_error(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(root / "data" / "kalantar2026", folder)
    (folder / "readings" / "all_bones.toml").write_text("sentence = 3\n", encoding="utf-8")
    (folder / "readings" / "new.toml").write_text("sentence = 'Nothing.'\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check(str(folder))
    assert len(caught.value.problems) == 2


def test_cells_that_a_reading_may_no_longer_replace_are_counted(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(root / "data" / "kalantar2026", folder)
    counts = folder / "counts.csv"
    text = counts.read_text(encoding="utf-8")
    counts.write_text(text.replace("union,Attias et al. 2018,14", "union,Attias et al. 2018,15"))
    assert (
        "Reading all_bones (union, 1 cell passed over: known better since): "
        in check(str(folder)).out
    )
