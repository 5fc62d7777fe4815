"""Every data set, scale, estimator and interval that meta was asked for.

Left out, with the reason:

- Hartung-Knapp where all estimates are equal: R gives an interval of width zero, here NaN.
- The safeguard iqwig6 where it makes the interval narrower (``NARROWED``): meta puts the classic
  standard error in place of a larger one; here a safeguard only widens.
- Prediction by a new non-parametric method (NNF): not offered. Intervals of tau2 (J, BJ): neither;
  its Q-profile and profile-likelihood intervals are metafor's.
- Rates of prediction limits on the Freeman-Tukey scale where meta gives none (NaN).
"""

from typing import Any

import numpy as np
import pytest

from engines.frequentist.r_values import DATA, EXACT, META, TAU2, R, counts, distance, numbers
from metaprop.engines.frequentist.effects import Effects, effects
from metaprop.engines.frequentist.heterogeneity import heterogeneity_intervals
from metaprop.engines.frequentist.mean_interval import all_equal
from metaprop.engines.frequentist.options import MeanInterval, Prediction, Safeguard
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import common_effect, ivhet, pool
from metaprop.engines.frequentist.weighing import weigh

EVERY = pytest.mark.parametrize(
    ("data", "scale"), [(data, scale) for data in DATA for scale in META]
)
INTERVALS: dict[str, tuple[MeanInterval, Safeguard]] = {
    "classic": ("z", "none"),
    "HK": ("hartung-knapp", "none"),
    "HK_se": ("hartung-knapp", "se"),
    "HK_ci": ("hartung-knapp", "ci"),
    "HK_IQWiG6": ("hartung-knapp", "iqwig6"),
    "KR": ("kenward-roger", "none"),
}
PREDICTIONS: dict[str, Prediction] = {
    "V": "hts-k-1",
    "HTS": "hts-k-2",
    "HK": "hartung-knapp",
    "HK_PR": "hartung-knapp-k-2",
    "KR": "kenward-roger",
    "KR_PR": "kenward-roger-less-1",
    "S": "normal",
}


def of(data: str, scale: str) -> tuple[Effects, dict[str, Any]]:
    return effects(*counts(data), META[scale]), R["meta"][data][scale]


def degenerate(found: Effects) -> bool:
    return bool(found.count > 1 and all_equal(found, weigh(found)))


def at(value: float | None) -> float:
    return 0.0 if value is None else value


@EVERY
def test_means_at_the_same_tau2_are_those_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    for method in TAU2:
        for name, interval in INTERVALS.items():
            if name not in references[method] or (name == "HK" and degenerate(found)):
                continue
            b, se, ci, df, between, prediction = references[method][name]
            pooled = pool(found, Plan("dl", *interval), tau2=between)
            assert distance(pooled.estimate, b) < EXACT
            limits = [pooled.prediction_low, pooled.prediction_high]
            assert distance(limits, prediction) < EXACT
            if name == "HK_IQWiG6" and float(pooled.se) > se * (1 + EXACT):
                # meta's "correction" has made the interval narrower than Hartung and Knapp's
                assert se < references[method]["HK"][1]
                continue
            assert distance([pooled.se, pooled.spread.df], [se, df]) < EXACT
            assert distance([pooled.ci_low, pooled.ci_high], ci) < EXACT


@EVERY
def test_whole_fits_with_a_closed_form_are_those_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    for name in ("DL", "HE", "HS", "SJ"):
        b, se, ci, _, between, prediction = references[name]["HK_se"]
        pooled = pool(found, Plan(TAU2[name], "hartung-knapp", "se"))
        assert distance(pooled.tau2, between) < EXACT
        assert distance([pooled.estimate, pooled.se], [b, se]) < EXACT
        assert distance([pooled.ci_low, pooled.ci_high], ci) < EXACT
        assert distance([pooled.prediction_low, pooled.prediction_high], prediction) < EXACT


