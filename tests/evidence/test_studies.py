"""A set of studies as a record, and its reader for plain CSVs."""

from __future__ import annotations

import pickle
import subprocess
import sys
import unicodedata
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaprop.core.errors import InputError, TableError
from metaprop.core.files import MAX_BYTES
from metaprop.evidence.counts import Count
from metaprop.evidence.faults import MAX_LISTED
from metaprop.evidence.plain import HEADERS, read_studies, studies_in
from metaprop.evidence.studies import Studies

PLAIN = "study,events,total\nAttias 2018,14,15\nWu 2022,9,9\n"
EXPECTED = Studies.of(["Attias 2018", "Wu 2022"], [14, 9], [15, 9])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def read(table: Path, text: str | bytes) -> Studies:
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_studies(table)


def faults(table: Path, text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(TableError) as caught:
        read(table, text)
    return tuple(str(problem).replace(str(table), "table.csv") for problem in caught.value.problems)


# --- the record ---------------------------------------------------------------------------------


def test_studies_keep_names_counts_and_totals() -> None:
    studies = Studies.of(["A", "B", "C"], [3, "1+", Count(0, 2)], [5, 8, 4])
    assert studies.names == ("A", "B", "C")
    assert studies.low.tolist() == [3, 1, 0]
    assert studies.high.tolist() == [3, 8, 2]
    assert studies.totals.tolist() == [5, 8, 4]
    assert studies.counts == (Count(3, 3), Count(1, 8), Count(0, 2))
    assert studies.k == 3


def test_exact_counts_have_events_and_a_crude_rate() -> None:
    assert EXPECTED.exact
    assert EXPECTED.events.tolist() == [14, 9]
    assert EXPECTED.crude_rate == 23 / 24


def test_a_range_has_neither_events_nor_a_crude_rate() -> None:
    studies = Studies.of(["A", "B", "C"], ["1+", 2, "?"], [5, 5, 7])
    assert not studies.exact
    assert studies.crude_rate is None
    with pytest.raises(InputError, match="'A' has 1-5 events of 5") as caught:
        _ = studies.events
    assert len(caught.value.problems) == 2


def test_the_arrays_cannot_be_written_nor_made_writeable() -> None:
    with pytest.raises(ValueError, match="read-only"):
        EXPECTED.low[0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        EXPECTED.totals.setflags(write=True)
    with pytest.raises(FrozenInstanceError):
        EXPECTED.names = ()  # type: ignore[misc]


def test_the_record_does_not_follow_the_arrays_that_it_was_made_of() -> None:
    events, totals = np.array([1, 2]), np.array([3, 4])
    studies = Studies.of(["A", "B"], events, totals)
    events[0] = totals[0] = 9
    assert studies == Studies.of(["A", "B"], [1, 2], [3, 4])


def test_equality_is_by_value_and_order() -> None:
    assert Studies.of(["Attias 2018", "Wu 2022"], ["14", "9"], ["15", "9"]) == EXPECTED
    assert Studies.of(["Wu 2022", "Attias 2018"], [9, 14], [9, 15]) != EXPECTED
    assert Studies.of(["Attias 2018", "Wu 2022"], [13, 9], [15, 9]) != EXPECTED
    assert EXPECTED != "studies"


def test_a_pickled_copy_is_equal_and_read_only() -> None:
    copy = pickle.loads(pickle.dumps(EXPECTED))  # noqa: S301 - our own bytes
    assert copy == EXPECTED
    assert not copy.low.flags.writeable


@pytest.mark.parametrize(
    ("names", "low", "high", "totals"),
    [
        ((), [], [], []),
        (("A", "A"), [1, 1], [1, 1], [2, 2]),
        (("A",), [2], [1], [3]),
        (("A",), [0], [4], [3]),
        (("A",), [-1], [1], [3]),
        (("A",), [0], [0], [0]),
        (("A",), [0, 1], [0, 1], [3, 3]),
    ],
)
def test_the_record_itself_refuses_what_is_no_set_of_studies(
    names: tuple[str, ...], low: list[int], high: list[int], totals: list[int]
) -> None:
    least, most, patients = (np.array(values, dtype=np.int64) for values in (low, high, totals))
    with pytest.raises(TableError, match="do not make a set of studies"):
        Studies(names, least, most, patients)


def test_sequences_are_checked_like_the_rows_of_a_file() -> None:
    with pytest.raises(TableError) as caught:
        Studies.of(["A", "", "A"], [4, "3.5", "1"], [3, 8, 0])
    assert len(caught.value.problems) == 5
    assert str(caught.value.problems[0]).startswith("study 1, events: '4' events are more than")


@pytest.mark.parametrize("events", [3.0, float("nan"), None, "x"])
def test_events_that_are_no_whole_numbers_are_refused(events: object) -> None:
    with pytest.raises(TableError, match="study 1, events"):
        Studies.of(["A"], [events], [5])  # type: ignore[list-item]


def test_sequences_of_different_lengths_are_refused() -> None:
    with pytest.raises(TableError, match="2 names, 1 events and 2 totals"):
        Studies.of(["A", "B"], [1], [2, 3])


# --- what a file may look like ------------------------------------------------------------------


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end_reads_the_same(
    table: Path, bom: str, separator: str, end: str
) -> None:
    text = bom + PLAIN.replace(",", separator).replace("\n", end)
    assert read(table, text) == EXPECTED


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\n\n"),
        "\n\n" + PLAIN,
        PLAIN + ",,\n , ,\n",
        PLAIN.replace("\n", ",,\n"),
        PLAIN.replace("Wu 2022", ' "Wu 2022"'),
        PLAIN.replace(",", " , "),
        "total,note,events,study\n15,x,14,Attias 2018\n9,,9,Wu 2022\n",
        'study,events,total,note\nAttias 2018,14,15,"two\nlines"\nWu 2022,9,9,"a ""b"", c"\n',
    ],
    ids=[
        "no last line end",
        "blank lines",
        "blank head",
        "blank rows",
        "empty last columns",
        "quotes",
        "spaces",
        "other columns",
        "quoted line ends",
    ],
)
def test_the_habits_of_programs_do_not_matter(table: Path, text: str) -> None:
    assert read(table, text) == EXPECTED


