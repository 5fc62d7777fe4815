"""What was found about the sensitivity of one outcome's conclusions, as frozen records.

Every probability here is that of the average rate lying on the good ``side`` of a threshold. All
numbers are by the exact engine unless a record says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# read back by their type hints while the program runs: see reporting/codec.py
from metaprop.core.estimates import Estimate, Quality  # noqa: TC001
from metaprop.questions.thresholds import Side  # noqa: TC001

Part = Literal["location", "heterogeneity"]
Weighing = Literal["marginal likelihood", "stacking"]
Component = Literal["prior", "likelihood"]

TIPPING_LEVELS = (0.5, 0.8, 0.9, 0.95)
"""Probabilities at which a reader might change a conclusion."""


@dataclass(frozen=True, slots=True)
class PriorChoice:
    """One prior that could have been chosen.

    ``id`` is the same in both families where the two priors correspond; ``label`` is short,
    ``prior`` says it in full; ``reason`` why it is among the choices. ``default`` marks the one of
    the model file.
    """

    id: str
    part: Part
    parameter: str
    label: str
    prior: str
    reason: str
    default: bool


@dataclass(frozen=True, slots=True)
class Crossed:
    """Probabilities at one ``threshold``: a row for each location prior, a column for each spread.

    Shape ``(L, S)``, each in [0, 1].
    """

    threshold: float
    probabilities: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class PriorGrid:
    """Every location prior crossed with every heterogeneity prior, under one model.

    ``distances`` (L, S) are Hellinger distances from the default prior, in [0, 1]; ``medians``
    (L, S) are of the average rate. ``error`` bounds the error of every probability;
    ``refitted`` tells how often the likelihood had to be computed again for a prior.
    """

    model: str
    family: str
    locations: tuple[PriorChoice, ...]
    spreads: tuple[PriorChoice, ...]
    distances: tuple[tuple[float, ...], ...]
    medians: tuple[tuple[float, ...], ...]
    crossed: tuple[Crossed, ...]
    error: float
    refitted: int


@dataclass(frozen=True, slots=True)
class ReadGrid:
    """The same priors crossed under another reading of the evidence.

    ``kept`` is the one study kept where a reading keeps one of several. Rows and columns are those
    of the ``PriorGrid`` of the same model.
    """

    reading: str
    kept: str | None
    model: str
    crossed: tuple[Crossed, ...]
    error: float
    refitted: int


@dataclass(frozen=True, slots=True)
class Tip:
    """Where along a path the probability crosses ``level``: the crossing nearest to the default.

    ``at`` is the path's parameter there and ``distance`` the Hellinger distance from the default
    prior; both None where no crossing was found between the ends of the path.
    """

    level: float
    at: float | None
    distance: float | None


@dataclass(frozen=True, slots=True)
class PathChances:
    """Probabilities at one ``threshold`` along a path, shape ``(N,)``, and where they tip."""

    threshold: float
    probabilities: tuple[float, ...]
    tips: tuple[Tip, ...]


@dataclass(frozen=True, slots=True)
class PriorPath:
    """A one-parameter family of priors under one model: ``at`` ascending, shape ``(N,)``.

    ``moves`` says in words what the parameter is; ``default`` is its value at the default prior,
    None where the path does not pass through it. ``distances`` (N,) are Hellinger distances from
    the default prior.
    """

    model: str
    id: str
    moves: str
    default: float | None
    at: tuple[float, ...]
    distances: tuple[float, ...]
    chances: tuple[PathChances, ...]
    error: float
    refitted: int


@dataclass(frozen=True, slots=True)
class Refit:
    """The average rate under one model from some of the studies.

    ``what`` is the study left out, or the year up to which studies were taken. ``probabilities``
    follow the ``headline`` thresholds of the outcome.
    """

    what: str
    studies: int
    patients: int
    model: str
    median: float
    low: float
    high: float
    probabilities: tuple[float, ...]
    error: float


@dataclass(frozen=True, slots=True)
class StudyPrediction:
    """Log probability of one study's count given the other studies, one for each model (M,)."""

    study: str
    log_probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Averaged:
    """An answer averaged over the models with ``weights`` (M,) that sum to 1."""

    weighing: Weighing
    weights: tuple[float, ...]
    median: float
    low: float
    high: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Predictive:
    """How well each of M models predicts each study from the others, rates integrated out.

    ``totals`` (M,) are sums of log probabilities over the studies; ``difference`` is that of the
    second model from the first, with its standard error over studies.
    """

    studies: tuple[StudyPrediction, ...]
    totals: tuple[float, ...]
    difference: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class FamilyComparison:
    """Models side by side (M,), and answers averaged over them: never a choice of one.

    ``log_marginal_likelihoods`` (M,) carry their numerical errors. ``predictive`` is None where
    ``refused`` says why studies cannot be predicted one by one. ``note`` says what the comparison
    depends on.
    """

    models: tuple[str, ...]
    log_marginal_likelihoods: tuple[Estimate, ...]
    predictive: Predictive | None
    refused: str | None
    averaged: tuple[Averaged, ...]
    note: str


@dataclass(frozen=True, slots=True)
class PowerScaled:
    """The average rate's posterior with the prior or the likelihood raised to ``power``.

    ``exact`` is P(average on the good side of the main threshold) by quadrature, ``sampled`` the
    same from the draws of NUTS, reweighted; ``standard_error`` that of ``sampled``; ``pareto_k`` of
    the weights, which cannot be trusted above .7.
    """

    component: Component
    power: float
    exact: float
    sampled: float
    standard_error: float
    pareto_k: float


@dataclass(frozen=True, slots=True)
class PowerSensitivity:
    """ArviZ's power-scaling diagnostic of the average rate under one model, beside the exact one.

    ``sampled`` is what ``arviz.psense`` returns, ``exact`` the same number from exact distribution
    functions: how far the posterior moves when a component is raised to a power near 1. Both None
    where ``reason`` says why there is none.
    """

    model: str
    component: Component
    sampled: float | None
    exact: float | None
    reason: str | None
    scaled: tuple[PowerScaled, ...]
    quality: Quality


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice made otherwise, all others by default: how far the probability moves.

    ``kind`` is what is chosen, ``usual`` and ``other`` name the two choices; ``before`` and
    ``after`` are probabilities at ``threshold`` under ``model`` (the one that stays, or the one
    that is left).
    """

    kind: Literal["heterogeneity prior", "location prior", "family", "reading", "study left out"]
    usual: str
    other: str
    model: str
    threshold: float
    before: float
    after: float

    @property
    def points(self) -> float:
        """Return the change in percentage points."""
        return 100.0 * (self.after - self.before)


@dataclass(frozen=True, slots=True)
class OutcomeSensitivity:
    """Everything that was asked of one outcome.

    ``headline`` are the thresholds asked about: the main one, then the next towards the rate that
    was seen. ``level`` is that of every equal-tailed credible interval, in (0, 1). ``switches`` are
    sorted, the farthest first, at the main threshold.
    """

    id: str
    label: str
    side: Side
    headline: tuple[float, ...]
    level: float
    grids: tuple[PriorGrid, ...]
    paths: tuple[PriorPath, ...]
    readings: tuple[ReadGrid, ...]
    without: tuple[Refit, ...]
    cumulative: tuple[Refit, ...]
    families: FamilyComparison | None
    power: tuple[PowerSensitivity, ...]
    switches: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Every outcome of a data set."""

    dataset: str
    outcomes: tuple[OutcomeSensitivity, ...]
