"""Nodes laid once, on which the average rate is answered under many priors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact import estimands, unreported
from metaprop.engines.exact.grid import Resolution, build
from metaprop.engines.exact.reweighing import Reweighing, wide_model
from metaprop.engines.exact.surface import Surface
from metaprop.engines.exact.unreported import Unreported
from metaprop.engines.likelihood.cells import Cells

if TYPE_CHECKING:
    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.marginals import LatticeMarginal
    from metaprop.evidence.studies import Studies

FINER = 0.4
"""Level of refinement: other priors may be narrower than the one that the nodes are laid for."""
ROUGH = 0.5
"""Fineness of the likelihood that only looks for where the mass lies."""


class SharedNodes:
    """The likelihood of one outcome under one family at nodes that priors share.

    Every answer carries its error: nodes that do not suit a prior show it there.
    """

    def __init__(
        self,
        studies: Studies,
        laid_for: Model,
        tolerance: float,
        level: float = FINER,
        odds: float = 1.0,
    ) -> None:
        """Lay the nodes for a model's priors and compute the likelihood there, once.

        ``tolerance`` is the error aimed at for probabilities, 1e-8 to 1e-3; ``level`` refines.
        ``odds`` other than 1: in studies that do not report the odds of an event are so many times
        as high, and the average is over studies of both kinds.
        """
        self._cells = Cells.of(studies)
        resolution = Resolution.at(laid_for.family, tolerance, level)
        surface = scout = Surface.of(laid_for, self._cells, resolution.fineness)
        if laid_for.family == "logit-normal":
            scout = Surface.of(laid_for, self._cells, ROUGH)
        grid = build(surface, scout, resolution)
        cut = estimands.CUT - float(np.log(tolerance)) + 3.0 * level
        if odds == 1.0:
            self._reweighing = Reweighing.of(grid, estimands.average(grid, cut))
            return
        both = Unreported(odds, float(np.mean(studies.unreported)))
        found = unreported.average(grid, both, cut)
        self._reweighing = Reweighing.of(grid, found, unreported.nodal_average(grid, both))

    def average(self, model: Model, power: float = 1.0) -> LatticeMarginal:
        """Return the average rate under other priors of the same family.

        ``power`` above 0 is what the likelihood is raised to.
        """
        grid = self._reweighing.grid
        assumed = Surface.of(model, self._cells, prepared=grid.surface.likelihood)
        return self._reweighing(grid.with_prior(assumed, power))


def wide(model: Model) -> Model:
    """Return a model of the same family whose priors are wider than most."""
    return wide_model(model)


def wide_location(model: Model) -> Model:
    """Return the model with a wide location prior and its own prior on heterogeneity.

    Nodes laid for it suit priors with an end or a heavy tail, which nodes for a usual prior miss.
    """
    return replace(wide_model(model), heterogeneity=model.heterogeneity)
