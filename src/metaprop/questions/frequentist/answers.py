"""The records of frequentist answers: numbers with their estimands, nothing computed here.

Rates are proportions in [0, 1]; a number that does not exist is NaN, and ``messages`` say why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Looked up by the codec when records are read back, so they must be importable here.
from metaprop.engines.frequentist.options import Scale  # noqa: TC001

RateName = Literal["average", "typical"]


@dataclass(frozen=True, slots=True)
class Transformed:
    """The numbers of a pooled rate on the scale on which they were made."""

    estimate: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float


@dataclass(frozen=True, slots=True)
class OtherRate:
    """The other rate of the same fit: the average where the answer is the typical one, ..."""

    estimand: RateName
    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class PooledRate:
    """One pooled rate with its intervals.

    ``estimand`` is ``average`` (mean rate over the population of studies) or ``typical`` (rate of
    the median study, which is what a transformed scale pools). ``ci_low`` to ``ci_high`` is the
    confidence interval called ``interval``, at ``level``; ``prediction_low`` to
    ``prediction_high`` holds the rate of a new study. ``transformed`` has the same on ``scale``,
    with ``se`` there. ``tau2`` is the variance between studies on the scale, ``rho`` the
    intraclass correlation (beta-binomial). ``i2`` in [0, 1], ``h2`` at least 1, Cochran's ``q``
    with ``q_df`` and ``q_p_value``. ``used`` of ``k`` studies carry weight; ``phantom_events``
    were added to events, and as many to non-events, of studies that together carry
    ``corrected_weight`` of the mean, in [0, 1].

    Examples
    --------
    >>> from metaprop import Studies, pool
    >>> found = pool(Studies.of(["A", "B", "C"], events=[9, 14, 6], totals=[9, 15, 11]))
    >>> found.estimand, found.phantom_events, round(found.corrected_weight, 3)
    ('typical', 0.5, 0.24)
    """

    estimand: RateName
    estimate: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float
    transformed: Transformed
    scale: Scale
    interval: str
    level: float
    se: float
    tau2: float
    rho: float
    i2: float
    h2: float
    q: float
    q_df: float
    q_p_value: float
    k: int
    used: int
    phantom_events: float
    corrected_weight: float
    other: OtherRate | None
    messages: tuple[str, ...]
