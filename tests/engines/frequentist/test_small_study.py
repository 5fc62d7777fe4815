"""Tests of small-study effects: identities, refusals with reasons, R.

Left out, with the reason:

- Data sets of which all estimates are equal (arcsine without or with nothing but events, equal3):
  R tests rounding errors (Egger's t of -2.28 at a slope of 1e-14); here a reason is given.
- Fewer than three studies: R's limit meta-analysis and rank correlation answer for two.
- Pustejovsky, Harbord, Schwarzer, Deeks: not defined for single proportions. Q0: not offered.
"""

from typing import Any

import numpy as np
import pytest

from engines.frequentist.r_values import DATA, EXACT, R, counts, distance, numbers
from metaprop.core.errors import OptionError
from metaprop.engines.frequentist.effects import Effects, effects
from metaprop.engines.frequentist.options import Scale
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.small_study import reasons
from metaprop.engines.frequentist.small_study.asymmetry import (
    DROPPED,
    AsymmetryTest,
    Predictor,
    asymmetry,
    regression_test,
)
from metaprop.engines.frequentist.small_study.limit import OUTSIDE, limit_analysis
from metaprop.engines.frequentist.small_study.rank_test import rank_test
from metaprop.engines.frequentist.small_study.trim_fill import trim_fill

SCALES: dict[str, Scale] = {"PLOGIT": "logit", "PFT": "freeman-tukey", "PAS": "arcsine"}
EVERY = pytest.mark.parametrize(
    ("data", "scale"), [(data, scale) for data in DATA for scale in SCALES]
)
SLOPES: dict[str, AsymmetryTest] = {"Egger": "egger", "Macaskill": "macaskill", "Peters": "peters"}
PREDICTORS: dict[str, Predictor] = {
    "sei": "se",
    "vi": "variance",
    "ni": "n",
    "ninv": "1/n",
    "sqrtni": "sqrt(n)",
    "sqrtninv": "1/sqrt(n)",
}
STOPPED = 6e-5
"""metafor's REML stops at steps of 1e-5 in tau2: what such a step moves in these statistics."""
REML = Plan("reml", "z")


def of(data: str, scale: str) -> tuple[Effects, dict[str, Any]]:
    return effects(*counts(data), SCALES[scale]), R["bias"][data][scale]


def answerable(found: Effects) -> bool:
    spread = float(np.ptp(found.estimate))
    return bool(found.count > 2 and spread > 1e-12 and np.ptp(found.variance) > 0)


@EVERY
def test_regression_tests_are_those_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    for name, test in SLOPES.items():
        ours = asymmetry(found, test)
        if not answerable(found):
            assert np.isnan(ours.p_value)
            assert ours.messages
            continue
        if name not in references["metabias"]:  # R: singular; all studies have an empty cell
            assert (name, float(ours.count)) == ("Peters", 0.0)
            assert np.isnan(ours.p_value)
            continue
        *theirs, _ = references["metabias"][name]
        shown = [ours.statistic, ours.p_value, ours.df, ours.slope, ours.slope_se]
        shown += [ours.intercept, ours.intercept_se, ours.tau2]
        assert distance(shown, theirs) < EXACT


@EVERY
def test_the_mixed_test_is_that_of_meta(data: str, scale: str) -> None:
    found, references = of(data, scale)
    ours = asymmetry(found, "thompson")
    assert np.isnan(ours.p_value) == (not answerable(found))
    if answerable(found):
        statistic, p, df, slope, se, *_ = references["metabias"]["Thompson"]
        assert float(ours.df) == df
        shown = [ours.statistic, ours.p_value, ours.slope, ours.slope_se]
        assert distance(shown, [statistic, p, slope, se]) < STOPPED


