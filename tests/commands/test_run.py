from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from metaprop.commands.inputs import Typed
from metaprop.commands.run import run
from metaprop.core.errors import InputError, OptionError, OutputError
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.readings import read_readings
from metaprop.questions.checks.asking import ask_checks
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.answers import FrequentistAnswer
from metaprop.reporting.frequentist_records import read_frequentist
from metaprop.reporting.records import read_manifest, read_records
from metaprop.reporting.stored import read_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.evidence.dataset import Dataset
    from metaprop.questions.analysis import PlainOutcome

pytestmark = pytest.mark.usefixtures("made_up_engine")


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures have their own tests, and take seconds."""
    monkeypatch.setattr("metaprop.reporting.drawing.main_figures", lambda *_: ())
    monkeypatch.setattr("metaprop.reporting.frequentist.write_frequentist_figures", lambda *_: None)
    monkeypatch.setattr("metaprop.reporting.report.write_documents", lambda _folder: None)


@pytest.fixture(autouse=True)
def no_frequentist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frequentist answers have their own tests, and take seconds; one test below asks for them."""

    def unasked(outcome: PlainOutcome, *_: object, **_options: object) -> FrequentistAnswer:
        head = (outcome.id, outcome.label, 0.95, 0)
        return FrequentistAnswer(*head, "not asked here", (), None, (), None, (), ())

    monkeypatch.setattr("metaprop.commands.asked.frequentist_answer", unasked)


@pytest.fixture(autouse=True)
def no_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit has its own tests, and takes seconds."""
    monkeypatch.setattr("metaprop.commands.run.audit_dataset", lambda _dataset: None)


@pytest.fixture(autouse=True)
def no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks have their own tests, and take seconds; they ask the exact engine alone."""

    def unasked(outcomes: Sequence[PlainOutcome], *_: object, **asked: Any) -> None:
        for outcome in outcomes:
            asked["on_step"](outcome.id, "checks", "exact")

    monkeypatch.setattr("metaprop.commands.run.ask_checks", unasked)


