"""What a calibration found: frozen records of numbers, each with its Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

# read back by their type hints while the program runs: see reporting/codec.py
from metaprop.questions.calibration.battery import Kind, Target  # noqa: TC001
from metaprop.questions.calibration.truth import Truth  # noqa: TC001


@dataclass(frozen=True, slots=True)
class Simulated:
    """A number found by simulation with its Monte Carlo standard error; NaN where there is none."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Held:
    """Estimates and intervals of one method held against one true rate in (0, 1).

    ``bias`` is the mean estimate minus the truth; ``coverage`` the share of intervals that hold the
    truth; ``below`` and ``above`` the shares whose interval lies wholly below or above it.
    """

    truth: float
    bias: Simulated
    coverage: Simulated
    below: Simulated
    above: Simulated


@dataclass(frozen=True, slots=True)
class Score:
    """One method in one scenario.

    ``estimand`` is the rate that the method targets, ``own`` its score against that, and
    ``average`` its score against the average rate. ``answered`` of ``replicates`` reviews had an
    estimate with an interval; the others are left out. ``width`` is the mean width of the interval.
    """

    label: str
    kind: Kind
    estimand: Target
    replicates: int
    answered: int
    width: Simulated
    own: Held
    average: Held


@dataclass(frozen=True, slots=True)
class Scenario:
    """All methods under one truth; ``i2_zero`` is how often the usual method finds I2 = 0."""

    truth: Truth
    average: float
    typical: float
    i2_zero: Simulated
    scores: tuple[Score, ...]

    def score(self, label: str) -> Score:
        """Return the score of a method by its label; ``KeyError`` if it was not simulated."""
        for score in self.scores:
            if score.label == label:
                return score
        raise KeyError(label)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Where the truths lie in the posteriors of one quantity, over reviews drawn from the priors.

    ``counts`` are the replicates in each of as many equal bins of the posterior probability below
    the truth (or of its rank among draws); calibrated means uniform. ``at`` are probabilities,
    ``ecdf`` the share of replicates at or below each, ``low`` and ``high`` the band that holds a
    uniform ECDF everywhere at once with probability ``level``. ``p_value`` is that of the greatest
    distance from uniform (Kolmogorov).
    """

    quantity: str
    replicates: int
    counts: tuple[int, ...]
    at: tuple[float, ...]
    ecdf: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float
    p_value: float

    @property
    def inside(self) -> bool:
        """Whether the ECDF stays inside its band."""
        return all(
            low <= found <= high
            for low, found, high in zip(self.low, self.ecdf, self.high, strict=True)
        )


@dataclass(frozen=True, slots=True)
class ModelRanks:
    """Simulation-based calibration of one model by one engine.

    ``failed`` replicates had a fit that could not be trusted; they are counted, not left out.
    """

    model: str
    family: str
    engine: str
    replicates: int
    failed: int
    ranks: tuple[Ranks, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coverage at the sizes of one outcome, and simulation-based calibration of the models.

    ``totals`` are the sizes of the studies, ``level`` is the nominal coverage of every interval,
    ``seed`` decides every random number; ``models`` are the Bayesian models in words.
    """

    outcome: str
    label: str
    totals: tuple[int, ...]
    level: float
    seed: int
    models: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    ranks: tuple[ModelRanks, ...]
