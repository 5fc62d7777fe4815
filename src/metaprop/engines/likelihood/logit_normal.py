"""Logit-normal log likelihood: one study's binomial, integrated over its own rate.

    L(mu, tau) = integral of Pr(low <= Y <= high | n, expit(theta)) N(theta; mu, tau^2) d theta

Two rules share the work. Where the spread between studies is wide against what a study says, a
fixed lattice over theta serves every node (mu, tau) and every study of like precision by one
matrix product. Where it is narrow, Gauss-Hermite nodes around mu do. Both sum positive terms.
The tests hold them against arbitrary precision; the exact engine, at nodes that matter, against
finer rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.engines.likelihood.binomial_logit import (
    FLOOR,
    Likelihoods,
    log_binomial,
    standard_error,
    support,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from metaprop.engines.likelihood.cells import Cells

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SPACING = 0.45
"""Step of the theta lattice in units of the narrowest study's standard error, at fineness 1."""
SWITCH = 0.6
"""Below this many standard errors, tau is narrow and Gauss-Hermite takes over."""
HERMITE_LIMITS = np.array([0.002, 0.015, 0.06, 0.25])
HERMITE_NODES = np.array([3, 4, 5, 8, 16])
"""Gauss-Hermite nodes at fineness 1, between limits to the ratio of tau to the standard error."""
NEGLIGIBLE = 23.0
"""Where a study's likelihood has fallen by this many nats, the lattice ends, at fineness 1."""
STEP_REACH = 7.0
"""Standard deviations after which a normal distribution function is 0 or 1."""
BLOCK = 300_000
"""Elements of a temporary array: far larger ones go back to the system each time, which is slow."""
FARTHEST = 26.4
"""Exponentials of minus the square of this are still normal doubles, far below all that counts."""
BESIDE = 6
"""Lattice points on each side of one whose kernel values follow from its own by multiplication."""

EVEN, EVEN_REACH = 0.5, 12.0
"""An even lattice that checks the rules: its widest step and its reach in units of tau."""
MOST_EVEN = 200_000
"""Elements of a temporary array that such lattices may take."""


