"""The posterior on a grid: rows along the spread, columns along the location."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import ModelError, Problem
from metaprop.engines.exact.lattice import SinhMap, tails
from metaprop.engines.exact.layout import lay_out
from metaprop.engines.exact.survey import COLUMN_BEND
from metaprop.engines.likelihood.logit_normal import LogitNormal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import Family
    from metaprop.engines.exact.layout import Layout
    from metaprop.engines.exact.surface import Surface
    from metaprop.engines.likelihood.cells import Cells

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ROW_STEP: dict[Family, float] = {"logit-normal": 0.29, "beta-binomial": 0.25, "common-rate": 1.0}
COLUMN_STEP = 0.215
"""Steps at a tolerance of 1e-6, in widths of the row profile and of each row."""
MUCH_LOST = 1e-3
"""Mass beyond what doubles can hold that is no longer told as an error, but refused."""
FEWEST = 5
"""Rows that tell how the mass falls beyond them."""
CHECKED, CHECK_FINER = 6, 1.6
"""Nodes at which the likelihood is computed again, and how much finer."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How fine a grid is: steps, how far out (nats), fineness of the integral over rates."""

    row_step: float
    column_step: float
    cut: float
    fineness: float

    @classmethod
    def at(cls, family: Family, tolerance: float, level: float = 0) -> Resolution:
        """Return the resolution that usually meets a tolerance; each level refines it by 0.7."""
        digits = max(0.0, -float(np.log10(tolerance / 1e-6)))
        shrink = (1.0 + 0.18 * digits) / 0.7**level
        cut = 5.0 - float(np.log(tolerance)) + 3.0 * level
        return cls(ROW_STEP[family] / shrink, COLUMN_STEP / shrink, cut, shrink**0.5)


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes of a sinh lattice in both free coordinates, and the posterior mass at each.

    ``surface`` has the coordinates and the likelihood, ``assumed`` the priors, which may be others.
    ``x`` (R, J) and ``y`` (R, 1) are free coordinates, ``location`` and ``log_spread`` natural
    ones. ``log_cell`` is the log of the area, in natural coordinates, that a node stands for.
    ``mass`` (R, J) sums to 1; ``log_total`` is the log of the integral. ``likelihood_error`` is
    the error of the log likelihood at nodes that matter. A common rate has one row.
    """

    surface: Surface
    assumed: Surface
    row_map: SinhMap
    row_nodes: Ints
    row_step: float
    column_map: SinhMap
    column_nodes: Ints
    column_step: float
    x: Floats
    y: Floats
    location: Floats
    log_spread: Floats
    log_cell: Floats
    log_likelihood: Floats
    mass: Floats
    log_total: float
    likelihood_error: float

    def with_prior(self, assumed: Surface, power: float = 1.0) -> Grid:
        """Return the posterior under other priors on the same nodes; the likelihood is kept.

        ``power`` is what the likelihood is raised to.
        """
        prior = assumed.log_prior(self.location, self.log_spread)
        mass, log_total = _normalise(power * self.log_likelihood + prior + self.log_cell)
        return replace(self, assumed=assumed, mass=mass, log_total=log_total)

    def with_mass(self, log_ratio: Floats) -> Grid:
        """Return the grid with its mass times ``exp(log_ratio)``, shape (R, J), normalised."""
        with np.errstate(divide="ignore"):
            mass, log_total = _normalise(np.log(self.mass) + log_ratio)
        return replace(self, mass=mass, log_total=self.log_total + log_total)

    def versions(self) -> Floats:
        """Return the masses on all nodes, on every second column and on every second row.

        Shape (V, R, J), each summing to 1; a single row has no half. How the answers from them
        differ is the error of the lattice.
        """
        kept = [self.mass, np.where(self.column_nodes % 2 == 0, self.mass, 0.0)]
        if self.row_nodes.size > 1:
            kept.append(np.where(self._even_rows[:, None], self.mass, 0.0))
        return np.stack([mass / mass.sum() for mass in kept])

    @property
    def version_totals(self) -> Floats:
        """The integrals that ``versions`` were normalised by, over the first of them: (V,)."""
        return np.array([1.0, *self._totals])[: 3 if self.row_nodes.size > 1 else 2]

    def combine(self, rows: Floats) -> Floats:
        """Return what ``versions`` say from each row's answer, (2, R, G): all and half columns."""
        totals = self._totals
        versions = [rows[0].sum(axis=0), rows[1].sum(axis=0) / totals[0]]
        if self.row_nodes.size > 1:
            versions.append(2.0 * rows[0, self._even_rows].sum(axis=0) / totals[1])
        return np.stack(versions)

    def combine_row(self, row: int, answers: Floats) -> Floats:
        """Return one row's part of ``combine``, its answers of shape (2, G)."""
        totals = self._totals
        versions = [answers[0], answers[1] / totals[0]]
        if self.row_nodes.size > 1:
            versions.append(2.0 * answers[0] * self._even_rows[row] / totals[1])
        return np.stack(versions)

    @property
    def one_lattice(self) -> bool:
        """Whether all rows have the same columns, even in their natural coordinate."""
        return bool(
            np.array_equal(self.location, self.x) and np.array_equal(self.x[1:], self.x[:-1])
        )

    def columns_of(self, row: int) -> SinhMap:
        """Return the column map of one row."""
        return SinhMap(self.column_map.centre[row], self.column_map.scale[row], COLUMN_BEND)

    @property
    def _even_rows(self) -> NDArray[np.bool_]:
        even: NDArray[np.bool_] = self.row_nodes % 2 == 0
        return even

    @property
    def _totals(self) -> tuple[float, float]:
        """Twice the mass on every second column, and on every second row: 1 but for the error."""
        columns = 2.0 * float(self.mass[:, self.column_nodes % 2 == 0].sum())
        return columns, 2.0 * float(self.mass[self._even_rows].sum())

    def gaps(self) -> float:
        """Return how far the integrals over half the nodes are from the whole one, in logs."""
        columns, rows = self._totals
        gap = abs(float(np.log(max(columns, 1e-300))))
        return gap + abs(float(np.log(max(rows, 1e-300)))) if self.row_nodes.size > 1 else gap

    def edge(self) -> float:
        """Return a bound on the mass beyond the grid."""
        beyond = tails(self.mass.sum(axis=0))
        return beyond + tails(self.mass.sum(axis=1)) if self.row_nodes.size > 1 else beyond

    def density_at(self, s: Floats, t: Floats) -> Floats:
        """Return the log of likelihood times prior per unit square of the lattice, shape ``(N,)``.

        ``s`` (row) and ``t`` (column), shape ``(N,)``, are in steps of the lattice.
        """
        x, y, slope = self._free_at(s, t)
        x, y = x[:, None], y[:, None]
        location, log_spread = self.surface.location.natural(x), self.surface.log_spread(y)
        found = self.surface.likelihood(location, log_spread) + self.surface.log_slope(x, y)
        return (found + self.assumed.log_prior(location, log_spread))[:, 0] + slope

    def natural_at(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return the natural coordinates at positions on the lattice, shape ``(N,)`` each."""
        x, y, _ = self._free_at(s, t)
        return self.surface.location.natural(x), self.surface.log_spread(y)

    def _free_at(self, s: Floats, t: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the free coordinates and the log area of a unit square of the lattice."""
        column = self._columns_at(s)
        x = column.value(t * self.column_step)
        slope = column.log_slope(t * self.column_step) + np.log(self.column_step)
        if self.surface.spread is None:
            return x, np.zeros_like(s), slope
        y = self.row_map.value(s * self.row_step)
        slope = slope + self.row_map.log_slope(s * self.row_step) + np.log(self.row_step)
        return x, y, slope

    def _columns_at(self, s: Floats) -> SinhMap:
        """Return the column map of any row position, interpolated as for the rows themselves."""
        position = self.row_nodes.astype(float)
        centre = np.interp(s, position, self.column_map.centre[:, 0])
        scale = np.exp(np.interp(s, position, np.log(self.column_map.scale[:, 0])))
        return SinhMap(centre, scale, COLUMN_BEND)


def _normalise(log_mass: Floats) -> tuple[Floats, float]:
    """Return masses that sum to 1 and the log of what they summed to."""
    top = float(log_mass.max())
    mass = np.exp(log_mass - top)
    total = float(mass.sum())
    return mass / total, top + float(np.log(total))


def build(surface: Surface, scout: Surface, resolution: Resolution) -> Grid:
    """Return the posterior on a grid of this resolution; ``scout`` is a rougher, faster surface."""
    layout = lay_out(scout, resolution.cut)
    surface = surface.in_unit(layout.log_unit)
    row_step, column_step = resolution.row_step, resolution.column_step
    every_row = nodes_between(layout.row_extent, row_step)
    row_nodes = _held(surface, layout, every_row, row_step)
    column_nodes = nodes_between(layout.column_extent, column_step)
    s = np.multiply(row_nodes, row_step, dtype=np.float64)
    t = np.multiply(column_nodes, column_step, dtype=np.float64)
    y = layout.row_map.value(s)[:, None]
    log_spread = surface.log_spread(y)
    column_map = layout.columns.at(log_spread[:, 0])
    x = column_map.value(t)
    location = surface.location.natural(x)
    step = np.log(column_step)
    log_cell = column_map.log_slope(t) + surface.log_slope(x, y) + step
    if surface.spread is not None:
        log_cell = log_cell + layout.row_map.log_slope(s)[:, None] + np.log(row_step)
    log_likelihood = surface.likelihood(location, log_spread)
    prior = surface.log_prior(location, log_spread)
    mass, log_total = _normalise(log_likelihood + prior + log_cell)
    if row_nodes.size < every_row.size and tails(mass.sum(axis=1)) > MUCH_LOST:
        raise _boundless()
    return Grid(
        surface,
        surface,
        layout.row_map,
        row_nodes,
        row_step,
        column_map,
        column_nodes,
        column_step,
        x,
        y,
        location,
        log_spread,
        log_cell,
        log_likelihood,
        mass,
        log_total,
        _likelihood_error(surface, resolution, mass, location, log_spread, log_likelihood),
    )


def _held(surface: Surface, layout: Layout, row_nodes: Ints, row_step: float) -> Ints:
    """Return the rows whose spread a double can square: the edge then tells what is lost."""
    y = layout.row_map.value(np.multiply(row_nodes, row_step, dtype=np.float64))
    held = row_nodes[~np.isneginf(surface.spread_slope(y))]
    if held.size < min(FEWEST, row_nodes.size):
        raise _boundless()
    return held


def _boundless() -> ModelError:
    what = "the spread is probably so small or so large that no double can square it"
    remedy = "Give it a scale or a shape nearer to 1"
    return ModelError(Problem(what, "the prior on the spread", remedy))


def _likelihood_error(
    surface: Surface,
    resolution: Resolution,
    mass: Floats,
    location: Floats,
    log_spread: Floats,
    used: Floats,
) -> float:
    """Return the largest difference to a finer likelihood over nodes spread over the mass.

    Rounding is added: a sum of logs of this size cannot be better.
    """
    cells, rounding = surface.cells, rounding_of(surface.cells)
    if surface.family != "logit-normal" or not len(cells):
        return rounding
    share = (np.arange(CHECKED) + 0.5) / CHECKED
    places = np.searchsorted(np.cumsum(mass.ravel()), share)
    points = location.ravel()[places], log_spread[places // mass.shape[1], 0]
    finer = _finer_likelihood(surface, *points, CHECK_FINER * resolution.fineness)
    return rounding + float(np.abs(finer - used.ravel()[places]).max())


def rounding_of(cells: Cells) -> float:
    """Return the error of a log likelihood of these cells that no finer grid mends."""
    return 4.0 * float(np.finfo(float).eps) * float(np.sum(cells.times * cells.total) + 1.0)


def _finer_likelihood(
    surface: Surface, location: Floats, log_spread: Floats, fineness: float
) -> Floats:
    """Return the log likelihood at N nodes, all (N,), by a rule of its own or a finer one."""
    if isinstance(surface.likelihood, LogitNormal):
        found = surface.likelihood.by_even_lattices(location, log_spread, fineness)
        if found is not None:
            return found
    finer = surface.likelihood_at(fineness)
    return finer(location[:, None], log_spread[:, None])[:, 0]


def nodes_between(ends: tuple[float, float], step: float) -> Ints:
    """Return consecutive whole numbers that span the ends, in steps."""
    return np.arange(int(np.floor(ends[0] / step)), int(np.ceil(ends[1] / step)) + 1)
