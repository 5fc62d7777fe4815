"""Leaving studies out: identities, then metafor.

Left out, with the reason: tau2 without one of two studies, which R says is 0 and which cannot be
estimated. All else is compared at R's own tau2, which metafor stops estimating at steps of 1e-5.
"""

from typing import Any

import numpy as np
import pytest

from engines.frequentist.r_values import DATA, EXACT, R, counts, distance, numbers
from metaprop.core.errors import OptionError
from metaprop.engines.frequentist.deletion import (
    Influence,
    baujat,
    cumulative,
    diagnostics,
    influence,
    leave_one_out,
    without_each,
)
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.options import Scale
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import Pooled, pool
from metaprop.engines.frequentist.weighing import weigh

SCALES: dict[str, Scale] = {"PLOGIT": "logit", "PFT": "freeman-tukey", "PAS": "arcsine"}
EVERY = pytest.mark.parametrize(
    ("data", "scale"), [(data, scale) for data in DATA for scale in SCALES]
)
PLAN = Plan("reml", "z")
FIELDS = {
    "rstudent": "rstudent",
    "dffits": "dffits",
    "cook.d": "cook",
    "cov.r": "cov_ratio",
    "tau2.del": "tau2",
    "QE.del": "q",
    "hat": "hat",
    "dfbs": "dfbetas",
}
ITERATIVE = 1e-5
EVENTS, TOTALS = np.array([9, 12, 23, 3, 10]), np.array([9, 13, 40, 30, 11])


def of(data: str, scale: str) -> tuple[Pooled, dict[str, Any]]:
    found = effects(*counts(data), SCALES[scale])
    between = R["meta"][data][scale]["REML"]["classic"][4]
    return pool(found, PLAN, tau2=between), R["bias"][data][scale]


@EVERY
def test_leaving_one_out_is_that_of_metafor(data: str, scale: str) -> None:
    whole, references = of(data, scale)
    if "leave1out" not in references:
        assert whole.effects.count == 1
        assert np.isnan(leave_one_out(whole.effects, PLAN).estimate).all()
        return
    theirs = references["leave1out"]
    ours = leave_one_out(whole.effects, PLAN)
    held = pool(without_each(whole.effects), PLAN, tau2=numbers(theirs["tau2"]))
    if whole.effects.count > 2:
        assert np.max(np.abs(ours.tau2 - numbers(theirs["tau2"]))) < ITERATIVE
    assert distance(held.estimate, theirs["estimate"]) < EXACT
    assert distance(held.se, theirs["se"]) < EXACT
    assert distance(held.ci_low, theirs["ci.lb"]) < EXACT
    assert distance(held.ci_high, theirs["ci.ub"]) < EXACT
    assert distance(ours.heterogeneity.q, theirs["Q"]) < EXACT


@EVERY
def test_influence_at_the_same_tau2_is_that_of_metafor(data: str, scale: str) -> None:
    whole, references = of(data, scale)
    if "influence" not in references:
        assert whole.effects.count < 3
        assert np.isnan(influence(whole.effects, PLAN).cook).all()
        return
    theirs = references["influence"]
    without = pool(without_each(whole.effects), PLAN, tau2=numbers(theirs["tau2.del"]))
    ours = diagnostics(whole, without)
    for name, field in FIELDS.items():
        # R sets residuals of rounding size to 0
        assert distance(getattr(ours, field), theirs[name]) < EXACT
    assert ours.influential.tolist() == theirs["is.infl"]


def test_influence_estimates_its_own_tau2() -> None:
    found = effects(*counts("hannum2020"))
    ours, theirs = influence(found, PLAN), R["bias"]["hannum2020"]["PLOGIT"]["influence"]
    assert distance(ours.cook, theirs["cook.d"]) < ITERATIVE
    assert isinstance(ours, Influence)


def test_without_each_study_is_what_pooling_the_others_gives() -> None:
    found = effects(EVENTS, TOTALS)
    left = leave_one_out(found, PLAN)
    for at in range(len(EVENTS)):
        others = pool(effects(np.delete(EVENTS, at), np.delete(TOTALS, at)), PLAN)
        assert left.ci_low[at] == pytest.approx(float(others.ci_low), rel=1e-10)


def test_adding_one_by_one_ends_with_all() -> None:
    found = effects(EVENTS, TOTALS)
    steps = cumulative(found, [4, 2, 0, 1, 3], PLAN)
    assert float(steps[0].estimate) == pytest.approx(np.log(10 / 1))
    assert float(steps[-1].ci_low) == pytest.approx(float(pool(found, PLAN).ci_low), rel=1e-10)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [0, 1, 2, 3, 3], [1, 2, 3, 4, 5]])
def test_what_is_no_order_is_refused(order: list[int]) -> None:
    with pytest.raises(OptionError, match="no order"):
        cumulative(effects(EVENTS, TOTALS), order)


def test_shares_of_heterogeneity_add_up_to_q() -> None:
    found = effects(EVENTS, TOTALS)
    assert baujat(found).heterogeneity.sum() == pytest.approx(float(weigh(found).q))


def test_influence_on_the_common_effect_is_its_shift_without_the_study() -> None:
    found = effects(EVENTS, TOTALS)
    left = pool(without_each(found), PLAN, tau2=0.0)
    shift = weigh(found).mean - left.estimate
    assert baujat(found).influence == pytest.approx(shift**2 / left.se**2, rel=1e-10)


def test_influence_of_many_data_sets_at_once_is_that_of_each_alone() -> None:
    many = influence(effects([EVENTS, EVENTS[::-1]], [TOTALS, TOTALS[::-1]]), PLAN)
    alone = influence(effects(EVENTS[::-1], TOTALS[::-1]), PLAN)
    assert many.rstudent[1] == pytest.approx(alone.rstudent, rel=1e-9)
