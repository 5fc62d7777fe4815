from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.assumptions.model import default_joint_model, default_models
from metaprop.core.errors import DatasetError
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.readings import read_readings
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.codec import encode
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.records import Passport
from metaprop.reporting.report import fill_report
from metaprop.reporting.stored import Beside, as_stored, read_results

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.reporting.evidence import Evidence

pytestmark = pytest.mark.usefixtures("made_up_engine", "no_drawing")
PASSPORT = Passport("metaprop run data models", {}, {})


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metaprop.reporting.drawing.main_figures", lambda *_: ())
    monkeypatch.setattr("metaprop.reporting.report.write_documents", lambda _folder: None)
    monkeypatch.setattr("metaprop.reporting.paper.filling.draw_evidence", lambda *_: None)


@pytest.fixture(scope="module")
def evidence(root: Path) -> Evidence:
    dataset = read_dataset(root / "data" / "kalantar2026")
    return evidence_of(dataset, read_readings(dataset).readings)


def test_a_whole_folder_is_read_back(tmp_path: Path, evidence: Evidence) -> None:
    analysis = made_up.analysis()
    assumed = assumptions_of(default_models(), (default_joint_model(),), analysis)
    beside = Beside(evidence=evidence, assumptions=assumed)
    fill_report(analysis, PASSPORT, tmp_path, beside)
    results = read_results(tmp_path)
    assert results.beside == as_stored(beside)
    assert encode(results.analysis) == encode(analysis)
    assert results.outcome("events").label == "Union"
    assert results.frequentist("events") is None


def test_what_stands_beside_is_optional(tmp_path: Path) -> None:
    fill_report(made_up.analysis(), PASSPORT, tmp_path)
    assert read_results(tmp_path).beside == Beside()


def test_a_damaged_part_is_an_error_and_no_missing_one(tmp_path: Path, evidence: Evidence) -> None:
    fill_report(made_up.analysis(), PASSPORT, tmp_path, Beside(evidence=evidence))
    (tmp_path / "evidence.json").write_text('{"schema": 1}', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"evidence\.json"):
        read_results(tmp_path)


def test_every_count_says_where_it_stands_and_how_much_is_known(evidence: Evidence) -> None:
    union = evidence.outcome("union")
    assert [count.low for count in union.counts][:3] == [14, 9, 12]
    assert {count.grade for count in union.counts} == {"exact"}
    assert all(count.source for outcome in evidence.outcomes for count in outcome.counts)
    total = evidence.outcome("any_complication").known_total
    assert total is not None
    assert (total.low, total.high) == (34, 34)
    assert "34 events" in total.source


def test_a_reading_says_which_counts_it_changes(evidence: Evidence) -> None:
    (reading,) = (one for one in evidence.readings if one.id == "all_bones")
    (changed,) = (one for one in reading.counts if one.outcome == "union")
    assert (changed.count.low, changed.count.total) == (16, 17)


def test_a_prior_is_stored_with_its_range_reason_and_what_it_implies() -> None:
    assumed = assumptions_of(default_models(), (default_joint_model(),), made_up.analysis())
    tau = assumed.model("logit_normal").priors[1]
    assert (tau.parameter, tau.unit) == ("tau", "log odds")
    assert tau.prose.startswith("half-normal")
    assert 0.0 < tau.low < tau.high < 2.5
    assert tau.reason
    assert tau.source
    implied = assumed.model("logit_normal").implied
    assert [one.estimand for one in implied] == ["average", "typical", "new_study", "tau"]
    assert assumed.model("joint").implied == ()
