"""The likelihood of studies that come in groups, at one share of the variance between groups.

The effect of a group is integrated out: by Gauss-Hermite where it is narrower than what the group's
studies say, else over a lattice of log odds on which the studies depend on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.engines.likelihood.binomial_logit import FLOOR, standard_error
from metaprop.engines.likelihood.logit_normal import LogitNormal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.engines.likelihood.cells import Cells

    Floats = NDArray[np.float64]
    Lattice = tuple[Floats, Floats, Floats]

SPACING, SWITCH = 0.45, 0.6
"""Steps, and where the rule changes, in standard errors of a group: as for a single study."""
REACH, MOST = 7.5, 6000
"""Standard deviations of a group's effect that are summed over, and the most points to do so."""
HERMITE = 16
"""Gauss-Hermite points at fineness 1 where a group's effect is narrow."""
ROWS = 6
"""Rows that share a lattice."""
COARSE = 2.0
"""A lattice with steps of more than so many standard deviations of an effect is cut in halves."""


@dataclass(frozen=True, slots=True)
class Together:
    """The studies of one group; ``scale`` is what they say at most of their log odds."""

    each: LogitNormal
    scale: float

    @classmethod
    def of(cls, cells: Cells, fineness: float) -> Together:
        """Lay the lattices over each study's rate."""
        information = float(np.sum(cells.times / standard_error(cells) ** 2))
        return cls(LogitNormal.of(cells, fineness), information**-0.5)

    def __call__(self, mu: Floats, between: Floats, log_within: Floats, fineness: float) -> Floats:
        """Integrate over the effect: ``mu`` (R, J), its spread and that of studies (R, 1)."""
        total = np.empty(mu.shape)
        narrow = between[:, 0] < SWITCH * self.scale
        for rule, rows in ((self._by_hermite, narrow), (self._on_lattice, ~narrow)):
            places = np.flatnonzero(rows)
            for part in np.split(places, range(ROWS, places.size, ROWS)):
                if part.size:
                    total[part] = rule(mu[part], between[part], log_within[part], fineness)
        return total

    def _by_hermite(
        self, mu: Floats, between: Floats, log_within: Floats, fineness: float
    ) -> Floats:
        z, weight = special.roots_hermitenorm(int(np.ceil(HERMITE * fineness)))
        places = mu[:, :, None] + between[:, :, None] * z
        log_like = self.each(places.reshape(mu.shape[0], -1), log_within).reshape(places.shape)
        found: Floats = np.logaddexp.reduce(log_like + np.log(weight / weight.sum()), axis=2)
        return found

    def _on_lattice(
        self, mu: Floats, between: Floats, log_within: Floats, fineness: float
    ) -> Floats:
        """Sum over one lattice of log odds for all columns: the studies depend on nothing else."""
        ends = float((mu - REACH * between).min()), float((mu + REACH * between).max())
        step = max(SPACING * self.scale / fineness, (ends[1] - ends[0]) / MOST)
        if step > COARSE * float(between.min()) and mu.size > 1:
            halves = self._halves(mu, between, log_within)
            parts = [self._on_lattice(*half, fineness) for half in halves]
            return np.concatenate(parts, axis=0 if mu.shape[0] > 1 else 1)
        theta = np.arange(ends[0], ends[1] + step, step)
        log_like = self.each(np.broadcast_to(theta, (mu.shape[0], theta.size)), log_within)
        top = log_like.max(axis=1, keepdims=True)
        z = (mu[:, :, None] - theta) / between[:, :, None]
        kernel = np.exp(-0.5 * z * z)
        kernel /= kernel.sum(axis=2, keepdims=True)
        like = np.einsum("rjm,rm->rj", kernel, np.exp(log_like - top))
        found: Floats = top + np.log(np.maximum(like, FLOOR))
        return found

    @staticmethod
    def _halves(mu: Floats, between: Floats, log_within: Floats) -> list[Lattice]:
        """Return either half of the rows, or of the columns where there is one row only."""
        if mu.shape[0] > 1:
            rows = np.array_split(np.arange(mu.shape[0]), 2)
            return [(mu[part], between[part], log_within[part]) for part in rows]
        return [(part, between, log_within) for part in np.array_split(mu, 2, axis=1)]


@dataclass(frozen=True, slots=True)
class GroupedLikelihood:
    """Log likelihood of grouped studies at one ``share`` of the variance between groups.

    ``alone`` are the studies that share with no other, ``groups`` the others, group by group.
    """

    alone: LogitNormal | None
    groups: tuple[Together, ...]
    share: float
    fineness: float

    @classmethod
    def of(
        cls, alone: Cells | None, groups: Sequence[Cells], share: float, fineness: float
    ) -> GroupedLikelihood:
        """Lay the lattices over each study's rate; groups of which nothing is known are left."""
        laid = tuple(Together.of(cells, fineness) for cells in groups if len(cells))
        own = None if alone is None else LogitNormal.of(alone, fineness)
        return cls(own, laid, share, fineness)

    def __call__(self, mu: Floats, log_spread: Floats) -> Floats:
        """Return the log likelihood at ``mu`` (R, J) and the log of the spread T (R, 1): (R, J)."""
        total = np.zeros(mu.shape) if self.alone is None else self.alone(mu, log_spread)
        between = np.exp(log_spread) * np.sqrt(self.share)
        log_within = log_spread + 0.5 * np.log1p(-self.share)
        for group in self.groups:
            total += group(mu, between, log_within, self.fineness)
        return total
