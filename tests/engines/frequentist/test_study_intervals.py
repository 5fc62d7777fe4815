"""Intervals of single rates: identities, then meta.

Left out, with the reason: Wilson's interval with continuity correction at y = 0 and y = n, where
meta leaves the limit inside (0, 1), so that the observed rate lies outside of its own interval.
"""

from typing import get_args

import numpy as np
import pytest
from scipy import stats

from engines.frequentist.r_values import DATA, META, R, counts, distance, numbers
from metaprop.core.errors import OptionError
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import StudyInterval
from metaprop.engines.frequentist.study_intervals import (
    METHODS,
    RateIntervals,
    study_intervals,
    transformed_intervals,
)
from metaprop.engines.frequentist.transforms import rate_of

METHOD: dict[str, StudyInterval] = {
    "CP": "clopper-pearson",
    "WS": "wilson",
    "WSCC": "wilson-corrected",
    "AC": "agresti-coull",
    "SA": "wald",
    "SACC": "wald-corrected",
}
NAMES = get_args(StudyInterval)
PRINTED = 1e-10
EVERY = pytest.mark.parametrize("method", NAMES)
EVENTS, TOTALS = np.array([0, 3, 12, 1, 20]), np.array([7, 11, 12, 1000, 41])


@EVERY
def test_counting_the_others_mirrors_the_interval(method: StudyInterval) -> None:
    ours, others = (study_intervals(y, TOTALS, method) for y in (EVENTS, TOTALS - EVENTS))
    assert ours.low == pytest.approx(1.0 - others.high, abs=1e-13)


@EVERY
def test_an_interval_holds_the_observed_rate(method: StudyInterval) -> None:
    found = study_intervals(EVENTS, TOTALS, method)
    assert np.all((found.low <= EVENTS / TOTALS) & (found.high >= EVENTS / TOTALS))
    assert np.all((found.low >= 0.0) & (found.high <= 1.0))


@EVERY
def test_a_higher_level_is_wider(method: StudyInterval) -> None:
    narrow, wide = (study_intervals(EVENTS[1:2], TOTALS[1:2], method, a) for a in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@EVERY
def test_every_interval_is_cited(method: StudyInterval) -> None:
    assert METHODS[method].link is not None


def tails(found: RateIntervals, at: int) -> tuple[float, float]:
    y, n = EVENTS[at], TOTALS[at]
    low, high = found.low[at], found.high[at]
    half_low, half_high = (0.5 * stats.binom.pmf(y, n, p) for p in (low, high))
    return (
        float(stats.binom.sf(y, n, low) + half_low),
        float(stats.binom.cdf(y - 1, n, high) + half_high),
    )


@pytest.mark.parametrize("at", [1, 3, 4])
def test_mid_p_leaves_half_of_the_error_on_either_side(at: int) -> None:
    found = study_intervals(EVENTS, TOTALS, "mid-p", 0.9)
    assert tails(found, at) == pytest.approx((0.05, 0.05), abs=1e-12)


def test_mid_p_lies_inside_clopper_pearson() -> None:
    exact, mid = (study_intervals(EVENTS, TOTALS, m) for m in ("clopper-pearson", "mid-p"))
    assert np.all((mid.low >= exact.low) & (mid.high <= exact.high))


def test_jeffreys_interval_holds_a_beta_probability() -> None:
    found = study_intervals([3], [11], "jeffreys", 0.9)
    held = stats.beta(3.5, 8.5)
    assert held.cdf(found.low) == pytest.approx(0.05)
    assert held.sf(found.high) == pytest.approx(0.05)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", METHOD)
def test_intervals_are_those_of_meta(data: str, name: str) -> None:
    events, totals = counts(data)
    found = study_intervals(events, totals, METHOD[name])
    low, high = (numbers(R["study_ci"][data][name][end]) for end in ("lower", "upper"))
    kept = (events > 0) & (events < totals) if name == "WSCC" else events >= 0
    assert np.all(np.abs(found.low - low)[kept] < PRINTED)
    assert np.all(np.abs(found.high - high)[kept] < PRINTED)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("scale", META)
def test_intervals_on_a_scale_are_those_of_meta(data: str, scale: str) -> None:
    name = "NAsm_logit_scale" if scale == "PLOGIT" else f"NAsm_{scale}_scale"
    events, totals = counts(data)
    found = transformed_intervals(effects(events, totals, META[scale]))
    for ours, end in ((found.low, "lower"), (found.high, "upper")):
        theirs = rate_of(numbers(R["study_ci_scale"][data][name][end]), META[scale], totals)
        assert distance(ours, theirs.tolist()) < PRINTED


def test_an_unknown_interval_is_refused() -> None:
    with pytest.raises(OptionError, match="clopper-pearson"):
        study_intervals([1], [2], "exact")  # type: ignore[arg-type]
