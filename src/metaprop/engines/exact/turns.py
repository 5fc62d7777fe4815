"""The rates that are functions of location and spread, as coordinates in the place of one of them.

Each is the logit of the rate: it increases with the location at any spread, and moves one way with
the spread at any location.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from metaprop.core.logistic_mean import logit_average, logit_average_and_slope
from metaprop.engines.exact.beta_shape import inverse_median, log_median_slope, logit_median

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from metaprop.engines.posterior import Estimand

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

SHRINKING = 0.346
"""The logit of an average is about mu / sqrt(1 + 0.346 tau^2)."""
STEPS, CLOSE = 40, 1e-12
"""Newton's steps at the most, and how small the last one is."""
ROUNDING = 1e-15
"""Rounding of an average, which a wide tau makes one of the location."""
FLATTEST = 1e-90
"""The least slope that is reckoned with."""
NEAR = 2.0
"""Logits of a mean that are always looked through."""
HALVINGS = 64
"""Halvings of the log of the spread between these two."""
SMALLEST, LARGEST = -40.0, 170.0


class Turn(Protocol):
    """A rate that takes the place of the spread as a coordinate."""

    @property
    def estimand(self) -> Estimand:
        """Which rate this is."""

    def value(self, location: Floats, log_spread: Floats) -> Floats:
        """Return the logit of the rate, shape of the broadcast arguments."""

    def corner(self, location: float, log_spread: float) -> float:
        """Return the logit of the rate, also where an argument is infinite."""

    def location(
        self, value: Floats, log_spread: Floats, ends: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return where the rate is ``value`` (R, 1) at a spread (R, J), and its log slope there."""

    def spreads(
        self, value: Floats, ends: tuple[float, float], log_spreads: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return between which logs of the spread some location has these rates, (R,) each."""


@dataclass(frozen=True, slots=True)
class AverageOfLogitNormal:
    """The average rate of the logit-normal: from the location it shrinks towards one half."""

    estimand: Estimand = "average"

    def value(self, location: Floats, log_spread: Floats) -> Floats:
        """Return the logit of the average."""
        return logit_average(location, log_spread)

    def corner(self, location: float, log_spread: float) -> float:
        """Return the logit of the average, also where an argument is infinite."""
        if np.isinf(location) or log_spread == -np.inf:
            return location
        if log_spread == np.inf:
            return 0.0
        return float(self.value(np.array([[location]]), np.array([[log_spread]]))[0, 0])

    def location(
        self, value: Floats, log_spread: Floats, ends: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return which location has an average, and the log slope there, by Newton's steps."""
        spread = log_spread.reshape(-1, 1)
        wanted = np.broadcast_to(value, log_spread.shape).reshape(-1, 1)
        tau = np.exp(spread)
        place = np.clip(wanted * np.sqrt(1.0 + SHRINKING * tau * tau), *ends)
        for _ in range(STEPS):
            found, slope = logit_average_and_slope(place, spread)
            slope = np.maximum(slope, FLATTEST)
            before, place = place, np.clip(place + (wanted - found) / slope, *ends)
            if np.all(np.abs(place - before) <= CLOSE * (1.0 + np.abs(place)) + ROUNDING * tau):
                break
        return place.reshape(log_spread.shape), np.log(slope.reshape(log_spread.shape))

    def spreads(
        self, value: Floats, ends: tuple[float, float], log_spreads: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return between which logs of tau some location has these averages."""
        near, far = _near_and_far(value, ends)
        return self._spread(near, value, log_spreads), self._spread(far, value, log_spreads)

    def _spread(self, location: Floats, value: Floats, ends: tuple[float, float]) -> Floats:
        found = np.where(np.isposinf(location), ends[1], ends[0])
        some = np.flatnonzero((location > 0.0) & np.isfinite(location))
        wanted = np.abs(value)[some]

        def before(log_spread: Floats) -> Bools:
            above: Bools = self.value(location[some, None], log_spread[:, None])[:, 0] > wanted
            return above

        found[some] = _halved(before, some.size, ends)
        return found


@dataclass(frozen=True, slots=True)
class TypicalOfBetaBinomial:
    """The typical rate of the beta-binomial: from the average it moves away from one half."""

    estimand: Estimand = "typical"

    def value(self, location: Floats, log_spread: Floats) -> Floats:
        """Return the logit of the median."""
        return logit_median(location, log_spread)

    def corner(self, location: float, log_spread: float) -> float:
        """Return the logit of the median, also where an argument is infinite."""
        if np.isinf(location) or log_spread == -np.inf or location == 0.0:
            return location
        if log_spread == np.inf:
            return float(np.copysign(np.inf, location))
        return float(self.value(np.array([[location]]), np.array([[log_spread]]))[0, 0])

    def location(
        self, value: Floats, log_spread: Floats, ends: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return which average has a median, and the log slope there."""
        wanted = np.broadcast_to(value, log_spread.shape).ravel()
        spread = log_spread.ravel()
        farthest = np.minimum(np.abs(wanted), np.maximum(_farthest(wanted, spread), NEAR))
        between = np.where(wanted < 0.0, -farthest, 0.0), np.where(wanted < 0.0, 0.0, farthest)
        place = np.clip(inverse_median(wanted, spread, between), *between)
        slope = log_median_slope(wanted, place, spread).reshape(log_spread.shape)
        return np.clip(place, *ends).reshape(log_spread.shape), slope

    def spreads(
        self, value: Floats, ends: tuple[float, float], log_spreads: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return between which logs of 1 / kappa some average has these medians."""
        near, far = _near_and_far(value, ends)
        return self._spread(far, value, log_spreads), self._spread(near, value, log_spreads)

    def _spread(self, location: Floats, value: Floats, ends: tuple[float, float]) -> Floats:
        wanted = np.abs(value)
        found = np.where(location >= wanted, ends[0], ends[1])
        some = np.flatnonzero((location > 0.0) & (location < wanted))

        def before(log_spread: Floats) -> Bools:
            below: Bools = self.value(location[some], log_spread) < wanted[some]
            return below

        found[some] = _halved(before, some.size, ends)
        return found


def _farthest(value: Floats, log_spread: Floats) -> Floats:
    """Return beyond which logit no mean has a median, by its leading term where a is small.

    There ``a = log 2 / |median|`` to within the log of b; this leaves room for both.
    """
    a = 0.3 / (np.abs(value) + np.maximum(log_spread, 0.0) + 5.0)
    return 1.0 - log_spread - np.log(a)


def _near_and_far(value: Floats, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the ends of the location, mirrored for rates below one half: those with the rate."""
    positive = value >= 0.0
    return np.where(positive, ends[0], -ends[1]), np.where(positive, ends[1], -ends[0])


def _halved(before: Callable[[Floats], Bools], count: int, ends: tuple[float, float]) -> Floats:
    """Return up to which logs of the spread something holds; beyond the ends, it is the end."""
    first, last = max(ends[0], SMALLEST), min(ends[1], LARGEST)
    low, high = np.full(count, first), np.full(count, last)
    for _ in range(HALVINGS if count else 0):
        middle = 0.5 * (low + high)
        there = before(middle)
        low, high = np.where(there, middle, low), np.where(there, high, middle)
    low = np.where(low == first, ends[0], low)
    return np.where(high == last, ends[1], low)