@pytest.mark.parametrize(
    ("role", "alias"), [(role, alias) for role, names in HEADERS.items() for alias in names]
)
def test_every_alias_is_recognised_in_any_dress(table: Path, role: str, alias: str) -> None:
    for dressed in (alias, alias.upper(), f" {alias.replace('_', ' ').title()} "):
        header = PLAIN.partition("\n")[0].replace(role, dressed)
        assert read(table, PLAIN.replace("study,events,total", header)) == EXPECTED


def test_no_alias_stands_for_two_roles() -> None:
    names = [name for aliases in HEADERS.values() for name in aliases]
    assert len(names) == len(set(names))


def test_names_are_kept_as_they_are(table: Path) -> None:
    names = ["=1+1", "<b>x</b>", "مطالعه", "n" * 10_000, "a & b \\ {c} $d$", "Łódź 🦴"]
    rows = "".join(f'"{name}",1,2\n' for name in names)
    assert read(table, "study,events,total\n" + rows).names == tuple(names)


def test_a_study_may_have_a_thousand_million_patients(table: Path) -> None:
    studies = read(table, "study,events,total\nA,1000000000,1000000000\nB,?,1000000000\n")
    assert studies.totals.sum() == 2 * 10**9


@pytest.mark.parametrize(
    "rows", ["A,1,2\nTotal,1,2\n", "A,1,2\nB,1,3\nC,2,5\n", "Total,1,9\nA,1,4\n"]
)
def test_a_study_as_large_as_the_others_is_no_row_of_sums(rows: str) -> None:
    assert studies_in("study,events,total\n" + rows, "table.csv").k == rows.count("\n")


# --- faults -------------------------------------------------------------------------------------

HEAD = "study,events,total\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD + "A,6,5\n", "row 2, column 'events': '6' events are more than the 5 patients"),
        (HEAD + "A,-1,5\n", "row 2, column 'events': '-1' is negative"),
        (HEAD + "A,3.5,5\n", "row 2, column 'events': '3.5' has a decimal point"),
        (HEAD + "A,three,5\n", "row 2, column 'events': 'three' is neither a count nor"),
        (HEAD + "A,3,five\n", "row 2, column 'total': 'five' is not a whole number"),
        (HEAD + "A,0,0\n", "row 2, column 'total': '0' patients"),
        (HEAD + "A,1,\n", "row 2, column 'total': the cell is empty"),
        (HEAD + ",1,2\n", "row 2, column 'study': the study has no name"),
        (HEAD + "  ,1,2\n", "row 2, column 'study': the study has no name"),
        (HEAD + 'A,1,2\nB,1,2\n"A ",0,3\n', "row 4, column 'study': 'A' stands already in row 2"),
        (HEAD + "Li\u200b,1,2\nLi,1,2\n", "'Li' stands already in row 2"),
        (HEAD + "Sm\u00edth,1,2\nSmi\u0301th,1,2\n", "stands already in row 2"),
        (HEAD + "\u200b,1,2\n", "row 2, column 'study': the study has no name"),
        (HEAD + "A,1,2\nB,1,3\nTotal,2,5\n", "row 4, column 'study': 'Total' has the patients of"),
        (HEAD + "Overall,2,5\nA,1,2\nB,?,3\n", "row 2, column 'study': 'Overall' has the patient"),
        (HEAD + '"A\nB",1,2\n', "row 2, column 'study': the name 'A\\nB' has the control"),
        (HEAD + "A\x1b[31m,1,2\n", "has the control character U+001B"),
        (HEAD + "A\u202eB,1,2\n", "has the control character U+202E"),
        (HEAD + "A\u2028B,1,2\n", "has the control character U+2028"),
        (HEAD + "A,1\n", "row 2: the row has 2 cells, the header 3"),
        (HEAD + "A,1,2,3\n", "row 2: the row has 4 cells, the header 3"),
        (HEAD + "A,3,0,12\n", "write counts without decimals"),
        (HEAD.replace(",", ";") + "A;3,0;12\n", "'3,0' has a comma: a decimal comma"),
        (HEAD + 'A,"3,0",12\n', "'3,0' has a comma: a decimal comma"),
        (HEAD + '"A,1,2\nB,1,2\n', "row 2: a quote is opened and not closed"),
        (HEAD + '"A" b,1,2\n', "row 2: a cell goes on after its closing quote"),
        (HEAD + f"{'a' * 200_000},1,2\n", "row 2: a cell is longer than 131,072 characters"),
        (HEAD + "," * 2_000_000, "row 2: a line is longer than"),
        ("study,events\nA,1\n", "row 1: no column for the total among 'study', 'events'"),
        ("A,1,2\n", "row 1: no column for the study among 'A', '1', '2'"),
        ("study,n,N,x\nA,1,2,1\n", "row 1: the columns 'n' and 'N' can all be the total"),
        ("study,x,cases,n\nA,1,2,1\n", "row 1: the columns 'x' and 'cases' can all be the events"),
        ("study,events,events,n\nA,1,2,1\n", "the columns 'events' and 'events' can all be"),
        ("", "the file is empty"),
        ("\ufeff", "the file is empty"),
        (" \n\n,,\n", "the file is empty"),
        (HEAD, "table.csv: there is no study"),
        (b"study,events,total\nA\x00,1,2\n", "binary"),
        (HEAD.encode("utf-16"), "binary"),
        (b"study,events,total\nM\xfcller,1,2\n", "not UTF-8"),
    ],
)
def test_each_fault_names_place_value_and_remedy(
    table: Path, text: str | bytes, fault: str
) -> None:
    found = faults(table, text)
    assert any(fault in line for line in found), found
    assert all(line.startswith("table.csv") and line.isprintable() for line in found)


