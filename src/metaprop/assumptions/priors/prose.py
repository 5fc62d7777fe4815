"""A prior as one line of prose, with the range that holds 95 % of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core.wording import listed, number

if TYPE_CHECKING:
    from metaprop.assumptions.priors.prior import Prior

LABELS = {
    "student_t": "Student's t",
    "half_cauchy": "half-Cauchy",
    "half_student_t": "half-Student's t",
}
"""The names that are not simply the model file's with hyphens."""

LONGEST_INTEGER = 1e6
"""Integers below this are printed without an exponent."""


def describe(prior: Prior) -> str:
    """Return one line: the distribution, its parameters, its truncation, its 95 % range."""
    return f"{_distribution(prior)}{_truncation(prior)} ({_range(prior)})"


def as_typed(x: float) -> str:
    """Return a number that a person typed as it was typed: shortest form, no ``.0``."""
    return f"{x:.0f}" if x.is_integer() and abs(x) < LONGEST_INTEGER else repr(x)


def _distribution(prior: Prior) -> str:
    label = LABELS.get(prior.distribution, prior.distribution.replace("_", "-"))
    values = prior.parameters
    if prior.distribution == "uniform":
        return f"{label} between {as_typed(values['low'])} and {as_typed(values['high'])}"
    return f"{label} with " + listed([f"{name} {as_typed(x)}" for name, x in values.items()])


def _truncation(prior: Prior) -> str:
    if not prior.truncated:
        return ""
    (low, high), (whole_low, whole_high) = prior.support, prior.whole.support
    if high == whole_high:
        return f", truncated to above {as_typed(low)}"
    if low == whole_low:
        return f", truncated to below {as_typed(high)}"
    return f", truncated to between {as_typed(low)} and {as_typed(high)}"


def _range(prior: Prior) -> str:
    falls_from_its_end = prior.whole.decreasing and prior.support[0] == prior.whole.support[0]
    if falls_from_its_end and math.isfinite(prior.support[0]):
        return f"95 % below {number(float(prior.quantile(0.95)))}"
    low, high = (number(float(prior.quantile(level))) for level in (0.025, 0.975))
    return f"95 % between {low} and {high}"
