"""What the exact engine returns: estimands on demand, each from a grid as fine as it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.exact import cut_off, estimands
from metaprop.engines.exact.allotment import rebuilt, reweighed
from metaprop.engines.exact.grid import Grid, Resolution, build, rounding_of
from metaprop.engines.exact.marginals import LatticeMarginal
from metaprop.engines.exact.predictive import count_probabilities, joint_draws
from metaprop.engines.exact.refining import accurate, finest, graded
from metaprop.engines.exact.reweighing import Reweighing, wide_model
from metaprop.engines.exact.surface import Surface
from metaprop.engines.exact.turns import AverageOfLogitNormal, TypicalOfBetaBinomial
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.known_sum import convolution_work
from metaprop.engines.posterior import CountTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import Estimate, Quality
    from metaprop.engines.exact.mixture import Answer, Mixture
    from metaprop.engines.posterior import Engine
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]
    Builder = Callable[[int], LatticeMarginal]

QUADRATURE = Method(
    "Deterministic quadrature",
    "Posteriors were computed by deterministic quadrature on nested lattices; the difference "
    "between a lattice and every second of its nodes estimates the numerical error.",
    "10.1007/978-1-4612-2706-9",
)
FEW = 5
"""With fewer studies than this, leaving one out needs a grid of its own."""
REUSED = 0.4
"""Level of the grid that is reused for other priors: they may be narrower."""
ROUGH = 0.5
"""Fineness of the likelihood that only looks for where the mass lies."""
MOST_WORK = 1_000_000
"""Products a node that the convolution behind a known total may take: some ten seconds in all."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A study to be left out, by its cell; ``events`` of a known sum go with it, if it has one."""

    low: int
    high: int
    total: int
    events: int | None = None

    @property
    def cell(self) -> tuple[int, int, int]:
        """Its cell: low, high, total."""
        return self.low, self.high, self.total

    def taken_from(self, cells: Cells) -> Cells:
        """Return the cells of the other studies."""
        if self.events is None:
            return cells.without(*self.cell)
        return cells.without_count(*self.cell, self.events)


