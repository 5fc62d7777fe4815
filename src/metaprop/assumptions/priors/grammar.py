"""The grammar of a prior: ``{ distribution = "half_normal", scale = 1, high = 3 }``, checked."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

from metaprop.assumptions.priors.bounded import Beta, Uniform
from metaprop.assumptions.priors.positive import (
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    LogNormal,
)
from metaprop.assumptions.priors.real_line import Logistic, Normal, StudentT
from metaprop.core.errors import ModelError, Problem
from metaprop.core.wording import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaprop.assumptions.priors.distribution import Distribution

DISTRIBUTIONS: Mapping[str, type[Distribution]] = {
    cls.name: cls
    for cls in (
        *(Normal, Logistic, StudentT),
        *(HalfNormal, HalfCauchy, HalfStudentT, Exponential, Gamma, LogNormal),
        *(Uniform, Beta),
    )
}
"""Every distribution by its name in a model file."""

TRUNCATION = ("low", "high")
ANY_SIGN = ("location", *TRUNCATION)
SHOWN = 60
"""How many characters of a wrong value are repeated in a message."""


def read_distribution(table: Mapping[str, object], where: str) -> tuple[Distribution, float, float]:
    """Return the distribution that a table describes and the two ends it is truncated to.

    Parameters
    ----------
    table
        ``distribution``, its parameters by name, and optionally ``low`` and ``high``.
    where
        The place named in a message, such as ``my.toml, [location] prior``.

    Raises
    ------
    ModelError
        Listing every fault of the table.
    """
    name = table.get("distribution")
    cls = DISTRIBUTIONS.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ModelError(_unknown_distribution(table, where))
    names = tuple(field.name for field in fields(cls))
    numbers = {key: value for key, value in table.items() if key != "distribution"}
    problems = [
        *_missing(names, numbers, where),
        *_unknown(names, numbers, where),
        *(p for key, value in numbers.items() for p in _number(key, value, where)),
    ]
    if not problems:
        problems = _order(numbers, where)
    if problems:
        raise ModelError(problems)
    values = {key: float(value) for key, value in numbers.items()}  # type: ignore[arg-type]
    distribution = cls(**{key: values.pop(key) for key in names})
    return distribution, values.get("low", -math.inf), values.get("high", math.inf)


def shown(value: object) -> str:
    """Return a wrong value as a message repeats it: its repr, cut when long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, nested tables
        return "a value too large to show"
    return visible(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def _unknown_distribution(table: Mapping[str, object], where: str) -> Problem:
    remedy = "Write one of: " + ", ".join(DISTRIBUTIONS)
    if "distribution" not in table:
        return Problem("the prior names no distribution", f"{where}.distribution", remedy)
    what = f"{shown(table['distribution'])} is not a distribution"
    return Problem(what, f"{where}.distribution", remedy)


def _missing(names: tuple[str, ...], given: Mapping[str, object], where: str) -> list[Problem]:
    return [
        Problem("the parameter is missing", f"{where}.{name}", f"Add {name} = a number")
        for name in names
        if name not in given
    ]


def _unknown(names: tuple[str, ...], given: Mapping[str, object], where: str) -> list[Problem]:
    allowed = tuple(dict.fromkeys((*names, *TRUNCATION)))
    return [
        Problem(
            f"no such parameter (its value: {shown(value)})",
            f"{where}.{visible(key)[:SHOWN]}",
            f"Use only: {', '.join(allowed)} (low and high truncate)",
        )
        for key, value in given.items()
        if key not in allowed
    ]


def _number(key: str, value: object, where: str) -> list[Problem]:
    place = f"{where}.{visible(key)[:SHOWN]}"
    positive = key not in ANY_SIGN
    remedy = f"Write a finite number{' above 0' if positive else ''}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [Problem(f"{shown(value)} is not a number", place, remedy)]
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        return [Problem(f"{shown(value)} is not finite", place, remedy)]
    if positive and number <= 0.0:
        return [Problem(f"{shown(value)} is not above 0", place, remedy)]
    return []


def _order(numbers: Mapping[str, object], where: str) -> list[Problem]:
    low, high = numbers.get("low", -math.inf), numbers.get("high", math.inf)
    if low < high:  # type: ignore[operator]
        return []
    what = f"low = {shown(low)} is not below high = {shown(high)}"
    return [Problem(what, where, "Write low and high so that low < high")]