@EVERY
def test_regressions_on_every_measure_of_size_are_those_of_metafor(data: str, scale: str) -> None:
    found, references = of(data, scale)
    for name, (z, p, limit, _) in references["regtest"].items():
        if not answerable(found):
            continue
        model, predictor = name.split("_")
        kind = "multiplicative" if model == "lm" else "additive"
        ours = regression_test(found, PREDICTORS[predictor], kind)  # type: ignore[arg-type]
        near = EXACT if model == "lm" else STOPPED
        assert distance([ours.statistic, ours.p_value], [z, p]) < near
        if limit not in ([], None):
            assert distance(ours.intercept, limit) < near


@EVERY
def test_rank_tests_are_those_of_meta_and_metafor(data: str, scale: str) -> None:
    found, references = of(data, scale)
    ours = rank_test(found)
    assert np.isnan(ours.p_value) == (not answerable(found))
    if answerable(found):
        statistic, p, *_, scores = references["metabias"]["Begg"]
        assert distance([ours.statistic, ours.p_value], [statistic, p]) < EXACT
        assert distance([ours.score, ours.score_se], [scores["ks"], scores["se.ks"]]) < EXACT
        default = references["ranktest_default"]
        exact = ours.p_value if np.isnan(ours.exact_p_value) else ours.exact_p_value
        assert distance([ours.tau, exact], [default["tau"], default["p"]]) < EXACT


@EVERY
def test_trim_and_fill_is_that_of_meta_and_metafor(data: str, scale: str) -> None:
    found, references = of(data, scale)
    for convention in ("meta", "metafor"):
        for kind, theirs in references[f"trimfill_{convention}"].items():
            if kind == "Q0":
                continue
            name = "L0" if kind.startswith("L") else "R0"
            ours = trim_fill(found, name, REML, convention)  # type: ignore[arg-type]
            if not answerable(found):
                assert np.isnan(ours.added)
                continue
            assert float(ours.added) == theirs["k0"]
            mean = theirs["TE.random"] if convention == "meta" else theirs["b"]
            refilled = ours.pooled.effects
            assert distance(ours.pooled.estimate, mean) < STOPPED
            assert float(refilled.count) == float(found.count) + theirs["k0"]
            if kind == "R0":
                assert distance(ours.p_value, theirs["p.k0"]) < EXACT


def test_trim_and_fill_was_compared() -> None:
    compared = [R["bias"][d][s]["trimfill_metafor"] for d in DATA for s in SCALES]
    assert sum("L0" in one for one in compared) >= 15


@EVERY
def test_limit_analyses_at_the_same_tau2_are_those_of_metasens(data: str, scale: str) -> None:
    found, references = of(data, scale)
    theirs = references.get("limitmeta")
    between = R["meta"][data][scale]["REML"]["classic"][4]
    if found.count < 3 or theirs is None:
        assert np.isnan(limit_analysis(found).estimate)
        return
    ours = limit_analysis(found, between=between)
    names = ("TE.adjust", "seTE.adjust", "alpha.r", "beta.r", "Q", "Q.small", "Q.resid")
    shown = [ours.estimate, ours.se, ours.alpha, ours.beta, ours.q, ours.q_small, ours.q_residual]
    assert distance(shown, [theirs[name] for name in names]) < EXACT
    assert distance([ours.ci_low, ours.ci_high], theirs["ci"]) < EXACT
    if answerable(found):
        assert distance(ours.limits, theirs["TE.limit"]) < EXACT
        assert float(ours.g2) == pytest.approx(numbers(theirs["G.squared"])[0], abs=EXACT)


def test_the_limit_analysis_estimates_its_own_tau2() -> None:
    found = effects(*counts("hannum2020"))
    between = R["meta"]["hannum2020"]["PLOGIT"]["REML"]["classic"][4]
    free, held = limit_analysis(found), limit_analysis(found, between=between)
    assert float(free.estimate) == pytest.approx(float(held.estimate), abs=1e-5)


