"""Logit-normal log likelihood: one study's binomial, integrated over its own rate.

    L(mu, tau) = integral of Pr(low <= Y <= high | n, expit(theta)) N(theta; mu, tau^2) d theta

Two rules share the work. Where the spread between studies is wide against what a study says, a
fixed lattice over theta serves every node (mu, tau) and every study of like precision by one
matrix product. Where it is narrow, Gauss-Hermite nodes around mu do. Both sum positive terms.
``adaptive`` in ``logit_normal_check`` is the slow rule that they are checked against.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import softplus
from metaprop.engines.likelihood.cells import Cells, log_choose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SPACING = 0.45
"""Step of the theta lattice in units of the narrowest study's standard error, at fineness 1."""
SWITCH = 0.6
"""Below this many standard errors, tau is narrow and Gauss-Hermite takes over."""
HERMITE = ((0.06, 5), (0.25, 8), (SWITCH, 16))
"""Gauss-Hermite nodes at fineness 1, by the ratio of tau to the standard error."""
NEGLIGIBLE = 26.0
"""Where a study's likelihood has fallen by this many nats, the lattice ends, at fineness 1."""
STEP_REACH = 7.0
"""Standard deviations after which a normal distribution function is 0 or 1."""
BLOCK = 1_000_000
"""Elements of a temporary array."""
LONG_RANGE = 64
"""Ranges of more counts than this go through the incomplete beta function."""
HALF = 0.5
"""A probability below this is taken from its own side, so that nothing cancels."""
FLOOR = 1e-300
"""Stands for a likelihood that underflows: never where the posterior has mass."""


def standard_error(cells: Cells) -> Floats:
    """Return the scale of each cell's likelihood on the logit, shape ``(d,)``, at most 1."""
    n = cells.total.astype(float)

    def at(y: Ints) -> Floats:
        return np.sqrt(1.0 / (y + 1.0) + 1.0 / (n - y + 1.0))

    sharpest = np.minimum(at(cells.low), at(cells.high))
    return np.minimum(sharpest, 1.0)


def log_binomial(cells: Cells, theta: Floats) -> Floats:
    """Return each cell's log probability given the logit, shape ``theta.shape + (d,)``."""
    flat = theta.ravel()
    shared = np.log1p(np.exp(-np.abs(flat)))
    logs = np.stack([np.minimum(flat, 0.0) - shared, -np.maximum(flat, 0.0) - shared], axis=1)
    y, n = cells.low.astype(float), cells.total.astype(float)
    log_p = logs @ np.stack([y, n - y]) + log_choose(cells.total, cells.low)
    for d in np.flatnonzero(~cells.exact):
        log_p[:, d] = _log_range(flat, *(int(v[d]) for v in _columns(cells)))
    shaped: Floats = log_p.reshape(*theta.shape, len(cells))
    return shaped


def _columns(cells: Cells) -> tuple[Ints, Ints, Ints]:
    return cells.low, cells.high, cells.total


def _log_range(theta: Floats, low: int, high: int, n: int) -> Floats:
    """Return log Pr(low <= Y <= high) given logits of shape ``(T,)``."""
    if high - low < LONG_RANGE:
        y = np.arange(low, high + 1)
        total = np.full_like(y, n)
        every = Cells(y, y, total, np.ones_like(y))
        return np.asarray(np.logaddexp.reduce(log_binomial(every, theta), axis=-1))
    p, q = special.expit(theta), special.expit(-theta)
    upper = np.ones_like(p) if low == 0 else special.betainc(low, n - low + 1.0, p)
    beyond = np.zeros_like(p) if high == n else special.betainc(high + 1.0, n - high, p)
    below = np.zeros_like(p) if low == 0 else special.betainc(n - low + 1.0, low, q)
    within = np.ones_like(p) if high == n else special.betainc(n - high, high + 1.0, q)
    inside = np.where(upper < HALF, upper - beyond, within - below)
    return np.asarray(np.log(np.maximum(inside, FLOOR)), dtype=np.float64)


