"""Logit-normal log likelihoods of whole data sets, the studies of each on one lattice.

The studies of a data set share mu and tau, so on one lattice of z they share every logit and rate:
a node costs one exponential a study, and all moments are one matrix product. It pays where the
studies are about as precise as each other; where it does not, each has a lattice of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.likelihood.logit_normal_slopes import (
    EXACT,
    Rule,
    Stretch,
    blocks,
    slopes_over,
    stretch_of,
)
from metaprop.engines.likelihood.slopes import Slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LARGEST = 500
"""Up to here the moments of p lose nothing that matters: they are weighed by n squared."""
DEARER = 3.0
"""A node of a study's own costs so many times one of a shared lattice."""
OVERHEAD = 2.0
"""A shared lattice costs as much as so many further studies: its logits and rates."""


def data_set_slopes(
    events: Ints, totals: Ints, mu: Floats, tau: Floats, rule: Rule = EXACT
) -> Slopes:
    """Return the summed log likelihood of each data set and its derivatives by mu and tau.

    Parameters
    ----------
    events, totals
        Shape ``(R, k)`` and ``(k,)``.
    mu, tau
        Shape ``(R,)``.
    rule
        How fine the lattices are.

    Returns
    -------
    Slopes
        Shape ``(R,)``; binomial coefficients left out.
    """
    shape = events.shape
    y, n = events.ravel().astype(np.float64), np.tile(totals.astype(np.float64), shape[0])
    centre, spread = np.repeat(mu, shape[1]), np.repeat(tau, shape[1])
    each = stretch_of(y, n, centre, spread, rule)
    left, right = each.left.reshape(shape).min(axis=1), each.right.reshape(shape).max(axis=1)
    step = ((each.right - each.left) / (each.nodes - 1)).reshape(shape).min(axis=1)
    nodes = np.ceil((right - left) / step).astype(np.int64) + 1
    shared = nodes.sum() * (shape[1] + OVERHEAD)
    if int(totals.max()) > LARGEST or shared > DEARER * each.nodes.sum():
        own = slopes_over(each, y, n, centre, spread)
        return Slopes(*(getattr(own, f).reshape(shape).sum(axis=1) for f in own.__slots__))
    common = Stretch(left, right, left, each.peak.reshape(shape), nodes)
    out, counts = Slopes.empty(shape[0]), (y.reshape(shape), n.reshape(shape))
    for part, count in blocks(nodes, shape[1]):
        own_counts = counts[0][part], counts[1][part]
        out.put(part, _moments(*own_counts, mu[part], tau[part], common.of(part), count))
    return out


def _moments(y: Floats, n: Floats, mu: Floats, tau: Floats, stretch: Stretch, nodes: int) -> Slopes:
    """Return the sums over the lattices: ``y`` and ``n`` (R, k), ``stretch.peak`` (R, k).

    The moments that ``logit_normal_slopes`` takes of s = y - n p and s^2 - n p (1 - p) are here
    put together from those of 1, p, p^2, each times 1, z, z^2.
    """
    width = (stretch.right - stretch.left) / (nodes - 1)
    z = stretch.left[:, None] + width[:, None] * np.arange(nodes)
    theta = mu[:, None] + tau[:, None] * z
    small = np.exp(-np.abs(theta))
    softplus = np.maximum(theta, 0.0) + np.log(1.0 + small)
    p = np.where(theta >= 0.0, 1.0, small) / (1.0 + small)
    one = np.ones_like(z)
    logs = np.stack([theta, softplus, 0.5 * z * z, one], axis=1)
    f = np.exp(np.stack([y, -n, -np.ones_like(y), -stretch.peak], axis=2) @ logs)
    powers = [one, p, p * p]
    columns = np.stack([*powers, *(z * v for v in powers), *(z * z * v for v in powers)], axis=2)
    found = f @ columns
    total = found[..., 0]
    e = found / total[..., None]
    value = stretch.peak + np.log(total * width[:, None] / np.sqrt(2.0 * np.pi))
    first, second = n * (2.0 * y + 1.0), n * (n + 1.0)

    def bend(k: int) -> Floats:
        return np.asarray(y * y * e[..., k] - first * e[..., k + 1] + second * e[..., k + 2])

    e_s, e_zs = y - n * e[..., 1], y * e[..., 3] - n * e[..., 4]
    parts = (value, e_s, e_zs, bend(0) - e_s * e_s, bend(3) - e_s * e_zs, bend(6) - e_zs * e_zs)
    return Slopes(*(part.sum(axis=1) for part in parts))
