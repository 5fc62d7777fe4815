"""Estimates and variances of single studies: refusals, identities, R."""

import numpy as np
import pytest

from engines.frequentist.r_values import (
    CORRECTIONS,
    DATA,
    EXACT,
    META,
    METAFOR,
    R,
    counts,
    distance,
    metafor_effects,
    numbers,
)
from metaprop.core.errors import OptionError, TableError
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import Scale, SizeMean
from metaprop.engines.frequentist.rates import mean_size
from metaprop.engines.frequentist.transforms import rate_of

EVENTS, TOTALS = [9, 12, 23, 3, 0], [9, 13, 40, 30, 11]
SCALES: tuple[Scale, ...] = ("logit", "log", "raw", "arcsine", "freeman-tukey")


@pytest.mark.parametrize(
    ("events", "totals", "said"),
    [
        ([3, 7], [5, 6], "7 events are more than the 6 patients"),
        ([3, -1], [5, 6], "-1 events"),
        ([3, 0], [5, 0], "a total of 0"),
        ([3, np.nan], [5, 6], "no finite count"),
        ([3, 2], [5, np.inf], "no finite count"),
        ([3, 2.5], [5, 6], "no whole number"),
        ([], [], "there is no study"),
        (3, 5, "there is no study"),
        ([3, 2], [5, 6, 7], "shape"),
        (["1+", 2], [5, 6], "not every count is one number"),
    ],
)
def test_impossible_counts_are_refused(events: object, totals: object, said: str) -> None:
    with pytest.raises(TableError, match=said):
        effects(events, totals)  # type: ignore[arg-type]  # that is what is tested


def test_every_impossible_study_is_named() -> None:
    with pytest.raises(TableError) as caught:
        effects([[3, 7], [9, 1]], [[5, 6], [8, 4]])
    assert [problem.where for problem in caught.value.problems] == [
        "table 1, study 2",
        "table 2, study 1",
    ]


def test_a_thousand_impossible_studies_are_counted() -> None:
    with pytest.raises(TableError, match="980 more") as caught:
        effects([2] * 1000, [1] * 1000)
    assert len(caught.value.problems) == 21


def test_unknown_choices_are_refused_together() -> None:
    with pytest.raises(OptionError) as caught:
        effects(EVENTS, TOTALS, "probit", "some", -1.0, "stata")  # type: ignore[arg-type]
    assert [problem.where for problem in caught.value.problems] == [
        "scale",
        "correction",
        "amount",
        "convention",
    ]


@pytest.mark.parametrize("scale", SCALES)
def test_one_total_for_many_data_sets_is_that_total_in_each(scale: Scale) -> None:
    many = effects([EVENTS, EVENTS[::-1]], TOTALS[3:4] * 5, scale)
    alone = effects(EVENTS[::-1], TOTALS[3:4] * 5, scale)
    assert np.array_equal(many.estimate[1], alone.estimate)
    assert np.array_equal(many.variance[1], alone.variance)


@pytest.mark.parametrize("convention", ["meta", "metafor"])
@pytest.mark.parametrize("scale", ["logit", "raw", "arcsine", "freeman-tukey"])
def test_counting_the_others_mirrors_every_estimate(scale: Scale, convention: str) -> None:
    y, n = np.array(EVENTS), np.array(TOTALS)
    ours, others = (
        effects(v, n, scale, "only0", 0.5, convention)  # type: ignore[arg-type]
        for v in (y, n - y)
    )
    centre = {"logit": 0.0, "raw": 0.5, "arcsine": np.pi / 4, "freeman-tukey": np.pi / 4}[scale]
    assert ours.estimate - centre == pytest.approx(centre - others.estimate, abs=1e-14)
    assert ours.variance == pytest.approx(others.variance, rel=1e-14)


@pytest.mark.parametrize("scale", SCALES)
def test_an_estimate_goes_back_to_its_rate(scale: Scale) -> None:
    y, n = np.array([1, 12, 23, 3]), np.array([9, 13, 40, 30])
    found = effects(y, n, scale)
    assert rate_of(found.estimate, scale, n) == pytest.approx(y / n, abs=1e-13)


@pytest.mark.parametrize("count", [0, 9])
def test_the_freeman_tukey_value_of_an_extreme_study_goes_back_to_the_end(count: int) -> None:
    found = effects([count], [9], "freeman-tukey")
    assert rate_of(found.estimate, "freeman-tukey", 9.0) == pytest.approx(count / 9, abs=1e-15)


def test_means_of_sizes_are_those_of_the_studies_used() -> None:
    found = effects([0, 2, 3], [100, 4, 16], "logit", "none")
    kinds: tuple[SizeMean, ...] = ("harmonic", "geometric", "arithmetic", "smallest", "largest")
    assert [float(mean_size(found, kind)) for kind in kinds] == pytest.approx([6.4, 8, 10, 4, 16])


def test_nothing_is_added_where_no_cell_is_empty() -> None:
    found = effects([[0, 3], [1, 3]], [4, 5], "logit", "if0all", 0.25)
    assert found.phantom_events.tolist() == [0.5, 0.0]
    assert found.corrected.tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("scale", META)
def test_estimates_are_those_of_meta(data: str, scale: str) -> None:
    references = R["meta"][data][scale]
    cases = {"only0_0.5": references["effects"], **references["incr"]}
    for name, (estimate, se, *_) in cases.items():
        correction, amount = name.split("_")
        found = effects(*counts(data), META[scale], correction, float(amount))
        assert distance(found.estimate, estimate) < EXACT
        assert distance(np.sqrt(found.variance), se) < EXACT


def test_meta_is_held_against_ten_ways_to_correct() -> None:
    assert len(R["meta"]["union17"]["PLOGIT"]["incr"]) == 9


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("scale", METAFOR)
def test_as_many_studies_are_used_as_by_metafor(data: str, scale: str) -> None:
    for correction in CORRECTIONS:
        if (cell := R["metafor"][data][scale].get(f"cc_{correction}")) is not None:
            found = metafor_effects(data, scale, correction)
            assert float(found.count) == numbers(cell["k_used"])[0]
