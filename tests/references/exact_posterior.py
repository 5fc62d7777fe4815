"""A posterior as adaptive Gauss-Legendre panels in both dimensions, and what is read off it.

Nothing here is shared with ``metaprop``; see README.md for the method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import optimize, special

from references import exact_likelihood as likelihood
from references import exact_rows as rows
from references.exact_parts import (
    average_location,
    average_rate,
    beta_above,
    legendre,
    median_location,
    prior_row,
    rule,
    study_row,
    study_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from problems import Problem

    type Vector = NDArray[np.float64]

CUTS = np.array([-9, -5.5, -2.5, 0, 2.5, 5.5, 9.0])
MAXIMUM_DEPTH = 9


@dataclass(frozen=True, slots=True)
class Resolution:
    """Sizes and tolerances of the three nested quadratures (theta, x, v)."""

    theta_size: int
    theta_tolerance: float
    row_size: int
    row_tolerance: float
    outer_size: int
    outer_tolerance: float
    drop: float
    widest: float


COARSE = Resolution(24, 1e-12, 16, 1e-10, 16, 1e-9, 36.0, 4.0)
FINE = Resolution(30, 1e-13, 20, 1e-12, 20, 1e-11, 40.0, 3.0)


class Panels:
    """The posterior of one problem at one resolution, integrated once."""

    def __init__(self, problem: Problem, resolution: Resolution) -> None:
        self.problem, self.resolution = problem, resolution
        self.logit_normal = problem.family == "logit-normal"
        self.family = 0 if self.logit_normal else 1
        rate = problem.location_parameter == "average"
        self.model = (
            self.family,
            study_table(problem),
            prior_row(problem.location, rate=rate),
            prior_row(problem.heterogeneity, rate=not self.logit_normal),
        )
        self.rule = rule(resolution.theta_size, resolution.theta_tolerance)
        self.row_rule = rule(resolution.row_size, resolution.row_tolerance)
        self.matrix = legendre(resolution.row_size)[2]
        self.outer = legendre(resolution.outer_size)
        self._rows: dict[float, tuple[Any, ...]] = {}
        self._start = 0.0
        self._warm: tuple[float, Vector] | None = None
        self._build()

    @property
    def mean_exists(self) -> bool:
        """A half-Cauchy needs a study with events and non-events to give tau a mean."""
        p = self.problem
        cells = zip(p.events_low, p.events_high, p.totals, strict=True)
        return p.heterogeneity[0] != "half_cauchy" or any(a > 0 and b < n for a, b, n in cells)

    def row(self, v: float) -> tuple[Any, ...]:
        """Panels of the row at v: lefts, rights, Legendre coefficients, log top, log mass."""
        if v not in self._rows:
            a, b, g, top, mode = rows.row(
                self._start, v, self.model, self.rule, self.row_rule, self.resolution.drop
            )
            self._start = mode
            c = g @ self.matrix.T
            mass = float((b - a) @ c[:, 0])
            if not math.isfinite(top + mass) or mass <= 0:
                raise ArithmeticError(f"row at {v} has mass {mass}, top {top}")
            self._rows[v] = a, b, c, top, top + math.log(mass)
        return self._rows[v]

    def _weighted(self, v: float) -> float:
        """Log mass of a row, times tau where the mean of tau is wanted."""
        grow = v if self.logit_normal and self.mean_exists and v > 0 else 0.0
        return float(self.row(v)[4]) + grow

    def _range(self) -> tuple[float, float, float]:
        """Mode and limits of v beyond which nothing is left."""
        ceiling = math.inf
        if self.logit_normal and self.problem.heterogeneity[0] == "uniform":
            ceiling = math.log(float(self.problem.heterogeneity[2]))
        grid = [v for v in np.arange(-7.0, 3.1, 1.0) if v < ceiling]
        best = max(grid, key=self._weighted)
        top, limits = self._weighted(best), []
        for sign in (-1.0, 1.0):
            v, step = best, 1.0
            while self._weighted(v) > top - self.resolution.drop:
                v, step = v + sign * step, step * 1.25
                if v >= ceiling:
                    v = ceiling
                    break
            limits.append(v)
        return best, limits[0], limits[1]

    def _functionals(self, v: float) -> Vector:
        """What must be smooth in v: mass, and mass above a few average rates."""
        a, b, c, _, _ = self.row(v)
        x = self.location_of_average(self.probes, np.full(len(self.probes), v))
        pointers = np.array([0, a.size])
        above = [rows.tails(x[i : i + 1], pointers, a, b, c)[0] for i in range(x.size)]
        return np.array([(b - a) @ c[:, 0], *above]) * math.exp(self.row(v)[3] - self.top)

    def location_of_average(self, logits: Vector, v: Vector) -> Vector:
        """``x`` where the average rate has the given logits, row by row."""
        if not self.logit_normal:
            return logits
        return average_location(logits, np.exp(v))

    def _probe(self, best: float) -> Vector:
        """Logits of the average rate near its quantiles in the row of largest mass."""
        a, b, c, _, _ = self.row(best)
        xs = np.linspace(a[0], b[-1], 4001)
        pointers = np.array([0, a.size])
        above = np.array([rows.tails(xs[i : i + 1], pointers, a, b, c)[0] for i in range(4001)])
        above /= above[0]
        found = np.interp([0.001, 0.1, 0.5, 0.9, 0.999], above[::-1], xs[::-1])
        if not self.logit_normal:
            return found
        rate, other, _ = average_rate(found, np.full(found.size, math.exp(best)))
        return np.log(rate) - np.log(other)

    def _build(self) -> None:
        best, low, high = self._range()
        self.top = self.row(best)[3]
        self.probes = self._probe(best)
        steps = np.concatenate([[0.0], np.cumsum(1.2 * 1.6 ** np.arange(12))])
        edges = np.unique(np.clip(np.concatenate([best - steps, best + steps]), low, high))
        stack = [(a, b, 0) for a, b in pairwise(edges.tolist())]
        nodes, _, matrix = self.outer
        scale = sum((b - a) * self._functionals(0.5 * (a + b))[0] for a, b, _ in stack)
        done: list[tuple[float, float, Vector]] = []
        while stack:
            a, b, depth = stack.pop()
            half, centre = 0.5 * (b - a), 0.5 * (a + b)
            vs = centre + half * nodes
            values = np.array([self._functionals(v) for v in vs.tolist()])
            tail = np.abs(matrix[-3:] @ values).max() * max(half, 1.0)
            if tail <= self.resolution.outer_tolerance * scale or depth >= MAXIMUM_DEPTH:
                done.append((a, b, vs))
            else:
                stack += [(centre, b, depth + 1), (a, centre, depth + 1)]
        done.sort(key=lambda panel: panel[0])
        self._collect(done)

    def _collect(self, done: list[tuple[float, float, Vector]]) -> None:
        """Lay all rows end to end."""
        _, weights, matrix = self.outer
        self.v_lefts = np.array([a for a, _, _ in done])
        self.v_rights = np.array([b for _, b, _ in done])
        self.v = np.concatenate([vs for _, _, vs in done])
        found = [self.row(v) for v in self.v.tolist()]
        half = 0.5 * (self.v_rights - self.v_lefts)
        scale = np.exp(np.array([r[3] for r in found]) - self.top)
        self.weights = (half[:, None] * weights).ravel() * scale
        pointers = np.concatenate([[0], np.cumsum([r[0].size for r in found])])
        parts = [np.concatenate([r[i] for r in found]) for i in range(3)]
        self.rows = (pointers, parts[0], parts[1], np.ascontiguousarray(parts[2]))
        self.masses = rows.tails(np.full(self.v.size, -1e300), *self.rows)
        self.total = float(self.weights @ self.masses)
        by_panel = (scale * self.masses).reshape(len(done), -1)
        self.v_coefficients = np.ascontiguousarray(by_panel @ matrix.T)
        self._rows = {}

    @property
    def log_marginal_likelihood(self) -> float:
        """Log of the normalising constant, binomial coefficients included."""
        return float(self.top + math.log(self.total))

    def _above(self, x: Vector) -> float:
        return float(self.weights @ rows.tails(x, *self.rows)) / self.total

    def average_above(self, logit_t: float) -> float:
        """P(average > t)."""
        if not self.logit_normal:
            return self._above(np.full(self.v.size, logit_t))
        tau = np.exp(self.v)
        start = None
        if self._warm:
            stretch = np.sqrt(1 + tau**2 * 3 / math.pi**2)
            start = self._warm[1] + (logit_t - self._warm[0]) * stretch
        mu = average_location(logit_t, tau, start)
        self._warm = (logit_t, mu)
        return self._above(mu)

    def typical_above(self, logit_t: float) -> float:
        """P(typical > t)."""
        if self.logit_normal:
            return self._above(np.full(self.v.size, logit_t))
        return self._above(median_location(logit_t, np.exp(-self.v)))

    def spread_above(self, v: float) -> float:
        """P(log tau > v) or P(logit rho > v)."""
        pointers = np.array([0, self.v_lefts.size])
        found = rows.tails(
            np.array([v]), pointers, self.v_lefts, self.v_rights, self.v_coefficients
        )
        return float(found[0]) / self.total

    def spread_mean(self) -> float:
        """Posterior mean of tau or rho."""
        value = np.exp(self.v) if self.logit_normal else special.expit(self.v)
        return float(self.weights @ (self.masses * value)) / self.total

    @staticmethod
    def quantile(above: Callable[[float], float], q: float, xtol: float = 1e-14) -> float:
        """Root of above(x) = 1 - q on an unbounded scale."""
        low, high = -1.0, 1.0
        while above(low) < 1 - q:
            low *= 2
        while above(high) > 1 - q:
            high *= 2
        return float(optimize.brentq(lambda x: above(x) - (1 - q), low, high, xtol=xtol))

    def _nodes(self, centre: Vector, width: Vector) -> tuple[Vector, Vector, Vector]:
        cuts = centre[:, None] + width[:, None] * CUTS
        least = 1e-15 * self.total / np.maximum(self.weights, 1e-300)
        x, w, owner = rows.refine(self.rows, cuts, self.row_rule, least, self.resolution.widest)
        return x, self.v[owner], w * self.weights[owner] / self.total

    def base_nodes(self) -> tuple[Vector, Vector, Vector]:
        """x, v and posterior weights for functions without sharp steps."""
        return self._nodes(np.zeros(self.v.size), np.ones(self.v.size))

    def average_mean(self, nodes: tuple[Vector, Vector, Vector]) -> float:
        """Posterior mean of the average rate."""
        x, v, w = nodes
        if not self.logit_normal:
            return float(w @ special.expit(x))
        total, tau = 0.0, np.exp(v)
        for i in range(0, x.size, 4000):
            part = slice(i, i + 4000)
            total += float(w[part] @ average_rate(x[part], tau[part])[0])
        return total

    def new_study_above(self, logit_t: float) -> float:
        """P(p_new > t)."""
        t = special.expit(logit_t) * special.expit(-logit_t)
        width = np.exp(self.v) if self.logit_normal else np.exp(0.5 * self.v) / math.sqrt(t)
        centre = np.full(self.v.size, logit_t)
        x, v, w = self._nodes(centre, np.clip(width, 1e-12, 1e6))
        if self.logit_normal:
            return float(w @ special.ndtr((x - logit_t) * np.exp(-v)))
        kappa = np.exp(-v)
        return float(w @ beta_above(special.expit(x) * kappa, special.expit(-x) * kappa, logit_t))

    def study_mean(self, y: int, n: int, nodes: tuple[Vector, Vector, Vector]) -> float:
        """Posterior mean of one study's rate (exact count)."""
        x, v, w = nodes
        if not self.logit_normal:
            kappa = np.exp(-v)
            return float(w @ ((y + special.expit(x) * kappa) / (n + kappa)))
        more, less = study_row(y + 1, y + 1, n + 1), study_row(y, y, n)
        args = (x, v, self.rule, self.resolution.drop)
        ratio = likelihood.study_logs(0, more, *args) - likelihood.study_logs(0, less, *args)
        return float(w @ np.exp(ratio)) * (y + 1) / (n + 1)

    def study_above(self, y: int, n: int, logit_t: float) -> float:
        """P(p_i > t) of one study (exact count)."""
        t, tc = special.expit(logit_t), special.expit(-logit_t)
        kappa = np.exp(-self.v)
        if self.logit_normal:
            tau = np.exp(self.v)
            centre = logit_t - tau**2 * (y * tc - (n - y) * t)
            x, v, w = self._nodes(centre, tau * np.sqrt(1 + tau**2 * n * t * tc))
            drop = self.resolution.drop
            args = (study_row(y, y, n), x, v, float(logit_t), self.rule, drop)
            return float(w @ likelihood.ln_shares(*args))
        m = (t * (n + kappa) - y) / kappa
        width = np.sqrt(t * tc * (n + kappa)) / kappa
        rates = m[:, None] + width[:, None] * CUTS
        inside = np.clip(rates, 1e-300, 1 - 1e-16)
        least = 1e-15 * self.total / np.maximum(self.weights, 1e-300)
        cuts = np.log(inside) - np.log1p(-inside)
        x, w, owner = rows.refine(self.rows, cuts, self.row_rule, least, self.resolution.widest)
        w, kappa = w * self.weights[owner] / self.total, kappa[owner]
        a, b = special.expit(x) * kappa + y, special.expit(-x) * kappa + (n - y)
        return float(w @ beta_above(a, b, logit_t))

    def new_count(self, patients: int, nodes: tuple[Vector, Vector, Vector]) -> list[float]:
        """P(Y_new = j) for j = 0..patients."""
        x, v, w = nodes
        args = (x, v, self.rule, self.resolution.drop)
        studies = [study_row(j, j, patients) for j in range(patients + 1)]
        return [float(w @ np.exp(likelihood.study_logs(self.family, s, *args))) for s in studies]
