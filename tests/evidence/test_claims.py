"""Published numbers: how they are read, and every fault of a table at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.core.errors import TableError
from metaprop.evidence.claims import claims_of, read_claims
from metaprop.evidence.dataset import read_dataset
from metaprop.evidence.printed import Printed, read_printed
from metaprop.evidence.summaries import summaries_of
from metaprop.evidence.table import Row, Table

FOLDER = Path(__file__).parents[2] / "data" / "kalantar2026"
ROUNDING = 1e-12
"""Of doubles, in the middle between two prints."""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(text, encoding="utf-8")
    return path


@given(st.floats(0.0, 1.0), st.integers(0, 6))
def test_what_is_printed_shows_the_number_it_was_printed_from(rate: float, digits: int) -> None:
    printed = read_printed(f"{100 * rate:.{digits}f}", 100.0)
    assert printed is not None
    assert printed.shows(rate)
    assert printed.written(rate) == printed.text
    assert printed.missed_by(rate) < 1e-9


@pytest.mark.parametrize(
    ("cell", "inside", "outside"),
    [("<0.01", 0.004, 0.02), ("> 0.9", 0.95, 0.8), ("0.987", 0.9873, 0.98801)],
)
def test_a_bound_shows_what_lies_beyond_it(cell: str, inside: float, outside: float) -> None:
    printed = read_printed(cell, 1.0)
    assert printed is not None
    assert printed.shows([inside, outside]).tolist() == [True, False]


def test_one_less_a_number_keeps_its_digits() -> None:
    assert Printed("92.40", 100.0).complement() == Printed("7.60", 100.0)


@pytest.mark.parametrize("cell", ["92,4", "92.4 %", "-1", "", "1e3", "٣", "=1", "9" * 13])
def test_what_is_no_printed_number_is_none(cell: str) -> None:
    assert read_printed(cell, 100.0) is None


def test_two_lines_are_enough(tmp_path: Path) -> None:
    (claim,) = read_claims(written(tmp_path, "estimate_percent\n92.4\n"))
    assert claim.estimate.value == pytest.approx(0.924, abs=ROUNDING)
    assert (claim.interval, claim.level, claim.listed) == (None, 0.95, ())
    assert claim.line == "92.4 %"


def test_every_fault_of_a_table_is_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "estimate_percent,ci_low_percent,i2_percent,events_total,level_percent,studies_listed\n"
        "92.4,89 %,120,1.5,100,1;1\n<5,4,0,2,95,\n,4,0,2,95,\n",
    )
    with pytest.raises(TableError) as caught:
        read_claims(path)
    told = str(caught.value)
    for what in (
        "row 2, column 'ci_low_percent': '89 %' is no printed number",
        "row 2, column 'i2_percent': '120' is more than 100",
        "row 2, column 'events_total': '1.5' is no count",
        "row 2, column 'level_percent': '100' is no level",
        "row 2, column 'studies_listed': a study is listed twice",
        "row 3, column 'estimate_percent': '<5' is a bound",
        "row 4, column 'estimate_percent': the cell is empty",
    ):
        assert what in told
    assert len(caught.value.problems) == 7


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rate\n5\n", "there is no column 'estimate_percent'"),
        ("estimate_percent\n", "there is no row below the header"),
        ("", "the file is empty"),
    ],
)
def test_a_table_without_claims_is_an_error(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(TableError, match=what):
        read_claims(written(tmp_path, text))


def test_outcomes_and_studies_must_be_known() -> None:
    cells = {"outcome": "onion", "estimate_percent": "5", "studies_listed": "1;99"}
    table = Table(tuple(cells), (Row(2, dict(cells)),))
    with pytest.raises(TableError) as caught:
        claims_of(table, "claims.csv", ("union",), ("1", "2"))
    assert "no outcome is called 'onion'" in str(caught.value)
    assert "no study is called '99'" in str(caught.value)


def test_the_papers_claims_are_read_as_printed() -> None:
    table = read_dataset(FOLDER).claims
    assert table is not None
    claims = claims_of(table, "claims.csv")
    for claim, row in zip(claims, table.rows, strict=True):
        limits = claim.interval
        assert limits is not None
        printed = [number.text for number in (claim.estimate, *limits)]
        columns = ("estimate_percent", "ci_low_percent", "ci_high_percent")
        assert printed == [row.cells[column] for column in columns]


def test_every_fault_of_a_table_of_summaries_is_told_at_once() -> None:
    good = {"column": "age", "statistic": "mean", "printed": "44.3", "source": "Table 1"}
    bad = {"column": "onions", "statistic": "median", "printed": "<4", "source": "Table 1"}
    table = Table(tuple(good), (Row(2, dict(good)), Row(3, dict(bad))))
    with pytest.raises(TableError) as caught:
        summaries_of(table, "summaries.csv", {"age"})
    assert [problem.where for problem in caught.value.problems] == [
        f"summaries.csv, row 3, column '{name}'" for name in ("column", "statistic", "printed")
    ]
    (summary,) = summaries_of(Table(table.columns, table.rows[:1]), "summaries.csv", {"age"})
    assert (summary.columns, summary.statistic, summary.printed.text) == (("age",), "mean", "44.3")


def test_a_number_of_a_claim_may_be_printed_again() -> None:
    again: dict[str, str | None] = {
        "column": "union",
        "statistic": "q_p_value",
        "printed": "<0.01",
        "source": "text",
    }
    rows = (Row(2, dict(again)), Row(3, again | {"statistic": "i2_percent", "printed": "13.6"}))
    table = Table(tuple(again), rows)
    p, i2 = summaries_of(table, "summaries.csv", {"age"}, {"union"})
    assert p.again
    assert i2.printed.value == pytest.approx(0.136)
    with pytest.raises(TableError, match="there is no outcome 'union'") as caught:
        summaries_of(table, "summaries.csv", {"age", "union"}, {"death"})
    assert len(caught.value.problems) == 2
