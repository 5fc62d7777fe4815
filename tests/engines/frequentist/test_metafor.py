"""Every data set, scale, correction, estimator and test that metafor was asked for.

Left out, with the reason:

- Hunter-Schmidt's small-sample version (HSk): not offered.
- I2, H2 and P of Q for one study: R says 0, 1 and 1, here they do not exist (NaN).
- Hartung-Knapp where all estimates are equal: R gives an interval of width zero, here NaN.
- tau2 of one study: R says 0, here NaN.
- Limits of tau2 that R cut off at 100 or ten times its estimate; empty sets, which R writes [0, 0].
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engines.frequentist.r_values import (
    CORRECTIONS,
    DATA,
    EXACT,
    METAFOR,
    TAU2,
    R,
    distance,
    metafor_effects,
    numbers,
)
from metaprop.engines.frequentist.between.estimate import tau2
from metaprop.engines.frequentist.between.intervals import (
    Tau2Interval,
    profile_likelihood,
    q_profile,
)
from metaprop.engines.frequentist.effects import Effects
from metaprop.engines.frequentist.mean_interval import all_equal
from metaprop.engines.frequentist.options import Correction, MeanInterval, Prediction, Safeguard
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import common_effect, pool
from metaprop.engines.frequentist.weighing import weigh

CELLS = [
    (data, scale, correction)
    for data in DATA
    for scale in METAFOR
    for correction in CORRECTIONS
    if R["metafor"][data][scale].get(f"cc_{correction}", {}).get("k_used")
]
EVERY = pytest.mark.parametrize(("data", "scale"), list(dict.fromkeys(c[:2] for c in CELLS)))
ITERATIVE = 1e-5
"""metafor stops Fisher scoring at steps below 1e-5 in tau2, whatever the scale."""
UNIROOT = 1.3e-4
"""R's uniroot stops at brackets of the fourth root of the double epsilon."""
STOPPED_EARLY = {
    ("huge_small", "PR", "all", "REML"),
    ("huge_small", "PR", "if0all", "REML"),
}
"""Fisher scoring converges so slowly here that steps of 1e-5 end it 1.9e-5 away."""
TESTS: dict[str, tuple[MeanInterval, Safeguard]] = {
    "z": ("z", "none"),
    "knha": ("hartung-knapp", "none"),
    "adhoc": ("hartung-knapp", "se"),
}
INTERVALS = ("tau2_QP_ci", "tau2_PL_ci_ML", "tau2_PL_ci_REML")


def cell(data: str, scale: str, correction: str) -> dict[str, Any]:
    found: dict[str, Any] = R["metafor"][data][scale][f"cc_{correction}"]
    return found


def over_corrections(check: Callable[[str, str, Correction], None]) -> Callable[[str, str], None]:
    def run(data: str, scale: str) -> None:
        for correction in CORRECTIONS:
            if (data, scale, correction) in CELLS:
                check(data, scale, correction)

    return run


def degenerate(found: Effects) -> bool:
    return bool(found.count > 1 and all_equal(found, weigh(found)))


def test_there_are_cells_of_all_data_sets() -> None:
    assert {data for data, *_ in CELLS} == set(DATA)
    assert len(CELLS) == 168


@EVERY
@over_corrections
def test_common_effects_are_those_of_metafor(data: str, scale: str, correction: Correction) -> None:
    common = common_effect(metafor_effects(data, scale, correction))
    b, se, ci, rate, rate_ci = cell(data, scale, correction)["common"]
    rates = common.rates()
    assert distance(common.estimate, b) < EXACT
    assert distance(common.se, se) < EXACT
    assert distance([common.ci_low, common.ci_high], ci) < EXACT
    # log and raw values may lie outside; metafor leaves them there, a rate does not
    assert distance(rates.estimate, np.clip(numbers(rate), 0, 1).tolist()) < EXACT
    limits = np.clip(numbers(rate_ci), 0, 1).tolist()
    assert distance([rates.ci_low, rates.ci_high], limits) < EXACT


@EVERY
@over_corrections
def test_variances_between_studies_are_those_of_metafor(
    data: str, scale: str, correction: Correction
) -> None:
    found = metafor_effects(data, scale, correction)
    for name, method in TAU2.items():
        ours = tau2(found, method)
        if found.count < 2:
            assert np.isnan(ours)
            continue
        apart = abs(float(ours) - cell(data, scale, correction)["fits"][name]["fit"][0])
        if name in {"DL", "HE", "HS", "SJ"}:
            assert apart < EXACT * (1.0 + ours)
        elif name == "PM":
            assert apart < UNIROOT
        else:
            slow = (data, scale, correction, name) in STOPPED_EARLY
            assert (ITERATIVE < apart < 2 * ITERATIVE) if slow else apart < ITERATIVE


