"""Any table under any model, by any way to pool: finite answers that keep the promises."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaprop.engines.frequentist.options import (
    Convention,
    Correction,
    MeanInterval,
    Prediction,
    Safeguard,
    Scale,
    StudyInterval,
    Tau2Method,
)
from metaprop.engines.frequentist.study_intervals import study_intervals
from properties.cases_of import SHIPPED, Assumed, Case, Family
from properties.fuzz import failures_of
from properties.identities import IDENTITIES
from properties.strategies import any_family, tables

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
ROUGH = 1e-4
"""Tolerance of these fits: one at the usual 1e-6 takes several times as long."""
LARGEST_RANGED, MOST_HUGE = 500, 3
"""Patients of studies whose counts are ranges, and how many studies of 10^9: more take seconds."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "scale": get_args(Scale),
    "correction": get_args(Correction),
    "amount": (0.5, 0.0, 0.01, 1.0),
    "convention": get_args(Convention),
    "tau2": get_args(Tau2Method),
    "interval": get_args(MeanInterval),
    "safeguard": get_args(Safeguard),
    "prediction": get_args(Prediction),
    "level": (0.95, 0.5, 0.999),
}
WAYS = st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CHOICES.items()})
ONE_STEP = st.fixed_dictionaries(
    {
        "model": st.sampled_from(("glmm", "beta-binomial")),
        "interval": st.sampled_from(("profile", "z")),
    }
)
USUAL_TABLES = tables(largest=LARGEST_RANGED)
HUGE_TABLES = tables(most=MOST_HUGE, exact=True)
PART = st.sampled_from((*IDENTITIES, "new_study", "typical", "study", "new_count"))


def case_holds(table: Any, family: Family, part: str) -> None:
    assert (
        failures_of(Case(table[0], table[1], models=(family,), tolerance=ROUGH, parts=(part,)))
        == ()
    )


def pooling_holds(table: Any, way: dict[str, Any]) -> None:
    assert failures_of(Case(table[0], table[1], pooling=way)) == ()


@FEW
@given(USUAL_TABLES, st.sampled_from(SHIPPED), PART)
def test_any_table_under_the_shipped_priors(table: Any, family: Family, part: str) -> None:
    case_holds(table, family, part)


@FEW
@given(tables(most=6, largest=40), any_family(), PART)
def test_any_table_under_any_usual_priors(table: Any, family: Family, part: str) -> None:
    case_holds(table, family, part)


@settings(FEW, max_examples=6)
@given(HUGE_TABLES, st.sampled_from(SHIPPED))
def test_up_to_a_billion_patients(table: Any, family: Family) -> None:
    case_holds(table, family, "permuted")


@settings(FEW, max_examples=60)
@given(tables(exact=True), WAYS)
def test_any_exact_table_by_any_way_to_pool(table: Any, way: dict[str, Any]) -> None:
    pooling_holds(table, way)


@FEW
@given(tables(exact=True, most=12, largest=200), ONE_STEP)
def test_any_exact_table_by_a_model_of_the_counts(table: Any, way: dict[str, Any]) -> None:
    pooling_holds(table, way)


@FEW
@given(USUAL_TABLES)
def test_ranges_are_not_pooled_but_refused(table: Any) -> None:
    pooling_holds(table, {"scale": "logit"})


@FEW
@given(tables(exact=True), st.sampled_from(get_args(StudyInterval)))
def test_an_interval_of_a_study_holds_its_rate(table: Any, kind: StudyInterval) -> None:
    events, totals = ([int(v) for v in column] for column in table)
    found = study_intervals(events, totals, kind)
    assert (found.low >= 0.0).all()
    assert (found.high <= 1.0).all()
    assert (found.low <= found.high).all()


@pytest.mark.slow
def test_many_tables_under_any_priors() -> None:
    MANY(given(USUAL_TABLES, st.sampled_from(SHIPPED), PART)(case_holds))()
    MANY(given(tables(most=6, largest=40), any_family(), PART)(case_holds))()


@pytest.mark.slow
def test_priors_of_any_size_have_an_answer_or_an_error() -> None:
    def one(table: Any, family: Family) -> None:
        assert failures_of(Case(table[0], table[1], models=(family,), tolerance=ROUGH)) == ()

    many = settings(MANY, max_examples=150)
    many(given(tables(most=5, largest=30), any_family(far=True))(one))()


@pytest.mark.slow
def test_every_way_to_pool_on_tables_that_break_formulas() -> None:
    odd = (
        (("0", "0"), (4, 9)),
        (("3",), (7,)),
        (("0", "10", "5"), (10, 10, 10)),
        (("1", "0", "7", "2"), (1, 1, 10**6, 2)),
    )
    rng = Random(1)  # noqa: S311 - not cryptographic
    for table in odd:
        for values in itertools.product(*CHOICES.values()):
            if rng.random() < 0.05:
                way = dict(zip(CHOICES, values, strict=True))
                assert failures_of(Case(table[0], table[1], pooling=way)) == (), way


def test_a_promise_that_is_broken_is_told() -> None:
    wrong = Family("common-rate", Assumed("average", {"distribution": "beta", "alpha": 1.0}))
    assert failures_of(Case(("1",), (3,), models=(wrong,))) == ()  # refused: one clear error
    assert "TableError" in failures_of(Case(("4",), (3,)))[0]
