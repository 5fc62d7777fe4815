"""The answers of the meta-regressions, as frozen records: nothing here computes or draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# looked up while the program runs, as in ``questions.answers``
from metaprop.core.estimates import Estimate, Quality  # noqa: TC001
from metaprop.engines.nuts.diagnostics import Diagnostics  # noqa: TC001
from metaprop.engines.nuts.sampling import Settings  # noqa: TC001
from metaprop.questions.answers import Quantile, Summary  # noqa: TC001

Kind = Literal["number", "category"]


@dataclass(frozen=True, slots=True)
class LevelAnswer:
    """The average rate at one value of a covariate: a quartile of a number, or one group.

    ``value`` is the number, None for a group; ``studies`` and ``patients`` are those of the group,
    0 at a quartile. The rate is integrated over what is left between studies.
    """

    label: str
    value: float | None
    studies: int
    patients: int
    average: Summary


@dataclass(frozen=True, slots=True)
class Difference:
    """The average rate at one value less that at another, in [-1, 1].

    ``quantiles`` are three: the lower end of the equal-tailed interval, the median, the upper end.
    """

    quantiles: tuple[Quantile, ...]
    above_zero: Estimate

    @property
    def direction(self) -> float:
        """The probability of the more probable sign."""
        return max(self.above_zero.value, 1.0 - self.above_zero.value)


@dataclass(frozen=True, slots=True)
class ContrastAnswer:
    """Two values of a covariate against each other: ``upper`` less ``lower``.

    ``prior`` is the difference before any data. ``start`` is the posterior median of the average
    rate at ``lower``; the ends of the prior of the log odds ratio would move a rate there to
    ``reach_low`` and ``reach_high``. ``learnt`` is how much of the prior variance of that log odds
    ratio the data took away, 0 for nothing.
    """

    lower: str
    upper: str
    difference: Difference
    prior: Difference
    start: float
    reach_low: float
    reach_high: float
    learnt: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The average rate at ``value``: median and ends of the equal-tailed interval."""

    value: float
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class StudyPoint:
    """One study: its covariate (``value`` or ``group``), counts, and own rate in this model.

    ``low`` to ``high`` events of ``total``; ``rate_low``, ``rate`` and ``rate_high`` are median
    and ends of the equal-tailed interval of its own rate.
    """

    name: str
    value: float | None
    group: str | None
    low: int
    high: int
    total: int
    rate_low: float
    rate: float
    rate_high: float


@dataclass(frozen=True, slots=True)
class ModeratorAnswer:
    """One outcome on one covariate, by NUTS.

    ``left_out`` names the studies whose covariate is not known. ``levels`` are the quartiles of a
    number or the groups; ``curve`` is empty for groups. ``tau`` is what is left between studies,
    ``tau_without`` what there is without the covariate in the same studies (by quadrature).
    """

    covariate: str
    label: str
    unit: str | None
    kind: Kind
    left_out: tuple[str, ...]
    settings: Settings
    diagnostics: Diagnostics
    quality: Quality
    levels: tuple[LevelAnswer, ...]
    contrasts: tuple[ContrastAnswer, ...]
    curve: tuple[CurvePoint, ...]
    studies: tuple[StudyPoint, ...]
    tau: Summary
    tau_without: Summary


@dataclass(frozen=True, slots=True)
class UnaskedCovariate:
    """A covariate that was not asked about, and why."""

    covariate: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Moderators:
    """One outcome on every covariate, one at a time, under one meta-regression.

    ``coefficient`` is the prior of the coefficient in words; ``level`` that of every interval;
    ``direction_by_chance`` the median, under no association at all, of the largest probability of
    a direction among so many independent contrasts.
    """

    outcome: str
    outcome_label: str
    model: str
    coefficient: str
    level: float
    answers: tuple[ModeratorAnswer, ...]
    unasked: tuple[UnaskedCovariate, ...]
    direction_by_chance: float
