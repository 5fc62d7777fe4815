from __future__ import annotations

from pathlib import Path

import pytest

import made_up
from metaprop.core.errors import OutputError
from metaprop.reporting.codec import encode
from metaprop.reporting.records import Passport, read_records
from metaprop.reporting.report import write_report

pytestmark = pytest.mark.usefixtures("made_up_engine")
PASSPORT = Passport("metaprop run data models", {}, {})


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the seconds that figures take where they are not what a test is about."""
    monkeypatch.setattr("metaprop.reporting.drawing.main_figures", lambda *_: ())
    monkeypatch.setattr("metaprop.reporting.report.write_documents", lambda _folder: None)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_report_is_complete_and_can_be_drawn_again(tmp_path: Path) -> None:
    analysis = made_up.analysis(made_up.three(id="union"))
    write_report(analysis, PASSPORT, tmp_path / "trees")
    assert set(files(tmp_path / "trees")) == {
        "manifest.json",
        "report.html",
        "equivalent.R",
        *("checklists.json", "checklists.md", "tables/checklists.csv"),
        *(f"outcomes/union/{m}.json" for m in ("beta_binomial", "common_rate", "logit_normal")),
        *(f"tables/{t}.csv" for t in ("estimates", "thresholds", "shrinkage")),
        *(f"figures/{f}_union.{s}" for f in ("forest", "thresholds") for s in ("svg", "png")),
    }
    assert encode(read_records(tmp_path / "trees")) == encode(analysis)


def test_writing_twice_changes_no_byte(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        write_report(made_up.analysis(), PASSPORT, tmp_path / "trees")
        found.append(files(tmp_path / "trees"))
    assert found[0] == found[1]


@pytest.mark.usefixtures("no_figures")
def test_an_outcome_that_is_gone_leaves_no_file_behind(tmp_path: Path) -> None:
    write_report(made_up.analysis(made_up.three(id="gone")), PASSPORT, tmp_path / "trees")
    write_report(made_up.analysis(made_up.three(id="here")), PASSPORT, tmp_path / "trees")
    assert not [name for name in files(tmp_path / "trees") if "gone" in name]


@pytest.mark.usefixtures("no_figures")
def test_draws_are_kept(tmp_path: Path) -> None:
    write_report(made_up.analysis(), PASSPORT, tmp_path / "trees")
    (tmp_path / "trees" / "draws").mkdir()
    (tmp_path / "trees" / "draws" / "big.nc").write_bytes(b"1")
    write_report(made_up.analysis(), PASSPORT, tmp_path / "trees")
    assert (tmp_path / "trees" / "draws" / "big.nc").read_bytes() == b"1"


def test_a_figure_that_fails_leaves_the_old_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(made_up.analysis(), PASSPORT, tmp_path / "trees")
    before = files(tmp_path / "trees")

    def fails(*_: object) -> None:
        raise RuntimeError("no paper left")

    monkeypatch.setattr("metaprop.reporting.figures.forest.save_forest", fails)
    with pytest.raises(RuntimeError, match="no paper left"):
        write_report(made_up.analysis(made_up.three(id="new")), PASSPORT, tmp_path / "trees")
    assert files(tmp_path / "trees") == before


def test_somebody_elses_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError):
        write_report(made_up.analysis(), PASSPORT, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
