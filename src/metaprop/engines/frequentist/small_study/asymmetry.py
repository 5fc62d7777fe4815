"""Regression tests of funnel asymmetry: Egger, Thompson, Macaskill, Peters, and their kin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.moderated import moderated_tau2
from metaprop.engines.frequentist.linear import LinearFit, linear_fit
from metaprop.engines.frequentist.options import Tau2Method, check_choice
from metaprop.engines.frequentist.quantiles import two_sided_normal, two_sided_t
from metaprop.engines.frequentist.small_study.reasons import (
    EMPTY_CELLS,
    FEW,
    LEAST,
    NO_SELECTION,
    NO_VARIATION,
    SAME_SIZE,
    TOO_FEW,
    USUAL,
    constant,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

AsymmetryTest = Literal["egger", "thompson", "macaskill", "peters"]
Predictor = Literal["se", "variance", "n", "1/n", "sqrt(n)", "1/sqrt(n)"]
Model = Literal["multiplicative", "additive"]

_SENTENCE = "Small-study effects were tested by {}."
METHODS: Mapping[AsymmetryTest, Method] = {
    "egger": Method(
        "Egger's test",
        _SENTENCE.format("Egger's regression of the estimates on their standard errors"),
        "10.1136/bmj.315.7109.629",
    ),
    "thompson": Method(
        "Thompson and Sharp's test",
        _SENTENCE.format("Thompson and Sharp's mixed-effects regression on standard errors"),
        "10.1002/(SICI)1097-0258(19991030)18:20<2693::AID-SIM235>3.0.CO;2-V",
    ),
    "macaskill": Method(
        "Macaskill's test",
        _SENTENCE.format("Macaskill's regression on study size"),
        "10.1002/sim.698",
    ),
    "peters": Method(
        "Peters' test",
        _SENTENCE.format("Peters' regression on the inverse of study size"),
        "10.1001/jama.295.6.676",
    ),
}
DROPPED = "Peters' weights do not exist for studies with an empty cell: they are left out"


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """A regression of the studies' values on a measure of their size, shape (...) each.

    ``slope`` and ``intercept`` with their standard errors are on the scale (the slope per unit of
    the predictor); ``statistic`` is slope over its error, ``df`` its degrees of freedom (inf:
    normal). ``tau2`` is the variance left between studies (additive) or the factor on all
    variances (multiplicative). ``count`` are the studies that took part. NaN where there is no
    valid test: ``messages`` say why.
    """

    slope: Floats
    slope_se: Floats
    intercept: Floats
    intercept_se: Floats
    statistic: Floats
    df: Floats
    p_value: Floats
    tau2: Floats
    count: Floats
    messages: tuple[str, ...]


def asymmetry(
    effects: Effects, test: AsymmetryTest = "egger", tau2: Tau2Method = "reml"
) -> Asymmetry:
    """Return a named test of funnel asymmetry.

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    test
        ``egger``: on standard errors, variances times a factor; ``thompson``: the same, variance
        added between studies (``tau2``); ``macaskill``: on n; ``peters``: on 1 / n, weighed by
        the binomial variance of the log odds, without studies that have an empty cell.

    Raises
    ------
    OptionError
        No test has this name.
    """
    check_choice(test, AsymmetryTest, "test")
    if test == "peters":
        return _peters(effects)
    if test == "macaskill":
        return regression_test(effects, "n")
    if test == "egger":
        return regression_test(effects, "se")
    found = regression_test(effects, "se", "additive", tau2)
    df = np.where(np.isnan(found.statistic), np.nan, found.count - 2.0)
    return replace(found, df=df, p_value=two_sided_t(found.statistic, df))


def regression_test(
    effects: Effects,
    predictor: Predictor = "se",
    model: Model = "multiplicative",
    tau2: Tau2Method = "reml",
) -> Asymmetry:
    """Return the regression of the values on a measure of size.

    ``multiplicative``: weights 1 / v and t with k - 2 degrees of freedom. ``additive``: weights
    1 / (v + tau2) and the normal distribution.

    Raises
    ------
    OptionError
        A name is none of the allowed ones.
    """
    check_choice(predictor, Predictor, "predictor")
    check_choice(model, Model, "model")
    x = _sizes(effects, predictor)
    if model == "multiplicative":
        return _answer(effects, x, 1.0 / effects.variance, None, [])
    design = _design(x, effects.mask)
    between = moderated_tau2(effects, design, tau2)
    weights = 1.0 / (effects.variance + np.nan_to_num(between)[..., None])
    return _answer(effects, x, weights, between, [])


def _sizes(effects: Effects, predictor: Predictor) -> Floats:
    v, n = effects.variance, effects.tables.totals
    if predictor in {"se", "variance"}:
        v = np.where(effects.mask, v, 0.0)
        return np.sqrt(v) if predictor == "se" else v
    return {"n": n, "1/n": 1.0 / n, "sqrt(n)": np.sqrt(n), "1/sqrt(n)": 1.0 / np.sqrt(n)}[predictor]


def _peters(effects: Effects) -> Asymmetry:
    y, n = effects.tables.events, effects.tables.totals
    whole = effects.mask & (y > 0.0) & (y < n)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.where(whole, y * (n - y) / n, 0.0)
    inside = replace(effects, used=whole, count=whole.sum(axis=-1).astype(np.float64))
    dropped = (DROPPED, inside.count < effects.count)
    return _answer(inside, 1.0 / n, weights, None, [dropped])


def _design(x: Floats, used: NDArray[np.bool_]) -> Floats:
    return np.where(used[..., None], np.stack([np.ones_like(x), x], axis=-1), 0.0)


def _answer(
    effects: Effects,
    x: Floats,
    weights: Floats,
    tau2: Floats | None,
    said: list[tuple[str, NDArray[np.bool_]]],
) -> Asymmetry:
    """Return the regression on x; additive with a ``tau2``, else with a factor on the variances."""
    few = effects.count < LEAST
    same, flat = constant(x, effects.mask), constant(effects.estimate, effects.mask)
    valid = ~(few | same | flat)
    fit = linear_fit(effects.estimate, weights, _design(x, effects.mask), effects.count)
    se = fit.scaled_se if tau2 is None else fit.se
    factor = _factor(fit) if tau2 is None else tau2
    df = fit.df if tau2 is None else np.full(fit.df.shape, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = fit.coefficients[..., 1] / se[..., 1]
    p_value = two_sided_t(statistic, df) if tau2 is None else two_sided_normal(statistic)
    reasons = [(TOO_FEW, few), (SAME_SIZE, same & ~few), (NO_VARIATION, flat & ~same & ~few)]
    notes = [
        (FEW, valid & (effects.count < USUAL)),
        *[(text, where & valid) for text, where in said],
        (EMPTY_CELLS, valid & (effects.corrected & effects.mask).any(axis=-1)),
        (NO_SELECTION, valid),
    ]
    return Asymmetry(
        np.where(valid, fit.coefficients[..., 1], np.nan),
        np.where(valid, se[..., 1], np.nan),
        np.where(valid, fit.coefficients[..., 0], np.nan),
        np.where(valid, se[..., 0], np.nan),
        np.where(valid, statistic, np.nan),
        np.where(valid, df, np.nan),
        np.where(valid, p_value, np.nan),
        np.where(valid, factor, np.nan),
        effects.count,
        told([*reasons, *notes]),
    )


def _factor(fit: LinearFit) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(fit.df > 0.0, fit.q / fit.df, np.nan)
