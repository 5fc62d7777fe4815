"""A stored prior in the language of brms and Stan, as far as it can be said there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from metaprop.reporting.rscript.syntax import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaprop.reporting.assumptions import StoredPrior

_TOLD = re.compile(r"^[^()]*? with (?P<values>[^()]*) \(95 %")
_VALUE = re.compile(r"(?P<name>[a-z_]+) (?P<value>-?[\d.]+(?:e[+-]?\d+)?)(?=$|,| and )")
_BRMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "logistic": ("logistic", ("location", "scale")),
    "normal": ("normal", ("location", "scale")),
    "student_t": ("student_t", ("df", "location", "scale")),
    "half_normal": ("normal", ("=0", "scale")),
    "half_cauchy": ("cauchy", ("=0", "scale")),
    "half_student_t": ("student_t", ("df", "=0", "scale")),
}
"""Names and arguments in Stan; brms cuts a prior of a standard deviation at 0 by itself."""


def parameters(prior: StoredPrior) -> dict[str, float] | None:
    """Return the parameters that the prose of a prior names; None if truncated or unclear."""
    told = _TOLD.match(prior.prose)
    if told is None or "truncated" in prior.prose:
        return None
    found = _VALUE.findall(told["values"])
    return {name: float(value) for name, value in found} or None


def density(prior: StoredPrior) -> str | None:
    """Return a prior as brms takes it, such as ``normal(0, 1)``; None if it cannot be said."""
    given, known = parameters(prior), _BRMS.get(prior.distribution)
    if given is None or known is None:
        return None
    name, wanted = known
    if not {key for key in wanted if key != "=0"} <= given.keys():
        return None
    values = (number(0 if key == "=0" else given[key]) for key in wanted)
    return f"{name}({', '.join(values)})"


def beta(prior: StoredPrior) -> tuple[float, float] | None:
    """Return alpha and beta of a beta prior, None if it is another."""
    given = parameters(prior)
    if prior.distribution != "beta" or given is None or not {"alpha", "beta"} <= given.keys():
        return None
    return given["alpha"], given["beta"]
