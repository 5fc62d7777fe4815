"""Sinh lattices, and what sinc functions do on them.

A lattice has nodes ``x_j = centre + scale sinh(bend h j) / bend``: even near the centre, ever
wider towards the tails. A sum over it integrates smooth, fading functions with an error that
falls exponentially in 1/h, and the sinc series through its values gives the integral up to any
point (Stenger 1993, doi:10.1007/978-1-4612-2706-9). Every second node makes a lattice too: the
difference between the two is the error that is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

BESIDE = 1e-12
"""Steps of a lattice that no value changes over."""
SLOWEST = 0.99
"""The slowest fall from node to node beyond a lattice that is reckoned with."""
FULL_TURNS = np.array([1.0, -1.0, 1.0, -1.0])
SINE_TURNS, COSINE_TURNS = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0, -1.0])
"""Signs of the sines of a series at a node, by its number modulo 4."""
MOST_AT_ONCE = 2**19
"""Weights that are held at once, 4 MB of them: a wide grid is gone through in parts, since far
larger arrays go back to the system each time, which is slow."""
POINTS = 8
"""Nodes through which a row of values is inverted."""


@dataclass(frozen=True, slots=True)
class SinhMap:
    """``x(t) = centre + scale sinh(bend t) / bend``; centre and scale broadcast against t."""

    centre: Floats
    scale: Floats
    bend: float

    def value(self, t: Floats) -> Floats:
        """Return x(t)."""
        return self.centre + self.scale * (np.sinh(self.bend * t) / self.bend)

    def inverse(self, x: Floats) -> Floats:
        """Return t(x)."""
        return np.arcsinh(self.bend * (x - self.centre) / self.scale) / self.bend

    def inverse_slope(self, x: Floats) -> Floats:
        """Return dt/dx at x."""
        return 1.0 / np.hypot(self.scale, self.bend * (x - self.centre))

    def log_slope(self, t: Floats) -> Floats:
        """Return log(dx/dt)."""
        return np.log(self.scale) + np.log(np.cosh(self.bend * t))


def step_response(distance: Floats) -> Floats:
    """Return the integral of sinc from -inf to ``distance`` (in steps of the lattice)."""
    return 0.5 + np.asarray(special.sici(np.pi * distance)[0]) / np.pi


@lru_cache(maxsize=256)
def _steps_apart(count: int) -> tuple[Floats, Floats]:
    """Return the step response at all whole distances below ``count``, and at half of each."""
    distance = np.arange(1.0 - count, count)
    return step_response(distance), step_response(0.5 * distance)


def below_nodes(nodes: Ints, masses: Floats) -> Floats:
    """Return the integrals up to each node, shape ``(V + 1, G)``, of masses of shape ``(V, G)``.

    The last is that of the first masses from every second node only.
    """
    count = nodes.size
    full, half = _steps_apart(count)
    coarse = np.where(nodes % 2 == 0, masses[0], 0.0)
    coarse /= coarse.sum()
    sums = [np.convolve(mass, full)[count - 1 : 2 * count - 1] for mass in masses]
    return np.stack([*sums, np.convolve(coarse, half)[count - 1 : 2 * count - 1]])


def interpolate(position: Floats, nodes: Ints, values: Floats) -> Floats:
    """Return the sinc series through all values, and through every second one.

    Parameters
    ----------
    position
        Where, in steps of the lattice, shape ``(R, G)``.
    nodes
        Consecutive whole positions of the nodes, shape ``(J,)``.
    values
        Node values, shape ``(R, J)``, taken as zero beyond; positions of one row serve all of them.

    Returns
    -------
    Floats
        Shape ``(2, R, G)``.
    """
    rows = max(1, MOST_AT_ONCE // (position.shape[1] * nodes.size))
    if len(position) <= rows:
        return _interpolate(position, nodes, values)
    parts = (slice(first, first + rows) for first in range(0, len(position), rows))
    found = [_interpolate(position[part], nodes, values[part]) for part in parts]
    return np.concatenate(found, axis=1)


def _interpolate(position: Floats, nodes: Ints, values: Floats) -> Floats:
    """Return what ``interpolate`` does, all rows at once."""
    even = nodes % 2 == 0
    inverse, sine, coarse = _series(position, np.concatenate([nodes[even], nodes[~even]]))
    split = int(even.sum())
    shared = values[:, even]
    both = np.stack([shared, 2.0 * shared * SINE_TURNS[nodes[even] & 3]], axis=2)
    near = np.matmul(inverse[:, :, :split], both)
    near[:, :, 0] -= np.matmul(inverse[:, :, split:], values[:, ~even, None])[:, :, 0]
    return np.stack([near[:, :, 0] * sine, near[:, :, 1] * coarse])


def series_weights(position: Floats, nodes: Ints) -> Floats:
    """Return the weights of the node values in ``interpolate``, shape ``(2, R, G, J)``."""
    inverse, sine, coarse = _series(position, nodes)
    full, half = FULL_TURNS[nodes & 3], SINE_TURNS[nodes & 3]
    weights = np.stack([inverse * full * sine[:, :, None], inverse * half * coarse[:, :, None]])
    weights[1] *= 2.0
    return weights


def _series(position: Floats, nodes: Ints) -> tuple[Floats, Floats, Floats]:
    """Return what the sinc series share: inverse distances (R, G, J), and sines for both (R, G)."""
    nearest = np.rint(position)
    rest = position - nearest
    # on a node itself the series is 0 / 0: a step beside it, it is the node's value
    beside = nearest + np.where(rest == 0.0, BESIDE, rest)
    # as it was rounded: a step of 1e-12 beside 30 is off by a thousandth, and so would be the value
    rest = beside - nearest
    inverse = beside[:, :, None] - nodes.astype(np.float64)
    np.divide(1.0 / np.pi, inverse, out=inverse)
    turn = nearest.astype(np.int64) & 3
    sine = np.sin(0.5 * np.pi * rest)
    cosine = np.sqrt(1.0 - sine * sine)
    full = 2.0 * sine * cosine * FULL_TURNS[turn]
    return inverse, full, sine * SINE_TURNS[turn] + cosine * COSINE_TURNS[turn]


def invert_rows(values: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Return where each increasing row takes each target, in steps from its first node.

    Inverse interpolation by Newton's polynomial through eight neighbouring nodes.

    Parameters
    ----------
    values
        Increasing along the last axis, shape ``(R, J)``.
    targets
        Shape ``(G,)``.

    Returns
    -------
    tuple
        Positions, shape ``(R, G)``, -inf and inf where a target lies beyond a row's values; and
        what the last node changed, which bounds their error.
    """
    count = values.shape[1]
    points = min(POINTS, count)
    below = np.stack([row.searchsorted(targets) for row in values])
    start = np.minimum(np.maximum(below - points // 2, 0), count - points)
    found, changed = _newton(values, start, targets, points)
    found = np.minimum(np.maximum(start + found, below - 1.0), below)
    left, right = below == 0, below == count
    found[left], found[right] = -np.inf, np.inf
    changed[left | right] = 0.0
    return found, changed


def _newton(values: Floats, start: Ints, targets: Floats, points: int) -> tuple[Floats, Floats]:
    """Return where the polynomial through 0, 1, ... at values from ``start`` on is at the targets.

    Also by how much the last of the values moved it. Where values are too close to tell apart,
    it says the middle, and that it does not know.
    """
    row = np.arange(values.shape[0])[:, None]
    first = start + row * values.shape[1]
    flat = values.ravel()
    offset = [targets - flat.take(first + i) for i in range(points - 1)]
    level = np.ones(())
    table = []
    with np.errstate(over="ignore", invalid="ignore"):
        for order in range(1, points):
            gap = values[:, order:] - values[:, :-order]
            gap[gap <= 0.0] = np.inf  # values that tie carry no mass
            level = (level[:, 1:] - level[:, :-1] if order > 1 else level) / gap
            first = first - row
            table.append(level.ravel().take(first))
        found = last = table.pop()
        for distance in offset[:0:-1]:
            last = last * distance
            found = found * distance
            found += table.pop()
        found, last = found * offset[0], last * offset[0]
    lost = ~(np.isfinite(found) & np.isfinite(last))
    if lost.any():
        found[lost], last[lost] = 0.5 * points, 1.0
    return found, np.abs(last)


def tails(mass: Floats) -> float:
    """Return a bound on the mass beyond both ends of a lattice, shape ``(G,)``.

    Beyond an end the masses are taken to fall no more slowly than over its last four nodes.
    """
    bound = 0.0
    for outer in (np.abs(mass[:5]), np.abs(mass[::-1][:5])):
        ratio = (outer[0] / max(float(outer[-1]), np.finfo(float).tiny)) ** (1 / (outer.size - 1))
        bound += float(outer[0]) / (1.0 - min(float(ratio), SLOWEST))
    return bound
