"""The answers to what was asked, as frozen records of numbers: nothing here computes or draws.

An ``Analysis`` holds everything that a table, a figure or a page is made of, so that a report can
be drawn again from stored numbers alone. No record keeps a posterior open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# The stored records are read back by their type hints (reporting/codec.py), which are looked up
# while the program runs: these names must be importable here.
from metaprop.core.estimates import Estimate, Interval, IntervalKind, Quality  # noqa: TC001
from metaprop.engines.nuts.diagnostics import Diagnostics  # noqa: TC001
from metaprop.engines.nuts.sampling import Settings  # noqa: TC001
from metaprop.engines.posterior import Engine, EngineChoice, Estimand  # noqa: TC001

Direction = Literal["higher is better", "lower is better"]
Scale = Literal["rate", "standard deviation of the log odds", "intraclass correlation"]
Detail = Literal["summary", "full"]


@dataclass(frozen=True, slots=True)
class Exceedance:
    """Posterior ``probability`` that a rate lies above ``above``, a rate in (0, 1)."""

    above: float
    probability: Estimate


@dataclass(frozen=True, slots=True)
class Quantile:
    """The ``value`` below which a quantity lies with probability ``level`` in (0, 1)."""

    level: float
    value: Estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """One quantity of one model: all numbers on ``scale``.

    ``quantiles`` are three: the lower end of the equal-tailed interval, the median, the upper end.
    ``above`` has one entry for each threshold asked for; it is empty for ``tau`` and ``rho``, which
    are no rates.
    """

    estimand: Estimand
    scale: Scale
    mean: Estimate
    quantiles: tuple[Quantile, ...]
    interval: Interval
    above: tuple[Exceedance, ...]

    @property
    def median(self) -> Estimate:
        """Return the posterior median."""
        return self.quantiles[1].value

    def probability(self, above: float) -> Estimate:
        """Return the probability of lying above a threshold that was asked for.

        Raises
        ------
        KeyError
            If nobody asked for this threshold.
        """
        for entry in self.above:
            if entry.above == above:
                return entry.probability
        raise KeyError(above)


@dataclass(frozen=True, slots=True)
class Curve:
    """Posterior of one rate over a grid: ``at`` ascending rates in [0, 1], all of one length.

    ``survival`` is P(rate > at); ``density`` is per unit of rate, NaN where it has no finite value
    (a rate's density may grow without bound at 0 and at 1).
    """

    estimand: Estimand
    at: tuple[float, ...]
    survival: tuple[float, ...]
    density: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A frequentist interval of one study's rate, ends in [0, 1], coverage at least ``level``."""

    low: float
    high: float
    level: float
    method: Literal["clopper-pearson"]


@dataclass(frozen=True, slots=True)
class ObservedStudy:
    """What one study reported: between ``low`` and ``high`` events (equal: exactly) of ``total``.

    ``rate`` and ``interval`` are None where the count is not known exactly.
    """

    name: str
    low: int
    high: int
    total: int
    rate: float | None
    interval: ConfidenceInterval | None


@dataclass(frozen=True, slots=True)
class Totals:
    """All studies of an outcome together: between ``low`` and ``high`` events of ``patients``.

    A known total is taken into account. ``crude_rate`` is all events over all patients, None where
    their number is not known exactly.
    """

    studies: int
    patients: int
    low: int
    high: int
    crude_rate: float | None


@dataclass(frozen=True, slots=True)
class CountPrediction:
    """``probabilities[y]`` of y events among the next ``patients`` of one new study, y from 0."""

    patients: int
    probabilities: tuple[float, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One probability of the exact engine beside the same probability of NUTS.

    It is that of ``estimand`` lying above ``above``; ``study`` is the study's name where the
    estimand is a study's own rate. ``exact_error`` bounds the error of ``exact``;
    ``standard_error`` is the Monte Carlo standard error of ``sampled`` under the exact answer;
    ``p_value`` is the probability of a difference as large by chance.
    """

    estimand: Estimand
    study: str | None
    above: float
    exact: float
    exact_error: float
    sampled: float
    standard_error: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both engines on one outcome under one model.

    ``compared`` numbers were compared; ``largest`` is the greatest difference in standard errors;
    ``worst`` the least probable comparison; ``gate`` the p-value below which it fails, so that all
    comparisons of a run together raise a false alarm once in ten thousand runs.
    """

    compared: int
    largest: float
    worst: Comparison
    gate: float
    passed: bool


@dataclass(frozen=True, slots=True)
class SampledAnswer:
    """One outcome under one model by NUTS; errors are Monte Carlo standard errors.

    ``agreement`` is None where the exact engine did not answer too.
    """

    settings: Settings
    diagnostics: Diagnostics
    quality: Quality
    estimands: tuple[Summary, ...]
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One outcome under one model, by ``engine``; ``sampled`` tells of NUTS where it ran.

    ``estimands`` holds ``average``, ``typical``, ``new_study`` and, where the model has one,
    ``tau`` or ``rho``; ``studies`` one summary a study in the order of the table; ``studies`` and
    ``curves`` are empty where the analysis asked for the summary only.
    """

    id: str
    name: str
    family: str
    engine: Engine
    quality: Quality
    log_marginal_likelihood: Estimate | None
    estimands: tuple[Summary, ...]
    studies: tuple[Summary, ...]
    curves: tuple[Curve, ...]
    new_count: CountPrediction | None
    sampled: SampledAnswer | None = None

    @property
    def qualities(self) -> tuple[Quality, ...]:
        """Return whether each fit behind the answer can be trusted, one for each engine."""
        if self.sampled is None or self.engine == "nuts":
            return (self.quality,)
        return self.quality, self.sampled.quality

    def estimand(self, name: Estimand) -> Summary:
        """Return the summary of one estimand; ``KeyError`` if the model does not have it."""
        for summary in self.estimands:
            if summary.estimand == name:
                return summary
        raise KeyError(name)

    def curve(self, name: Estimand) -> Curve:
        """Return the curve of one estimand; ``KeyError`` if it was not asked for."""
        for curve in self.curves:
            if curve.estimand == name:
                return curve
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """One outcome under every model, with what was observed.

    ``label`` is the outcome's name in words, empty where the table has none; ``headline`` is the
    threshold in (0, 1) that the data set would have titles be about, None for the usual one;
    ``observed`` has an entry for each study, or none where the analysis asked for the summary only.
    """

    id: str
    label: str
    direction: Direction
    thresholds: tuple[float, ...]
    headline: float | None = field(default=None, kw_only=True)
    totals: Totals
    observed: tuple[ObservedStudy, ...]
    models: tuple[ModelAnswer, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Every outcome of one data set under every model, with how it was asked.

    ``level`` (in (0, 1)) and ``kind`` hold for every credible interval; the confidence interval of
    each study has the same level.
    """

    dataset: str
    title: str
    engine: EngineChoice
    level: float
    kind: IntervalKind
    seed: int
    detail: Detail
    outcomes: tuple[OutcomeAnswer, ...]
