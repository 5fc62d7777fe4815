"""The paper's figures at the widths of a journal's columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.commands.report import report
from metaprop.core.errors import OptionError, OutputError
from metaprop.reporting.figures import style
from metaprop.reporting.records import Passport
from metaprop.reporting.report import write_report

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("made_up_engine")
PASSPORT = Passport("metaprop run data models", {"data/b": "2"}, {"numpy": "2"})
POINTS_PER_MM = 72.0 / 25.4


WIDTHS = {"one_column": 85.0, "two_columns": 180.0}


def test_each_figure_is_as_wide_as_a_column_and_the_results_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metaprop.reporting.figures.style.PNG_DPI", 20)  # not what this tests
    results, paper = tmp_path / "trees", tmp_path / "paper"
    write_report(made_up.analysis(), PASSPORT, results)
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert report(str(results), journal=str(paper)).code == 0
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == before
    assert style.look() == style.Look()
    for name, width in WIDTHS.items():
        svg = (paper / name / "forest_events.svg").read_text(encoding="utf-8")
        pdf = (paper / name / "forest_events.pdf").read_bytes()
        box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ", pdf)
        wide = re.search(r'<svg [^>]*width="([\d.]+)pt"', svg)
        assert box is not None
        assert wide is not None
        for points in (box[1], wide[1]):
            assert float(points) == pytest.approx(width * POINTS_PER_MM, abs=0.01)
        assert b"/FontFile2" in pdf  # the letters themselves
        assert not re.search(rb"/CreationDate|matplotlib", pdf)
        assert (paper / name / "forest_events.png").is_file()

    (paper / "README.txt").unlink()  # now it could be anybody's
    with pytest.raises(OutputError):
        report(str(results), journal=str(paper))
    (paper / "README.txt").write_text("My thesis\n", encoding="utf-8")  # and now it is
    with pytest.raises(OutputError):
        report(str(results), journal=str(paper))
    assert (paper / "one_column" / "forest_events.svg").is_file()


def test_options_that_need_or_exclude_each_other_are_told() -> None:
    with pytest.raises(OptionError, match="--journal FOLDER"):
        report("results", minors=True)
    with pytest.raises(OptionError, match="one by one"):
        report("results", documents=True, journal="paper")
