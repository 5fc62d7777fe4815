"""The answers of the checks, as frozen records of numbers: nothing here computes or draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# looked up while the program runs, as in ``questions.answers``
from metaprop.core.estimates import Estimate, Quality  # noqa: TC001
from metaprop.questions.answers import Curve, Summary  # noqa: TC001

StatisticName = Literal[
    "studies_at_0",
    "studies_at_100",
    "smallest_rate",
    "largest_rate",
    "total_events",
    "sd_of_rates",
]
"""``sd_of_rates``: standard deviation (divisor k - 1) of the studies' observed rates."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of replicates between ``edges``, ascending, one more than ``shares``."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Replicated:
    """Where a statistic of the observed table lies among those of replicated tables.

    ``low``, ``median`` and ``high`` are quantiles of the replicates, the ends those of the
    central interval. ``p_low`` and ``p_high`` are mid-P values, P(T_rep > T) + P(T_rep = T) / 2,
    with their Monte Carlo errors: ``p_low`` at the largest and ``p_high`` at the smallest value of
    T that the observed counts allow, the same where all counts are exact.
    """

    low: float
    median: float
    high: float
    p_low: Estimate
    p_high: Estimate

    @property
    def two_sided(self) -> float:
        """Twice the smaller tail; where counts are ranges that of the table that fits best."""
        tail = min(self.p_high.value, 1.0 - self.p_low.value)
        return min(1.0, 2.0 * tail)


@dataclass(frozen=True, slots=True)
class StatisticCheck:
    """One statistic of an outcome, observed and replicated.

    ``observed_low`` and ``observed_high`` are its extremes over all tables that the observed
    counts allow, equal where they are exact. ``prior`` replicates before any data, ``posterior``
    after; every replicated study has a rate drawn anew. ``histogram`` is that of the posterior.
    """

    statistic: StatisticName
    observed_low: float
    observed_high: float
    prior: Replicated
    posterior: Replicated
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class LeftOutStatistic:
    """A statistic that was not checked, and why."""

    statistic: StatisticName
    reason: str


@dataclass(frozen=True, slots=True)
class StudySurprise:
    """One study against what the others predict for it.

    ``low`` to ``high`` events of ``total`` were observed. ``below`` is P(Y < low) and ``upto``
    P(Y <= high) given the other studies alone, for a study of ``total`` patients with a rate of its
    own; ``error`` is the numerical error of both. ``expected_low`` and ``expected_high`` are
    counts: the ends of the central predictive interval.
    """

    name: str
    low: int
    high: int
    total: int
    expected_low: int
    expected_high: int
    below: float
    upto: float
    error: float

    @property
    def pit(self) -> float:
        """The middle of the study's probability integral transform, in (0, 1)."""
        return 0.5 * (self.below + self.upto)

    @property
    def two_sided(self) -> float:
        """Twice the smaller tail, half of what was observed counted to each (mid-P)."""
        return 2.0 * min(self.pit, 1.0 - self.pit)


@dataclass(frozen=True, slots=True)
class PitCheck:
    """How even the studies' randomised PIT values are on (0, 1).

    ``values`` (ascending) are one randomisation; the j-th of that many even values lies between
    ``low[j]`` and ``high[j]`` for all j at once with probability ``level``. ``outside`` is the
    share of ``randomisations`` that leave the band, about 1 - level where the model holds;
    ``p_value`` the mean P value of their evenness, with its Monte Carlo error.
    """

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float
    randomisations: int
    outside: float
    p_value: Estimate


@dataclass(frozen=True, slots=True)
class FitCheck:
    """One outcome under one model: whether the model makes tables like the observed one.

    ``studies`` are sorted, the most surprising first; those that report nothing are not among
    them. ``most_surprising`` is the probability that the smallest of so many independent two-sided
    P values is as small as that of the first. ``information`` is what prior and data together say
    of the average rate, in patients each from a study of its own. ``unchecked`` says what was left
    out, ``no_left_out`` why no study was left out, None where they were. ``level`` is that of
    every interval.
    """

    outcome: str
    label: str
    model: str
    family: str
    level: float
    seed: int
    replicates: int
    statistics: tuple[StatisticCheck, ...]
    unchecked: tuple[LeftOutStatistic, ...]
    pit: PitCheck | None
    studies: tuple[StudySurprise, ...]
    most_surprising: float | None
    no_left_out: str | None
    information: Estimate
    quality: Quality


@dataclass(frozen=True, slots=True)
class PriorCheck:
    """What a model says of the rates before any data.

    ``estimands`` are the implied priors of ``average``, ``typical`` and ``new_study``, ``curves``
    their densities. ``information`` is what the prior says of the average rate, in patients each
    from a study of its own (expected local-information-ratio).
    """

    model: str
    name: str
    family: str
    level: float
    estimands: tuple[Summary, ...]
    curves: tuple[Curve, ...]
    information: Estimate


@dataclass(frozen=True, slots=True)
class Checks:
    """All outcomes under all models, and all models by themselves, in their order."""

    fits: tuple[FitCheck, ...] = ()
    priors: tuple[PriorCheck, ...] = ()
