from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.core.errors import DatasetError
from metaprop.reporting.codec import encode
from metaprop.reporting.records import (
    Passport,
    outcome_file,
    read_manifest,
    read_records,
    write_records,
)

if TYPE_CHECKING:
    from metaprop.questions.answers import Analysis

pytestmark = pytest.mark.usefixtures("made_up_engine")
PASSPORT = Passport("metaprop run data models", {"data/b": "2", "data/a": "1"}, {"numpy": "2"})


@pytest.fixture
def analysis() -> Analysis:
    ranges = made_up.outcome(["Ash", "Birch"], ["1+", "?"], [5, 4], id="ranges")
    return made_up.analysis(made_up.three(), ranges)


@pytest.fixture
def folder(tmp_path: Path, analysis: Analysis) -> Path:
    write_records(analysis, PASSPORT, tmp_path)
    return tmp_path


def test_what_was_written_is_read_back(analysis: Analysis, folder: Path) -> None:
    assert encode(read_records(folder)) == encode(analysis)


def test_each_outcome_and_model_has_its_file(folder: Path) -> None:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")}
    stems = ("beta_binomial", "common_rate", "logit_normal")
    expected = {f"outcomes/{o}/{m}.json" for o in ("events", "ranges") for m in stems}
    assert files == expected | {"manifest.json"}


def test_the_manifest_names_inputs_in_order_and_no_machine(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert list(manifest.inputs) == ["data/a", "data/b"]
    assert manifest.command == "metaprop run data models"
    assert str(Path.cwd()) not in (folder / "manifest.json").read_text(encoding="utf-8")


def test_every_number_of_an_estimand_says_what_it_is(folder: Path) -> None:
    raw = json.loads(outcome_file(folder, "events", "logit_normal").read_text(encoding="utf-8"))
    summary = raw["model"]["estimands"][0]
    assert (summary["estimand"], summary["scale"]) == ("average", "rate")
    assert set(summary["interval"]) == {"low", "high", "level", "kind", "error"}
    assert all("error" in entry["probability"] for entry in summary["above"])


def test_another_schema_is_a_clear_error(folder: Path) -> None:
    path = outcome_file(folder, "events", "logit_normal")
    path.write_text(path.read_text(encoding="utf-8").replace('"schema": 1', '"schema": 2', 1))
    with pytest.raises(DatasetError, match="schema is 2; this version of metaprop reads schema 1"):
        read_records(folder)


@pytest.mark.parametrize("text", ["", "[1, 2]", "{", '{"schema": 1}'])
def test_a_damaged_file_is_a_clear_error(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        read_records(folder)


def test_models_that_disagree_on_what_was_observed_are_refused(folder: Path) -> None:
    path = outcome_file(folder, "events", "logit_normal")
    path.write_text(path.read_text(encoding="utf-8").replace("Ash 2001", "Oak 2001"))
    with pytest.raises(DatasetError, match="describes the outcome otherwise"):
        read_records(folder)


def test_ids_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    path = outcome_file(tmp_path, "../../outside", "/etc/model")
    assert path.parent.parent == tmp_path / "outcomes"
