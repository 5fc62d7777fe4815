"""One study whose count is known through its range and a sum over studies.

Given its count c the other ranges make up the sum less c, so its rate is a mixture over its
possible counts:

    p(rate | data) = sum_c Z_c E_c[p(rate | hyperparameters)] Bin(c | n, rate),

where ``Z_c`` and ``E_c`` are the evidence and the posterior expectation of the other studies with
that sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.exact.estimands import scattered
from metaprop.engines.exact.lattice import tails
from metaprop.engines.exact.projection import BEND, MOST_CROWDED, ROOM, rate_marginal
from metaprop.engines.exact.scatter import scatter_densities, scatter_density
from metaprop.engines.likelihood.binomial_logit import log_binomial, standard_error
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.known_sum import KnownSum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.marginals import LatticeMarginal

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Cell = tuple[int, int, int]

NEGLIGIBLE = 1e-3
"""Counts that together are less probable than this share of the tolerance are left out."""


@dataclass(frozen=True, slots=True)
class Case:
    """One possible count of the study, and the posterior of the other studies given it."""

    events: int
    others: Grid


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a known sum leaves a study of ``patients``: its counts, but for improbable ones.

    ``probability`` (C,) is that of each case given all data. ``beyond`` bounds what is lost: the
    mass of counts left out and beyond grids, and the error of the likelihood. ``one_lattice`` says
    that the cases' grids share their nodes.
    """

    patients: int
    cases: tuple[Case, ...]
    probability: Floats
    beyond: float
    one_lattice: bool

    def marginal(self, grid: Grid, cut: float) -> LatticeMarginal:
        """Return the posterior of the study's rate; ``grid`` is that of all studies."""
        found = rate_marginal(grid, "study", self._density, self._shape(grid), cut)
        return replace(found, beyond=self.beyond + tails(found.masses[0]))

    def _density(self, x: Floats) -> Floats:
        """Return the density at logits (G,), not normalised, by version of the grids: (V, G)."""
        top = max(case.others.log_total for case in self.cases)
        found = np.zeros(())
        for case, fresh in zip(self.cases, self._fresh(x), strict=True):
            own = log_binomial(self._cell(case), x)[:, 0] + case.others.log_total - top
            found = found + case.others.version_totals[:, None] * fresh * np.exp(own)
        return found

    def _fresh(self, x: Floats) -> Iterable[Floats]:
        """Return the density of a new study's logit given each case, (V, G)."""
        if self.one_lattice:
            return scatter_densities([case.others for case in self.cases], x)
        return (scatter_density(case.others, x) for case in self.cases)

    def _shape(self, grid: Grid) -> tuple[float, float, float]:
        """Return the lattice that resolves the rate given each of the counts."""
        centre, scale, crowding = scattered(grid)
        cells = [self._cell(case) for case in self.cases]
        width = np.minimum([float(standard_error(cell)[0]) for cell in cells], scale)
        middle = np.array([cell.pooled_logit for cell in cells])
        best = int(np.argmax(self.probability))
        if width[best] < scale:
            centre, scale = float(middle[best]), float(width[best])
        spacing = np.hypot(scale, BEND * (middle - centre))
        crowding = max(crowding, float(np.max(spacing / width)) / ROOM)
        return centre, scale, min(crowding, MOST_CROWDED)

    def _cell(self, case: Case) -> Cells:
        return Cells.single(case.events, case.events, self.patients)


def reweighed(grid: Grid, cell: Cell, tolerance: float) -> Allotment:
    """Return the allotment of a study with this cell (low, high, total), on the nodes of a grid.

    What is beyond the grid of all studies is beyond it for any of the counts.
    """
    likelihood = grid.surface.likelihood
    if not isinstance(likelihood, KnownSum):
        raise TypeError("no sum is known")
    shares = likelihood.shares(cell, grid.location, grid.log_spread)
    probability = np.einsum("rj,crj->c", grid.mass, shares.share)
    kept = _likely(probability, NEGLIGIBLE * tolerance)
    cases = tuple(Case(shares.first + c, grid.with_mass(shares.log_rest[c])) for c in kept.tolist())
    lost = 1.0 - float(probability[kept].sum())
    beyond = grid.edge() + 2.0 * grid.likelihood_error + max(lost, 0.0)
    return Allotment(cell[2], cases, probability[kept], beyond, one_lattice=True)


def rebuilt(allotment: Allotment, grid_of: Callable[[int], Grid]) -> Allotment:
    """Return the same cases, each with a grid of its own: ``grid_of`` the count."""
    cases = tuple(replace(case, others=grid_of(case.events)) for case in allotment.cases)
    worst = max(case.others.edge() + 2.0 * case.others.likelihood_error for case in cases)
    lost = max(0.0, 1.0 - float(allotment.probability.sum()))
    return replace(allotment, cases=cases, beyond=worst + lost, one_lattice=False)


def _likely(probability: Floats, negligible: float) -> Ints:
    """Return the places, increasing, of the most probable of them that leave hardly any out."""
    order = np.argsort(probability, kind="stable")
    improbable = np.cumsum(probability[order]) <= negligible
    return np.sort(order[~improbable])
