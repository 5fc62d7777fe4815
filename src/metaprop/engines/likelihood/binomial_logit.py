"""The binomial likelihood of a cell as a function of the logit of its rate: values and reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.scales import softplus
from metaprop.engines.likelihood.cells import Cells, log_choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LONG_RANGE = 64
"""Ranges of more counts than this go through the incomplete beta function."""
HALF = 0.5
"""A probability below this is taken from its own side, so that nothing cancels."""
FLOOR = 1e-300
"""Stands for a likelihood that underflows: never where the posterior has mass."""
FARTHEST = 600.0
"""Logits beyond this are taken for it."""
EDGE_STEPS = 3
"""Newton's steps to the edge of a likelihood."""
MULTIPLIED, MANY = 64, 1000
"""Up to this total, and from so many logits on, rates are multiplied: faster than exponentials."""


def standard_error(cells: Cells) -> Floats:
    """Return the scale of each cell's likelihood on the logit, shape ``(d,)``, at most 1."""
    n = cells.total.astype(float)

    def at(y: Ints) -> Floats:
        return np.sqrt(1.0 / (y + 1.0) + 1.0 / (n - y + 1.0))

    sharpest = np.minimum(at(cells.low), at(cells.high))
    return np.minimum(sharpest, 1.0)


def log_rates(logit: Floats) -> tuple[Floats, Floats]:
    """Return ``log p`` and ``log(1 - p)`` at a logit, any shape; neither loses digits."""
    shared = np.log1p(np.exp(-np.abs(logit)))
    return np.minimum(logit, 0.0) - shared, -np.maximum(logit, 0.0) - shared


def log_binomial(cells: Cells, theta: Floats) -> Floats:
    """Return each cell's log probability given the logit, shape ``theta.shape + (d,)``."""
    flat = theta.ravel()
    logs = np.stack(log_rates(flat), axis=1)
    y, n = cells.low.astype(float), cells.total.astype(float)
    log_p = logs @ np.stack([y, n - y]) + log_choose(cells.total, cells.low)
    for d in np.flatnonzero(~cells.exact):
        log_p[:, d] = _log_range(flat, *(int(v[d]) for v in _columns(cells)))
    shaped: Floats = log_p.reshape(*theta.shape, len(cells))
    return shaped


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """The probabilities of cells over ``exp(log_unit)`` (d,), prepared once for many logits.

    ``constant`` (d,) and ``powers`` (d, 2) of the rate and its rest are those of exact counts.
    """

    cells: Cells
    log_unit: Floats
    constant: Floats
    powers: Floats
    multiplied: NDArray[np.bool_]

    @classmethod
    def of(cls, cells: Cells, log_unit: Floats) -> Likelihoods:
        """Prepare the probabilities of these cells."""
        constant = log_choose(cells.total, cells.low) - log_unit
        powers = np.stack([cells.low, cells.total - cells.low], axis=1).astype(np.float64)
        return cls(cells, log_unit, constant, powers, cells.exact & (cells.total <= MULTIPLIED))

    def __call__(self, theta: Floats) -> Floats:
        """Return them given logits (T,): shape (d, T)."""
        multiplied = self.multiplied if theta.size > MANY else np.zeros_like(self.multiplied)
        if multiplied.all():
            return self._multiplied(theta)
        if multiplied.any():
            out = np.empty((len(self.cells), theta.size))
            for part in (multiplied, ~multiplied):
                out[part] = Likelihoods.of(self.cells.where(part), self.log_unit[part])(theta)
            return out
        if self.cells.exact.all():
            logs = self.powers @ np.stack(log_rates(theta))
            return np.exp(np.add(logs, self.constant[:, None], out=logs), out=logs)
        return np.exp(log_binomial(self.cells, theta) - self.log_unit).T

    def _multiplied(self, theta: Floats) -> Floats:
        """Return them, all counts exact, by multiplying the rate and its rest."""
        out = np.repeat(np.exp(self.constant)[:, None], theta.size, axis=1)
        odds = np.exp(np.minimum(np.maximum(-theta, -FARTHEST), FARTHEST))
        rate = 1.0 / (1.0 + odds)
        _times_powers(out, rate, self.cells.low)
        _times_powers(out, odds * rate, self.cells.total - self.cells.low)
        return out


def _times_powers(out: Floats, base: Floats, exponents: Ints) -> None:
    """Multiply the rows (d, T) by powers of an array (T,), in place."""
    power, reached = np.ones_like(base), 0
    for place in np.argsort(exponents, kind="stable").tolist():
        for _ in range(reached, int(exponents[place])):
            power *= base
        reached = max(reached, int(exponents[place]))
        if reached:
            out[place] *= power


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


def support(cells: Cells, drop: float) -> tuple[Floats, Floats]:
    """Return where each cell's likelihood leaves its limits (0 or 1), shape ``(d,)`` each.

    ``drop`` is by how many nats it has fallen there.
    """
    low, high, n = (v.astype(float) for v in _columns(cells))
    left = np.where(low > 0, [low, n - low], [high + 1.0, n - high - 1.0])
    right = np.where(high < n, [n - high, high], [n - low + 1.0, low - 1.0])
    y, rest = np.stack([left, right], axis=1)
    start, end = _edge(y, rest, drop)
    return start, -end


def _edge(y: Floats, rest: Floats, drop: float) -> Floats:
    """Return a logit left of which ``p^y (1-p)^rest`` is below its maximum by ``drop`` nats.

    Newton's steps on a concave function from a point on its left stay on the left. Where
    ``p^y`` alone has fallen so far is such a point, and the answer itself where nothing rests.
    """
    n = y + rest
    target = special.xlogy(y, y / n) + special.xlogy(rest, rest / n) - drop
    fallen = -target / y
    theta = -fallen - np.log(-np.expm1(-fallen))
    for _ in range(EDGE_STEPS):
        theta = theta + (target - y * theta + n * softplus(theta)) / (y - n * special.expit(theta))
    return np.asarray(theta, dtype=np.float64)