@EVERY
@over_corrections
def test_means_at_the_same_tau2_are_those_of_metafor(
    data: str, scale: str, correction: Correction
) -> None:
    found = metafor_effects(data, scale, correction)
    for fit in cell(data, scale, correction)["fits"].values():
        between, i2, h2, q, p = fit["fit"]
        b, *z = fit["z"]
        tests = {"z": z, "knha": fit["knha"], "adhoc": fit["adhoc"]}
        for name, (se, ci, prediction, *_) in tests.items():
            if name == "knha" and degenerate(found):
                continue
            pooled = pool(found, Plan("dl", *TESTS[name], "as-mean"), tau2=between)
            assert distance(pooled.estimate, b) < EXACT
            assert distance(pooled.se, se) < EXACT
            assert distance([pooled.ci_low, pooled.ci_high], ci) < EXACT
            assert distance([pooled.prediction_low, pooled.prediction_high], prediction) < EXACT
        if found.count > 1:
            shown = pooled.heterogeneity
            assert distance([100 * shown.i2, shown.h2, shown.q], [i2, h2, q]) < EXACT
            assert distance(shown.p_value, p) < EXACT


@EVERY
@over_corrections
def test_prediction_intervals_at_the_same_tau2_are_those_of_metafor(
    data: str, scale: str, correction: Correction
) -> None:
    found = metafor_effects(data, scale, correction)
    for fit in cell(data, scale, correction)["fits"].values():
        *_, z_km2, z_km1 = fit["z"]
        kinds: dict[Prediction, Any] = {"hts-k-2": z_km2, "hts-k-1": z_km1}
        if not degenerate(found):
            kinds["hartung-knapp-k-2"] = fit["knha"][-1]
        for kind, limits in kinds.items():
            pooled = pool(found, Plan("dl", "z", prediction=kind), tau2=fit["fit"][0])
            assert distance([pooled.prediction_low, pooled.prediction_high], limits) < EXACT


@EVERY
@over_corrections
def test_rates_are_those_of_metafor(data: str, scale: str, correction: Correction) -> None:
    found = metafor_effects(data, scale, correction)
    for fit in cell(data, scale, correction)["fits"].values():
        rates = pool(found, Plan("dl", "z"), tau2=fit["fit"][0]).rates()
        estimate, limits = (np.clip(numbers(part), 0, 1).tolist() for part in fit["rates"])
        assert distance(rates.estimate, estimate) < EXACT
        assert distance([rates.ci_low, rates.ci_high], limits) < EXACT


@EVERY
@over_corrections
def test_whole_fits_with_a_closed_form_are_those_of_metafor(
    data: str, scale: str, correction: Correction
) -> None:
    found = metafor_effects(data, scale, correction)
    for name in ("DL", "HE", "HS", "SJ"):
        pooled = pool(found, Plan(TAU2[name], "z"))
        b, se, ci, *_ = cell(data, scale, correction)["fits"][name]["z"]
        assert distance([pooled.estimate, pooled.se], [b, se]) < EXACT
        assert distance([pooled.ci_low, pooled.ci_high], ci) < EXACT


@EVERY
@over_corrections
def test_intervals_of_tau2_are_those_of_metafor(
    data: str, scale: str, correction: Correction
) -> None:
    found = metafor_effects(data, scale, correction)
    limits = cell(data, scale, correction)
    for name in INTERVALS:
        estimator = "ML" if name.endswith("_ML") else "REML"
        cut = max(100.0, 10.0 * limits["fits"][estimator]["fit"][0])
        ours = _interval(name, found)
        if found.count < 2:
            assert np.isnan(ours.high)
        elif ours.empty:
            assert limits[name] == [0, 0]
        else:
            low, high = numbers(limits[name])
            assert float(ours.low) == pytest.approx(low, abs=UNIROOT)
            if high < cut * (1 - EXACT):
                # a bracket of that width, and rounding of R's own profile at large tau2
                assert float(ours.high) == pytest.approx(high, abs=UNIROOT, rel=UNIROOT)
            else:
                assert ours.high > high


def _interval(name: str, found: Effects) -> Tau2Interval:
    if name == "tau2_QP_ci":
        return q_profile(found)
    return profile_likelihood(found, restricted=name.endswith("REML"))
