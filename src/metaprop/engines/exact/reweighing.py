"""The average rate under many priors: a linear function of the masses of one grid's nodes.

Its lattice and the weights of the nodes do not depend on the prior, so that another prior costs a
density at each node and a product with a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.assumptions.model import with_prior
from metaprop.assumptions.priors import Prior
from metaprop.core.logistic_mean import logit_average
from metaprop.engines.exact.lattice import invert_rows, series_weights, tails
from metaprop.engines.exact.projection import derivative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.marginals import LatticeMarginal

    Floats = NDArray[np.float64]

KEPT = 26.0
"""Nodes this many nats below the heaviest are left out."""
WIDE = {
    "logit-normal": (
        ("mu", Prior.of("normal", location=0.0, scale=5.0)),
        ("tau", Prior.of("half_student_t", df=4.0, scale=2.0)),
    ),
    "beta-binomial": (
        ("logit_average", Prior.of("normal", location=0.0, scale=5.0)),
        ("rho", Prior.of("beta", alpha=1.0, beta=1.0)),
    ),
    "common-rate": (("logit_average", Prior.of("normal", location=0.0, scale=5.0)),),
}
"""Priors under which a grid is laid that others share: wider than most."""


def wide_model(model: Model) -> Model:
    """Return a model of the same family under wide priors."""
    for parameter, prior in WIDE[model.family]:
        model = with_prior(model, parameter, prior)
    return model


@dataclass(frozen=True, slots=True)
class Reweighing:
    """Weights (2, G, K) of a grid's nodes in the masses of its average rate's marginal.

    ``marginal`` is that under the grid's own priors; its lattice is used for all. ``kept`` (R, J)
    marks the K nodes that carry mass there; what another prior puts elsewhere counts as error.
    """

    grid: Grid
    marginal: LatticeMarginal
    kept: NDArray[np.bool_]
    weights: Floats
    even_rows: Floats

    @classmethod
    def of(cls, grid: Grid, marginal: LatticeMarginal) -> Reweighing:
        """Work out the weights once."""
        t = np.multiply(marginal.nodes, marginal.step, dtype=np.float64)
        logit = marginal.map.value(t)
        position, scale = _positions(grid, logit)
        nodes = grid.column_nodes
        known = (position > nodes[0] - 1) & (position < nodes[-1] + 1)
        weights = series_weights(np.where(known, position, 0.0), nodes)
        weights *= np.where(known, np.exp(marginal.map.log_slope(t)) * marginal.step, 0.0)[
            ..., None
        ]
        weights *= scale
        kept = grid.mass > grid.mass.max() * np.exp(-KEPT)
        flat = np.ascontiguousarray(np.moveaxis(weights, 1, 2)[:, :, kept])
        even = np.broadcast_to((grid.row_nodes % 2 == 0)[:, None], kept.shape)[kept]
        return cls(grid, marginal, kept, flat, even.astype(np.float64))

    def __call__(self, grid: Grid) -> LatticeMarginal:
        """Return the marginal of the same nodes with the masses of ``grid``."""
        mass = grid.mass[self.kept]
        full = self.weights[0] @ np.stack([mass, mass * self.even_rows], axis=1)
        versions = [full[:, 0], self.weights[1] @ mass]
        if grid.row_nodes.size > 1:
            versions.append(full[:, 1])
        masses = np.stack([version / version.sum() for version in versions])
        lost = 1.0 - float(mass.sum())
        beyond = self.marginal.beyond + grid.edge() + tails(masses[0]) + lost
        return replace(self.marginal, masses=masses, beyond=beyond)


def _positions(grid: Grid, logit: Floats) -> tuple[Floats, Floats]:
    """Return where in each row the average has these logits, (R, G), and the density's factor."""
    if grid.surface.family == "logit-normal":
        nodal = logit_average(grid.location, grid.log_spread)
        position, _ = invert_rows(nodal, logit)
        slope = derivative(nodal)
        with np.errstate(divide="ignore"):
            factor = np.where(slope > 0.0, 1.0 / slope, 0.0)
        return position + grid.column_nodes[0], factor[:, None, :]
    free = np.broadcast_to(grid.surface.location.free(logit), (grid.y.size, logit.size))
    t = grid.column_map.inverse(np.where(np.isfinite(free), free, np.nan))
    log_slope = grid.column_map.log_slope(t) + grid.surface.location.log_slope(free)
    return t / grid.column_step, (np.exp(-np.nan_to_num(log_slope)) / grid.column_step)[..., None]