@pytest.fixture(autouse=True)
def no_sensitivity(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sensitivity has its own tests, and takes seconds; it asks the exact engine alone."""

    def unasked(dataset: Dataset, *_: object, **asked: Any) -> None:
        for outcome in dataset.outcomes:
            asked["on_outcome"](outcome)

    monkeypatch.setattr("metaprop.commands.sensitivity.ask_sensitivity", unasked)


def test_a_checkout_is_run_without_arguments(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    reply = run(None, None, Typed(), output=str(tmp_path))
    assert reply.code == 0
    assert reply.out.startswith("Probability that the average union rate is above 90 %: ")
    assert reply.out.endswith("Results are in " + str(tmp_path / "kalantar2026") + ".")
    lines = reply.out.splitlines()
    beside = [line.split(":")[0].strip() for line in lines if line.startswith("  Reading")]
    assert beside == ["Reading total_is_at_most_34", "Reading total_unknown"]
    outcome = read_records(tmp_path / "kalantar2026").outcomes[0]
    assert [model.id for model in outcome.models] == [
        "beta_binomial",
        "common_rate",
        "logit_normal",
    ]


def test_the_passport_names_every_input_by_its_hash(root: Path, tmp_path: Path) -> None:
    run(str(root / "data" / "kalantar2026"), str(root / "models"), Typed(), output=str(tmp_path))
    manifest = read_manifest(tmp_path / "kalantar2026")
    assert {"data/counts.csv", "data/dataset.toml", "models/logit_normal.toml"} <= set(
        manifest.inputs
    )
    assert all(len(digest) == 64 for digest in manifest.inputs.values())
    sampler = {"arviz", "nutpie", "pymc"}
    versions = {"matplotlib", "metaprop", "numpy", "python", "scipy"}
    documents = {"pypandoc_binary", "typst"}
    assert set(manifest.versions) == versions | sampler | documents


def test_no_path_of_the_machine_is_written(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(str(root / "data" / "kalantar2026"), str(root / "models"), Typed(), output="out")
    text = (tmp_path / "out" / "kalantar2026" / "manifest.json").read_text(encoding="utf-8")
    assert str(root) not in text
    command = json.loads(text)["command"]
    assert (
        command
        == "metaprop run kalantar2026 models --level 0.95 --engine exact --seed 0 --simulate 0"
    )


@pytest.mark.parametrize("manifest", ["", '{"manifest_version": 3}'])
def test_a_folder_that_is_not_ours_is_refused_before_anything_is_computed(
    manifest: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unasked(*_: object) -> None:
        pytest.fail("asked though there is no place for the answer")

    monkeypatch.setattr("metaprop.commands.run.ask_first", unasked)
    (tmp_path / "t.csv").write_text("study,events,total\nAsh,9,9\n", encoding="utf-8")
    (tmp_path / "results" / "t").mkdir(parents=True)
    (tmp_path / "results" / "t" / "thesis.doc").write_text("mine", encoding="utf-8")
    if manifest:
        (tmp_path / "results" / "t" / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(OutputError, match="would be deleted"):
        run(
            str(tmp_path / "t.csv"), str(root / "models"), Typed(), output=str(tmp_path / "results")
        )


def test_thresholds_and_a_single_model_can_be_asked_for(root: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("study,events,total\nAsh,9,9\n", encoding="utf-8")
    model = root / "models" / "common_rate.toml"
    run(str(tmp_path / "t.csv"), str(model), Typed(("0.7",)), output=str(tmp_path / "results"))
    outcome = read_records(tmp_path / "results" / "t").outcomes[0]
    assert outcome.thresholds == (0.7,)
    assert [model.id for model in outcome.models] == ["common_rate"]


def test_outside_a_checkout_it_says_what_to_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="metaprop run FOLDER_OF_DATA FOLDER_OF_MODELS") as caught:
        run(None, None, Typed())
    assert len(caught.value.problems) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_bad_model_leaves_the_results_as_they_were(root: Path, tmp_path: Path) -> None:
    data = str(root / "data" / "kalantar2026")
    run(data, str(root / "models"), Typed(), output=str(tmp_path / "results"))
    before = sorted((p, p.stat().st_mtime_ns) for p in (tmp_path / "results").rglob("*"))
    (tmp_path / "broken.toml").write_text("family = 1", encoding="utf-8")
    with pytest.raises(InputError):
        run(data, str(tmp_path / "broken.toml"), Typed(), output=str(tmp_path / "results"))
    assert sorted((p, p.stat().st_mtime_ns) for p in (tmp_path / "results").rglob("*")) == before


def test_faults_of_options_evidence_and_models_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("study,events,total\nAsh,9,8\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run(str(path), str(tmp_path / "none"), Typed(level="x"), output=str(tmp_path / "out"))
    told = [problem.what for problem in caught.value.problems]
    assert told[0] == "'x' is no number"
    assert told[1].startswith("'9' events are more")
    assert told[2] == "there is no such file or folder"
    assert not (tmp_path / "out").exists()


def test_a_folder_without_models_is_an_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no model file"):
        run(str(root / "data" / "kalantar2026"), str(tmp_path), Typed(), output=str(tmp_path))


def test_an_output_that_cannot_be_written_is_an_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError):
        run(
            str(root / "data" / "kalantar2026"),
            str(root / "models"),
            Typed(),
            output=str(tmp_path / "results"),
        )


def test_progress_knows_how_many_fits_there_are(root: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run(
        str(root / "data" / "kalantar2026"),
        str(root / "models"),
        Typed(),
        output=str(tmp_path),
        on_step=lambda doing, begun, steps: told.append((doing, begun, steps)),
    )
    dataset = read_dataset(root / "data" / "kalantar2026")
    # outcomes of the paper; models of the checkout, frequentist, checks, sensitivity; readings
    steps = 12 * (3 + 1 + 1 + 1) + len(read_readings(dataset).readings)
    assert told[0] == ("union, beta_binomial: exact", 0, steps)
    assert told[36] == ("union, frequentist: every method", 36, steps)
    assert told[48] == ("abstracts_only, reading: exact", 48, steps)
    assert told[-24] == ("union, checks: exact", steps - 24, steps)
    assert told[-12] == ("union, sensitivity: exact", steps - 12, steps)
    assert [begun for _, begun, _ in told] == list(range(steps))


def test_every_model_is_checked_with_the_seed_of_the_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metaprop.commands.run.ask_checks", ask_checks)
    monkeypatch.setattr("metaprop.reporting.checks.write_check_figures", lambda *_: None)
    table = tmp_path / "t.csv"
    table.write_text("study,events,total\nAsh,9,9\nBirch,2,9\nElm,7,8\n", encoding="utf-8")
    model = root / "models" / "beta_binomial.toml"
    run(str(table), str(model), Typed(("0.7",), seed="3"), output=str(tmp_path / "results"))
    checks = read_results(tmp_path / "results" / "t").beside.checks
    assert checks is not None
    (fit,) = checks.fits
    assert (fit.outcome, fit.model, fit.seed) == ("events", "beta_binomial", 3)
    assert fit.studies[0].name == "Birch"
    assert [entry.above for entry in checks.priors[0].estimands[0].above] == [0.7]


def test_the_frequentist_answers_are_those_of_the_paper_and_name_what_is_left_out(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metaprop.questions.frequentist.analysis.SIMULATIONS", 5)
    monkeypatch.setattr("metaprop.questions.frequentist.adjusted.MOST_FOR_COPAS", 0)
    monkeypatch.setattr("metaprop.commands.asked.frequentist_answer", frequentist_answer)
    run(str(root / "data" / "kalantar2026"), str(root / "models"), Typed(), output=str(tmp_path))
    union, *others = read_frequentist(tmp_path / "kalantar2026")
    usual = union.compared[0]
    ends = (usual.estimate, usual.ci_low, usual.ci_high)
    assert ends == pytest.approx((0.92409, 0.89016, 0.94815), abs=5e-6)  # the paper's, from R
    assert union.published is not None
    assert union.published.estimate == pytest.approx(usual.estimate, abs=5e-4)  # as printed
    exact = [one.id for one in others if one.left_out is None]
    assert exact == ["non_union"]
    assert "defect_cm" in {one.covariate for one in union.moderators}
