"""The folder of a data set, a plain CSV as one, and every fault of either."""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaprop.core.errors import DatasetError, TableError
from metaprop.evidence.counts import Count
from metaprop.evidence.dataset import DEFAULT_THRESHOLDS, read_dataset, read_evidence
from metaprop.evidence.studies import Studies

FILES = {
    "dataset.toml": """
title = "Cages"
question = "Do they unite?"

[outcomes.union]
label = "Union"
direction = "higher is better"
thresholds = [0.8, 0.9]

[outcomes.infection]
label = "Deep infection"
direction = "lower is better"
thresholds = [0.1]

[columns]
age = { meaning = "mean age", unit = "years" }
site = { meaning = "bone" }
""",
    "studies.csv": "study,age,site,source\nA,41.5,tibia,Table 1\nB,,femur,Table 1\n",
    "counts.csv": (
        "outcome,study,events,total,source\n"
        "union,A,4,5,Table 2\nunion,B,3,3,text\ninfection,B,0-1,3,Figure 1\n"
    ),
    "minors.csv": "study,clear_aim,source\nA,2,Figure 2\n",
    "primary_reports.csv": (
        "study,outcome,events,total,certainty,source\nA,union,4,5,exact,abstract\n"
    ),
    "claims.csv": "outcome,estimate_percent,source\nunion,92.4,Results\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cages"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder)
    return [str(problem).replace(str(folder), "cages") for problem in caught.value.problems]


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8", newline="")


# --- what a folder gives ------------------------------------------------------------------------


def test_a_folder_gives_its_outcomes_in_the_order_of_the_passport(folder: Path) -> None:
    dataset = read_evidence(folder)
    assert (dataset.id, dataset.title, dataset.question) == ("cages", "Cages", "Do they unite?")
    assert list(dataset.outcomes) == ["union", "infection"]
    union, infection = dataset.outcomes.values()
    assert (union.id, union.label, union.direction) == ("union", "Union", "higher is better")
    assert union.thresholds == (0.8, 0.9)
    assert union.studies == Studies.of(["A", "B"], [4, 3], [5, 3])
    assert union.sources == ("Table 2", "text")
    assert infection.studies == Studies.of(["B"], ["0-1"], [3])


def test_columns_have_meaning_unit_and_empty_cells(folder: Path) -> None:
    dataset = read_dataset(folder)
    age, site = dataset.covariates.values()
    assert (age.name, age.meaning, age.unit, age.values) == (
        *("age", "mean age", "years"),
        ("41.5", None),
    )
    assert site.unit is None
    assert dataset.study_names == ("A", "B")


def test_optional_files_are_tables_or_none(folder: Path) -> None:
    dataset = read_dataset(folder)
    assert dataset.prisma is None
    assert dataset.claims is not None
    assert dataset.claims.column("estimate_percent") == ("92.4",)
    assert dataset.minors is not None
    assert dataset.minors.rows[0].number == 2


def test_every_file_read_is_hashed(folder: Path) -> None:
    hashes = read_dataset(folder).hashes
    assert set(hashes) == set(FILES)
    assert hashes["counts.csv"] == sha256((folder / "counts.csv").read_bytes()).hexdigest()


def test_the_mappings_cannot_be_changed(folder: Path) -> None:
    dataset = read_dataset(folder)
    for mapping in (dataset.outcomes, dataset.covariates, dataset.hashes):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["x"] = None  # type: ignore[index]


def test_a_folder_is_named_by_its_own_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert read_dataset(".").id == "cages"


def test_a_plain_csv_is_a_data_set_with_one_outcome(tmp_path: Path) -> None:
    path = tmp_path / "my table.csv"
    path.write_text("author,x,n\nA,1,2\n", encoding="utf-8")
    dataset = read_evidence(path)
    (outcome,) = dataset.outcomes.values()
    assert (dataset.id, outcome.id, outcome.label) == ("my table", "events", "my table")
    assert outcome.thresholds == DEFAULT_THRESHOLDS
    assert outcome.direction == "higher is better"
    assert outcome.studies == Studies.of(["A"], [1], [2])
    assert list(dataset.hashes) == ["my table.csv"]


