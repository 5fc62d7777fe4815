"""Events simulated under a fitted model, at the sizes of the studies at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import InputError, OptionError, Problem
from metaprop.core.scales import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.engines.frequentist.one_step.maximum import Maxima
    from metaprop.engines.frequentist.one_step.records import OneStepFit

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Population:
    """The studies that a fit describes, from which new ones can be drawn.

    ``location`` is mu or logit m (log-odds, infinite for a rate of 0 or 1); ``spread`` is tau, or
    the square root of ``rho / (1 - rho)``, in [0, inf).
    """

    model: Model
    location: float
    spread: float

    @classmethod
    def of(cls, fit: OneStepFit) -> Population:
        """Return the studies that a fit describes.

        Raises
        ------
        InputError
            Every study is at 0 % or at 100 %: the fit describes no heterogeneity to draw from.
        """
        if not np.isfinite(fit.spread):
            what = "every study is at 0 % or at 100 %, and the heterogeneity has no estimate"
            remedy = "Simulate under a heterogeneity of your own: Population(model, ...)"
            raise InputError(Problem(what, "fit", remedy))
        return cls(fit.model, fit.location.estimate, fit.spread)

    def rates(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Return true rates of new studies, in [0, 1]."""
        if self.spread == 0.0 or np.isinf(self.location):
            return np.full(shape, float(expit(self.location)))
        if self.model == "binomial-normal":
            return expit(rng.normal(self.location, self.spread, size=shape))
        m, r = float(expit(self.location)), self.spread**2
        return np.asarray(rng.beta(m / r, (1.0 - m) / r, size=shape))


def simulate_events(
    population: Population, totals: Ints, size: int, rng: np.random.Generator
) -> Ints:
    """Return events of ``size`` simulated reviews, shape ``(size, k)``.

    Parameters
    ----------
    population
        What the studies are drawn from; its parameters must be finite save for a rate of 0 or 1.
    totals
        Patients of each study, shape ``(k,)``.
    size
        Number of reviews.
    rng
        Source of chance.

    Examples
    --------
    >>> import numpy as np
    >>> population = Population("binomial-normal", location=3.0, spread=0.5)
    >>> simulate_events(population, np.array([5, 20]), 3, np.random.default_rng(1)).shape
    (3, 2)
    """
    rates = population.rates((size, totals.size), rng)
    return np.asarray(rng.binomial(totals, rates), dtype=np.int64)


def simulate_refitted(fits: Maxima, totals: Ints, rng: np.random.Generator) -> Ints:
    """Return events of one simulated review for each of B binomial-normal fits, shape ``(B', k)``.

    Fits that describe no heterogeneity to draw from (``all-or-nothing``) are passed over, so that
    B' <= B.

    Raises
    ------
    OptionError
        The fits are of another model.
    """
    if fits.model != "binomial-normal":
        remedy = "Give fits of the binomial-normal model"
        raise OptionError(Problem(f"fits of the {fits.model} model", "fits", remedy))
    kept = np.isfinite(fits.spread)
    location, spread = fits.location[kept, None], fits.spread[kept, None]
    log_odds = location + spread * rng.standard_normal((location.size, totals.size))
    return np.asarray(rng.binomial(totals, expit(log_odds)), dtype=np.int64)