class ExactPosterior:
    """The posterior of a model given studies, by deterministic quadrature.

    ``tolerance`` is the absolute error aimed at for probabilities and for quantiles of rates.
    Estimands are worked out when first asked for, each from a grid as fine as it needs.
    """

    def __init__(self, studies: Studies, model: Model, tolerance: float = 1e-6) -> None:
        """Take studies and a model; nothing is computed yet, see ``fit_exact``."""
        self.studies = studies
        self.model = model
        self.tolerance = tolerance
        self._cells = Cells.of(studies)
        _refuse_explosion(self._cells)
        self._grids: dict[tuple[LeftOut | None, int], Grid] = {}
        self._average: Answer | None = None
        self._typical: Answer | None = None
        self._marginals: dict[str, LatticeMarginal] = {}
        self._reweighing: Reweighing | None = None

    @property
    def engine(self) -> Engine:
        """Which engine answered."""
        return "exact"

    @property
    def average(self) -> Answer:
        """Mean rate over the population of studies, ``E[p]``."""
        if self._average is None:
            self._average = self._finest(self._average_at)
        return self._average

    def _average_at(self, level: int) -> Answer:
        grid, cut = self.grid(level), self._cut(level)
        if self.model.family == "logit-normal" and cut_off.jumps(grid, self.tolerance):
            return cut_off.turned(grid, cut, AverageOfLogitNormal())
        return estimands.average(grid, cut)

    @property
    def typical(self) -> Answer:
        """Rate of the median study."""
        if self._typical is None:
            self._typical = self._finest(self._typical_at)
        return self._typical

    def _typical_at(self, level: int) -> Answer:
        grid, cut = self.grid(level), self._cut(level)
        if self.model.family == "beta-binomial" and grid.assumed.location.cut_off:
            return cut_off.turned(grid, cut, TypicalOfBetaBinomial())
        return estimands.typical(grid, cut)

    @property
    def new_study(self) -> LatticeMarginal:
        """Rate in a study like these, not yet seen."""
        return self.quantity("new_study", estimands.new_study)

    @property
    def heterogeneity(self) -> LatticeMarginal | None:
        """``tau`` (logit-normal) or ``rho`` (beta-binomial); None for the common rate."""
        if self.model.heterogeneity is None:
            return None
        return self.quantity("spread", lambda grid, _cut: estimands.heterogeneity(grid))

    def study(self, index: int) -> LatticeMarginal:
        """Return the posterior of the rate of study ``index`` (0-based, order of the table)."""
        studies = self.studies
        low, high, total = (int(v[index]) for v in (studies.low, studies.high, studies.totals))
        cell = (low, high, total)
        if self._cells.known_sum is not None and low < high:
            return self._marginal(f"study {cell}", lambda level: self._allotted(cell, level))
        left_out = None if (low, high) == (0, total) else LeftOut(*cell)

        def build_at(level: int) -> LatticeMarginal:
            laid = self.grid() if self._reweighs(level, left_out) else None
            return estimands.study(self.grid(level, left_out), cell, self._cut(level), laid)

        return self._marginal(f"study {cell}", build_at, left_out)

    def _allotted(self, cell: tuple[int, int, int], level: int) -> LatticeMarginal:
        """Return the posterior of the rate of a study whose count takes part in a known sum."""
        grid, cut = self.grid(level), self._cut(level)
        if self.model.family == "common-rate":
            return estimands.common_study(grid, cut)
        allotment = reweighed(grid, cell, self.tolerance)
        if int(self._cells.times.sum()) <= FEW:
            allotment = rebuilt(allotment, lambda c: self.grid(level, LeftOut(*cell, c)))
        return allotment.marginal(grid, cut)

    @property
    def log_marginal_likelihood(self) -> Estimate:
        """Log of the marginal likelihood, binomial coefficients included."""
        return accurate(
            lambda level: estimands.evidence(self.grid(level)),
            lambda found: found.error,
            self.tolerance,
            rounding_of(self._cells),
        )

    def new_count(self, patients: int) -> CountTable:
        """Return the predictive distribution of the events among ``patients`` of a new study."""
        return self._counted(patients, None)

    def left_out_count(self, index: int) -> CountTable:
        """Return the predictive distribution of the events of one study given the others alone.

        The study has its own number of patients and a rate of its own. Where a total is known, the
        others keep what it says of them once any count of this study is possible.
        """
        studies = self.studies
        low, high, total = (int(v[index]) for v in (studies.low, studies.high, studies.totals))
        if self._cells.known_sum is not None and low < high:
            others = studies.where(np.arange(studies.k) != index)
            return ExactPosterior(others, self.model, self.tolerance).new_count(total)
        left_out = None if (low, high) == (0, total) else LeftOut(low, high, total)
        return self._counted(total, left_out)

    def _counted(self, patients: int, left_out: LeftOut | None) -> CountTable:
        """Return how many of some patients have events, given all studies but one."""
        probabilities, error = accurate(
            lambda level: count_probabilities(self.grid(level, left_out), patients),
            lambda found: found[1],
            self.tolerance,
            rounding_of(self._cells),
        )
        return CountTable(patients, probabilities, error)

    def draws(self, n: int, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Return ``n`` independent joint draws of hyperparameters and estimands, ``(n,)`` each."""
        return joint_draws(self.grid(), n, rng)

    @property
    def quality(self) -> Quality:
        """Whether the answers reach the tolerance that was asked for."""
        return graded((self.average, self.typical, self.new_study), self.tolerance)

    def with_model(self, model: Model) -> ExactPosterior:
        """Return the posterior under other priors of the same family; the likelihood is reused.

        The nodes are laid once, for a wide prior. Where they do not suit the new prior, the error
        of an answer shows it and a grid of its own is built.

        Raises
        ------
        OptionError
            The model is of another family: its likelihood is another one.
        """
        if model.family != self.model.family:
            what = f"a {model.family} model cannot reuse a {self.model.family} likelihood"
            raise OptionError(Problem(what, "model", "Fit it on its own"))
        if self._reweighing is None:
            wide = ExactPosterior(self.studies, wide_model(self.model), self.tolerance)
            base = wide._build(REUSED, None)
            self._reweighing = Reweighing.of(base, estimands.average(base, self._cut(REUSED)))
        other = ExactPosterior(self.studies, model, self.tolerance)
        surface = Surface.of(model, self._cells, prepared=self._reweighing.grid.surface.likelihood)
        other._grids[None, 0] = self._reweighing.grid.with_prior(surface)
        found = self._reweighing(other.grid())
        if found.worst_error() <= self.tolerance and not surface.location.cut_off:
            other._average = found
        return other

    def _cut(self, level: float) -> float:
        """Return how many nats below its top a density is cut off at a level of refinement."""
        return estimands.CUT - float(np.log(self.tolerance)) + 3.0 * level

    def grid(self, level: int = 0, left_out: LeftOut | None = None) -> Grid:
        """Return the grid at a level of refinement, without one study; built once."""
        key = (left_out, level)
        if key not in self._grids:
            self._grids[key] = self._build(level, left_out)
        return self._grids[key]

    def _build(self, level: float, left_out: LeftOut | None) -> Grid:
        resolution = Resolution.at(self.model.family, self.tolerance, level)
        cells = self._cells
        if left_out is not None:
            if self._reweighs(level, left_out):
                return estimands.without_study(self.grid(), left_out.cell)
            cells = left_out.taken_from(cells)
        surface = self.surface(cells, resolution.fineness)
        if self.model.family != "logit-normal":  # its likelihood has no rougher, faster version
            return build(surface, surface, resolution)
        return build(surface, self.surface(cells, ROUGH), resolution)

    def _reweighs(self, level: float, left_out: LeftOut | None) -> bool:
        """Return whether the grid without a study is that of all, reweighed."""
        return left_out is not None and level == 0 and int(self._cells.times.sum()) > FEW

    def surface(self, cells: Cells, fineness: float) -> Surface:
        """Return what is integrated: the model with these cells, at a fineness."""
        return Surface.of(self.model, cells, fineness)

    def quantity(
        self, name: str, estimand: Callable[[Grid, float], LatticeMarginal]
    ) -> LatticeMarginal:
        """Return the marginal of a quantity of all studies; ``name`` tells it from others."""
        return self._marginal(name, lambda level: estimand(self.grid(level), self._cut(level)))

    def _marginal(
        self, name: str, build_at: Builder, left_out: LeftOut | None = None
    ) -> LatticeMarginal:
        """Return a marginal that was asked for before, or the finest."""
        if name not in self._marginals:
            self._marginals[name] = self._finest(build_at, left_out)
        return self._marginals[name]

    def _finest[M: LatticeMarginal | Mixture](
        self, build_at: Callable[[int], M], left_out: LeftOut | None = None
    ) -> M:
        """Return a marginal, from finer grids until its distribution function is accurate."""

        def laid(level: int) -> Grid | None:
            return self._grids.get((left_out, level))

        return finest(build_at, laid, self.tolerance, rounding_of(self._cells))


def _refuse_explosion(cells: Cells) -> None:
    """Raise OptionError where the sums that a known total allows are too many to be added up."""
    if cells.known_sum is None or convolution_work(cells) <= MOST_WORK:
        return
    ranges = cells.tightened().where(~cells.exact)
    left = int(np.sum(ranges.times * (ranges.high - ranges.low)))
    what = f"a total over ranges that leave {left:,} events open would take minutes or more"
    remedy = "Narrow the ranges or the total, or leave the total out: known_total = None"
    raise OptionError(Problem(what, "known_total", remedy))


def fit_exact(studies: Studies, model: Model, *, tolerance: float = 1e-6) -> ExactPosterior:
    """Return the posterior by deterministic quadrature.

    Parameters
    ----------
    studies
        One outcome in k >= 1 studies; ranges and missing counts are taken as such.
    model
        Family and priors.
    tolerance
        Absolute error aimed at for probabilities and quantiles of rates, 1e-8 to 1e-3.

    Raises
    ------
    OptionError
        A known total over so many open counts that its convolution would take minutes.
    """
    return ExactPosterior(studies, model, tolerance)