@cache
def _hermite(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of the standard normal."""
    z, w = special.roots_hermitenorm(count)
    return np.asarray(z), np.asarray(w / w.sum())


@dataclass(frozen=True, slots=True)
class Group:
    """Cells of like precision on one lattice over theta.

    ``values`` (L, d) are their likelihoods over ``exp(peak)``, ``anywhere`` says them off the
    lattice. One that tends to 1 at an end is
    carried there by a normal distribution function of unit scale (``steps``: its centre and its
    height for each cell, right and left), so that the rest fades at both ends.
    """

    cells: Cells
    place: Ints
    theta: Floats
    spacing: float
    values: Floats
    peak: Floats
    anywhere: Likelihoods
    steps: tuple[tuple[float, float, Floats], ...]
    scale: float

    @classmethod
    def of(cls, cells: Cells, place: Ints, fineness: float) -> Group:
        """Lay the lattice for these cells."""
        scale = float(standard_error(cells).min())
        spacing = SPACING * scale / fineness
        left, right = support(cells, NEGLIGIBLE * fineness**0.5)
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
        off = Likelihoods.of(cells, peak)
        return cls(cells, place, theta, spacing, values, peak, off, tuple(heights), scale)

    def on_lattice(self, mu: Floats, tau: Floats) -> Floats:
        """Return log likelihoods by the lattice: ``mu`` (R, J), ``tau`` (R, 1) -> (d, R, J)."""
        cells, width = len(self.cells), 2 * BESIDE + 1
        blocks = -(-self.theta.size // width)
        values = np.zeros((blocks * width, cells))
        values[: self.theta.size] = self.values
        values = values.reshape(blocks, width, cells).swapaxes(0, 1).reshape(-1, cells)
        kernel = self._kernel(mu, tau, blocks)
        like = (values.T @ kernel.reshape(blocks * width, -1)).reshape(cells, *mu.shape)
        like *= self.spacing / (tau * np.sqrt(2.0 * np.pi))
        spread = np.sqrt(1.0 + tau * tau)
        for sign, at, height in self.steps:
            like += special.ndtr((sign * mu - at) / spread) * height[:, None, None]
        return self._logs(like)

    def _kernel(self, mu: Floats, tau: Floats, blocks: int) -> Floats:
        """Return ``exp(-(mu - theta)^2 / (2 tau^2))``, shape (width, blocks, R, J).

        The lattice is cut in blocks; from the value at a block's middle those beside it follow,
        since neighbours' ratios make a geometric series but for a factor that depends on tau only.
        """
        narrow = tau * np.sqrt(2.0)
        middle = self.theta[0] + self.spacing * (BESIDE + (2 * BESIDE + 1) * np.arange(blocks))
        z = (mu / narrow) - middle[:, None, None] / narrow
        np.minimum(np.maximum(z, -FARTHEST, out=z), FARTHEST, out=z)
        step = self.spacing / narrow
        apart = np.arange(1.0, BESIDE + 1.0)[:, None, None]
        fades = np.exp(-((apart * step) ** 2)).repeat(mu.shape[1], axis=2)
        kernel = np.empty((2 * BESIDE + 1, *z.shape))
        left = kernel[BESIDE] = np.exp(-z * z)
        right, ratio = left.copy(), np.exp(2.0 * step * z)
        inverse = 1.0 / ratio
        for place, fade in enumerate(fades, start=1):
            left, right = np.multiply(left, inverse, out=left), np.multiply(right, ratio, out=right)
            np.multiply(left, fade, out=kernel[BESIDE - place])
            np.multiply(right, fade, out=kernel[BESIDE + place])
        return kernel

    def by_hermite(self, mu: Floats, tau: Floats, fineness: float) -> Floats:
        """Return log likelihoods by Gauss-Hermite around mu; shapes as ``on_lattice``."""
        rules = _rules(tau[:, 0] / self.scale, fineness)
        theta = [(mu[rows] + tau[rows] * z[:, None, None]).ravel() for rows, z, _ in rules]
        values = self.anywhere(np.concatenate(theta))
        like = np.empty((len(self.cells), *mu.shape))
        start = 0
        for (rows, z, weight), part in zip(rules, theta, strict=True):
            terms = values[:, start : start + part.size].reshape(len(self.cells), z.size, -1)
            like[:, rows] = (weight @ terms).reshape(len(self.cells), rows.size, -1)
            start += part.size
        return self._logs(like)

    def _logs(self, like: Floats) -> Floats:
        logs = np.log(np.maximum(like, FLOOR, out=like), out=like)
        logs += self.peak[:, None, None]
        return logs


def _rules(ratio: Floats, fineness: float) -> list[tuple[Ints, Floats, Floats]]:
    """Return which rows take which Gauss-Hermite rule: row numbers, nodes, weights."""
    kind = np.searchsorted(HERMITE_LIMITS, ratio, side="right")
    count = np.ceil(fineness * HERMITE_NODES[kind]).astype(int)
    return [(np.flatnonzero(count == c), *_hermite(c)) for c in sorted(set(count.tolist()))]


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
                summed = times @ values.reshape(times.size, -1)
                total[rows] += summed.reshape(rows.size, -1)
        return total

    def by_even_lattices(self, mu: Floats, log_tau: Floats, fineness: float) -> Floats | None:
        """Return the sum at N points, arguments and result (N,), by an even lattice for each.

        That is slower than both rules and independent of them: a check. None where it would take
        too long.
        """
        tau = np.exp(log_tau)
        scale = min(group.scale for group in self.groups)
        step = np.minimum(EVEN, SPACING * scale / (fineness * tau))
        reach = np.ceil(EVEN_REACH / step)
        if (2.0 * reach + 1.0).sum() * len(self.cells) > MOST_EVEN:  # perhaps infinite
            return None
        count = 2 * reach.astype(np.int64) + 1
        first = np.cumsum(count) - count
        place = np.arange(count.sum()) - np.repeat(first + count // 2, count)
        z = np.repeat(step, count) * place
        peak = np.empty(len(self.cells))
        for group in self.groups:
            peak[group.place] = group.peak
        values = Likelihoods.of(self.cells, peak)(np.repeat(mu, count) + np.repeat(tau, count) * z)
        values *= np.exp(-0.5 * z * z)
        like = np.add.reduceat(values, first, axis=1) * (step / np.sqrt(2.0 * np.pi))
        logs = np.log(np.maximum(like, FLOOR)) + peak[:, None]
        return np.asarray(self.cells.times @ logs, dtype=np.float64)

    def each(self, mu: Floats, log_tau: Floats) -> Floats:
        """Return each cell's log likelihood, shape ``(R, J, d)``; arguments as for the sum."""
        out = np.empty((*mu.shape, len(self.cells)))
        for group in self.groups:
            for rows, values in _by_block(group, mu, np.exp(log_tau), self.fineness):
                where = np.ix_(rows, np.arange(mu.shape[1]), group.place)
                out[where] = np.moveaxis(values, 0, 2)
        return out


def _by_block(
    group: Group, mu: Floats, tau: Floats, fineness: float
) -> Iterator[tuple[Ints, Floats]]:
    """Yield row numbers and their log likelihoods (d, rows, J), each by the rule that suits it."""
    narrow = tau[:, 0] < SWITCH * group.scale
    columns, cells = mu.shape[1], len(group.cells)
    most = int(np.ceil(HERMITE_NODES[-1] * fineness))
    for part in _blocks(np.flatnonzero(narrow), columns * most * cells):
        yield part, group.by_hermite(mu[part], tau[part], fineness)
    for part in _blocks(np.flatnonzero(~narrow), columns * max(group.theta.size, cells)):
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
    left, right = support(cells, NEGLIGIBLE)

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
