from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.commands.report import report
from metaprop.core.errors import DatasetError
from metaprop.reporting.records import Passport
from metaprop.reporting.report import write_report

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("made_up_engine")
PASSPORT = Passport("metaprop run data models", {"data/b": "2"}, {"numpy": "2"})


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_drawing_again_changes_no_byte_and_brings_back_what_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "trees"
    write_report(made_up.analysis(), PASSPORT, folder)
    before = files(folder)
    (folder / "tables" / "estimates.csv").write_text("scribbled over", encoding="utf-8")
    (folder / "figures" / "forest_events.svg").unlink()
    reply = report(str(folder))
    assert files(folder) == before
    assert reply.code == 0
    assert "nothing was fitted" in reply.out


def test_documents_alone_are_written_again_and_draws_stay(tmp_path: Path) -> None:
    folder = tmp_path / "trees"
    write_report(made_up.analysis(), PASSPORT, folder)
    (folder / "draws").mkdir()
    (folder / "draws" / "big.nc").write_bytes(b"1")
    before = files(folder)
    (folder / "report.html").write_text("scribbled over", encoding="utf-8")
    report(str(folder), documents=True)
    assert files(folder) == before


def test_a_folder_without_records_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "trees").mkdir()
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        report(str(tmp_path / "trees"))
    assert files(tmp_path) == {}
