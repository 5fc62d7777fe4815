"""Every method on one outcome: the usual one, then one choice changed at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.between.estimate import METHODS as TAU2_METHODS
from metaprop.engines.frequentist.between.intervals import Q_PROFILE
from metaprop.engines.frequentist.crude import CRUDE, crude_rate
from metaprop.engines.frequentist.heterogeneity import I_SQUARED
from metaprop.engines.frequentist.mean_interval import HARTUNG_KNAPP, KENWARD_ROGER, PREDICTION
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.pooling import Common, common_effect, ivhet
from metaprop.engines.frequentist.transforms import DOUBLE_ARCSINE, INVERSE_VARIANCE
from metaprop.questions.frequentist.answers import ComparedMethod
from metaprop.questions.frequentist.pooling import one_step_rate, pool_by, two_step
from metaprop.questions.frequentist.ways import OneStep, TwoStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.core.methods import Method
    from metaprop.evidence.studies import Studies
    from metaprop.questions.frequentist.answers import PooledRate, RateName, Section

NOTHING = float("nan")
USUAL = TwoStep(tau2="dl", safeguard="none")
"""The usual method, and the paper's: every other two-step row changes one choice of it."""


@dataclass(frozen=True, slots=True)
class Variation:
    """One two-step row: what is changed, and what it is then."""

    section: Section
    label: str
    way: TwoStep


VARIATIONS: tuple[Variation, ...] = (
    Variation("scale", "logit: the usual method", USUAL),
    Variation("scale", "log", replace(USUAL, scale="log")),
    Variation("scale", "raw", replace(USUAL, scale="raw")),
    Variation("scale", "arcsine", replace(USUAL, scale="arcsine")),
    Variation("scale", "Freeman-Tukey, harmonic mean", replace(USUAL, scale="freeman-tukey")),
    Variation("correction", "0.5 to every study", replace(USUAL, correction="all")),
    Variation("correction", "0.25 to empty cells", replace(USUAL, amount=0.25)),
    Variation("correction", "0.1 to empty cells", replace(USUAL, amount=0.1)),
    Variation("correction", "none: empty cells left out", replace(USUAL, correction="none")),
    Variation("tau2", "Paule-Mandel", replace(USUAL, tau2="pm")),
    Variation("tau2", "REML", replace(USUAL, tau2="reml")),
    Variation("tau2", "ML", replace(USUAL, tau2="ml")),
    Variation("tau2", "Sidik-Jonkman", replace(USUAL, tau2="sj")),
    Variation("tau2", "Hedges", replace(USUAL, tau2="he")),
    Variation("tau2", "Hunter-Schmidt", replace(USUAL, tau2="hs")),
    Variation("tau2", "empirical Bayes", replace(USUAL, tau2="eb")),
    Variation("interval", "normal", replace(USUAL, interval="z")),
    Variation("interval", "Hartung-Knapp, safeguard se", replace(USUAL, safeguard="se")),
    Variation("interval", "Hartung-Knapp, safeguard ci", replace(USUAL, safeguard="ci")),
    Variation("interval", "Kenward-Roger", replace(USUAL, interval="kenward-roger")),
)
ONE_STEP: tuple[tuple[str, OneStep, RateName], ...] = (
    ("GLMM", OneStep("glmm"), "average"),
    ("GLMM", OneStep("glmm"), "typical"),
    ("beta-binomial", OneStep("beta-binomial"), "average"),
    ("beta-binomial", OneStep("beta-binomial"), "typical"),
)


def compare_methods(studies: Studies, level: float) -> tuple[ComparedMethod, ...]:
    """Return every method on the studies of one outcome, every count exact."""
    return (
        *(_varied(studies, variation, level) for variation in VARIATIONS),
        *_one_rate(studies, level),
        *_counts(studies, level),
    )


def methods_compared() -> tuple[Method, ...]:
    """Return the procedures of the two-step rows."""
    tau2 = dict.fromkeys(TAU2_METHODS[variation.way.tau2] for variation in VARIATIONS)
    intervals = (HARTUNG_KNAPP, KENWARD_ROGER, PREDICTION, Q_PROFILE, I_SQUARED)
    return (INVERSE_VARIANCE, DOUBLE_ARCSINE, *tau2, *intervals, CRUDE)


def _varied(studies: Studies, variation: Variation, level: float) -> ComparedMethod:
    return _row(variation.section, variation.label, pool_by(studies, variation.way, level))


def _row(section: Section, label: str, rate: PooledRate) -> ComparedMethod:
    return ComparedMethod(
        section=section,
        label=label,
        estimand=rate.estimand,
        estimate=rate.estimate,
        ci_low=rate.ci_low,
        ci_high=rate.ci_high,
        prediction_low=rate.prediction_low,
        prediction_high=rate.prediction_high,
        interval=rate.interval,
        tau2=rate.tau2,
        rho=rate.rho,
        used=rate.used,
        phantom_events=rate.phantom_events,
        corrected_weight=rate.corrected_weight,
        messages=rate.messages,
    )


def _one_rate(studies: Studies, level: float) -> Iterator[ComparedMethod]:
    """Yield the methods that weigh as if all studies had one rate, and the crude rate itself."""
    usual = two_step(studies, USUAL, level)
    found = usual.effects
    yield _common(common_effect(found, level), "common effect, logit")
    heterogeneous = ivhet(found, np.nan_to_num(usual.tau2), level)
    yield replace(_common(heterogeneous, "IVhet, logit"), estimand="typical")
    crude = crude_rate(studies.events, studies.totals, level=level)
    yield replace(
        _common(common_effect(found, level), "crude rate"),
        estimate=float(crude.rate),
        ci_low=float(crude.low),
        ci_high=float(crude.high),
        interval="exact",
        used=studies.k,
        phantom_events=0.0,
        corrected_weight=0.0,
        messages=crude.messages,
    )


def _common(found: Common, label: str) -> ComparedMethod:
    rates, effects = found.rates(), found.effects
    weights = np.where(effects.mask, 1.0 / effects.variance, 0.0)
    share = float(np.where(effects.corrected, weights, 0.0).sum() / weights.sum())
    return ComparedMethod(
        section="one rate",
        label=label,
        estimand="common",
        estimate=float(rates.estimate),
        ci_low=float(rates.ci_low),
        ci_high=float(rates.ci_high),
        prediction_low=NOTHING,
        prediction_high=NOTHING,
        interval="z",
        tau2=NOTHING,
        rho=NOTHING,
        used=int(effects.count),
        phantom_events=float(effects.phantom_events),
        corrected_weight=share,
        messages=(),
    )


def _counts(studies: Studies, level: float) -> Iterator[ComparedMethod]:
    fits = {
        "glmm": fit_one_step(studies, "binomial-normal", level=level),
        "beta-binomial": fit_one_step(studies, "beta-binomial", level=level),
    }
    for label, way, estimand in ONE_STEP:
        yield _row("counts", label, one_step_rate(fits[way.model], way, estimand))
