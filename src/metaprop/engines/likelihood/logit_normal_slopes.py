"""Logit-normal log likelihood of many studies with its derivatives, anywhere in (mu, tau).

    L = integral of f(mu + tau z) phi(z) dz,   f(theta) = p^y (1 - p)^(n - y),  p = expit(theta)

The integrand is log-concave and analytic, so an even lattice of z over the stretch that matters
converges geometrically. Unlike ``logit_normal``, whose lattices are laid once for one table, each
study has a stretch of its own: slower for one table on a dense grid, but sharp also far from the
best fit, for a mu of each study's own, and with derivatives, which are moments of the same nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.engines.likelihood.slopes import Slopes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MODE_STEPS = 60
"""Steps to the peak of an integrand at the most."""
NEAR_MODE = 1e-3
"""Newton's decrement at which the peak is known well enough to centre a lattice."""
SHRUNK = 0.9
"""What may be left of a slope at the most, or the next step halves the bracket."""
END_STEPS = 2
"""Newton's steps from outside to an end of the stretch."""
MANY = 1e6
"""Patients of a study above which heights are taken from the peak, and its ends sought longer."""
FAR_STEPS = 24
"""Newton's steps there: each halves the way, and a billion patients make a narrow peak."""
BLOCK = 16_000
"""Elements of a temporary array: a few of them fit in a core's cache."""
FEW = 8_000
"""Up to here one number of nodes for all studies costs less than sorting them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How fine the lattice is.

    ``drop``: nats below the peak where the stretch ends. ``narrow``: the step in standard
    deviations of the peak; ``cliff``: the step on the logit, where a study at 0 or n makes the
    likelihood fall off on one side within about one logit.
    """

    drop: float
    narrow: float
    cliff: float


EXACT = Rule(36.0, 0.6, 0.28)
"""Good to about 1e-12, and to rounding of 1e-15 nats a patient."""
ROUGH = Rule(16.0, 1.0, 0.5)
"""Good to about 1e-5: enough to choose where to start."""


def logit_normal_slopes(
    events: ArrayLike, totals: ArrayLike, mu: ArrayLike, tau: ArrayLike, rule: Rule = EXACT
) -> Slopes:
    """Return each study's log likelihood and its derivatives by mu and tau.

    Parameters
    ----------
    events, totals
        Counts with ``0 <= events <= totals``, broadcast with the rest.
    mu, tau
        Mean (any) and standard deviation (any; its sign does not matter) of the log-odds.
    rule
        How fine the lattice is.

    Returns
    -------
    Slopes
        Arrays of the broadcast shape, flattened; the binomial coefficient is left out.
    """
    shaped = np.broadcast_arrays(events, totals, mu, tau)
    y, n, centre, spread = (np.ravel(v).astype(np.float64) for v in shaped)
    return slopes_over(stretch_of(y, n, centre, spread, rule), y, n, centre, spread)


def slopes_over(stretch: Stretch, y: Floats, n: Floats, mu: Floats, tau: Floats) -> Slopes:
    """Return the same over a stretch that is known; all of shape ``(E,)``."""
    out = Slopes.empty(y.size)
    for part, nodes in blocks(stretch.nodes):
        chosen = stretch.of(part)
        out.put(part, _moments(y[part], n[part], mu[part], tau[part], chosen, nodes))
    return out


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where each integrand matters: ends and peak in z, the log there, nodes needed; ``(E,)``."""

    left: Floats
    right: Floats
    mode: Floats
    peak: Floats
    nodes: Ints

    def of(self, part: Ints) -> Stretch:
        """Return that of some studies."""
        places = self.left[part], self.right[part], self.mode[part]
        return Stretch(*places, self.peak[part], self.nodes[part])


def _height(y: Floats, n: Floats, theta: Floats, z: Floats) -> Floats:
    """Return the log of the integrand, without constants."""
    if n.max(initial=0.0) > MANY:
        logs = y * special.log_expit(theta) + (n - y) * special.log_expit(-theta)
        return np.asarray(logs - 0.5 * z * z)
    return np.asarray(y * theta + n * special.log_expit(-theta) - 0.5 * z * z)


def _mode(y: Floats, n: Floats, mu: Floats, tau: Floats) -> Floats:
    """Return the peak of each integrand in z, by Newton's steps within a shrinking bracket."""
    y_half, rest_half = y + 0.5, n - y + 0.5
    apart = np.log(y_half / rest_half) - mu
    z = tau * apart / (tau * tau + 1.0 / y_half + 1.0 / rest_half)
    at_zero = tau * (y - n * special.expit(mu))
    low, high = np.minimum(at_zero, 0.0), np.maximum(at_zero, 0.0)
    z = np.clip(z, low, high)
    before = np.full(z.shape, np.inf)
    for _ in range(MODE_STEPS):
        p = special.expit(mu + tau * z)
        slope = tau * (y - n * p) - z
        curvature = 1.0 + tau * tau * n * p * (1.0 - p)
        if not np.any(slope * slope > NEAR_MODE * curvature):
            break
        low, high = np.where(slope > 0, z, low), np.where(slope < 0, z, high)
        step = z + slope / curvature
        # Where the slope has hardly shrunk, Newton's steps may go round in a circle.
        fits = (step >= low) & (step <= high) & (np.abs(slope) <= SHRUNK * before)
        before = np.abs(slope)
        z = np.where(fits, step, 0.5 * (low + high))
    return np.asarray(z)


