from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from metaprop.commands.template import COLUMNS, template
from metaprop.core.errors import DatasetError, InputError, OutputError
from metaprop.evidence.dataset import Dataset, read_dataset, read_evidence
from metaprop.evidence.folder import COUNT_COLUMNS
from metaprop.evidence.knowledge import grades
from metaprop.evidence.reading import cells_of
from metaprop.evidence.readings import read_readings


@pytest.fixture
def data(root: Path) -> Path:
    return root / "data" / "kalantar2026"


@pytest.fixture
def sheet(data: Path, tmp_path: Path) -> Path:
    target = tmp_path / "sheet.csv"
    template(str(data), output=str(target))
    return target


@pytest.fixture
def filled(data: Path, sheet: Path, tmp_path: Path) -> Path:
    """Return a copy of the data set whose counts are the sheet."""
    folder = tmp_path / "kalantar2026"
    shutil.copytree(data, folder)
    shutil.copy(sheet, folder / "counts.csv")
    return folder


def rows(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8-sig", newline="")


def same_but_for_hashes(mine: Dataset, other: Dataset) -> bool:
    return all(
        (one.studies, one.sources, one.bases) == (two.studies, two.sources, two.bases)
        for one, two in zip(mine.outcomes.values(), other.outcomes.values(), strict=True)
    )


def test_the_sheet_has_one_row_for_each_study_and_outcome(data: Path, sheet: Path) -> None:
    dataset = read_dataset(data)
    assert [(row["study"], row["outcome"]) for row in rows(sheet)] == [
        (study, outcome) for study in dataset.study_names for outcome in dataset.outcomes
    ]
    assert set(COUNT_COLUMNS) < set(COLUMNS)


def test_the_unchanged_sheet_gives_the_same_counts(data: Path, filled: Path) -> None:
    assert same_but_for_hashes(read_dataset(filled), read_dataset(data))


def test_a_spreadsheet_that_saves_with_semicolons_changes_nothing(
    data: Path, sheet: Path, filled: Path
) -> None:
    with (filled / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(row.values() for row in rows(sheet))
    assert same_but_for_hashes(read_dataset(filled), read_dataset(data))


def test_a_count_that_was_looked_up_is_read_and_no_reading_takes_it_back(filled: Path) -> None:
    edit(
        filled / "counts.csv",
        "deep_infection,Liu et al. 2024,1+,8,inferred",
        "deep_infection,Liu et al. 2024,1,8,reported",
    )
    dataset = read_dataset(filled)
    assert str(cells_of(dataset.outcomes["deep_infection"])["Liu et al. 2024"].count) == "1"
    for reading in read_readings(dataset).readings:
        found = cells_of(reading.apply(dataset).outcomes["deep_infection"])
        assert str(found["Liu et al. 2024"].count) == "1"


def test_a_zero_that_was_looked_up_and_found_wanting_must_say_its_basis(filled: Path) -> None:
    old = "deep_infection,Liu et al. 2025,0,14,silent"
    edit(filled / "counts.csv", old, old.replace(",0,", ",2,"))
    with pytest.raises(DatasetError, match="'2' is not what silence says"):
        read_dataset(filled)


def test_each_row_says_what_is_known_and_what_to_look_up_where(data: Path, sheet: Path) -> None:
    dataset = read_dataset(data)
    by_pair = {(row["study"], row["outcome"]): row for row in rows(sheet)}
    for outcome in dataset.outcomes.values():
        for study, known in zip(outcome.studies.names, grades(outcome), strict=True):
            row = by_pair[study, outcome.id]
            assert row["known"] == known
            assert row["look_up"].startswith(f"{outcome.label}: ")
            assert row["look_up"].endswith("?") is (known != "exact")
            assert row["report"].startswith("10.")


def test_rows_that_carry_each_others_reference_are_looked_up_by_their_patients(
    sheet: Path,
) -> None:
    report = {row["study"]: row["report"] for row in rows(sheet)}
    assert report["Liu et al. 2024"] == "10.1111/os.14268"
    assert report["Liu et al. 2025"] == "10.1186/s13018-024-04926-2"


def test_no_range_looks_like_a_date(sheet: Path) -> None:
    assert {row["events"] for row in rows(sheet) if row["known"] == "range"} == {"2–4", "1–2"}


def test_an_existing_file_is_never_overwritten(data: Path, sheet: Path) -> None:
    sheet.write_text("filled in by hand", encoding="utf-8")
    with pytest.raises(OutputError, match=r"sheet\.csv: this file exists already"):
        template(str(data), output=str(sheet))
    assert sheet.read_text(encoding="utf-8") == "filled in by hand"


@pytest.mark.parametrize("output", ["nowhere/sheet.csv", "a\0b.csv", "."])
def test_a_place_that_cannot_be_written_is_one_message(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError):
        template(str(data), output=output)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_and_no_data_set_are_errors(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--output: the name is empty"):
        template(str(data), output="")
    with pytest.raises(InputError, match="nowhere"):
        template(str(tmp_path / "nowhere"), output=str(tmp_path / "sheet.csv"))
    assert list(tmp_path.iterdir()) == []


def test_a_plain_table_has_a_sheet_named_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trees.csv").write_text("study,events,total\nAsh,9,9\nBirch,1+,15\n", encoding="utf-8")
    reply = template("trees.csv")
    assert reply.out.startswith("trees_sheet.csv: 2 rows, 1 of them to find.")
    mine, plain = (
        read_evidence(name).outcomes["events"] for name in ("trees_sheet.csv", "trees.csv")
    )
    assert mine.studies == plain.studies


PASSPORT = """
title = "Trees"
question = "How many?"
[outcomes.union]
label = "Union"
direction = "higher is better"
thresholds = [0.8]
[outcomes.pin]
label = "=Pin"
direction = "lower is better"
thresholds = [0.1]
"""


def forest(folder: Path, birch: str = "Birch") -> Path:
    folder.mkdir()
    (folder / "dataset.toml").write_text(PASSPORT, encoding="utf-8")
    (folder / "studies.csv").write_text(f"study,source\nAsh,p. 1\n{birch},p. 1\n", encoding="utf-8")
    counts = f"outcome,study,events,total,source\nunion,Ash,1,5,=p. 1\npin,{birch},?,7,p. 2\n"
    (folder / "counts.csv").write_text(counts, encoding="utf-8")
    return folder


def test_a_study_that_an_outcome_does_not_cover_is_asked_for(tmp_path: Path) -> None:
    folder = forest(tmp_path / "trees")
    template(str(folder), output=str(tmp_path / "sheet.csv"))
    found = [
        [row[key] for key in ("outcome", "study", "events", "total")]
        for row in rows(tmp_path / "sheet.csv")
    ]
    assert found == [
        ["union", "Ash", "1", "5"],
        ["pin", "Ash", "?", "5"],
        ["union", "Birch", "?", "7"],
        ["pin", "Birch", "?", "7"],
    ]
    shutil.copy(tmp_path / "sheet.csv", folder / "counts.csv")
    assert read_dataset(folder).outcomes["pin"].studies.k == 2


def test_nothing_in_the_sheet_is_a_formula(tmp_path: Path) -> None:
    folder = forest(tmp_path / "trees")
    template(str(folder), output=str(tmp_path / "sheet.csv"))
    assert not any(
        cell.startswith("=") for row in rows(tmp_path / "sheet.csv") for cell in row.values()
    )
    with pytest.raises(DatasetError, match="study 2: the name '=Birch' would be a formula"):
        template(str(forest(tmp_path / "others", "=Birch")), output=str(tmp_path / "none.csv"))
    assert not (tmp_path / "none.csv").exists()