@EVERY
def test_rates_are_those_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    for method in TAU2:
        rate, ci, prediction = (numbers(part) for part in references[method]["rates"])
        rates = pool(found, Plan("dl", "z"), tau2=references[method]["classic"][4]).rates()
        assert distance(rates.estimate, rate.tolist()) < EXACT
        known = ~np.isnan(np.broadcast_to(ci, 2))  # meta leaves out the end of Freeman-Tukey at 0
        assert np.all(np.abs(np.array([rates.ci_low, rates.ci_high]) - ci)[known] < EXACT)
        ends = np.array([rates.prediction_low, rates.prediction_high])
        assert np.nanmax([0.0, *np.abs(ends - prediction)]) < EXACT


@EVERY
def test_heterogeneity_is_that_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    b, se, ci, q, p, i2, i2_ci, h, h_ci = references["shared"]
    common, shown = common_effect(found), pool(found, Plan("dl")).heterogeneity
    assert distance([common.estimate, common.se], [b, se]) < EXACT
    assert distance([common.ci_low, common.ci_high], ci) < EXACT
    assert distance([shown.q, shown.p_value], [q, p]) < EXACT
    assert distance([shown.i2, np.sqrt(shown.h2)], [i2, h]) < EXACT
    intervals = heterogeneity_intervals(found)
    assert distance([intervals.i2_low, intervals.i2_high], i2_ci) < EXACT
    assert distance(np.sqrt([intervals.h2_low, intervals.h2_high]), h_ci) < EXACT


@EVERY
def test_common_rates_are_those_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    rate, ci = (numbers(part) for part in references["common_rates"])
    rates = common_effect(found).rates()
    assert distance(rates.estimate, rate.tolist()) < EXACT
    ends = np.array([rates.ci_low, rates.ci_high])
    assert np.nanmax([0.0, *np.abs(ends - ci)]) < EXACT


@EVERY
def test_ivhet_is_that_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    se, ci = references["IVhet"]
    ours = ivhet(found, np.array(at(references["REML"]["classic"][4])))
    assert distance(ours.se, se) < EXACT
    assert distance([ours.ci_low, ours.ci_high], ci) < EXACT


@EVERY
def test_prediction_intervals_are_those_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    between = references["REML"]["classic"][4]
    for name, kind in PREDICTIONS.items():
        if name not in references["predict"] or (name[:2] == "HK" and degenerate(found)):
            continue
        pooled = pool(found, Plan("reml", "z", prediction=kind), tau2=between)
        ours = [pooled.prediction_low, pooled.prediction_high]
        assert distance(ours, references["predict"][name]) < EXACT


@EVERY
def test_hartung_knapp_under_other_corrections_is_that_of_meta(data: str, scale: str) -> None:
    for name, (_, _, fit) in R["meta"][data][scale]["incr"].items():
        correction, amount = name.split("_")
        found = effects(*counts(data), META[scale], correction, float(amount))
        b, se, ci, _, between, _ = fit
        pooled = pool(found, Plan("reml", "hartung-knapp"), tau2=between)
        assert distance(pooled.estimate, b) < EXACT
        if not degenerate(found):
            assert distance(pooled.se, se) < EXACT
            assert distance([pooled.ci_low, pooled.ci_high], ci) < EXACT


def test_the_line_of_the_paper_comes_out() -> None:
    found = effects(*counts("union17"), "logit", "only0", 0.5)
    pooled = pool(found, Plan("dl", "hartung-knapp", "none"))
    rates, shown = pooled.rates(), pooled.heterogeneity
    assert [round(float(x), 5) for x in (rates.estimate, rates.ci_low, rates.ci_high)] == [
        0.92409,
        0.89016,
        0.94815,
    ]
    assert round(float(shown.q), 4) == 6.0989
    assert round(float(shown.p_value), 5) == 0.98699
    assert float(found.phantom_events) == 6.5
