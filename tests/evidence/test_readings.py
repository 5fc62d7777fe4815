"""Readings: what they change, what they leave alone, and every fault of all of them at once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaprop.core.errors import DatasetError
from metaprop.evidence.counts import Count
from metaprop.evidence.dataset import Dataset, read_dataset, read_evidence
from metaprop.evidence.readings import read_readings
from metaprop.evidence.studies import Studies

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.evidence.reading import Reading

FILES = {
    "dataset.toml": """
title = "Cages"
question = "Do they unite?"

[outcomes.union]
label = "Union"
direction = "higher is better"
thresholds = [0.8]

[outcomes.any]
label = "Any complication"
direction = "lower is better"
thresholds = [0.1]
any_of = "harm"
known_total = "5"
known_total_source = "Results"

[outcomes.infection]
label = "Infection"
direction = "lower is better"
thresholds = [0.1]
group = "harm"

[outcomes.pin]
label = "Pin"
direction = "lower is better"
thresholds = [0.1]
group = "harm"
""",
    "studies.csv": "study,source\nA,Table 1\nB,Table 1\nC,Table 1\n",
    "counts.csv": """outcome,study,events,total,source
union,A,4,5,Table 1
union,B,3,3,Table 1
union,C,6,6,Table 1
any,A,1+,5,Table 2
any,B,0,3,Table 2
any,C,1-5,6,Table 2
infection,A,1+,5,Table 2
infection,B,0,3,Table 2
infection,C,1,6,Table 2
pin,A,0,5,Table 2
pin,B,0,3,Table 2
pin,C,?,6,Table 2
""",
    "readings/strict.toml": 'sentence = "Only\\n what is sure."\nknown_total.any = "?"\n',
    "readings/strict.csv": """outcome,study,events,total,source,replaces,basis
infection,A,?,5,guess,1+,silent
union,A,4,7,text,4,
any,B,0-1,4,text,,
""",
    "readings/one_of.toml": """
