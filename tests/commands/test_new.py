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


WIDE = """\
Author;Year;patients;deaths;deep infection
Ash;2020;12;1;0
Birch;2021;20;;3+
Elm;2022;9;0-2;1
"""


@pytest.fixture
def wide(tmp_path: Path) -> str:
    path = tmp_path / "wide.csv"
    path.write_text(WIDE)
    return str(path)


def test_each_column_of_events_becomes_an_outcome(wide: str, tmp_path: Path) -> None:
    asked = ["Deep Infection", "deaths", "deaths"]
    reply = new(str(tmp_path / "mine"), source=wide, events=asked, lower=True)
    dataset = read_dataset(tmp_path / "mine" / "data" / "wide")
    assert list(dataset.outcomes) == ["deep_infection", "deaths"]
    counts = {k: [str(c) for c in o.studies.counts] for k, o in dataset.outcomes.items()}
    assert counts == {"deep_infection": ["0", "3-20", "1"], "deaths": ["1", "0-20", "0-2"]}
    assert [one.label for one in dataset.outcomes.values()] == ["Deep Infection", "deaths"]
    assert "3 studies and 2 outcomes" in reply.out
    assert "Not taken over: 'Year'." in reply.out
    assert "?" in (tmp_path / "mine" / "data" / "wide" / "counts.csv").read_text()


def test_columns_that_could_be_the_same_outcome_get_ids_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("study,total,1 %,1 & \nA,9,1,2\n")
    new(str(tmp_path / "mine"), source=str(tmp_path / "a.csv"), events=["1 %", "1 &"])
    ids = list(read_dataset(tmp_path / "mine" / "data" / "a").outcomes)
    assert len(ids) == len(set(ids)) == 2


def test_a_column_that_is_not_there_is_told_with_those_that_are(wide: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'death'") as caught:
        new(str(tmp_path / "mine"), source=wide, events=["death", "deaths"])
    assert "'deaths', 'deep infection'" in str(caught.value)
    with pytest.raises(InputError, match="no table to take columns from"):
        new(str(tmp_path / "mine"), events=["deaths"])
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(("column", "role"), [("patients", "total"), ("Author", "study")])
def test_one_column_is_not_taken_for_two_things(
    wide: str, column: str, role: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"'{column}' is the {role}, and cannot be events"):
        new(str(tmp_path / "mine"), source=wide, events=["deaths", column])
    assert not (tmp_path / "mine").exists()