def _support(cells: Cells, drop: float = NEGLIGIBLE) -> tuple[Floats, Floats]:
    """Return where each cell's likelihood leaves its limits (0 or 1), shape ``(d,)`` each."""
    low, high, n = (v.astype(float) for v in _columns(cells))
    y, rest = np.where(low > 0, low, high + 1.0), np.where(low > 0, n - low, n - high - 1.0)
    left = _edge(y, rest, drop)
    y, rest = np.where(high < n, n - high, n - low + 1.0), np.where(high < n, high, low - 1.0)
    right = -_edge(y, rest, drop)
    return left, right


def _edge(y: Floats, rest: Floats, drop: float) -> Floats:
    """Return a logit left of which ``p^y (1-p)^rest`` is below its maximum by ``drop`` nats.

    Newton's steps on a concave function from a point on its left stay on the left.
    """
    n = y + rest
    target = special.xlogy(y, y / n) + special.xlogy(rest, rest / n) - drop
    theta = target / y
    for _ in range(8):
        theta = theta + (target - y * theta + n * softplus(theta)) / (y - n * special.expit(theta))
    return np.asarray(theta, dtype=np.float64)


@cache
def _hermite(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of the standard normal."""
    z, w = special.roots_hermitenorm(count)
    return np.asarray(z), np.asarray(w / w.sum())


@dataclass(frozen=True, slots=True)
class Group:
    """Cells of like precision on one lattice over theta.

    ``values`` (L, d) are their likelihoods over ``exp(peak)``. One that tends to 1 at an end is
    carried there by a normal distribution function of unit scale (``steps``: its centre and its
    height for each cell, right and left), so that the rest fades at both ends.
    """

    cells: Cells
    place: Ints
    theta: Floats
    spacing: float
    values: Floats
    peak: Floats
    steps: tuple[tuple[float, float, Floats], ...]
    scale: float

    @classmethod
    def of(cls, cells: Cells, place: Ints, fineness: float) -> Group:
        """Lay the lattice for these cells."""
        scale = float(standard_error(cells).min())
        spacing = SPACING * scale / fineness
        left, right = _support(cells, NEGLIGIBLE * np.sqrt(fineness))
        start, end = float(left.min()), float(right.max())
        steps = []
        for sign, reach, to_one in (
            (1.0, right, cells.high == cells.total),
            (-1.0, -left, cells.low == 0),
        ):
            if to_one.any():
                settled = float(np.log(cells.total[to_one].max())) + 2.0
                at = max(float(reach[to_one].max()) - STEP_REACH, settled)
                end = max(end, at + STEP_REACH) if sign > 0 else end
                start = min(start, -at - STEP_REACH) if sign < 0 else start
                steps.append((sign, at, to_one))
        count = int(np.ceil((end - start) / spacing)) + 1
        theta = start + spacing * np.arange(count, dtype=np.float64)
        log_f = log_binomial(cells, theta)
        peak = log_f.max(axis=0)
        values = np.exp(log_f - peak)
        heights = [(sign, at, np.where(to_one, np.exp(-peak), 0.0)) for sign, at, to_one in steps]
        for sign, at, height in heights:
            values -= special.ndtr(sign * theta - at)[:, None] * height
        return cls(cells, place, theta, spacing, values, peak, tuple(heights), scale)

    def on_lattice(self, mu: Floats, tau: Floats) -> Floats:
        """Return log likelihoods by the lattice: ``mu`` (R, J), ``tau`` (R, 1) -> (R, J, d)."""
        narrow = tau * np.sqrt(2.0)
        z = (mu / narrow)[:, :, None] - (self.theta / narrow)[:, None, :]
        np.multiply(z, z, out=z)
        np.negative(z, out=z)
        np.exp(z, out=z)
        like = (z.reshape(-1, self.theta.size) @ self.values).reshape(*mu.shape, -1)
        like *= (self.spacing / (narrow * np.sqrt(np.pi)))[:, :, None]
        spread = np.sqrt(1.0 + tau * tau)
        for sign, at, height in self.steps:
            like += special.ndtr((sign * mu - at) / spread)[:, :, None] * height
        logs: Floats = np.log(np.maximum(like, FLOOR)) + self.peak
        return logs

    def by_hermite(self, mu: Floats, tau: Floats, count: int) -> Floats:
        """Return log likelihoods by Gauss-Hermite around mu; shapes as ``on_lattice``."""
        z, w = _hermite(count)
        theta = mu + tau * z[:, None, None]
        log_f = log_binomial(self.cells, theta)
        log_f -= self.peak
        np.exp(log_f, out=log_f)
        like = (w @ log_f.reshape(count, -1)).reshape(*mu.shape, -1)
        return np.log(np.maximum(like, FLOOR)) + self.peak


@dataclass(frozen=True, slots=True)
class LogitNormal:
    """Log likelihoods of a set of cells as a function of ``mu`` and ``log tau``."""

    cells: Cells
    groups: tuple[Group, ...]
    fineness: float

    @classmethod
    def of(cls, cells: Cells, fineness: float = 1.0) -> LogitNormal:
        """Lay one lattice for each class of like precision, or one a cell where that is cheaper."""
        groups = [Group.of(cells.where(part), part, fineness) for part in _share(cells)]
        return cls(cells, tuple(groups), fineness)

    def __call__(self, mu: Floats, log_tau: Floats) -> Floats:
        """Return the summed log likelihood, binomial coefficients included.

        Parameters
        ----------
        mu
            Shape ``(R, J)``.
        log_tau
            Shape ``(R, 1)``.
        """
        total = np.zeros(mu.shape)
        for group in self.groups:
            times = group.cells.times.astype(float)
            for rows, values in _by_block(group, mu, np.exp(log_tau), self.fineness):
                total[rows] += values @ times
        return total

    def each(self, mu: Floats, log_tau: Floats) -> Floats:
        """Return each cell's log likelihood, shape ``(R, J, d)``; arguments as for the sum."""
        out = np.empty((*mu.shape, len(self.cells)))
        for group in self.groups:
            for rows, values in _by_block(group, mu, np.exp(log_tau), self.fineness):
                out[np.ix_(rows, np.arange(mu.shape[1]), group.place)] = values
        return out


def _by_block(
    group: Group, mu: Floats, tau: Floats, fineness: float
) -> Iterator[tuple[Ints, Floats]]:
    """Yield row numbers and their log likelihoods (rows, J, d), each by the rule that suits it."""
    ratio = tau[:, 0] / group.scale
    done = np.zeros(ratio.size, dtype=bool)
    columns, cells = mu.shape[1], len(group.cells)
    for limit, nodes in HERMITE:
        count = int(np.ceil(nodes * fineness))
        rows = (ratio < limit) & ~done
        done |= rows
        for part in _blocks(np.flatnonzero(rows), columns * count * cells):
            yield part, group.by_hermite(mu[part], tau[part], count)
    for part in _blocks(np.flatnonzero(~done), columns * max(group.theta.size, cells)):
        yield part, group.on_lattice(mu[part], tau[part])


def _blocks(rows: Ints, width: int) -> list[Ints]:
    """Split row numbers so that a temporary of ``width`` elements a row stays small."""
    size = max(1, BLOCK // max(width, 1))
    return [rows[i : i + size] for i in range(0, rows.size, size)]


def _share(cells: Cells) -> list[Ints]:
    """Return which cells share a lattice: as many as make fewer kernel values to compute."""
    if not len(cells):
        return []
    scale = standard_error(cells)
    if scale.max() < 2.0 * scale.min():
        return [np.arange(len(cells))]
    left, right = _support(cells)

    def cost(part: Ints) -> float:
        length = float(right[part].max() - left[part].min())
        return length / float(scale[part].min()) * (1.0 + part.size / 40.0)

    alone = [np.array([i]) for i in np.argsort(-scale, kind="stable")]
    groups = alone[:1]
    for part in alone[1:]:
        both = np.concatenate([groups[-1], part])
        if cost(both) <= cost(groups[-1]) + cost(part):
            groups[-1] = both
        else:
            groups.append(part)
    return groups