def stretch_of(y: Floats, n: Floats, mu: Floats, tau: Floats, rule: Rule) -> Stretch:
    """Return where each integrand stays within ``rule.drop`` nats of its peak.

    The peak bends at least as a standard normal does, so the ends are no farther than its own;
    Newton's steps on a concave function from outside stay outside.
    """
    z = _mode(y, n, mu, tau)
    theta = mu + tau * z
    peak = _height(y, n, theta, z)
    p = special.expit(theta)
    bend = np.sqrt(1.0 + tau * tau * n * p * (1.0 - p))
    ends = []
    steps = FAR_STEPS if n.max(initial=0.0) > MANY else END_STEPS
    for side in (-1.0, 1.0):
        end = z + side * np.sqrt(2.0 * rule.drop)
        for _ in range(steps):
            theta = mu + tau * end
            above = _height(y, n, theta, end) - peak + rule.drop
            slope = tau * (y - n * special.expit(theta)) - end
            end = end - np.minimum(above, 0.0) / slope
        ends.append(end)
    step = np.minimum(rule.narrow / bend, rule.cliff / np.maximum(np.abs(tau), 1e-3))
    nodes = np.ceil((ends[1] - ends[0]) / step).astype(np.int64) + 1
    return Stretch(ends[0], ends[1], z, peak, nodes)


def blocks(nodes: Ints, width: int = 1) -> Iterator[tuple[Ints, int]]:
    """Yield what shares a number of nodes, ``width`` elements at each, in small blocks."""
    order = np.arange(nodes.size)
    if nodes.size and nodes.size * int(nodes.max()) * width > FEW:
        order = np.argsort(nodes, kind="stable")
    start = 0
    while start < order.size:
        size = int(nodes[order[start]]) * width
        stop = min(order.size, start + max(1, BLOCK // size))
        part = order[start:stop]
        yield part, int(nodes[part].max())
        start = stop


def _moments(y: Floats, n: Floats, mu: Floats, tau: Floats, stretch: Stretch, nodes: int) -> Slopes:
    """Return the sums over the lattice: (E,) studies, ``nodes`` nodes each.

    With s = y - n p the derivatives are moments under the integrand (Louis 1982):
    ``E s``, ``E z s``, and for the second ones ``E a``, ``E z a``, ``E z^2 a`` of
    ``a = s^2 - n p (1 - p)``, less the products of the first.
    """
    width = (stretch.right - stretch.left) / (nodes - 1)
    z = stretch.left[:, None] + width[:, None] * np.arange(nodes)
    theta = mu[:, None] + tau[:, None] * z
    small = np.exp(-np.abs(theta))
    softplus = np.maximum(theta, 0.0) + np.log(1.0 + small)
    log_f = y[:, None] * theta - n[:, None] * softplus - 0.5 * z * z - stretch.peak[:, None]
    if n.max(initial=0.0) > MANY:
        log_f = _below_peak(y[:, None], n[:, None], theta, z, (mu, tau, stretch.mode))
    f = np.exp(log_f)
    total = f.sum(axis=1)
    f /= total[:, None]
    share = 1.0 / (1.0 + small)
    p = np.where(theta >= 0.0, share, small * share)
    s = y[:, None] - n[:, None] * p
    a = s * s - n[:, None] * (small * share * share)
    fs, fa, fz = f * s, f * a, f * z
    e_s, e_zs = fs.sum(axis=1), np.einsum("eq,eq->e", fs, z)
    e_a, e_za = fa.sum(axis=1), np.einsum("eq,eq->e", fa, z)
    e_zza = np.einsum("eq,eq,eq->e", fz, z, a)
    value = stretch.peak + np.log(total * width / np.sqrt(2.0 * np.pi))
    return Slopes(value, e_s, e_zs, e_a - e_s * e_s, e_za - e_s * e_zs, e_zza - e_zs * e_zs)


def _below_peak(
    y: Floats, n: Floats, theta: Floats, z: Floats, peak: tuple[Floats, Floats, Floats]
) -> Floats:
    """Return the log of the integrand less that at the peak, (E, nodes), by what differs alone.

    The difference of two heights of 10^9 patients would be rounded to 1e-7, and second
    derivatives, which weigh it by their number, to more than themselves. Over a short step d
    ``log(1 + e^theta)`` grows by ``log1p(p expm1(d))``.
    """
    mu, tau, mode = (part[:, None] for part in peak)
    top, step = mu + tau * mode, tau * (z - mode)
    falls = -y * _growth(-top, -theta, -step) - (n - y) * _growth(top, theta, step)
    return np.asarray(falls - 0.5 * (z - mode) * (z + mode))


def _growth(start: Floats, end: Floats, step: Floats) -> Floats:
    """Return by how much ``log(1 + e^theta)`` grows from start to end, a step away."""
    short = np.clip(step, -1.0, 1.0)
    near = np.log1p(special.expit(start) * np.expm1(short))
    return np.where(short == step, near, special.log_expit(-start) - special.log_expit(-end))
