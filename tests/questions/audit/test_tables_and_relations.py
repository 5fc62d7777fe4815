"""Tables beside the lines, and lines beside each other: a made-up folder, one fault at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

import metaprop
from metaprop.core.errors import DatasetError, TableError
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.printed import Printed
from metaprop.questions.audit.auditing import audit, audit_dataset
from metaprop.questions.audit.quality import side_findings
from metaprop.questions.audit.relations import relation_findings
from metaprop.questions.audit.tables import counts_behind, summaries_in, table_findings

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.evidence.dataset import Dataset
    from metaprop.questions.audit.records import Check, Verdict

PASSPORT = """
title = "Trees"
question = "How many stand?"
[outcomes.standing]
label = "Standing"
direction = "higher is better"
thresholds = [0.9]
[columns]
n = { meaning = "trees", unit = "trees" }
men = { meaning = "tall ones", unit = "trees" }
women = { meaning = "small ones", unit = "trees" }
age = { meaning = "mean age", unit = "years" }
standing_percent = { meaning = "standing, as printed", unit = "percent" }
"""
FILES = {
    "dataset.toml": PASSPORT,
    "studies.csv": "study,n,men,women,age,standing_percent,source\n"
    "Ash,15,10,5,30.0,93,here\nBirch,9,4,5,,100,here\nCedar,20,10,10,41.56,80,here\n",
    "counts.csv": "outcome,study,events,total,source\nstanding,Ash,14,15,here\n"
    "standing,Birch,9,9,here\nstanding,Cedar,16,20,here\n",
    "minors.csv": "study,aim,total,source\nAsh,2,2,here\nBirch,1,1,here\nCedar,0,0,here\n",
    "prisma.csv": "stage,count,source\nfound,50,here\ncopies_removed,10,here\nread,40,here\n"
    "studies_included,3,here\npatients_included,44,here\n",
    "summaries.csv": "column,statistic,printed,source\nn,sum,44,here\nage,mean,35.8,here\n"
    "age,studies,2,here\n",
}


def folder(tmp_path: Path, file: str = "", old: str = "", new: str = "") -> Dataset:
    """Write the folder with one text replaced, and read it."""
    for name, text in FILES.items():
        changed = text.replace(old, new) if name == file else text
        assert (changed != text) is (name == file)
        (tmp_path / name).write_text(changed, encoding="utf-8")
    return read_dataset(tmp_path)


def verdict(dataset: Dataset, about: str, check: Check) -> Verdict:
    summaries = summaries_in(dataset)
    findings = [*table_findings(dataset, summaries), *side_findings(dataset)]
    (found,) = (f for f in findings if (f.about, f.check) == (about, check))
    return found.verdict


class Fault(NamedTuple):
    """One text of one file replaced, and what the check of a table then says."""

    about: str
    check: Check
    file: str
    old: str
    new: str
    found: Verdict = "not reproduced"


FAULTS = [
    Fault("standing_percent", "whole numbers", "studies.csv", ",93,", ",94,", "impossible"),
    Fault("standing_percent", "whole numbers", "counts.csv", "Ash,14", "Ash,13"),
    Fault("men, women", "sums", "studies.csv", "15,10,5", "15,10,4"),
    Fault("n", "sums", "summaries.csv", "sum,44", "sum,43"),
    Fault("age", "means", "summaries.csv", "35.8", "35.7", "reproduced with a setting"),
    Fault("age", "means", "summaries.csv", "35.8", "36.6", "reproduced with a setting"),
    Fault("age", "means", "summaries.csv", "35.8", "33.1"),
    Fault("age", "numbers of studies", "summaries.csv", "studies,2", "studies,3"),
    Fault("minors", "quality score", "minors.csv", "Ash,2,2", "Ash,2,1"),
    Fault("minors", "quality score", "minors.csv", "Ash,2,2", "Ash,3,3", "impossible"),
    Fault("prisma", "flow of records", "prisma.csv", "read,40", "read,41"),
    Fault("prisma", "flow of records", "prisma.csv", "read,40", "read,39"),
    Fault("studies_included", "sums", "prisma.csv", "included,3", "included,4"),
    Fault("patients_included", "sums", "prisma.csv", "included,44", "included,45"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_table_that_does_not_add_up_is_told(tmp_path: Path, fault: Fault) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    bad = folder(tmp_path / "bad", fault.file, fault.old, fault.new)
    assert verdict(folder(tmp_path / "good"), fault.about, fault.check) == "reproduced"
    assert verdict(bad, fault.about, fault.check) == fault.found


@pytest.mark.parametrize(
    ("text", "total", "counts"),
    [("93", 15, (14,)), ("93", 9, ()), ("0.5", 1000, (5,)), ("50", 3, ()), ("12.5", 8, (1,))],
)
def test_whole_numbers_behind_a_percentage(text: str, total: int, counts: tuple[int, ...]) -> None:
    assert counts_behind(Printed(text, 100.0), total) == counts


def test_a_folder_without_claims_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no claims .* Add the published numbers"):
        audit_dataset(folder(tmp_path))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("ages,mean", r"studies\.csv has no column 'ages'"),
        ("age;n,mean", r"a mean is of one column, not of 2. Write a row for each column"),
    ],
)
def test_faults_of_summaries_are_told(tmp_path: Path, new: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        summaries_in(folder(tmp_path, "summaries.csv", "age,mean", new))


WORDS = "study,n,men,women,age,standing_percent,source\nAsh,15,10,5,young,93,here\n"
WORDS += "Birch,9,4,5,,100,here\nCedar,20,10,10,old,80,here\n"


@pytest.mark.parametrize(("printed", "check"), [("age,mean", "means"), ("age,sum", "sums")])
def test_a_column_without_numbers_cannot_be_checked(
    tmp_path: Path, printed: str, check: Check
) -> None:
    folder(tmp_path)
    summaries = FILES["summaries.csv"].replace("age,mean", printed)
    (tmp_path / "summaries.csv").write_text(summaries, encoding="utf-8")
    (tmp_path / "studies.csv").write_text(WORDS, encoding="utf-8")
    assert verdict(read_dataset(tmp_path), "age", check) == "cannot be checked"


def test_a_mean_over_nobody_is_not_weighted(tmp_path: Path) -> None:
    folder(tmp_path)
    nobody = FILES["studies.csv"].replace("Ash,15,", "Ash,0,").replace("Cedar,20,", "Cedar,0,")
    (tmp_path / "studies.csv").write_text(nobody, encoding="utf-8")
    assert verdict(read_dataset(tmp_path), "age", "means") == "reproduced"


def test_nothing_is_said_of_tables_that_are_not_there(tmp_path: Path) -> None:
    for name in ("minors.csv", "prisma.csv", "summaries.csv"):
        folder(tmp_path)
        (tmp_path / name).unlink()
        dataset = read_dataset(tmp_path)
        told = {f.about for f in side_findings(dataset)} | {
            f.source for f in table_findings(dataset, summaries_in(dataset))
        }
        assert name.removesuffix(".csv") not in told


def test_claims_alone_are_audited_without_counts(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "estimate_percent,ci_low_percent,ci_high_percent,i2_percent,q_p_value,studies,patients\n"
        "13.71,8.44,21.50,13.6,0.29,9,174\n",
        encoding="utf-8",
    )
    found = metaprop.audit(None, path)
    (line,) = found.lines
    told = {f.check: f for f in line.findings}
    assert line.verdict == "cannot be checked"
    assert line.recomputed is None
    assert "logit" in told["symmetry"].settings
    assert "17 to 20 studies" in told["heterogeneity"].sentence
    assert found.tables == ()


def test_claims_of_a_plain_table_are_about_its_one_outcome(tmp_path: Path) -> None:
    table, claims = tmp_path / "trees.csv", tmp_path / "claims.csv"
    table.write_text("study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n", encoding="utf-8")
    claims.write_text("outcome,estimate_percent\nanything,92\n", encoding="utf-8")
    (line,) = audit(table, claims).lines
    assert line.outcome == "events"
    assert line.raw_rate == pytest.approx(33 / 35)


def test_a_claim_about_an_outcome_that_is_not_there_is_an_error(tmp_path: Path, root: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text("outcome,estimate_percent\nonions,92\nunion,90\n", encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        audit(root / "data" / "kalantar2026", claims)
    (problem,) = caught.value.problems
    assert "'onions'" in problem.what
    assert problem.where.endswith("row 2")


def test_nothing_given_is_an_error() -> None:
    with pytest.raises(DatasetError, match="neither evidence nor claims"):
        audit()


def test_lines_about_unrelated_outcomes_say_nothing_of_each_other(tmp_path: Path) -> None:
    assert list(relation_findings(folder(tmp_path), [])) == []


def test_a_prediction_interval_is_reproduced_by_its_kind(tmp_path: Path) -> None:
    table, claims = tmp_path / "trees.csv", tmp_path / "claims.csv"
    table.write_text(
        "study,events,total\nAsh,9,19\nBirch,14,15\nCedar,10,31\nElm,7,12\n", encoding="utf-8"
    )
    studies = metaprop.read_studies(table)
    plan = Plan("dl", "z", "none", "hts-k-2")
    rates = pool(effects(studies.events, studies.totals), plan).rates()
    values = (
        *(rates.estimate, rates.ci_low, rates.ci_high),
        *(rates.prediction_low, rates.prediction_high),
    )
    header = ",".join(
        f"{name}_percent" for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    )
    cells = [f"{100 * float(value):.2f}" for value in values]
    for change, found in ((cells, "reproduced with a setting"), ([*cells[:4], "99.99"], None)):
        claims.write_text(f"{header}\n{','.join(change)}\n", encoding="utf-8")
        (told,) = audit(table, claims).finding("events", "prediction interval")
        assert told.verdict == (found or "not reproduced")