@pytest.mark.parametrize("test", ["egger", "thompson", "macaskill", "peters"])
def test_counting_the_others_turns_the_slope_round(test: AsymmetryTest) -> None:
    y, n = counts("hannum2020")
    ours, others = (asymmetry(effects(v, n), test) for v in (y, n - y))
    assert float(ours.slope) == pytest.approx(-float(others.slope), rel=1e-9)
    assert float(ours.p_value) == pytest.approx(float(others.p_value), rel=1e-9)


def test_many_funnels_at_once_are_each_alone() -> None:
    rng = np.random.default_rng(11)
    totals = rng.integers(3, 40, size=(30, 9))
    events = rng.binomial(totals, 0.85)
    names: tuple[AsymmetryTest, ...] = ("egger", "thompson", "macaskill", "peters")
    many = effects(events, totals, "logit", "none")
    together = [
        *(asymmetry(many, test).p_value for test in names),
        *(rank_test(many).p_value, rank_test(many).exact_p_value),
        *(trim_fill(many, "L0").added, trim_fill(many, "R0", convention="metafor").added),
        *(trim_fill(many, "L0").pooled.estimate, limit_analysis(many).estimate),
    ]
    for at in range(30):
        one = effects(events[at], totals[at], "logit", "none")
        alone = [
            *(
                asymmetry(one, test).p_value
                for test in ("egger", "thompson", "macaskill", "peters")
            ),
            *(rank_test(one).p_value, rank_test(one).exact_p_value),
            *(trim_fill(one, "L0").added, trim_fill(one, "R0", convention="metafor").added),
            *(trim_fill(one, "L0").pooled.estimate, limit_analysis(one).estimate),
        ]
        rows = np.array([part[at] for part in together])
        assert np.array(alone, dtype=float) == pytest.approx(rows, rel=1e-8, nan_ok=True)


def says(messages: tuple[str, ...], text: str) -> bool:
    return any(message.startswith(text) for message in messages)


@pytest.mark.parametrize(
    ("events", "totals", "reason"),
    [
        ([3, 4], [5, 9], reasons.TOO_FEW),
        ([5, 5, 5], [20, 20, 20], reasons.SAME_SIZE),
        ([5, 10, 20], [10, 20, 40], reasons.NO_VARIATION),
    ],
)
def test_an_invalid_test_gives_its_reason(
    events: list[int], totals: list[int], reason: str
) -> None:
    found = effects(events, totals)
    tests = (asymmetry(found), asymmetry(found, "thompson"), rank_test(found), trim_fill(found))
    assert all(says(test.messages, reason) for test in tests)
    assert np.isnan([tests[0].p_value, tests[1].p_value, tests[2].p_value, tests[3].added]).all()


def test_every_answer_says_that_it_is_no_evidence_of_selection() -> None:
    found = effects(*counts("union17"))
    answers = (asymmetry(found), rank_test(found), trim_fill(found), limit_analysis(found))
    assert all(says(answer.messages, reasons.NO_SELECTION) for answer in answers)
    assert says(asymmetry(found).messages, reasons.EMPTY_CELLS)


def test_peters_says_which_studies_it_leaves_out() -> None:
    found = asymmetry(effects(*counts("union17")), "peters")
    assert says(found.messages, DROPPED)
    assert float(found.count) == 4.0
    assert float(found.df) == 2.0


def test_an_extrapolation_is_said_to_be_one() -> None:
    assert says(limit_analysis(effects(*counts("union17"))).messages, OUTSIDE)


def test_unknown_names_are_refused() -> None:
    found = effects(*counts("union17"))
    for call in (
        lambda: asymmetry(found, "begg"),  # type: ignore[arg-type]
        lambda: regression_test(found, "size"),  # type: ignore[arg-type]
        lambda: regression_test(found, "n", "ols"),  # type: ignore[arg-type]
        lambda: trim_fill(found, "Q0"),  # type: ignore[arg-type]
    ):
        with pytest.raises(OptionError, match="none of the choices"):
            call()
