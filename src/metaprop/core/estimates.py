"""Numbers that name what they are: a value with its error, an interval with its level and kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

IntervalKind = Literal["equal-tailed", "highest-density"]
Status = Literal["ok", "caution", "failed"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One reported number.

    ``value`` is on the scale of the quantity asked for (a rate or a probability in [0, 1], a
    standard deviation on the log-odds scale, a log likelihood); NaN only where ``undefined`` says
    why the quantity does not exist. ``error`` is absolute: a bound on the numerical error (exact
    engine) or the Monte Carlo standard error (NUTS).

    Examples
    --------
    >>> from metaprop import Studies, default_models, fit
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> probability = fit(studies, default_models()[0]).average.probability(above=0.8)
    >>> round(probability.value, 4), probability.error < 1e-4
    (0.8883, True)
    """

    value: float
    error: float
    undefined: str | None = None

    @classmethod
    def without_value(cls, reason: str) -> Estimate:
        """Return the record of a quantity that does not exist, with the reason."""
        return cls(math.nan, 0.0, reason)


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval with the posterior probability it holds (``level``, in (0, 1)) and its kind.

    ``low`` and ``high`` are on the scale of the quantity; ``error`` is the larger of the absolute
    errors of the two ends.

    Examples
    --------
    >>> from metaprop import Studies, default_models, fit
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> interval = fit(studies, default_models()[0]).average.interval(0.95, "equal-tailed")
    >>> round(interval.low, 3), round(interval.high, 3), interval.level
    (0.675, 0.981, 0.95)
    """

    low: float
    high: float
    level: float
    kind: IntervalKind
    error: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether a fit can be trusted: ``ok``, ``caution`` or ``failed``; why; what to do."""

    status: Status
    message: str
    remedy: str = ""