# --- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            "dataset.toml",
            'title = "Cages"',
            "",
            "cages/dataset.toml, key title: the key is missing",
        ),
        ("dataset.toml", '"Cages"', "3", "key title: 3 is not allowed. It should be a valid str"),
        ("dataset.toml", '"Cages"', '" "', "key title: the text is empty"),
        ("dataset.toml", '"Cages"', '"\\u001b[31m"', "key title: '\\x1b[31m' is not allowed"),
        ("dataset.toml", "title", "titel", "no such key (its value is 'Cages'). Remove it, or use"),
        (
            "dataset.toml",
            '"higher is better"',
            '"Higher"',
            """'Higher' is not allowed. Write "higher is better" or "lower is better".""",
        ),
        (
            "dataset.toml",
            "[0.8, 0.9]",
            "[0.8, 1]",
            "thresholds, value 2: 1 is no rate between 0 and 1",
        ),
        ("dataset.toml", "[0.8, 0.9]", "[nan]", "thresholds, value 1: nan is no rate"),
        ("dataset.toml", "[0.8, 0.9]", "[true]", "thresholds, value 1: True is not allowed"),
        ("dataset.toml", "[0.8, 0.9]", '["0.8"]', "thresholds, value 1: '0.8' is not allowed"),
        ("dataset.toml", "[0.8, 0.9]", "[0.9, 0.8]", "thresholds increase from each to the next"),
        (
            "dataset.toml",
            "[0.8, 0.9]",
            "[0.8, 0.9]\nheadline = 0.85",
            "headline is one of the thresholds, which 0.85 is not",
        ),
        ("dataset.toml", "[0.8, 0.9]", "[0.8, 0.9]\nheadline = 2", "2 is no rate between 0 and 1"),
        ("dataset.toml", "[0.8, 0.9]", "[]", "key outcomes.union.thresholds"),
        ("dataset.toml", "[outcomes.union]", '[outcomes."../x"]', "'../x' is no name of an outc"),
        ("dataset.toml", '"Deep infection"', '"union"', "'union' is the label of union, too"),
        ("dataset.toml", '"Union"', '"Uni\\u202eon"', "a text holds no control characters"),
        ("dataset.toml", 'label = "Union"', 'file = "x"', "use one of these: label, direction"),
        ("dataset.toml", "[columns]", "[columns]\nsex = { meaning = 'x' }", "has no such column"),
        ("dataset.toml", "site = {", "bone = {", "the column 'site' is not described"),
        ("dataset.toml", "[columns]", "[columns", "it is not TOML"),
        ("dataset.toml", "[columns]", "x = " + "[" * 5000, "it is nested too deeply"),
        ("dataset.toml", "[columns]", "x = " + "9" * 5000 + "\n[columns]", "it is not TOML"),
        ("dataset.toml", "0.8, 0.9", "0x" + "f" * 5000, "a value of type int"),
        ("dataset.toml", "[columns]", "#" * 2**20, "it is longer than 1,048,576 characters"),
        ("studies.csv", "A,41.5", "B,41.5", "row 3, column 'study': 'B' stands already in row 2"),
        ("studies.csv", "A,41.5", ",41.5", "row 2, column 'study': the study has no name"),
        ("studies.csv", "site,", "age,", "2 columns are called 'age'"),
        ("studies.csv", "study,", "author,", "there is no column 'study'"),
        ("studies.csv", "tibia,Table 1", "tibia,", "row 2, column 'source': the cell is empty"),
        ("counts.csv", "union,A", "onion,A", "row 2, column 'outcome': no outcome is called 'on"),
        ("counts.csv", "union,A", ",A", "row 2, column 'outcome': the cell is empty"),
        ("counts.csv", "union,A", "union,a", "row 2, column 'study': no study is called 'a'"),
        ("counts.csv", "union,A", "union,B", "row 3, column 'study': 'B' stands already in row 2"),
        ("counts.csv", "4,5", "6,5", "row 2, column 'events': '6' events are more than the 5"),
        ("counts.csv", "4,5,Table 2", "4,5,", "row 2, column 'source': the cell is empty"),
        ("counts.csv", "infection,B", "union,C", "there is no row for the outcome 'infection'"),
        ("counts.csv", "total,", "n,", "there is no column 'total'"),
        ("counts.csv", "union,A,4,5", "union,A,4", "row 2: the row has 4 cells, the header 5"),
        ("dataset.toml", "[0.1]", "[0.1]\nknown_total = 1", "known_total_source belong together"),
        (
            "dataset.toml",
            "[0.1]",
            "[0.1]\nknown_total_source = 'text'",
            "key outcomes.infection: known_total and known_total_source belong together",
        ),
        (
            "dataset.toml",
            "[0.1]",
            "[0.1]\nknown_total = '2-3'\nknown_total_source = 'text'",
            "key outcomes.infection.known_total: the total of 2-3 events is out of reach: the",
        ),
        (
            "dataset.toml",
            "[0.1]",
            "[0.1]\nknown_total = '4'\nknown_total_source = 'text'",
            "key outcomes.infection.known_total: '4' events are more than the 3 patients",
        ),
        ("dataset.toml", "[0.1]", "[0.1]\nknown_total = 1.5", "known_total: 1.5 is not allowed"),
        ("dataset.toml", "[0.1]", "[0.1]\nknown_total = true", "known_total: True is not allowed"),
        ("dataset.toml", "[0.1]", "[0.1]\ngroup = 'Bad group'", "'Bad group' is no name of a gr"),
        ("dataset.toml", "[0.1]", "[0.1]\ngroup = 'harm'", "is alone in the group 'harm'. Spell"),
        ("dataset.toml", "[0.1]", "[0.1]\nconsequence = true", "is in no group with them"),
        ("dataset.toml", "[0.1]", "[0.1]\nconsequence = 1", "consequence: 1 is not allowed"),
        ("dataset.toml", "[0.1]", "[0.1]\nany_of = 'harm'", "no group is called 'harm'. Name a"),
        ("counts.csv", "source\n", "source,basis\n", "row 2: the row has 5 cells, the header 6"),
        ("primary_reports.csv", ",4,5,", ",,5,", "row 2, column 'events': the cell is empty"),
        ("primary_reports.csv", "A,union", "Z,union", "row 2, column 'study': no study is called"),
        ("minors.csv", "A,2", "Z,2", "minors.csv, row 2, column 'study': no study is called 'Z'"),
        ("claims.csv", "union,", ",", "claims.csv, row 2, column 'outcome': the cell is empty"),
    ],
)
def test_each_fault_names_file_place_value_and_remedy(
    folder: Path, file: str, old: str, new: str, fault: str
) -> None:
    edit(folder, file, old, new)
    found = faults(folder)
    assert any(fault in line for line in found), found
    assert all(line.startswith("cages") and line.isprintable() for line in found)


