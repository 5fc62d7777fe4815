"""Where the rate of a study like these, not yet seen, is expected to lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.core.scales import expit
from metaprop.core.wording import listed
from metaprop.engines.frequentist.one_step.fitting import check_options
from metaprop.engines.frequentist.one_step.inside import quantile

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.records import OneStepFit

PredictionRule = Literal["normal", "t-k-1", "t-k-2", "plug-in"]

RULES: dict[Model, tuple[PredictionRule, ...]] = {
    "binomial-normal": ("t-k-1", "t-k-2", "normal", "plug-in"),
    "beta-binomial": ("plug-in",),
}
"""The rules of each model, its default first."""
LOST = {"t-k-1": 1, "t-k-2": 2}
"""Degrees of freedom that a rule takes from k."""
UNTOLD = float("nan")

PREDICTION = Method(
    "prediction interval",
    "The rate of a new study was predicted on the log-odds scale with the t distribution, from "
    "the heterogeneity and the standard error of the pooled log-odds.",
    "10.1111/j.1467-985X.2008.00552.x",
)
PLUG_IN = Method(
    "plug-in prediction interval",
    "The rate of a new study was predicted from the fitted distribution of rates, taken as known.",
)


@dataclass(frozen=True, slots=True)
class Prediction:
    """Limits of the rate of a new study, proportions in [0, 1]; NaN where the data say nothing.

    ``rule`` names how: on the log-odds, ``mu +- q sqrt(tau2 + se^2)`` with q normal, t with k - 1
    (meta's for this model) or t with k - 2 degrees of freedom; or ``plug-in``, the quantiles of
    the fitted distribution of rates, which takes its parameters as known.
    """

    low: float
    high: float
    level: float
    rule: PredictionRule
    method: Method
    messages: tuple[str, ...]


def predict_new_study(
    fit: OneStepFit, *, rule: PredictionRule | None = None, level: float | None = None
) -> Prediction:
    """Return the prediction interval of a new study's rate.

    Parameters
    ----------
    fit
        A one-step fit.
    rule
        See ``RULES``; None for the default of the model.
    level
        Probability in (0, 1) that the interval is meant to hold; None for that of the fit.

    Raises
    ------
    OptionError
        The model has no such rule, or the level is not between 0 and 1.
    """
    chosen = RULES[fit.model][0] if rule is None else rule
    if chosen not in RULES[fit.model]:
        what = f"the {fit.model} model has no prediction rule {chosen!r}"
        raise OptionError(Problem(what, "rule", f"Use {listed(RULES[fit.model], 'or')}"))
    held = fit.level if level is None else level
    check_options(fit.model, held)
    method = PLUG_IN if chosen == "plug-in" else PREDICTION
    reason = _why_not(fit, chosen)
    if reason is not None:
        return Prediction(UNTOLD, UNTOLD, held, chosen, method, (reason,))
    if chosen == "plug-in":
        low, high = _plug_in(fit, held)
        note = (
            "The prediction interval takes the fitted distribution of rates as known, and is too "
            "narrow for that."
        )
        return Prediction(low, high, held, chosen, method, (note,))
    low, high = _on_log_odds(fit, chosen, held)
    return Prediction(low, high, held, chosen, method, ())


def _why_not(fit: OneStepFit, rule: PredictionRule) -> str | None:
    if fit.state != "regular":
        return "Without an estimate of the heterogeneity the data say nothing of a new study."
    if fit.k <= LOST.get(rule, 0):
        return f"The rule leaves no degrees of freedom with k = {fit.k}."
    return None


def _on_log_odds(fit: OneStepFit, rule: PredictionRule, level: float) -> tuple[float, float]:
    """Return both limits by a normal or t distribution around mu."""
    distribution: Literal["normal", "t"] = "normal" if rule == "normal" else "t"
    reach = quantile(distribution, fit.k - LOST.get(rule, 0), level)
    reach *= float(np.hypot(fit.spread, fit.location.se or 0.0))
    centre = fit.location.estimate
    return float(expit(centre - reach)), float(expit(centre + reach))


def _plug_in(fit: OneStepFit, level: float) -> tuple[float, float]:
    """Return both quantiles of the fitted distribution of rates."""
    centre, spread = fit.location.estimate, fit.spread
    tails = np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level])
    if fit.model == "binomial-normal":
        ends = expit(centre + spread * special.ndtri(tails))
    elif spread == 0.0:
        ends = expit(np.full(2, centre))
    else:
        a, b = float(expit(centre)) / spread**2, float(expit(-centre)) / spread**2
        ends = special.betaincinv(a, b, tails)
    return float(ends[0]), float(ends[1])
