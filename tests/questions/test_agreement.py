"""The gate between the engines: quiet where they agree, loud where they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from metaprop import Marginal, Studies, default_models, fit
from metaprop.engines.nuts.marginals import SampledMarginal
from metaprop.questions.agreement import FALSE_ALARM, compare, judge, two_sided

if TYPE_CHECKING:
    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import Comparison

STUDIES = Studies.of(["a", "b", "c"], [9, 14, 10], [9, 15, 11])
EXACT = fit(STUDIES, default_models()[0])
RATES: tuple[Estimand, ...] = ("average", "typical", "new_study")
THRESHOLDS = (0.8, 0.999999)
REPEATS, SIZE = 60, 4000
RNG = np.random.default_rng(0)
QUANTITIES: tuple[Marginal, ...] = (
    *(getattr(EXACT, name) for name in RATES),
    EXACT.heterogeneity,  # type: ignore[arg-type]  # this model has one
    *(EXACT.study(index) for index in range(STUDIES.k)),
)
POOL = [quantity.draws(REPEATS * SIZE, RNG).reshape(REPEATS, 4, -1) for quantity in QUANTITIES]


class Drawn:
    """Independent draws from the exact posterior, each rate moved by ``shift`` towards 1."""

    def __init__(self, repeat: int, shift: float) -> None:
        found = []
        for quantity, pool in zip(QUANTITIES, POOL, strict=True):
            is_rate, values = quantity.estimand != "tau", pool[repeat]
            moved = values + shift * (1 - values) * is_rate
            found.append(SampledMarginal(quantity.estimand, moved, unit=is_rate))
        self.average, self.typical, self.new_study, self.heterogeneity, *self._studies = found

    def study(self, index: int) -> SampledMarginal:
        return self._studies[index]


def comparisons(repeat: int, shift: float = 0.0) -> tuple[Comparison, ...]:
    drawn = Drawn(repeat, shift)
    return compare(EXACT, drawn, STUDIES.names, THRESHOLDS)  # type: ignore[arg-type]


def test_p_values_are_uniform_where_the_engines_agree() -> None:
    found = [c.p_value for repeat in range(REPEATS) for c in comparisons(repeat)[:1]]
    assert stats.kstest(found, "uniform").pvalue > 1e-4


def test_no_alarm_is_raised_where_they_agree() -> None:
    assert all(judge(comparisons(repeat), FALSE_ALARM).passed for repeat in range(20))


def test_an_alarm_is_raised_where_they_do_not() -> None:
    agreement = judge(comparisons(0, shift=0.1), FALSE_ALARM)
    assert not agreement.passed
    assert agreement.worst.p_value < agreement.gate


def test_rare_events_are_compared_by_their_binomial_tail() -> None:
    rare = next(c for c in comparisons(1) if c.above == THRESHOLDS[1])
    assert rare.exact < 1e-3
    # a normal approximation would take one such draw among 4,000 for a disagreement
    assert rare.p_value > 1e-6


def test_numerical_error_of_the_exact_engine_is_forgiven() -> None:
    apart = max(comparisons(0, shift=0.1), key=lambda c: abs(c.sampled - c.exact))
    assert apart.p_value < 1e-4
    wide = abs(apart.sampled - apart.exact)
    assert two_sided(apart.sampled - apart.exact, apart.standard_error, wide) == 1.0


def test_the_gate_is_shared_by_all_comparisons() -> None:
    worse = replace(comparisons(2)[0], p_value=1.5e-4)
    assert judge([worse] * 100, 0.01).gate == pytest.approx(1e-4)
    assert judge([worse] * 100, 0.01).passed
    assert not judge([worse] * 50, 0.01).passed