GROUPED = """
[outcomes.pin]
label = "Pin"
direction = "lower is better"
thresholds = [0.1]
group = "harm"
consequence = true

[outcomes.any]
label = "Any"
direction = "lower is better"
thresholds = [0.1]
any_of = "harm"
known_total = 4
known_total_source = "Results"

[columns]"""


@pytest.fixture
def grouped(folder: Path) -> Path:
    edit(folder, "dataset.toml", "[0.1]", '[0.1]\ngroup = "harm"')
    edit(folder, "dataset.toml", "\n[columns]", GROUPED)
    text = (folder / "counts.csv").read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    rows += ["infection,A,2+,5,text", "pin,A,1,5,text", "pin,B,?,3,text", "any,A,2+,5,text"]
    lines = [f"{head},basis", *(f"{row}," for row in rows), "any,B,0,3,text,silent"]
    (folder / "counts.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_an_outcome_says_its_group_its_superset_and_its_total(grouped: Path) -> None:
    dataset = read_dataset(grouped)
    infection, pin, superset = (dataset.outcomes[key] for key in ("infection", "pin", "any"))
    assert {name: [one.id for one in group] for name, group in dataset.groups.items()} == {
        "harm": ["infection", "pin"]
    }
    assert (infection.consequence, pin.consequence, superset.consequence) == (False, True, False)
    assert (superset.any_of, superset.group, infection.any_of) == ("harm", None, None)
    assert superset.known_total == superset.studies.known_total == Count(4, 4)
    assert (superset.known_total_source, infection.known_total) == ("Results", None)
    assert superset.bases == ("reported", "silent")


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("counts.csv", "any,A,2+", "any,A,1", "'A' has 1 of 'any', but its parts allow 2-5"),
        ("counts.csv", "any,B,0,3", "any,B,0,2", None),
        ("counts.csv", "pin,A,1,5", "pin,A,1,6", None),
        ("counts.csv", "any,B,0,3", "any,B,1,3", "'1' is not what silence says: 0 or ?. Write re"),
        ("counts.csv", "text,silent", "text,quiet", "'quiet' is no basis. Write one of reported,"),
        ("dataset.toml", 'any_of = "harm"', 'group = "harm"\nany_of = "harm"', "superset of a gr"),
        ("dataset.toml", 'any_of = "harm"', 'any_of = "harms"', "groups are harm)"),
    ],
)
def test_parts_and_superset_must_not_contradict_each_other(
    grouped: Path, file: str, old: str, new: str, fault: str | None
) -> None:
    edit(grouped, file, old, new)
    if fault is None:  # other patients: nothing can be compared
        assert read_dataset(grouped).outcomes["any"].studies.k == 2
    else:
        assert any(fault in line for line in faults(grouped)), faults(grouped)


