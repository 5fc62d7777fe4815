"""What simulated reviews are drawn from: a family of rates between studies with known numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.special import betaincinv

from metaprop.core.errors import OptionError, Problem
from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import expit, logit
from metaprop.core.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TruthFamily = Literal["logit-normal", "beta-binomial"]


@dataclass(frozen=True, slots=True)
class Truth:
    """The rates of studies as they are in a simulation.

    ``rate``, in (0, 1), is the typical (median) rate of the logit-normal family and the average
    rate of the beta-binomial; ``spread`` is tau (standard deviation of the log odds, 0 or more) or
    rho (intraclass correlation, in [0, 1)). 0 is one rate common to all studies.

    Raises
    ------
    OptionError
        A number is outside its domain, or there is no such family; all faults at once.
    """

    family: TruthFamily
    rate: float
    spread: float

    def __post_init__(self) -> None:
        """Refuse what is no truth."""
        problems = [*self._problems()]
        if problems:
            raise OptionError(problems)

    def _problems(self) -> Iterable[Problem]:
        if self.family not in get_args(TruthFamily):
            allowed = listed(get_args(TruthFamily), "or")
            yield Problem(f"{self.family!r} is no family of rates", "truth", f"Use {allowed}")
        if not 0.0 < self.rate < 1.0:
            yield Problem(f"{self.rate!r} is no rate", "rate", "Use a proportion between 0 and 1")
        beta = self.family == "beta-binomial"
        if not 0.0 <= self.spread < (1.0 if beta else math.inf):
            remedy = "Use a number from 0 to below 1" if beta else "Use a finite number, 0 or more"
            yield Problem(f"{self.spread!r} is no spread", "spread", remedy)

    @property
    def average(self) -> float:
        """Mean rate over the population of studies, in (0, 1)."""
        if self.family == "beta-binomial" or self.spread == 0.0:
            return self.rate
        mu = np.full((1, 1), logit(self.rate))
        return float(expit(logit_average(mu, np.full((1, 1), math.log(self.spread)))).item())

    @property
    def typical(self) -> float:
        """Rate of the median study, in (0, 1)."""
        if self.family == "logit-normal" or self.spread == 0.0:
            return self.rate
        kappa = 1.0 / self.spread - 1.0
        return float(betaincinv(self.rate * kappa, (1.0 - self.rate) * kappa, 0.5))

    def rates(self, size: int, rng: np.random.Generator) -> Floats:
        """Return the rates of ``size`` studies, shape ``(size,)``."""
        if self.spread == 0.0:
            return np.full(size, self.rate)
        if self.family == "logit-normal":
            return expit(logit(self.rate) + self.spread * rng.standard_normal(size))
        kappa = 1.0 / self.spread - 1.0
        return rng.beta(self.rate * kappa, (1.0 - self.rate) * kappa, size)


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the random numbers of one replicate: its own, whoever draws the others.

    ``key`` names the replicate: the place of its scenario, and its number in it.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def review(truth: Truth, totals: Ints, rng: np.random.Generator) -> Ints:
    """Return the events of one simulated review of studies of ``totals`` (k,) patients, (k,)."""
    return rng.binomial(totals, truth.rates(totals.size, rng))


def truth_from(model: Model, rng: np.random.Generator) -> Truth:
    """Return a truth drawn from the priors of a model in which studies differ.

    Raises
    ------
    OptionError
        The model is one of a common rate.
    """
    if model.heterogeneity is None:
        what = "studies share one rate in it: there is no spread to draw"
        raise OptionError(Problem(what, model.id, "Use a logit-normal or beta-binomial model"))
    at = float(model.location.prior.draws(1, rng)[0])
    spread = float(model.heterogeneity.prior.draws(1, rng)[0])
    rate = float(expit(at)) if model.location.parameter in LOG_ODDS else at
    rate = min(max(rate, SMALLEST), LARGEST)
    if model.heterogeneity.parameter == "kappa":
        spread = 1.0 / (1.0 + spread)
    return Truth(model.family, rate, spread)  # type: ignore[arg-type]  # not the common rate


SMALLEST, LARGEST = 1e-300, 1.0 - 2.0**-53
"""Rates beyond these are the numbers 0 and 1, which no rate is."""
LOG_ODDS = frozenset({"mu", "logit_average"})
"""Parameters of location that are log odds; the others are rates."""