sentence = "One report of two."
outcomes = ["any"]
keep_one_of = ["A", "C"]
""",
    "readings/fewer.toml": 'sentence = "Without B."\nleave_out = ["B"]\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cages"
    (folder / "readings").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def dataset(folder: Path) -> Dataset:
    return read_dataset(folder)


def reading(dataset: Dataset, name: str, choice: str | None = None) -> Reading:
    readings = read_readings(dataset).readings
    (found,) = (one for one in readings if (one.id, one.choice) == (name, choice))
    return found


def faults(folder: Path) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        read_readings(read_dataset(folder))
    return [str(problem).replace(str(folder), "cages") for problem in caught.value.problems]


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


# --- what a reading changes ---------------------------------------------------------------------


def test_a_reading_overrides_cells_and_totals(dataset: Dataset) -> None:
    strict = reading(dataset, "strict")
    assert strict.sentence == "Only what is sure."
    assert strict.outcomes == ("union", "any", "infection")
    outcomes = strict.apply(dataset).outcomes
    assert outcomes["union"].studies == Studies.of("ABC", [4, 3, 6], [7, 3, 6])
    assert outcomes["any"].studies == Studies.of("ABC", ["1+", "0-1", "1-5"], [5, 4, 6])
    assert outcomes["infection"].studies.counts[0] == Count(0, 5)
    assert (outcomes["infection"].sources[0], outcomes["infection"].bases[0]) == ("guess", "silent")
    assert outcomes["infection"].sources[1:] == ("Table 2", "Table 2")


def test_what_a_reading_does_not_touch_stays_the_same_object(dataset: Dataset) -> None:
    read = reading(dataset, "strict").apply(dataset)
    assert read.outcomes["pin"] is dataset.outcomes["pin"]
    assert dataset.outcomes["union"].studies.totals.tolist() == [5, 3, 6]


def test_leaving_studies_out_everywhere_takes_their_share_of_a_total(dataset: Dataset) -> None:
    fewer = reading(dataset, "fewer")
    assert fewer.outcomes == tuple(dataset.outcomes)
    read = fewer.apply(dataset)
    assert {outcome.studies.names for outcome in read.outcomes.values()} == {("A", "C")}
    assert read.outcomes["any"].known_total == Count(5, 5)
    assert {len(outcome.sources) for outcome in read.outcomes.values()} == {2}


def test_keeping_one_of_several_is_one_reading_for_each_choice(dataset: Dataset) -> None:
    kept_a, kept_c = (reading(dataset, "one_of", name) for name in ("A", "C"))
    assert kept_a.outcomes == kept_c.outcomes == ("any",)
    any_a, any_c = (one.apply(dataset).outcomes["any"] for one in (kept_a, kept_c))
    assert (any_a.studies.names, any_a.known_total) == (("A", "B"), Count(1, 4))
    assert (any_c.studies.names, any_c.known_total) == (("B", "C"), Count(1, 4))
    assert kept_a.apply(dataset).outcomes["union"].studies.k == 3


def test_a_count_looked_up_since_is_not_taken_back(folder: Path) -> None:
    edit(folder, "counts.csv", "infection,A,1+,5,Table 2", "infection,A,2,5,full text")
    dataset = read_dataset(folder)
    strict = reading(dataset, "strict")
    assert [override.outcome for override in strict.standing(dataset)] == ["union", "any"]
    infection = strict.apply(dataset).outcomes["infection"]
    assert (infection.studies.counts[0], infection.sources[0]) == (Count(2, 2), "full text")


def test_a_reading_may_add_a_study_to_an_outcome(folder: Path) -> None:
    edit(folder, "counts.csv", "union,B,3,3,Table 1\n", "")
    edit(folder, "readings/strict.csv", "any,B", "union,B,2,3,text,,\nany,B")
    dataset = read_dataset(folder)
    union = reading(dataset, "strict").apply(dataset).outcomes["union"]
    assert union.studies == Studies.of("ACB", [4, 6, 2], [7, 6, 3])


def test_a_reading_passes_over_outcomes_that_were_not_asked_for(dataset: Dataset) -> None:
    only = replace(dataset, outcomes={"union": dataset.outcomes["union"]})
    assert list(reading(dataset, "strict").apply(only).outcomes) == ["union"]


def test_readings_come_in_the_order_of_their_ids_and_are_hashed(dataset: Dataset) -> None:
    found = read_readings(dataset)
    assert [one.id for one in found.readings] == ["fewer", "one_of", "one_of", "strict"]
    assert list(found.hashes) == sorted(name for name in FILES if name.startswith("readings/"))
    assert all(len(digest) == 64 for digest in found.hashes.values())


def test_no_folder_and_no_data_set_have_no_readings(folder: Path) -> None:
    plain = folder / "plain.csv"
    plain.write_text("study,events,total\nA,1,2\n", encoding="utf-8")
    assert read_readings(read_evidence(plain)).readings == ()
    (folder / "readings").rename(folder / "elsewhere")
    assert read_readings(read_dataset(folder)).readings == ()


# --- faults -------------------------------------------------------------------------------------

STRICT, ONE_OF, FEWER = (f"readings/{name}.toml" for name in ("strict", "one_of", "fewer"))


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (STRICT, "sentence", "sentance", "strict.toml, key sentence: the key is missing"),
        (STRICT, "sentence", "sentance", "use one of these: sentence, outcomes, leave_out, keep_"),
        (STRICT, "sentence =", "sentence", "strict.toml: it is not TOML"),
        (STRICT, "any", "every", "key known_total: no outcome is called 'every'. Use one of uni"),
        (STRICT, "any", '"../x"', "key known_total.'../x': '../x' is no name of an outcome"),
        (STRICT, '"?"', '"0"', "key known_total.any: the total of 0 events is out of reach: the"),
        (STRICT, '"?"', "1.5", "key known_total.any: 1.5 is not allowed"),
        (STRICT, 'known_total.any = "?"', "", "the total of 5 events is out of reach" ),
        (ONE_OF, '["A", "C"]', '["A"]', "key keep_one_of"),
        (ONE_OF, '["A", "C"]', '["A", "Z"]', "key keep_one_of: no study is called 'Z'. Write the"),
        (ONE_OF, '["A", "C"]', '["A", "A"]', "key keep_one_of: 'A' stands there twice. Keep one"),
        (ONE_OF, '["any"]', '["every"]', "key outcomes: no outcome is called 'every'"),
        (ONE_OF, "keep_one_of", "# ", "key outcomes: outcomes says where leave_out, keep_one_of"),
        (FEWER, "leave_out", "# ", "fewer.toml: the reading changes nothing. Give it cells, known"),
        (FEWER, '["B"]', '["A", "B", "C"]', "no study is left. Keep at least one"),
        ("readings/strict.csv", "infection,A", "infection,Z", "row 2, column 'study': no study is"),
        ("readings/strict.csv", "infection,A", "onion,A", "column 'outcome': no outcome is called"),
        ("readings/strict.csv", "union,A,4,7", "union,A,8,7", "'8' events are more than the 7 pat"),
        ("readings/strict.csv", "text,4,", "text,6,", "row 3, column 'replaces': '6' events are"),
        ("readings/strict.csv", "guess", "", "row 2, column 'source': the cell is empty"),
        ("readings/strict.csv", "silent", "loud", "row 2, column 'basis': 'loud' is no basis"),
        ("readings/strict.csv", "events", "count", "there is no column 'events'"),
        (
            "readings/strict.csv",
            "any,B,0-1,4",
            "any,C,0,6",
            "strict.toml: 'C' has 0 of 'any', but its parts allow 1-6. Mend one",
        ),
    ],
)  # fmt: skip
def test_each_fault_names_file_place_value_and_remedy(
    folder: Path, file: str, old: str, new: str, fault: str
) -> None:
    if fault.startswith("the total of 5"):
        edit(folder, "readings/strict.csv", "any,B,0-1,4,text,,\n", "any,A,1,5,text,,\n")
        edit(folder, "readings/strict.csv", "1,5,text,,\n", "1,5,text,,\nany,C,1,6,text,,\n")
    edit(folder, file, old, new)
    found = faults(folder)
    assert any(fault in line for line in found), found
    assert all(line.startswith("cages") and line.isprintable() for line in found)


def test_cells_without_a_sentence_are_a_fault(folder: Path) -> None:
    (folder / STRICT).unlink()
    (line,) = faults(folder)
    assert line.startswith("cages/readings/strict.toml: there is no such file")


def test_a_reading_is_named_in_plain_letters(folder: Path) -> None:
    (folder / FEWER).rename(folder / "readings" / "Fewer studies.toml")
    (line,) = faults(folder)
    assert "'Fewer studies' is no name of a reading" in line


def test_faults_of_all_readings_are_reported_at_once(folder: Path) -> None:
    edit(folder, STRICT, "sentence", "sentance")
    edit(folder, ONE_OF, '["A", "C"]', '["A", "Z"]')
    edit(folder, FEWER, '["B"]', '["Y"]')
    edit(folder, "readings/strict.csv", "guess", "")
    files = {
        line.split(",")[0].split(":")[0].removeprefix("cages/readings/") for line in faults(folder)
    }
    assert files == {"strict.toml", "one_of.toml", "fewer.toml", "strict.csv"}


TEXTS = st.text() | st.sampled_from(
    ["outcomes = 3", "known_total = []", "[known_total.x.y]", "leave_out = [3]", "keep_one_of = 1"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    file=st.sampled_from([name for name in FILES if name.startswith("readings/")]),
    text=TEXTS,
    head=st.sampled_from(["", *FILES.values()]),
)
def test_any_text_in_any_reading_reads_or_gives_a_dataset_error(
    folder: Path, file: str, text: str, head: str
) -> None:
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    (copy / file).write_bytes((head + text).encode("utf-8", "replace"))
    lines = ["read"]
    try:
        read_readings(read_dataset(copy))
    except DatasetError as error:
        lines = str(error).split("\n")
    assert lines
    assert all(line.isprintable() for line in lines)


def test_hidden_files_are_no_readings(folder: Path) -> None:
    (folder / "readings" / "._fewer.toml").write_bytes(b"\x00")
    assert len(read_readings(read_dataset(folder)).readings) == 4


ASSUMED = """sentence = "Silence is not none."
silence_is_unknown = true
unreported_odds = 0.5
outcomes = ["infection", "pin"]
"""


@pytest.fixture
def assumed(folder: Path) -> Path:
    edit(folder, "counts.csv", "events,total,source", "events,total,source,basis")
    text = (folder / "counts.csv").read_text(encoding="utf-8")
    rows = [
        line if at == 0 else f"{line},silent" if line.startswith("infection,B") else f"{line},"
        for at, line in enumerate(text.splitlines())
    ]
    (folder / "counts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "readings" / "assumed.toml").write_text(ASSUMED, encoding="utf-8")
    return folder


def test_silence_read_as_unknown_changes_silent_cells_alone(assumed: Path) -> None:
    dataset = read_dataset(assumed)
    found = reading(dataset, "assumed")
    assert (found.outcomes, found.unreported_odds) == (("infection",), 0.5)
    read = found.apply(dataset).outcomes["infection"].studies
    assert read.unreported.tolist() == [False, True, False]
    assert read.counts[2] == Count(1, 1)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("= 0.5", "= 20.0", "key unreported_odds: 20.0 is out of reach. Write a factor from 0.1"),
        ("= 0.5", "= nan", "key unreported_odds"),
        ("= true", "= 1", "key silence_is_unknown"),
        ("silence_is_unknown = true", 'shared_effect = "site"', "has no column 'site'"),
        ("silence_is_unknown = true", 'leave_out = ["A"]', ""),
        ('"infection", "pin"', '"any"', "assumed.toml: the reading changes nothing"),
        (
            'silence_is_unknown = true\nunreported_odds = 0.5\noutcomes = ["infection", "pin"]',
            "unreported_odds = 0.5\nleave_out = ['C']",
            "unreported_odds: any has a known total, in which unreported cells have equal odds",
        ),
        (
            'outcomes = ["infection", "pin"]',
            'outcomes = ["union"]\nleave_out = ["A"]',
            "unreported_odds: no outcome of the reading has a cell that is not reported",
        ),
    ],
)
def test_each_fault_of_an_assumption_says_what_to_do(
    assumed: Path, old: str, new: str, fault: str
) -> None:
    edit(assumed, "readings/assumed.toml", old, new)
    if fault:
        assert any(fault in line for line in faults(assumed)), faults(assumed)
    else:  # pin has a cell that is not reported by itself
        assert reading(read_dataset(assumed), "assumed").outcomes == ("infection", "pin")
