"""The rate of a study that scatters around the location: its density over logits.

In a row where the scatter is wide against the column spacing, the sum over columns is accurate
as it stands. Where it is narrow the nodes would show as spikes: there the density of the location
is interpolated to points around each logit instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from metaprop.core.scales import log_expit
from metaprop.engines.exact.beta_shape import log_beta_logit
from metaprop.engines.exact.lattice import interpolate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.grid import Grid

    Floats = NDArray[np.float64]

WIDE = 2.2
"""A scatter of this many column spacings is wide."""
STEP = 0.57
"""Spacing of points around a logit, in units of the scatter."""
REACH = {"logit-normal": 14, "beta-binomial": 28}
"""How many of them on each side: a normal is gone after 8 units, a beta's logit fades slowly."""
POINT = 1e-7
"""A scatter below this is none: its square is far below every tolerance."""

LARGEST = 100.0
"""Logs of a scatter above this are all the same: wide."""


def scatter_rows(grid: Grid, logit: Floats) -> Floats:
    """Return the density of a new study's logit at shape ``(G,)``: (2, R, G)."""
    width = _width(grid, logit)
    spacing = _spacing(grid)
    narrow = width < WIDE * spacing[:, None]
    out = np.zeros((2, grid.y.size, logit.size))
    for row in range(grid.y.size):
        near = narrow[row]
        if near.any():
            out[:, row, near] = _narrow(grid, row, logit[near], width[row, near])
        if not near.all():
            out[:, row, ~near] = _wide(grid, row, logit[~near])
    return out


def _width(grid: Grid, logit: Floats) -> Floats:
    """Return the scatter of the logit around the location, shape (R, G)."""
    if grid.surface.family == "logit-normal":
        return np.broadcast_to(np.exp(grid.log_spread), (grid.y.size, logit.size))
    inverse_variance = log_expit(logit) + log_expit(-logit)
    return np.exp(np.minimum(0.5 * (grid.log_spread - inverse_variance), LARGEST))


def _spacing(grid: Grid) -> Floats:
    """Return the spacing of the columns at each row's heaviest node, shape (R,)."""
    heaviest = np.argmax(grid.mass, axis=1)
    gaps = np.gradient(grid.location, axis=1)
    return gaps[np.arange(heaviest.size), heaviest]


def log_kernel(grid: Grid, logit: Floats, location: Floats, log_spread: Floats) -> Floats:
    """Return the log density of a study's logit given location and spread; all broadcast."""
    if grid.surface.family == "logit-normal":
        z = (logit - location) * np.exp(-log_spread)
        return -0.5 * z * z - log_spread - 0.5 * np.log(2.0 * np.pi)
    return log_beta_logit(logit, location, log_spread)


def _wide(grid: Grid, row: int, logit: Floats) -> Floats:
    """Sum over the columns of one row, all and every second one: (2, G)."""
    kernel = np.exp(
        log_kernel(grid, logit[:, None], grid.location[row], grid.log_spread[row])
    )
    even = grid.column_nodes % 2 == 0
    mass = grid.mass[row]
    return np.stack([kernel @ mass, 2.0 * (kernel[:, even] @ mass[even])])


def _narrow(grid: Grid, row: int, logit: Floats, width: Floats) -> Floats:
    """Integrate over the location around each logit, its density interpolated: (2, G)."""
    if width.max() < POINT:
        return _density(grid, row, logit)
    reach = REACH[grid.surface.family]
    around = logit[:, None] + width[:, None] * (STEP * np.arange(-reach, reach + 1))
    kernel = np.exp(log_kernel(grid, logit[:, None], around, grid.log_spread[row]))
    density = _density(grid, row, around.ravel()).reshape(2, *around.shape)
    return np.einsum("vgq,gq->vg", density, kernel) * width * STEP


def _density(grid: Grid, row: int, logit: Floats) -> Floats:
    """Return one row's density of the location at logits (G,): (2, G)."""
    axis = grid.surface.location
    free = axis.free(logit)
    inside = np.isfinite(free)
    free = np.where(inside, free, 0.0)
    centre, scale = grid.column_map.centre[row], grid.column_map.scale[row]
    bend = grid.column_map.bend
    t = np.arcsinh(bend * (free - centre) / scale) / bend
    slope = np.log(scale) + np.log(np.cosh(bend * t)) + axis.log_slope(free)
    position = t / grid.column_step
    nodes, mass = grid.column_nodes, grid.mass[row : row + 1]
    rows = interpolate(position[None, :], nodes, mass)[:, 0]
    inside &= (position > nodes[0] - 1) & (position < nodes[-1] + 1)
    return np.where(inside, rows * np.exp(-slope) / grid.column_step, 0.0)
