"""Tables that break formulas: nothing warns, no interval is upside down, what is lost is NaN."""

import numpy as np
import pytest

from metaprop.engines.frequentist.between.intervals import profile_likelihood, q_profile
from metaprop.engines.frequentist.deletion import baujat, influence
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.heterogeneity import heterogeneity_intervals
from metaprop.engines.frequentist.options import Correction, Scale
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import common_effect, ivhet, pool
from metaprop.engines.frequentist.small_study.asymmetry import asymmetry
from metaprop.engines.frequentist.small_study.limit import limit_analysis
from metaprop.engines.frequentist.small_study.rank_test import rank_test
from metaprop.engines.frequentist.small_study.trim_fill import trim_fill

RNG = np.random.default_rng(3)
SIZES = RNG.integers(1, 12, size=(40, 4))
TABLES: dict[str, tuple[object, object]] = {
    "no event": ([0] * 5, [10, 20, 15, 30, 12]),
    "nothing but events": ([10, 20], [10, 20]),
    "one study": ([3], [12]),
    "one study without events": ([0], [12]),
    "opposite": ([0, 10], [10, 10]),
    "equal": ([5, 5, 5], [20] * 3),
    "one giant": ([120_000, 5, 1, 8, 0], [1_000_000, 20, 15, 30, 10]),
    "two opposite giants": ([0, 10**9, 5], [10**9, 10**9, 10]),
    "beyond all sizes": ([10**14, 3], [10**15, 5]),
    "single patients": ([1, 0] * 6, [1] * 12),
    "no table": (np.zeros((0, 4)), np.ones((0, 4))),
    "many": (RNG.binomial(SIZES, RNG.choice([0, 0.02, 0.5, 0.97, 1], size=SIZES.shape)), SIZES),
}
SCALES: tuple[Scale, ...] = ("logit", "log", "raw", "arcsine", "freeman-tukey")
CORRECTIONS: tuple[Correction, ...] = ("only0", "none")
EVERY = pytest.mark.parametrize(("name", "scale"), [(n, s) for n in TABLES for s in SCALES])
PLANS = [
    Plan("dl", "hartung-knapp", "none", "hts-k-2"),
    Plan("reml", "hartung-knapp", "iqwig6", "hartung-knapp-k-2"),
    Plan("ml", "kenward-roger", "none", "kenward-roger-less-1"),
    Plan("sj", "z", "none", "normal"),
]


@EVERY
def test_pooling_an_odd_table_answers_or_says_why_not(name: str, scale: Scale) -> None:
    for correction in CORRECTIONS:
        found = effects(*TABLES[name], scale, correction)  # type: ignore[arg-type]
        for plan in PLANS:
            pooled = pool(found, plan)
            rates = pooled.rates()
            lost = np.isnan(rates.ci_low)
            assert np.array_equal(lost, np.isnan(rates.ci_high))
            assert np.all((rates.ci_low <= rates.ci_high) | lost)
            assert np.all((pooled.tau2 >= 0.0) | (found.count < 2))
            assert pooled.messages or not lost.any()
            assert np.all((rates.estimate >= 0.0) | (found.count == 0))
        common = common_effect(found)
        wider = ivhet(found, np.nan_to_num(pooled.tau2))
        assert np.all((wider.se >= common.se * (1 - 1e-12)) | (found.count == 0))


@EVERY
def test_looking_into_an_odd_table_answers_or_says_why_not(name: str, scale: Scale) -> None:
    for correction in CORRECTIONS:
        found = effects(*TABLES[name], scale, correction)  # type: ignore[arg-type]
        for interval in (q_profile(found), profile_likelihood(found)):
            assert np.all((interval.low <= interval.high) | np.isnan(interval.low))
        i2 = heterogeneity_intervals(found)
        assert np.all((i2.i2_low <= i2.i2_high) | np.isnan(i2.i2_low))
        tests = (asymmetry(found), asymmetry(found, "thompson"), asymmetry(found, "peters"))
        for test in (*tests, rank_test(found)):
            assert np.all(((test.p_value >= 0.0) & (test.p_value <= 1.0)) | np.isnan(test.p_value))
            assert test.messages or not test.p_value.size
        assert trim_fill(found).added.shape == limit_analysis(found).estimate.shape
        assert influence(found).cook.shape == baujat(found).influence.shape
