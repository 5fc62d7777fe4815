"""The whole grammar of files: what it allows is read as it was meant, all else is one error."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaprop import MetapropError, Studies, read_dataset, read_model, read_studies
from metaprop.evidence.claims import read_claims
from metaprop.evidence.counts import Count, parse_count
from metaprop.evidence.readings import read_readings
from properties.readers import WHOLE, check_refusal
from properties.strategies import WILD, any_family, cells, csv_texts, tables

if TYPE_CHECKING:
    from properties.cases_of import Family

# the folder is written anew for each example: one for all of them does no harm
FEW = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
THIN = 1e-9
"""What two sides of a prior may miss 1 by: 2e-16 over the thinnest slice that may be cut, 1e-6."""
MANY = settings(FEW, max_examples=2000)


def written(table: dict[str, Any], head: str = "") -> str:
    """Return a TOML of nested tables; what TOML cannot hold raises ValueError."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{head}]"] * bool(head and plain)
    lines += [f"{json.dumps(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines.append(written(value, f"{head}.{key}" if head else key))
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None:
        return '""'
    return json.dumps(value)


# -- tables ------------------------------------------------------------------------------------


def table_holds(place: Path, text: str, body: tuple[Any, ...], totals: tuple[int, ...]) -> None:
    path = place / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    studies = read_studies(path)
    expected = [parse_count(cell, n) for cell, n in zip(body, totals, strict=True)]
    assert studies.totals.tolist() == list(totals)
    assert list(studies.counts) == expected
    assert studies == Studies.of(studies.names, body, totals)


@FEW
@given(csv_texts())
def test_a_table_by_the_grammar_is_read_as_it_was_meant(
    tmp_path: Path, drawn: tuple[str, Any, Any]
) -> None:
    table_holds(tmp_path, *drawn)


@FEW
@given(tables(most=8), st.one_of(cells(60), st.text(max_size=12), st.integers()))
def test_a_known_total_is_within_reach_or_refused(table: Any, known: str | int) -> None:
    studies = Studies.of([str(i) for i in range(len(table[0]))], *table)
    if check_refusal(lambda: studies.with_known_total(known)):
        return
    total = studies.with_known_total(known).total_events
    assert int(studies.low.sum()) <= total.low <= total.high <= int(studies.high.sum())


# -- model files -------------------------------------------------------------------------------


def model_file(family: Family) -> dict[str, Any]:
    """Return the tables of a model file."""
    words = {"unit": "unit", "reason": "A test.", "source": "A test."}
    file: dict[str, Any] = {"name": "Case", "family": family.family, "sentence": "A test."}
    parts = {"location": family.location, "heterogeneity": family.spread}
    for table, given_ in parts.items():
        if given_ is not None:
            file[table] = {"parameter": given_.parameter, "prior": given_.prior, **words}
    return file


def model_holds(place: Path, file: dict[str, Any]) -> None:
    path = place / "case.toml"
    path.write_text(written(file), encoding="utf-8")
    if check_refusal(lambda: read_model(path)):
        return
    for parameter in read_model(path).parameters:
        prior = parameter.prior
        levels = np.array([0.0, 0.025, 0.5, 0.975, 1.0])
        at = prior.quantile(levels)
        assert (at[1:] >= at[:-1]).all()
        assert np.isfinite(prior.log_density(at[2]))
        assert (np.diff(prior.cdf(at)) >= 0.0).all()
        below, above = prior.cdf(at[1:-1]), prior.survival(at[1:-1])
        assert below + above == pytest.approx(1.0, abs=THIN)


@FEW
@given(any_family(far=True))
def test_a_model_file_with_numbers_of_any_size(tmp_path: Path, family: Family) -> None:
    model_holds(tmp_path, model_file(family))


@FEW
@given(any_family(), st.data())
def test_a_model_file_with_one_value_that_is_anything(
    tmp_path: Path, family: Family, data: st.DataObject
) -> None:
    file = model_file(family)
    table = file[data.draw(st.sampled_from(["location", "heterogeneity"]))] if (
        family.spread is not None
    ) else file["location"]  # fmt: skip
    inner = data.draw(st.sampled_from([file, table, table["prior"]]))
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(WILD)
    model_holds(tmp_path, file)


# -- passports, counts and readings ------------------------------------------------------------


@st.composite
def folders(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Draw a passport of one to three outcomes and their counts, all of them sound."""
    names = draw(
        st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), min_size=1, max_size=3,
                 unique=True)
    )  # fmt: skip
    group = draw(st.booleans()) and len(names) > 1
    rows, outcomes = ["outcome,study,events,total,source"], {}
    for name in names:
        cells_, totals = draw(tables(most=3, largest=50))
        rates = st.floats(0.001, 0.999).map(lambda rate: round(rate, 6))
        entry: dict[str, Any] = {
            "label": name.upper(),
            "direction": draw(st.sampled_from(["higher is better", "lower is better"])),
            "thresholds": sorted(draw(st.lists(rates, min_size=1, max_size=4, unique=True))),
        }
        if group:
            entry["group"] = "group"
        if draw(st.booleans()):
            entry |= {"known_total": draw(st.sampled_from(["?", "0+", f"0-{sum(totals)}"]))}
            entry["known_total_source"] = "Text."
        outcomes[name] = entry
        rows += [
            f'{name},{study},"{cell}",{n},"Row"'
            for study, cell, n in zip(("Ash", "Birch", "Cedar"), cells_, totals, strict=False)
        ]
    columns = {"age": {"meaning": "Age."}}
    head = {"title": "Trees", "question": "How many?", "outcomes": outcomes, "columns": columns}
    return head, "\n".join(rows) + "\n"


def laid(place: Path, **files: str) -> None:
    """Write the small whole data set with some of its files in other words."""
    for name, sound in WHOLE.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(sound)
    for name, text in files.items():
        (place / name.replace("__", ".").replace("_in_", "/")).write_text(text, encoding="utf-8")


def folder_holds(place: Path, drawn: tuple[dict[str, Any], str]) -> None:
    head, counts = drawn
    laid(place, dataset__toml=written(head), counts__csv=counts)
    dataset = read_dataset(place)
    assert list(dataset.outcomes) == list(head["outcomes"])
    for key, outcome in dataset.outcomes.items():
        assert list(outcome.thresholds) == head["outcomes"][key]["thresholds"]
        assert outcome.studies.total_events.low <= outcome.studies.total_events.high
    assert {o.id for group in dataset.groups.values() for o in group} in (
        set(), set(dataset.outcomes)
    )  # fmt: skip


@FEW
@given(folders())
def test_a_sound_folder_is_read_as_it_was_meant(
    tmp_path: Path, drawn: tuple[dict[str, Any], str]
) -> None:
    folder_holds(tmp_path, drawn)


@FEW
@given(folders(), st.data())
def test_a_passport_with_one_value_that_is_anything(
    tmp_path: Path, drawn: tuple[dict[str, Any], str], data: st.DataObject
) -> None:
    head, counts = drawn
    entry = next(iter(head["outcomes"].values()))
    inner = data.draw(st.sampled_from([head, head["outcomes"], entry]))
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(
        st.one_of(WILD, st.lists(WILD, max_size=3))
    )
    laid(tmp_path, dataset__toml=written(head), counts__csv=counts)
    check_refusal(lambda: read_dataset(tmp_path))


@FEW
@given(st.data())
def test_a_reading_changes_its_cells_and_no_others(tmp_path: Path, data: st.DataObject) -> None:
    totals = {"Ash": 9, "Birch": 15, "Cedar": 7}
    study = data.draw(st.sampled_from(sorted(totals)))
    cell = data.draw(cells(totals[study]))
    row = f'lives,{study},"{cell}",{totals[study]},Text,'
    laid(
        tmp_path,
        readings_in_other__toml='sentence = "Otherwise."\n',
        readings_in_other__csv=f"outcome,study,events,total,source,replaces\n{row}\n",
    )
    dataset = read_dataset(tmp_path)
    (reading,) = read_readings(dataset).readings
    found = reading.apply(dataset).outcomes
    assert found["falls"].studies == dataset.outcomes["falls"].studies
    before, after = dataset.outcomes["lives"].studies, found["lives"].studies
    expected = dict(zip(before.names, before.counts, strict=True))
    expected[study] = parse_count(cell, totals[study])
    assert dict(zip(after.names, after.counts, strict=True)) == expected


# -- claims ------------------------------------------------------------------------------------

PRINTED = st.one_of(
    st.decimals(-10, 110, places=2).map(str),
    st.text("0123456789.<>+-%e ", max_size=8),
    st.text(max_size=6),
)
HEADS = (
    *("estimate_percent", "ci_low_percent", "ci_high_percent", "q_p_value", "level_percent"),
    *("studies", "patients", "events_total", "studies_listed", "outcome"),
)


@FEW
@given(st.lists(st.tuples(*[PRINTED] * len(HEADS)), min_size=1, max_size=4))
def test_claims_are_numbers_in_range_or_refused(tmp_path: Path, rows: list[Any]) -> None:
    path = tmp_path / "claims.csv"
    quoted = ([f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows)
    text = "\n".join([",".join(HEADS), *map(",".join, quoted)])
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    if check_refusal(lambda: read_claims(path)):
        return
    for claim in read_claims(path):
        numbers = (claim.estimate, claim.ci_low, claim.ci_high, claim.q_p)
        assert all(0.0 <= n.value <= 1.0 for n in numbers if n is not None)
        assert 0.0 < claim.level < 1.0


@pytest.mark.slow
def test_many_files_of_the_grammar(tmp_path: Path) -> None:
    MANY(given(csv_texts())(lambda drawn: table_holds(tmp_path, *drawn)))()
    MANY(given(any_family(far=True))(lambda one: model_holds(tmp_path, model_file(one))))()
    MANY(given(folders())(lambda drawn: folder_holds(tmp_path, drawn)))()


def test_what_is_refused_is_an_error_of_ours() -> None:
    assert check_refusal(lambda: Studies.of(["a"], ["4"], [3]))
    assert not check_refusal(lambda: Count(0, 1))
    with pytest.raises(MetapropError):
        Studies.of([], [], [])
