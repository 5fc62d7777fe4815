"""Profile-likelihood limits of rates: how far a rate reaches within a region of likelihood.

Both rates rise with the location; so the limits of a rate are the extremes, over the spreads of
the region, of the rate at the ends of the stretch of locations. They are the same as the limits of
the profile likelihood of that rate. A region is cut roughly at many spreads, and each limit looked
for where the rate reaches farthest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.one_step.crossing import turning
from metaprop.engines.frequentist.one_step.rates import each_rate, each_slope, rate_logit
from metaprop.engines.frequentist.one_step.region import ROUGHLY, Ranges
from metaprop.engines.frequentist.one_step.touching import touch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.rates import RateName
    from metaprop.engines.frequentist.one_step.region import Regions

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SLICES = 21
"""Spreads at which a region is cut first."""
NEAR_COMMON = 0.05
"""Share of the first slice at which it is decided whether a limit lies at the common rate."""


def rate_limits(
    regions: Regions, spreads: Ranges, names: tuple[RateName, ...]
) -> tuple[Ranges, ...]:
    """Return the profile-likelihood limits of rates, as log-odds.

    Parameters
    ----------
    regions
        Of B data sets.
    spreads
        The range of the spread in each, shape ``(B,)``.
    names
        The rates.

    Returns
    -------
    tuple
        For each name the limits, shape ``(B,)``.
    """
    slices = _Slices.of(regions, spreads)
    search = slices.search(names)
    found = search.limits().reshape(len(names), 2, -1)
    return tuple(Ranges(low, high) for low, high in found)


@dataclass(frozen=True, slots=True)
class _Slices:
    """Regions cut at ``cuts`` (B, S): roughly, their ridges (B, S) and both edges (2, B, S)."""

    regions: Regions
    cuts: Floats
    ridges: Floats
    edges: Floats

    @classmethod
    def of(cls, regions: Regions, spreads: Ranges) -> _Slices:
        """Cut each region at spreads that lie closer where they are small."""
        share = np.linspace(0.0, 1.0, SLICES)
        wide = (spreads.high - spreads.low)[:, None]
        power = np.log(np.maximum(wide, 1.0)) / np.log(SLICES - 1.0)
        parts = np.minimum(share * share, share**power)  # the second cut lies within 1 or so
        cuts = spreads.low[:, None] + wide * parts
        rows, at = np.repeat(np.arange(cuts.shape[0]), SLICES), cuts.ravel()
        ridge = regions.ridge(rows, at, care=ROUGHLY)
        twice = np.tile(np.arange(at.size), 2)
        sides = np.repeat([-1.0, 1.0], at.size)
        edges = regions.edge(rows[twice], at[twice], sides, ridge.of(twice), ROUGHLY)
        return cls(regions, cuts, ridge.location.reshape(cuts.shape), edges.reshape(2, *cuts.shape))

    def search(self, names: tuple[RateName, ...]) -> _Search:
        """Return where each limit of each rate is to be looked for."""
        every = np.arange(self.cuts.shape[0])
        places = [
            np.argmax(side * rate_logit(self.regions.model, name, edge, self.cuts), axis=1)
            for name in names
            for side, edge in zip((-1.0, 1.0), self.edges, strict=True)
        ]
        at, rows = np.concatenate(places), np.tile(every, len(places))
        low, high = np.maximum(at - 1, 0), np.minimum(at + 1, SLICES - 1)
        side = np.tile(np.repeat([0, 1], every.size), len(names))
        return _Search(
            self.regions,
            np.repeat(np.array(names), 2 * every.size),
            2.0 * side - 1.0,
            rows,
            self.cuts[rows, low],
            self.cuts[rows, at],
            self.cuts[rows, high],
            self.ridges[rows, at],
            self.edges[side, rows, at],
        )


@dataclass(frozen=True, slots=True)
class _Search:
    """J limits: of which rate, on which ``sides`` (-1 low, 1 high), of which data set ``rows``.

    ``at`` is the spread of the slice where the rate reaches farthest, ``low`` and ``high`` those
    of its neighbours, ``ridge`` and ``edge`` the locations there, roughly; shape ``(J,)`` each.
    """

    regions: Regions
    names: NDArray[np.str_]
    sides: Floats
    rows: Ints
    low: Floats
    at: Floats
    high: Floats
    ridge: Floats
    edge: Floats

    def limits(self) -> Floats:
        """Return each limit, between the slice where it is nearest and that slice's neighbours."""
        regions, every = self.regions, np.arange(self.rows.size)
        edge = self._edge(every, self.at)
        reached = self._rates(every, edge, self.at)
        start, target = (edge, self.at), regions.target[self.rows]
        touched = touch(regions.family, regions.model, self.names, self.rows, target, start)
        values = self._rates(every, touched.location, touched.spread)
        held = touched.found & (touched.spread > self.low) & (touched.spread < self.high)
        held &= self.sides * values >= self.sides * reached
        lost = np.flatnonzero(~held)
        if lost.size:
            values[lost] = self._searched(lost, reached[lost])
        return values

    def _searched(self, which: Ints, reached: Floats) -> Floats:
        """Return limits by following the edge: slower than ``touch``, and also at spread 0."""
        at_common = self.at[which] == 0.0
        low, high = self.low[which], self.high[which]
        near = np.where(at_common, np.maximum(low, NEAR_COMMON * high), low)
        spread = turning(lambda chosen, s: self._slope(which[chosen], s), near, high)
        common = at_common & (spread <= near)
        values, inner = reached.copy(), np.flatnonzero(~common)
        if inner.size:
            chosen, s = which[inner], spread[inner]
            values[inner] = self._rates(chosen, self._edge(chosen, s), s)
        sides = self.sides[which]  # a slice may begin in a point, where no slope is known
        return np.where(sides * values >= sides * reached, values, reached)

    def _edge(self, which: Ints, spread: Floats) -> Floats:
        """Return the location at the edge of each limit's region, at spreads near its slice."""
        rows, sides = self.rows[which], self.sides[which]
        ridge = self.regions.ridge(rows, spread, self.ridge[which])
        return self.regions.edge(rows, spread, sides, ridge, first=self.edge[which])

    def _rates(self, which: Ints, location: Floats, spread: Floats) -> Floats:
        """Return the log-odds of each limit's rate at its own point."""
        return each_rate(self.regions.model, self.names[which], location, spread)

    def _slope(self, which: Ints, spread: Floats) -> Floats:
        """Return how each rate at its edge moves outwards with the spread."""
        edge = self._edge(which, spread)
        slopes = self.regions.family(self.rows[which], edge, spread)
        with np.errstate(divide="ignore", invalid="ignore"):
            drift = -slopes.by_spread / slopes.by_location
        rate = each_slope(self.regions.model, self.names[which], edge, spread)
        return np.asarray(self.sides[which] * (rate.by_spread + rate.by_location * drift))
