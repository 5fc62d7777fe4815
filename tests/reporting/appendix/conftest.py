"""Whole results with names that every format would like to understand as its own language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import made_up
from evil import EVIL
from metaprop import check_fit, check_prior, sensitivity
from metaprop.assumptions.model import default_joint_model, default_models, default_regression_model
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.readings import read_readings
from metaprop.questions.analysis import analyse
from metaprop.questions.calibration.asking import Effort, calibrate
from metaprop.questions.calibration.truth import Truth
from metaprop.questions.checks.answers import Checks
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.answers import PublishedRate
from metaprop.questions.moderators.answers import Moderators
from metaprop.questions.readings import ask_readings
from metaprop.questions.sensitivity.records import Sensitivity
from metaprop.reporting.appendix.document import appendix
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.records import Passport, manifest_of
from metaprop.reporting.stored import Beside, Results, as_stored
from reporting.test_audit_report import audit
from reporting.test_joint import answer as joint_answer
from reporting.test_moderators import answer as moderator_answer

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.evidence.dataset import Dataset, Outcome
    from metaprop.questions.calibration.records import Calibration
    from metaprop.reporting.appendix.blocks import Document

PASSPORT = Passport("metaprop run data models", {"data/counts.csv": "ab" * 32}, {"numpy": "2"})
COUNTS = {"healed": (9, 14, 10, 3, 5, 8), "<b>": ("1+", "0-2", "?", 0, 1, 2)}
TOTALS = (9, 15, 11, 4, 5, 8)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def write_dataset(folder: Path) -> None:
    heads = "".join(
        f"[outcomes.{key}]\nlabel = {quoted(label)}\ndirection = {quoted(way)}\n"
        f"thresholds = [0.1, 0.9]\n{more}\n"
        for key, label, way, more in (
            ("healed", "Healed", "higher is better", 'thresholds_reason = "Asked for by #nobody"'),
            ("worse", "<b>", "lower is better", 'known_total = "5-9"\nknown_total_source = "p. 3"'),
        )
    )
    (folder / "dataset.toml").write_text(
        f'title = "Trees {EVIL[0]}"\nquestion = "Do $trees$ heal?"\ncitation = "A. Nobody & Co."\n'
        f'registration = "None."\nlimitations = ["Nothing was *read*."]\n{heads}'
    )
    rows = [f"{cell(name)},p. 1" for name in EVIL]
    (folder / "studies.csv").write_text("\n".join(["study,source", *rows]))
    lines = [
        f"{key},{cell(name)},{events},{total},reported,p. 2 #x"
        for key, counts in zip(("healed", "worse"), COUNTS.values(), strict=True)
        for name, events, total in zip(EVIL, counts, TOTALS, strict=True)
    ]
    (folder / "counts.csv").write_text(
        "\n".join(["outcome,study,events,total,basis,source", *lines])
    )
    (folder / "readings").mkdir()
    (folder / "readings" / "fewer.toml").write_text(
        f'sentence = "One is *left out*."\nleave_out = [{quoted(EVIL[0])}]\noutcomes = ["healed"]\n'
    )


def checks_of(outcome: Outcome) -> Checks:
    fits = tuple(
        check_fit(outcome.studies, model, replicates=200, outcome=outcome.id, label=outcome.label)
        for model in default_models()
    )
    return Checks(fits, tuple(check_prior(model, thresholds=[0.9]) for model in default_models()))


def calibration_of(outcome: Outcome) -> Calibration:
    truths = [Truth("logit-normal", 0.94, 1.0)]
    effort = Effort(20, 2, 20)
    return calibrate(
        outcome.studies, default_models(), truths=truths, effort=effort, label=outcome.label
    )


def moderators_of(outcome: Outcome) -> Moderators:
    answers = (moderator_answer("number"), moderator_answer("category"))
    head = (outcome.id, outcome.label, "meta_regression", "normal with location 0 and scale 1")
    return Moderators(*head, 0.95, answers, (), 0.85)


def beside_of(dataset: Dataset, results: Results) -> Beside:
    outcomes = tuple(dataset.outcomes.values())
    claim = PublishedRate(0.8, 0.7, 0.9, "=p. 3")
    read = read_readings(dataset).readings
    others = (default_joint_model(), default_regression_model())
    return Beside(
        readings=ask_readings(dataset, read, default_models(), results.analysis),
        frequentist=tuple(frequentist_answer(one, (), published=claim) for one in outcomes),
        published={"healed": claim},
        joint=(joint_answer(), joint_answer(("rare",))),
        audit=audit(),
        evidence=evidence_of(dataset, read),
        assumptions=assumptions_of(default_models(), others, results.analysis),
        checks=checks_of(outcomes[0]),
        calibration=calibration_of(outcomes[0]),
        sensitivity=Sensitivity("trees", (sensitivity(outcomes[0], default_models()),)),
        moderators=(moderators_of(outcomes[0]),),
    )


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Results]:
    """Return a data set and the results of one engine with nothing beside them.

    Returned, not yielded: the made-up engine must not outlive this function.
    """
    folder = tmp_path_factory.mktemp("trees")
    write_dataset(folder)
    dataset = read_dataset(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("metaprop.engines.fitting.fit", made_up.fit)
        asked = tuple(dataset.outcomes.values())
        analysis = as_stored(
            analyse(asked, default_models(), dataset="trees", title=dataset.title, engine="exact")
        )
    return dataset, Results(manifest_of(analysis, PASSPORT), analysis, Beside())


@pytest.fixture(scope="session")
def whole(bare: tuple[Dataset, Results]) -> Results:
    """Return results of both engines with everything beside them."""
    dataset, results = bare
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("metaprop.engines.fitting.fit", made_up.fit)
        patch.setattr("metaprop.questions.frequentist.analysis.SIMULATIONS", 30)
        patch.setattr("metaprop.questions.frequentist.adjusted.MOST_FOR_COPAS", 0)
        asked = tuple(dataset.outcomes.values())
        analysis = as_stored(
            analyse(asked, default_models(), dataset="trees", title=dataset.title, engine="both")
        )
        results = replace(results, analysis=analysis, manifest=manifest_of(analysis, PASSPORT))
        return replace(results, beside=as_stored(beside_of(dataset, results)))


@pytest.fixture(scope="session")
def document(whole: Results) -> Document:
    return appendix(whole)
