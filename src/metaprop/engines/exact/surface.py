"""The log posterior density of a model and its data over the two coordinates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact.coordinates import Axis, axis_of, rescaled
from metaprop.engines.likelihood.beta_binomial import BetaBinomial
from metaprop.engines.likelihood.count_table import BetaBinomialCounts, logit_normal_counts
from metaprop.engines.likelihood.known_sum import KnownSum
from metaprop.engines.likelihood.logit_normal import LogitNormal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Family, Model
    from metaprop.engines.likelihood.cells import Cells

    Floats = NDArray[np.float64]
    Likelihood = Callable[[Floats, Floats], Floats]

LARGEST = 170.0
"""Log spreads stay within this: the square of the spread is still a double."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A model with its data.

    ``spread`` is None for the common rate. ``relaid`` returns the likelihood at another fineness
    where it is not that of the family and the cells alone. ``x`` and ``location`` have shape
    ``(R, J)``, ``y`` and ``log_spread`` ``(R, 1)``: free and natural coordinates of location and
    spread.
    """

    family: Family
    cells: Cells
    location: Axis
    spread: Axis | None
    likelihood: Likelihood
    relaid: Callable[[float], Likelihood] | None = None

    @classmethod
    def of(
        cls,
        model: Model,
        cells: Cells,
        fineness: float = 1.0,
        prepared: Likelihood | None = None,
    ) -> Surface:
        """Join a model and its data.

        ``fineness`` refines the integral over each study's rate; ``prepared`` is the likelihood
        where it is there already.
        """
        spread = None if model.heterogeneity is None else axis_of(model.heterogeneity)
        likelihood = prepared or likelihood_of(model.family, cells, fineness)
        return cls(model.family, cells, axis_of(model.location), spread, likelihood)

    @property
    def location_is_average(self) -> bool:
        """Whether the location is the average rate: then columns are best shared by the rows."""
        return self.family != "logit-normal"

    def likelihood_at(self, fineness: float) -> Likelihood:
        """Return the likelihood at another fineness of its integral over each study's rate."""
        if self.relaid is not None:
            return self.relaid(fineness)
        return likelihood_of(self.family, self.cells, fineness)

    def in_unit(self, log_unit: float) -> Surface:
        """Return the surface with the unit of its spread's free coordinate set."""
        if self.spread is None:
            return self
        return replace(self, spread=rescaled(self.spread, log_unit))

    def log_spread(self, y: Floats) -> Floats:
        """Return the natural coordinate of the spread; -inf for the common rate."""
        if self.spread is None:
            return np.full_like(y, -np.inf)
        return np.minimum(np.maximum(self.spread.natural(y), -LARGEST), LARGEST)

    def log_slope(self, x: Floats, y: Floats) -> Floats:
        """Return the log of the area in natural coordinates per area in free ones."""
        return self.location.log_slope(x) + self.spread_slope(y)

    def log_prior(self, location: Floats, log_spread: Floats) -> Floats:
        """Return the log prior density with respect to the natural coordinates."""
        prior = self.location.log_prior(location)
        if self.spread is None:
            return prior
        return prior + self.spread.log_prior(log_spread)

    def row_density(self, x: Floats, log_spread: Floats) -> Floats:
        """Return log likelihood and prior by x (R, J), on rows given by their log spread (R,)."""
        location, rows = self.location.natural(x), log_spread[:, None]
        return (
            self.likelihood(location, rows)
            + self.log_prior(location, rows)
            + (self.location.log_slope(x))
        )

    def spread_slope(self, y: Floats) -> Floats:
        """Return the log derivative of the log spread; -inf beyond what a double can square."""
        if self.spread is None:
            return np.zeros_like(y)
        beyond = np.abs(self.spread.natural(y)) > LARGEST
        return np.where(beyond, -np.inf, self.spread.log_slope(y))

    def free_spread(self, log_spread: Floats) -> Floats:
        """Return the free coordinate of a log spread."""
        return log_spread if self.spread is None else self.spread.free(log_spread)

    def location_near(self, logit: float) -> Floats:
        """Return the free location at a logit, or 0 where the prior excludes it."""
        free = self.location.free(np.asarray(logit))
        return np.where(np.isfinite(free), free, 0.0)


def likelihood_of(family: Family, cells: Cells, fineness: float) -> Likelihood:
    """Return the log likelihood of a family as a function of (R, J) and (R, 1) arrays."""
    if cells.known_sum is not None and not cells.exact.all():
        alone = likelihood_of(family, cells.where(cells.exact), fineness)
        return KnownSum.of(cells, alone, lambda ranges: _each_count(family, ranges, fineness))
    if family == "logit-normal":
        return LogitNormal.of(cells, fineness)
    return BetaBinomial.of(cells)


def _each_count(family: Family, ranges: Cells, fineness: float) -> Likelihood:
    """Return the log probability of every one of the M counts of ranges, shape (R, J, M)."""
    if family == "logit-normal":
        return logit_normal_counts(ranges, fineness).each
    return BetaBinomialCounts(ranges).each
