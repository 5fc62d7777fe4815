from __future__ import annotations

from pathlib import Path

import pytest

from metaprop.commands.check import check
from metaprop.commands.inputs import Typed
from metaprop.commands.new import NOBODY, new
from metaprop.commands.run import run
from metaprop.core.errors import InputError, OutputError
from metaprop.evidence.dataset import read_dataset

ODD = 'study,events,total\n"O\'Hara, ""B"" & <b>",9,9\n[1+1],?,15\nC,1+,11\nD,0-3,12\n'


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "my own.csv"
    path.write_text(ODD)
    return str(path)


def test_a_project_from_a_table_holds_every_count_as_it_was(table: str, tmp_path: Path) -> None:
    reply = new(str(tmp_path / "mine"), source=table, label='Union "x" [y]', lower=True)
    (folder,) = (tmp_path / "mine" / "data").iterdir()
    dataset = read_dataset(folder)
    (outcome,) = dataset.outcomes.values()
    assert outcome.label == 'Union "x" [y]'
    assert outcome.direction == "lower is better"
    assert outcome.studies.names == ('O\'Hara, "B" & <b>', "[1+1]", "C", "D")
    assert list(map(str, outcome.studies.counts)) == ["9", "0-15", "1-11", "0-3"]
    assert "[1+1],?,15," in (folder / "counts.csv").read_text()
    assert f"data/{folder.name}/dataset.toml" in reply.out
    assert "no fault" in check(str(folder)).out
    assert check(str(tmp_path / "mine" / "models")).code == 0


def test_a_name_that_a_spreadsheet_would_execute_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("study,events,total\nA,1,2\n=1+1,1,2\n@SUM(A1),1,2\n")
    with pytest.raises(InputError, match="would be a formula") as caught:
        new(str(tmp_path / "mine"), source=str(tmp_path / "a.csv"))
    assert len(caught.value.problems) == 2
    assert not (tmp_path / "mine").exists()


@pytest.mark.usefixtures("made_up_engine")
def test_a_new_project_runs_at_once_without_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metaprop.commands.run.write_report", lambda *_: None)
    new(str(tmp_path / "mine"))
    monkeypatch.chdir(tmp_path / "mine")
    assert run(None, None, Typed()).out.endswith("Results are in results/mine.")
    rows = (tmp_path / "mine" / "data" / "mine" / "counts.csv").read_text().splitlines()[1:]
    assert all(row.endswith(f'"{NOBODY}"') for row in rows)


def test_what_stands_there_already_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="something here already"):
        new(str(tmp_path / "mine"))
    new(str(tmp_path / "other"))
    with pytest.raises(OutputError, match="something here already"):
        new(str(tmp_path / "other"))
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("label", ["", "  ", "a\nb"])
def test_a_label_is_words(label: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no name of an outcome"):
        new(str(tmp_path / "mine"), label=label)
    assert not (tmp_path / "mine").exists()


def test_a_faulty_table_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("study,events,total\nA,9,8\n")
    for source in (tmp_path / "bad.csv", tmp_path):
        with pytest.raises(InputError):
            new(str(tmp_path / "mine"), source=str(source))
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("label", ["3D", "Übel", "..", "Any complication"])
def test_any_label_makes_a_key_of_the_passport(label: str, tmp_path: Path) -> None:
    new(str(tmp_path / "mine"), label=label)
    (outcome,) = read_dataset(tmp_path / "mine" / "data" / "mine").outcomes.values()
    assert outcome.label == label
