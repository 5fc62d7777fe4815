"""A small folder of results with everything in it, drawn once for all tests of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import made_up
from metaprop.assumptions.model import default_joint_model, default_models
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.readings import read_readings
from metaprop.questions.analysis import analyse
from metaprop.questions.audit.auditing import audit_dataset
from metaprop.questions.frequentist.analysis import frequentist_answer
from metaprop.questions.frequentist.answers import PublishedRate
from metaprop.questions.readings import ask_readings
from metaprop.reporting.assumptions import assumptions_of
from metaprop.reporting.evidence import evidence_of
from metaprop.reporting.records import Passport
from metaprop.reporting.report import fill_report
from metaprop.reporting.stored import Beside
from reporting.test_joint import answer as joint_answer

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<script>alert(1)</script>"
DATASET = """
title = "Trees & <b>stumps</b>"
question = "Do \\"they\\" grow?"
citation = "Forester A. 2026 </title>"

[outcomes.growth]
label = "Growth"
direction = "higher is better"
thresholds = [0.8, 0.873]

[outcomes.rot]
label = "Rot <i>"
direction = "lower is better"
thresholds = [0.1]
"""
COUNTS = f"""outcome,study,events,total,basis,source
growth,{EVIL},9,9,reported,"p. 1 </script><img src=x onerror=alert(2)>"
growth,Birch 2002,14,15,reported,p. 2
growth,Cedar 2003,10,11,inferred,p. 3
growth,=cmd(),11,12,reported,p. 4
rot,{EVIL},1+,9,reported,p. 5
rot,Birch 2002,?,15,reported,p. 6
"""
READING = """
sentence = "Cedar is <u>left out</u>."
leave_out = ["Cedar 2003"]
outcomes = ["growth"]
"""
CLAIMS = """outcome,estimate_percent,ci_low_percent,ci_high_percent,source
rot,8.0,5.0,15.0,p. 8
"""

PRISMA = """stage,count,source
records_identified,30,p. 1
<b>robots</b>_removed,10,p. 1
records_screened,20,p. 1
"""
MINORS = """study,clear_aim,power,source
Birch 2002,2,,p. 2
Cedar 2003,1,,p. 2
"""

CLAIM = PublishedRate(0.8, 0.75, 0.85, "p. 7 <u>")


def _write(folder: Path) -> None:
    names = (EVIL, "Birch 2002", "Cedar 2003", "=cmd()")
    studies = "study,source\n" + "".join(f"{name},p. 9\n" for name in names)
    (folder / "readings").mkdir(parents=True)
    for name, text in (
        ("dataset.toml", DATASET),
        ("counts.csv", COUNTS),
        ("studies.csv", studies),
        ("claims.csv", CLAIMS),
        ("prisma.csv", PRISMA),
        ("minors.csv", MINORS),
        ("readings/no_cedar.toml", READING),
    ):
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of results whose names would be code if they were not escaped."""
    place = tmp_path_factory.mktemp("pages")
    _write(place / "trees")
    dataset = read_dataset(place / "trees")
    readings = read_readings(dataset).readings
    models = default_models()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("metaprop.engines.fitting.fit", made_up.fit)
        patch.setattr("metaprop.reporting.figures.style.PNG_DPI", 20)  # not what these test
        patch.setattr("metaprop.questions.frequentist.analysis.SIMULATIONS", 30)
        patch.setattr("metaprop.questions.frequentist.adjusted.MOST_FOR_COPAS", 0)
        outcomes = tuple(dataset.outcomes.values())
        analysis = analyse(outcomes, models, dataset=dataset.id, title=dataset.title)
        beside = Beside(
            readings=ask_readings(dataset, readings, models, analysis),
            frequentist=tuple(
                frequentist_answer(one, published=CLAIM if one.id == "growth" else None)
                for one in outcomes
            ),
            published={"growth": CLAIM},
            joint=(joint_answer(),),
            audit=audit_dataset(dataset),
            evidence=evidence_of(dataset, readings),
            assumptions=assumptions_of(models, (default_joint_model(),), analysis),
        )
        folder = place / "results"
        folder.mkdir()
        fill_report(analysis, Passport("metaprop run trees models", {}, {}), folder, beside)
    return folder
