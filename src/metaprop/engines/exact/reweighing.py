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
from metaprop.engines.exact.quantities import LocationScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.marginals import LatticeMarginal

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

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
    """Weights of a grid's nodes in the masses of its average rate's marginal.

    ``marginal`` is that under the grid's own priors; its lattice, of G points, is used for all.
    ``kept`` (K,) are the places of the nodes that carry mass there; what another prior puts
    elsewhere counts as error. ``full`` (G, K) are the weights of the whole lattice; ``half`` (G, H)
    those of every second column, whose nodes are at the places ``even_columns`` (H,). The first
    ``split`` of the K nodes are those of every second row.
    """

    grid: Grid
    marginal: LatticeMarginal
    kept: Ints
    split: int
    even_columns: Ints
    full: Floats
    half: Floats

    @classmethod
    def of(cls, grid: Grid, marginal: LatticeMarginal, nodal: Floats | None = None) -> Reweighing:
        """Work out the weights once.

        ``nodal`` (R, J) are the logits at the nodes of a rate other than the average: an increasing
        function of the location.
        """
        t = np.multiply(marginal.nodes, marginal.step, dtype=np.float64)
        logit, log_slope = marginal.map.value(t), marginal.map.log_slope(t)
        if isinstance(marginal.scale, LocationScale):
            log_slope = log_slope + marginal.scale.axis.log_slope(logit)
            logit = marginal.scale.axis.natural(logit)
        position, scale = _positions(grid, logit, nodal)
        nodes = grid.column_nodes
        known = (position > nodes[0] - 1) & (position < nodes[-1] + 1)
        weights = series_weights(np.where(known, position, 0.0), nodes)
        weights *= np.where(known, np.exp(log_slope) * marginal.step, 0.0)[..., None]
        weights *= scale
        flat = np.swapaxes(weights, 1, 2).reshape(2, t.size, -1)
        heavy = grid.mass > grid.mass.max() * np.exp(-KEPT)
        even = np.broadcast_to((grid.row_nodes % 2 == 0)[:, None], heavy.shape)
        first, second = np.flatnonzero(heavy & even), np.flatnonzero(heavy & ~even)
        kept, even_columns = np.append(first, second), np.flatnonzero(heavy & (nodes % 2 == 0))
        full, half = flat[0].take(kept, axis=1), flat[1].take(even_columns, axis=1)
        return cls(grid, marginal, kept, first.size, even_columns, full, half)

    def __call__(self, grid: Grid) -> LatticeMarginal:
        """Return the marginal of the same nodes with the masses of ``grid``."""
        every = grid.mass.ravel()
        mass, split = every[self.kept], self.split
        even_rows = self.full[:, :split] @ mass[:split]
        full = even_rows + self.full[:, split:] @ mass[split:]
        versions = [full, self.half @ every[self.even_columns]]
        if grid.row_nodes.size > 1:
            versions.append(even_rows)
        masses = np.stack([version / version.sum() for version in versions])
        lost = 1.0 - float(mass.sum())
        beyond = self.marginal.beyond + grid.edge() + tails(masses[0]) + lost
        return replace(self.marginal, masses=masses, beyond=beyond)


def _positions(grid: Grid, logit: Floats, nodal: Floats | None) -> tuple[Floats, Floats]:
    """Return where in each row the rate has these logits, (R, G), and the density's factor."""
    if nodal is None and grid.surface.family == "logit-normal":
        nodal = logit_average(grid.location, grid.log_spread)
    if nodal is not None:
        position, _ = invert_rows(nodal, logit)
        slope = derivative(nodal)
        with np.errstate(divide="ignore"):
            factor = np.where(slope > 0.0, 1.0 / slope, 0.0)
        return position + grid.column_nodes[0], factor[:, None, :]
    free = np.broadcast_to(grid.surface.location.free(logit), (grid.y.size, logit.size))
    t = grid.column_map.inverse(np.where(np.isfinite(free), free, np.nan))
    log_slope = grid.column_map.log_slope(t) + grid.surface.location.log_slope(free)
    return t / grid.column_step, (np.exp(-np.nan_to_num(log_slope)) / grid.column_step)[..., None]