def test_all_faults_are_reported_at_once_with_the_rows_of_the_file(table: Path) -> None:
    text = HEAD + "\nA,9,5\n,1,0\n\nA,1,2\nB,x,y\nC,1\n\nD,1,2\n"
    found = faults(table, text)
    assert {line.split(":")[0] for line in found} == {
        "table.csv, row 3, column 'events'",
        "table.csv, row 4, column 'study'",
        "table.csv, row 4, column 'total'",
        "table.csv, row 6, column 'study'",
        "table.csv, row 7, column 'events'",
        "table.csv, row 7, column 'total'",
        "table.csv, row 8",
    }
    assert len(found) == 7


def test_two_missing_columns_are_two_faults(table: Path) -> None:
    assert len(faults(table, "study,weight\nA,1\n")) == 2


def test_a_fault_of_the_header_does_not_hide_those_of_rows_and_all_stand_in_order(
    table: Path,
) -> None:
    rows = "A,1,5\nB,1,0\nC,1\nA,1,4\nD,9,x\n"
    found = faults(table, f"study,weight,total\n{rows}")
    assert [line.partition("row ")[2][0] for line in found] == ["1", "3", "4", "5", "6"]
    whole = faults(table, f"study,events,total\n{rows}")
    assert [line.partition("row ")[2][0] for line in whole] == ["3", "4", "5", "6"]


def test_a_long_list_of_faults_is_counted_not_printed(table: Path) -> None:
    found = faults(table, HEAD + "".join(f"S{row},9,5\n" for row in range(1284)))
    assert len(found) == MAX_LISTED + 1
    assert "and 1,234 more faults like these, 1,284 in all" in found[-1]


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(table: Path) -> None:
    with table.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(TableError, match="larger than 32 MB"):
        read_studies(table)


def test_a_missing_file_and_a_folder_are_faults(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(TableError):
            read_studies(path)


CELLS = st.text(max_size=6) | st.sampled_from(["1", "2+", "0-3", "?", "", '"', "\r", "study", "n"])
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5).map(
    lambda rows: "\n".join(",".join(row) for row in rows)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | TABLES | TABLES.map(lambda rows: HEAD + rows))
def test_any_text_reads_or_gives_a_table_error(table: Path, text: str) -> None:
    try:
        studies = read(table, text.encode("utf-8", "replace"))
    except TableError as error:
        lines = str(error).split("\n")
    else:
        lines = list(studies.names)
    assert lines
    assert not any(unicodedata.category(sign) == "Cc" for line in lines for sign in line)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_read_or_give_a_table_error(table: Path, content: bytes) -> None:
    with pytest.raises(TableError):
        read(table, content + b"\nno header")


def test_a_hundred_thousand_rows_are_read(table: Path) -> None:
    rows = 100_000
    studies = read(table, HEAD + "".join(f"S{row},{row % 7},7\n" for row in range(rows)))
    assert studies.k == rows
    assert studies.events.sum() == sum(row % 7 for row in range(rows))


def test_reading_studies_loads_no_heavy_library() -> None:
    code = (
        "import sys, metaprop.evidence.studies; "
        "print([m for m in ('pydantic', 'scipy.stats', 'pandas', 'pymc', 'arviz', 'matplotlib') "
        "if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.strip() == "[]"
