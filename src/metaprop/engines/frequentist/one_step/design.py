"""The best binomial-normal fit with a design matrix, one data set at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.engines.frequentist.one_step.climbing import STEPS, Tangent, climb
from metaprop.engines.frequentist.one_step.family import coefficients
from metaprop.engines.likelihood.logit_normal_slopes import logit_normal_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SCOUTS = (0.15, 0.4, 1.2, 3.6)
"""Values of tau at which a search begins."""
SCOUTING = 4
"""Steps in the coefficients at each of them."""
NOTHING = 1e-11
"""A gain in log likelihood below this, relative to it, is no gain over tau = 0."""
FLAT = 1e-6
"""Information on a direction below this is none: a single event has a thousand times as much."""
ALONG = 1e-6
"""A coefficient with less than this share in a flat direction does not run off with it."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Coefficients (p,) on the log-odds scale, their covariance (p, p), tau >= 0.

    ``runs_off`` (p,): the likelihood rises along this coefficient without end; it is infinite,
    and what is around it NaN.
    """

    coefficients: Floats
    covariance: Floats
    tau: float
    log_likelihood: float
    settled: bool
    runs_off: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Table:
    """One data set with an orthogonal design ``basis`` (k, p), so that steps have one size."""

    events: Ints
    totals: Ints
    basis: Floats

    def joint(self, at: Floats) -> Tangent:
        """Return the tangent by (coefficients of the basis, tau) at points (R, p + 1)."""
        mu, tau = at[:, :-1] @ self.basis.T, np.broadcast_to(at[:, -1:], (at.shape[0], 1))
        each = logit_normal_slopes(self.events, self.totals, mu, tau)
        value, score, spread, bend, mixed, wide = (
            getattr(each, name).reshape(mu.shape) for name in each.__slots__
        )
        gradient = np.column_stack([score @ self.basis, spread.sum(axis=1)])
        inner = np.einsum("ki,rk,kj->rij", self.basis, bend, self.basis)
        border = (mixed @ self.basis)[:, :, None]
        corner = wide.sum(axis=1)[:, None, None]
        low = np.concatenate([border.transpose(0, 2, 1), corner], axis=2)
        hessian = np.concatenate([np.concatenate([inner, border], axis=2), low], axis=1)
        return Tangent(value.sum(axis=1), gradient, hessian)

    def at_tau(self, tau: Floats, start: Floats, steps: int) -> tuple[Floats, Floats]:
        """Return the best coefficients (R, p) and the log likelihood at each tau (R,)."""

        def evaluate(rows: Ints, at: Floats) -> Tangent:
            full = self.joint(np.column_stack([at, tau[rows]]))
            return Tangent(full.value, full.gradient[:, :-1], full.hessian[:, :-1, :-1])

        top = climb(evaluate, start, steps=steps)
        return top.at, top.value


def best_regression(events: Ints, totals: Ints, design: Floats) -> Regression:
    """Return the maximum likelihood fit: ``events``, ``totals`` (k,), ``design`` (k, p).

    The design has full rank, and some study has both events and non-events.
    """
    root = np.sqrt(float(design.shape[0]))
    orthogonal, triangle = np.linalg.qr(design)
    table = _Table(events, totals, orthogonal * root)
    to_design = np.linalg.inv(triangle) * root
    at, value, settled = _best(table)
    covariance, off = _covariance(-table.joint(at[None, :]).hessian[0], at[-1] > 0.0, to_design)
    found = np.asarray(to_design @ at[:-1], dtype=np.float64)
    found[off] = np.copysign(np.inf, found[off])
    constant = float(coefficients(events, totals))
    return Regression(found, covariance, float(at[-1]), value + constant, settled, off)


def _best(table: _Table) -> tuple[Floats, float, bool]:
    """Return coefficients of the basis with tau (p + 1,), the log likelihood, whether settled.

    At tau = 0 half the second derivative by tau is the slope by tau2: see ``maximum``.
    """
    crude = special.logit((table.events.sum() + 0.5) / (table.totals.sum() + 1.0))
    begin = np.linalg.lstsq(table.basis, np.full(table.totals.size, crude))[0][None, :]
    common, value = table.at_tau(np.zeros(1), begin, STEPS)
    at_common = np.append(common[0], 0.0)
    slope = table.joint(at_common[None, :]).hessian[0, -1, -1]
    tau = np.array(SCOUTS)
    scouted, reached = table.at_tau(tau, np.repeat(common, tau.size, axis=0), SCOUTING)
    best = int(reached.argmax())
    least = NOTHING * abs(float(value[0]))
    if slope <= 0.0 and reached[best] <= value[0] + least:
        return at_common, float(value[0]), True
    start = np.append(scouted[best], tau[best])[None, :]
    top = climb(lambda _, at: table.joint(at), start)
    if top.value[0] <= value[0] + least:
        return at_common, float(value[0]), True
    at = top.at[0].copy()
    at[-1] = abs(at[-1])
    return at, float(top.value[0]), bool(top.settled[0])


def _covariance(
    information: Floats, inside: np.bool_, to_design: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the covariance of the coefficients and which of them run off to infinity.

    Along a direction without information the likelihood has no top: coefficients with a share in
    it run off, the others keep the covariance that the remaining directions give.
    """
    p = to_design.shape[0]
    if not inside:
        information = information[:p, :p]
    values, axes = np.linalg.eigh(information)
    flat = values < FLAT
    shares = to_design @ axes[:p]
    size = np.abs(shares).max(axis=1, keepdims=True)
    off = (np.abs(shares[:, flat]) > ALONG * size).any(axis=1)
    kept = shares[:, ~flat]
    covariance = (kept / values[~flat]) @ kept.T
    covariance[off, :] = covariance[:, off] = np.nan
    return covariance, off
