"""The rate of a study that scatters around the location: its density over logits.

Where the scatter is wide against the column spacing, a sum over the nodes is accurate as it
stands. Where it is narrow the nodes would show as spikes: there the density of the location is
interpolated to points around each logit instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import log_expit
from metaprop.engines.exact.beta_shape import log_beta_logit
from metaprop.engines.exact.lattice import interpolate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.engines.exact.grid import Grid

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

WIDE = 1.8
"""A scatter of this many column spacings is wide."""
HERMITE = (16, 8)
"""Gauss-Hermite points around a logit where the scatter is normal, and for comparison."""
STEP = 0.5
"""Spacing of points around a logit, in units of the scatter, where it is a beta's."""
REACH, FAR_REACH, SLIGHT = 16, 32, 0.15
"""Points to each side: a beta's logit fades slowly unless its scatter is slight."""
POINT = 1e-7
"""A scatter below this is none: its square is far below every tolerance."""
LARGEST = 100.0
"""Logs of a scatter above this are all the same: wide."""
BLOCK = 2_000_000
"""Elements of a temporary array."""


def scatter_density(grid: Grid, logit: Floats) -> Floats:
    """Return the density of a new study's logit at (G,), by version of the grid: (V, G)."""
    found: Floats = scatter_densities((grid,), logit)[0]
    return found


def scatter_densities(grids: Sequence[Grid], logit: Floats) -> Floats:
    """Return the same for C grids that share their nodes and differ in their mass: (C, V, G)."""
    width = _width(grids[0], logit)
    narrow = width < WIDE * _spacing(grids[0], logit)
    density = _wide(grids, logit, narrow)
    for row in np.flatnonzero(narrow.any(axis=1)):
        near = narrow[row]
        density[..., near] += _narrow(grids, int(row), logit[near], width[row, near])
    return density


def _width(grid: Grid, logit: Floats) -> Floats:
    """Return the scatter of the logit around the location, shape (R, G)."""
    log_width = grid.log_spread
    if grid.surface.family == "beta-binomial":
        log_width = 0.5 * (log_width - log_expit(logit) - log_expit(-logit))
    return np.broadcast_to(np.exp(np.minimum(log_width, LARGEST)), (grid.y.size, logit.size))


def _spacing(grid: Grid, logit: Floats) -> Floats:
    """Return the spacing of each row's columns near each logit, shape (R, G)."""
    ends = grid.column_nodes[[0, -1]] * grid.column_step
    free = grid.surface.location.free(logit)
    t = np.clip(grid.column_map.inverse(free), *ends)
    log_slope = grid.surface.location.log_slope(grid.column_map.value(t))
    spacing: Floats = grid.column_step * np.exp(grid.column_map.log_slope(t) + log_slope)
    return spacing


def _wide(grids: Sequence[Grid], logit: Floats, narrow: Bools) -> Floats:
    """Sum over the nodes of all pairs of row and logit that are not narrow: (C, V, G)."""
    grid, versions = grids[0], np.concatenate([grid.versions() for grid in grids])
    density = np.zeros((versions.shape[0], logit.size))
    rows = np.flatnonzero(~narrow.all(axis=1))
    at_once = max(1, BLOCK // (grid.x.shape[1] * logit.size))
    for start in range(0, rows.size, at_once):
        part = rows[start : start + at_once]
        kernel = _node_kernel(grid, part, logit, narrow[part])
        mass = versions[:, part].reshape(versions.shape[0], -1)
        density += mass @ kernel.reshape(-1, logit.size)
    return density.reshape(len(grids), -1, logit.size)


def _node_kernel(grid: Grid, rows: NDArray[np.int64], logit: Floats, narrow: Bools) -> Floats:
    """Return the density of a study's logit given each node, 0 for narrow pairs: (R, J, G)."""
    location, log_spread = grid.location[rows], grid.log_spread[rows]
    if grid.surface.family == "logit-normal":
        tau = np.exp(log_spread)
        z = (location / tau)[:, :, None] - (logit / tau)[:, None, :]
        kernel = np.exp(np.multiply(z, z, out=z) * -0.5)
        kernel *= (~narrow / (np.sqrt(2.0 * np.pi) * tau))[:, None, :]
        return kernel
    a = np.exp(log_expit(location) - log_spread)
    b = np.exp(log_expit(-location) - log_spread)
    log_kernel = a[:, :, None] * log_expit(logit) + b[:, :, None] * log_expit(-logit)
    log_kernel -= special.betaln(a, b)[:, :, None]
    log_kernel += np.where(narrow, -np.inf, 0.0)[:, None, :]
    return np.exp(log_kernel, out=log_kernel)


def _narrow(grids: Sequence[Grid], row: int, logit: Floats, width: Floats) -> Floats:
    """Integrate over the location around each logit, its density interpolated: (C, V, G).

    The version on half the columns takes a coarser rule, so that the rule's error shows as well.
    """
    if width.max() < POINT:
        return _density(grids, row, logit)
    if grids[0].surface.family == "logit-normal":
        fine, coarse = (_by_hermite(grids, row, logit, width, count) for count in HERMITE)
    else:
        fine, coarse = _by_lattice(grids, row, logit, width)
    fine[:, 1] = coarse[:, 1]
    return fine


def _by_hermite(
    grids: Sequence[Grid], row: int, logit: Floats, width: Floats, count: int
) -> Floats:
    """Integrate a normal scatter: (C, V, G)."""
    z, weight = (np.asarray(v, np.float64) for v in special.roots_hermitenorm(count))
    around = logit[:, None] + width[:, None] * z
    density = _density(grids, row, around.ravel()).reshape(len(grids), -1, *around.shape)
    return np.asarray(density @ (weight / weight.sum()), dtype=np.float64)


def _by_lattice(
    grids: Sequence[Grid], row: int, logit: Floats, width: Floats
) -> tuple[Floats, Floats]:
    """Integrate a beta's scatter over points around each logit, all and every second: (C, V, G)."""
    reach = REACH if width.max() < SLIGHT else FAR_REACH
    z = STEP * np.arange(-reach, reach + 1, dtype=np.float64)
    around = logit[:, None] + width[:, None] * z
    kernel = np.exp(log_beta_logit(logit[:, None], around, grids[0].log_spread[row]))
    density = _density(grids, row, around.ravel()).reshape(len(grids), -1, *around.shape)
    terms = density * (kernel * (STEP * width[:, None]))
    return terms.sum(axis=-1), 2.0 * terms[..., ::2].sum(axis=-1)


def _density(grids: Sequence[Grid], row: int, logit: Floats) -> Floats:
    """Return one row's density of the location at logits (G,), by version: (C, V, G)."""
    grid = grids[0]
    axis = grid.surface.location
    free = axis.free(logit)
    inside = np.isfinite(free)
    free = np.where(inside, free, 0.0)
    columns = grid.columns_of(row)
    t = columns.inverse(free)
    slope = columns.log_slope(t) + axis.log_slope(free)
    position = t / grid.column_step
    nodes = grid.column_nodes
    rows = interpolate(position[None, :], nodes, np.stack([own.mass[row] for own in grids]))
    inside &= (position > nodes[0] - 1) & (position < nodes[-1] + 1)
    found = np.where(inside, rows * np.exp(-slope) / grid.column_step, 0.0)
    return np.stack([own.combine_row(row, found[:, c]) for c, own in enumerate(grids)])
