"""What the threshold slider moves on: exact curves, thinned of nothing, with what was asked."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from metaprop.reporting import prose
from metaprop.reporting.names import printable
from metaprop.reporting.pages.forest import prose_family

if TYPE_CHECKING:
    from metaprop.questions.answers import Analysis, Curve, ModelAnswer, OutcomeAnswer, Summary

ESTIMANDS = ("average", "new_study")
SURVIVAL_DIGITS, SLOPE_DIGITS = 7, 4
"""Decimals, and digits of a steep slope: far more than a page prints."""


def curve_data(analysis: Analysis) -> str:
    """Return the curves as JSON that can stand inside a page.

    A browser draws P(rate > t) between the stored rates by cubics with the stored density as slope:
    within 1e-4 of the exact curve, a fifth of the last printed digit. The thresholds that were
    asked for are stored rates too, with the probabilities of the tables.
    """
    outcomes = [_outcome(one) for one in analysis.outcomes if prose.headline(one).curves]
    # < would end the element that the data stand in
    return json.dumps(outcomes, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _outcome(outcome: OutcomeAnswer) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "rate": prose.rate_name(outcome.label),
        "side": prose.side(outcome),
        "main": prose.main_threshold(outcome),
        "thresholds": list(outcome.thresholds),
        "models": [_model(model, outcome) for model in prose.varying(outcome)],
    }


def _model(model: ModelAnswer, outcome: OutcomeAnswer) -> dict[str, Any]:
    curves = {
        name: _curve(model.curve(name), model.estimand(name))  # type: ignore[arg-type]
        for name in ESTIMANDS
    }
    label = printable(prose.model_label(model, outcome))
    rates = curves["average"]["at"]
    for curve in curves.values():
        if curve["at"] == rates:  # written once, not twice
            del curve["at"]
    return {"label": label, "family": prose_family(model.family), "at": rates, **curves}


def _curve(curve: Curve, summary: Summary) -> dict[str, list[float | None]]:
    """Return rates, P(rate > rate) and density; asked thresholds have no density of their own."""
    known = dict(zip(curve.at, zip(curve.survival, curve.density, strict=True), strict=True))
    for entry in summary.above:
        density = known.get(entry.above, (0.0, math.nan))[1]
        known[entry.above] = (entry.probability.value, density)
    rates = sorted(known)
    return {
        "at": list(rates),
        "above": [round(known[rate][0], SURVIVAL_DIGITS) for rate in rates],
        "density": [_slope(known[rate][1]) for rate in rates],
    }


def _slope(density: float) -> float | None:
    if not math.isfinite(density):
        return None
    return round(float(f"{density:.{SLOPE_DIGITS}g}"), SLOPE_DIGITS)
