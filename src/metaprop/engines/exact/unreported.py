"""A population of studies of which some do not report, and those have other odds.

In studies that report, rates vary as the model says. In the others the odds of an event are a known
factor times as high. A study that does not report says nothing about its count, so the posterior of
the hyperparameters is that of the studies that do; but the average is one over all studies, and a
new study may be of either kind. The factor is that of informative missingness (White, Higgins and
Wood 2008, doi:10.1002/sim.3008), here between studies instead of patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.logistic_mean import logit_average
from metaprop.core.methods import Method
from metaprop.core.scales import log_expit
from metaprop.engines.exact.mixture import Mixture
from metaprop.engines.exact.projection import (
    centre_and_scale,
    increasing_rows,
    rate_marginal,
    span,
)
from metaprop.engines.exact.quantities import LocationScale, ShiftedRateScale
from metaprop.engines.exact.refining import graded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.core.estimates import Quality
    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.marginals import LatticeMarginal
    from metaprop.engines.exact.posterior import ExactPosterior

    Floats = NDArray[np.float64]

UNREPORTED_ODDS = Method(
    "Other odds where a study does not report",
    "Where a reading says so, the odds of an event in studies that do not report an outcome are a "
    "given factor times those in studies that do, as an informative missingness odds ratio between "
    "studies; averages are over studies of both kinds, in the shares seen.",
    "10.1002/sim.3008",
)
LARGEST = 600.0
"""Log spreads beyond this would overflow; a beta is then at 0 and 1 alone."""
NEGLIGIBLE = 1e-17
"""Terms of a series of this size, relative to its first, do not count."""


@dataclass(frozen=True, slots=True)
class Unreported:
    """A ``share`` in [0, 1) of the studies does not report; odds there are ``odds`` as high."""

    odds: float
    share: float

    def mixed(self, reported: Floats, unreported: Floats) -> Floats:
        """Return the logit of the mean of both kinds' rates, given as logits."""
        if self.share == 0.0:
            return reported
        kinds = (np.log1p(-self.share), np.log(self.share))
        ends = [
            np.logaddexp(
                kinds[0] + log_expit(sign * reported), kinds[1] + log_expit(sign * unreported)
            )
            for sign in (1.0, -1.0)
        ]
        logit: Floats = ends[0] - ends[1]
        return logit


class PartlyReported:
    """The answers for a population of both kinds; those of the studies that report are given.

    ``average`` is the mean rate over all studies, ``new_study`` the rate of one not yet seen, which
    is of the kind that does not report with the share seen among the studies.
    """

    def __init__(self, reported: ExactPosterior, odds: float) -> None:
        """Take the posterior of all cells, those that say nothing among them, and the factor."""
        self._reported = reported
        self._unreported = Unreported(odds, float(np.mean(reported.studies.unreported)))

    @property
    def average(self) -> LatticeMarginal:
        """Mean rate over the population of studies of both kinds."""
        found = self._unreported
        return self._reported.quantity(
            f"average with {found}", lambda grid, cut: average(grid, found, cut)
        )

    @property
    def new_study(self) -> Mixture:
        """Rate in a study of either kind, not yet seen."""
        reported, share = self._reported.new_study, self._unreported.share
        axis = reported.scale.axis if isinstance(reported.scale, LocationScale) else None
        shifted = ShiftedRateScale(float(np.log(self._unreported.odds)), axis)
        other = replace(reported, scale=shifted)
        return Mixture.of((reported, other), np.array([1.0 - share, share]))

    @property
    def heterogeneity(self) -> LatticeMarginal | None:
        """``tau`` or ``rho`` within the studies that report; None for the common rate."""
        return self._reported.heterogeneity

    @property
    def quality(self) -> Quality:
        """Whether the answers reach the tolerance that was asked of the studies that report."""
        return graded((self.average, self.new_study), self._reported.tolerance)


def average(grid: Grid, unreported: Unreported, cut: float) -> LatticeMarginal:
    """Return the posterior of ``(1 - s) E[p] + s E[p']``: p' has the odds of p times the factor."""
    nodal = nodal_average(grid, unreported)
    inverting: list[float] = []

    def density(x: Floats) -> Floats:
        rows, error = increasing_rows(grid, nodal, x)
        inverting.append(error)
        return grid.combine(rows)

    shape = centre_and_scale(grid, nodal)
    reach = span(grid, nodal, cut)
    return rate_marginal(grid, "average", density, shape, reach, inverting)


def nodal_average(grid: Grid, unreported: Unreported) -> Floats:
    """Return the logit of that mean at every node of a grid, shape (R, J)."""
    location, log_spread = grid.location, grid.log_spread
    if grid.surface.family == "logit-normal":
        other = logit_average(location + np.log(unreported.odds), log_spread)
        return unreported.mixed(logit_average(location, log_spread), other)
    if grid.surface.family == "common-rate":
        return unreported.mixed(location, location + np.log(unreported.odds))
    return unreported.mixed(location, beta_average(location, log_spread, unreported.odds))


def beta_average(location: Floats, log_spread: Floats, odds: float) -> Floats:
    """Return the logit of ``E[f P / (1 - P + f P)]``, P beta with this mean and ``1 / kappa``.

    With z = 1 - f in [0, 1) both the mean and what it lacks of 1 are series of positive terms:
    ``f sum z^n E[P^(n+1)]`` and ``sum z^n E[P^n (1 - P)]``. A factor above 1 is one below 1 for
    what does not happen. Arguments (R, J) and (R, 1).
    """
    if odds > 1.0:
        return -beta_average(-location, log_spread, 1.0 / odds)
    r = np.exp(np.minimum(log_spread, LARGEST))
    mean, rest = np.exp(log_expit(location)), np.exp(log_expit(-location))
    moment, happens, lacks = (
        np.ones(location.shape),
        np.zeros(location.shape),
        np.zeros(location.shape),
    )
    power, n = 1.0, 0
    while power > NEGLIGIBLE * odds:
        lacks += power * moment * rest / (1.0 + n * r)
        moment = moment * (mean + n * r) / (1.0 + n * r)
        happens += power * moment
        power, n = power * (1.0 - odds), n + 1
    logit: Floats = np.log(odds) + np.log(happens) - np.log(lacks)
    return logit