def test_faults_of_all_files_are_reported_at_once(folder: Path) -> None:
    edit(folder, "dataset.toml", "0.8, 0.9", "8, 9")
    edit(folder, "studies.csv", "tibia,Table 1", "tibia,")
    edit(folder, "counts.csv", "4,5", "x,0")
    edit(folder, "minors.csv", "A,2", "Z,2")
    (folder / "claims.csv").write_bytes(b"\x00")
    files = [line.split(",")[0].split(":")[0].removeprefix("cages/") for line in faults(folder)]
    assert sorted(files) == [
        *("claims.csv", "counts.csv", "counts.csv"),
        *("dataset.toml", "dataset.toml", "minors.csv", "studies.csv"),
    ]


@pytest.mark.parametrize("file", ["dataset.toml", "studies.csv", "counts.csv"])
def test_a_required_file_that_is_missing_is_one_fault(folder: Path, file: str) -> None:
    (folder / file).unlink()
    (line,) = faults(folder)
    assert line.startswith(f"cages/{file}: there is no such file")


@pytest.mark.parametrize("file", ["studies.csv", "counts.csv"])
@pytest.mark.parametrize("lines", [0, 1])
def test_an_empty_table_is_a_fault(folder: Path, file: str, lines: int) -> None:
    header = FILES[file].split("\n")[0]
    (folder / file).write_text(header * lines, encoding="utf-8")
    assert any(line.startswith(f"cages/{file}") for line in faults(folder))


def test_a_folder_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        read_dataset(tmp_path / "none")
    with pytest.raises(TableError, match="no such file"):
        read_evidence(tmp_path / "none")


TEXTS = st.text() | st.sampled_from(
    ["outcomes = 3", "columns = []", "[outcomes]", "[outcomes.x.y.z]", "title.a = 1", "a.b.c = 1"]
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
@given(file=st.sampled_from(sorted(FILES)), text=TEXTS, head=st.sampled_from(["", *FILES.values()]))
def test_any_text_in_any_file_reads_or_gives_a_dataset_error(
    folder: Path, file: str, text: str, head: str
) -> None:
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    (copy / file).write_bytes((head + text).encode("utf-8", "replace"))
    lines = ["read"]
    try:
        read_dataset(copy)
    except DatasetError as error:
        lines = str(error).split("\n")
    assert lines
    assert all(line.isprintable() for line in lines)


def test_a_plain_csv_does_not_wait_for_pydantic(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("study,events,total\nA,1,2\n", encoding="utf-8")
    code = (
        "import sys; from metaprop.evidence.dataset import read_evidence; "
        "read_evidence(sys.argv[1]); print('pydantic' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(path)]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    assert answer.stdout.strip() == "False"
