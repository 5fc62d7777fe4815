from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from metaprop.commands import again as again_module
from metaprop.commands.inputs import Typed
from metaprop.commands.run import run
from metaprop.commands.verify import STALE, verify
from metaprop.core.errors import OptionError
from metaprop.questions.frequentist.answers import FrequentistAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.commands.again import Asked
    from metaprop.engines.posterior import EngineChoice
    from metaprop.questions.analysis import PlainOutcome
    from metaprop.questions.answers import Analysis

pytestmark = pytest.mark.usefixtures("made_up_engine")
TABLE = "study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n"


@pytest.fixture
def results(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a folder of results of three studies without what takes seconds."""

    def unasked(outcome: PlainOutcome, *_: object, **_options: object) -> FrequentistAnswer:
        head = (outcome.id, outcome.label, 0.95, 0)
        return FrequentistAnswer(*head, "not asked here", (), None, (), None, (), ())

    for name in ("drawing.main_figures", "frequentist.write_frequentist_figures"):
        monkeypatch.setattr(f"metaprop.reporting.{name}", lambda *_: ())
    monkeypatch.setattr("metaprop.reporting.report.write_documents", lambda _folder: None)
    for room in ("asked", "again"):
        monkeypatch.setattr(f"metaprop.commands.{room}.frequentist_answer", unasked)
    monkeypatch.setattr("metaprop.commands.asked.write_draws", lambda *_: None)
    monkeypatch.setattr("metaprop.commands.run.ask_checks", lambda *_, **_o: None)
    monkeypatch.setattr("metaprop.commands.run.how_far", lambda *_: None)
    (tmp_path / "three.csv").write_text(TABLE, encoding="utf-8")
    models = root / "models"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").symlink_to(models)
    run("three.csv", "models", Typed(above=("0.9", "0.8")), output="results")
    return tmp_path / "results" / "three"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def scribble(results: Path, by: float) -> None:
    """Move the stored mean of the average rate."""
    path = results / "outcomes" / "three" / "logit_normal.json"
    path = path if path.exists() else next(results.glob("outcomes/*/logit_normal.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    record["model"]["estimands"][0]["mean"]["value"] += by
    path.write_text(json.dumps(record), encoding="utf-8")


def test_untouched_results_are_verified_and_not_written(results: Path) -> None:
    before = files(results)
    reply = verify("results/three", None, str((results.parents[1] / "models").resolve()))
    assert reply.code == 0
    assert reply.out.startswith("VERIFIED")
    assert files(results) == before


def test_a_number_that_moved_further_than_its_error_is_drift(results: Path) -> None:
    models = str(results.parents[1] / "models")
    scribble(results, 1e-5)
    reply = verify("results/three", "three.csv", models)
    assert reply.code == 3
    row = next(line for line in reply.out.splitlines() if "estimands[average].mean" in line)
    assert "logit_normal" in row
    assert "1.00e-05" in row


def test_a_table_that_somebody_edited_is_drift(results: Path) -> None:
    path = results / "tables" / "estimates.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.9", "0.8"), encoding="utf-8")
    reply = verify("results/three", "three.csv", str(results.parents[1] / "models"))
    assert reply.code == 3
    assert "estimates.csv" in reply.out


def test_a_row_that_was_added_tells_what_changed_in_the_conclusions(results: Path) -> None:
    models = results.parents[1] / "models"
    (results.parents[1] / "three.csv").write_text(TABLE + "Dogwood,2,9\n", encoding="utf-8")
    reply = verify("results/three", "three.csv", str(models))
    assert reply.code == STALE
    assert "data/three.csv: changed" in reply.out
    assert any("Dogwood" in line and "2 of 9" in line for line in reply.out.splitlines())
    row = next(line for line in reply.out.splitlines() if "P(average rate above 90 %)" in line)
    points = float(row.split()[-1])
    assert points < 0.0
    assert "Before: Probability that the average rate is above 90 %" in reply.out
    assert "out of date" in reply.out


def test_where_data_are_is_asked_for_when_the_manifest_does_not_know(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results)
    with pytest.raises(OptionError, match="metaprop verify RESULTS DATASET MODELS"):
        verify(str(results))


def test_draws_are_sampled_again_on_request_with_another_seed(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = str(results.parents[1] / "models")
    run("three.csv", "models", Typed(engine="both", seed="5"), output="results")
    assert "(--engine both samples again)" in verify("results/three", "three.csv", models).out
    seeds = []
    again = again_module.main_analysis

    def watched(asked: Asked, engine: EngineChoice, *others: Any) -> Analysis:
        seeds.append((engine, asked.options.seed))
        return again(asked, engine, *others)

    monkeypatch.setattr("metaprop.commands.again_drawn.main_analysis", watched)
    reply = verify("results/three", "three.csv", models, engine="both")
    assert reply.code == 0
    assert any(line.startswith("draws ") for line in reply.out.splitlines())
    assert "Not made anew: what belongs to the draws" in reply.out
    assert seeds == [("both", 6)]
    path = next(results.glob("outcomes/*/logit_normal.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    record["model"]["sampled"]["estimands"][0]["mean"]["value"] += 0.1
    path.write_text(json.dumps(record), encoding="utf-8")
    assert verify("results/three", "three.csv", models).code == 0
    reply = verify("results/three", "three.csv", models, engine="both")
    assert reply.code == 3
    rows = [line for line in reply.out.splitlines() if line.startswith("draws ")]
    assert any("estimands[average].mean" in row for row in rows)


def test_an_unknown_engine_is_refused_with_the_known_ones(results: Path) -> None:
    with pytest.raises(OptionError, match="exact, nuts, both"):
        verify(str(results), "three.csv", "models", engine="bugs")
