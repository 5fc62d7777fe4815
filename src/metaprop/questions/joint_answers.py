"""The answers of the joint model, as frozen records of numbers: nothing here computes or draws."""

from __future__ import annotations

from dataclasses import dataclass

# looked up while the program runs, as in ``answers``
from metaprop.core.estimates import Estimate, Quality  # noqa: TC001
from metaprop.engines.nuts.diagnostics import Diagnostics  # noqa: TC001
from metaprop.engines.nuts.sampling import Settings  # noqa: TC001
from metaprop.questions.answers import Quantile, Summary  # noqa: TC001


@dataclass(frozen=True, slots=True)
class TypeAnswer:
    """One outcome of a group, as the joint model sees it.

    ``average`` and ``new_study`` are rates; ``ranks[r]`` is the probability that its average rate
    has rank r + 1 among the types, 1 for the most frequent, and ``mean_rank`` the expected rank.
    """

    id: str
    label: str
    average: Summary
    new_study: Summary
    ranks: tuple[float, ...]
    mean_rank: float


@dataclass(frozen=True, slots=True)
class ParameterAnswer:
    """A parameter of the joint model, on the scale of the log odds.

    ``quantiles`` are three: the lower end of the equal-tailed interval, the median, the upper end.
    """

    name: str
    mean: Estimate
    quantiles: tuple[Quantile, ...]


@dataclass(frozen=True, slots=True)
class JointAnswer:
    """One group of outcomes under the joint model, by NUTS.

    ``left_out`` names the outcomes of the group that are consequences of the others where the fit
    is without them; ``more_frequent[a][b]`` is the probability that type a has a higher average
    rate than type b, undefined for a type and itself; ``rank_error`` is the largest Monte Carlo
    standard error of a rank's probability. ``level`` holds for every credible interval.
    """

    group: str
    model: str
    left_out: tuple[str, ...]
    level: float
    settings: Settings
    diagnostics: Diagnostics
    quality: Quality
    types: tuple[TypeAnswer, ...]
    parameters: tuple[ParameterAnswer, ...]
    more_frequent: tuple[tuple[Estimate, ...], ...]
    rank_error: float
