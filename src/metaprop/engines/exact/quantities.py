"""The scales on which quantities are reported: rates through their logit, spreads through a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import expit, log_expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.coordinates import Axis, Stretch

    Floats = NDArray[np.float64]

LARGEST_LOG = 700.0
"""The exponential of more than this is no double; nothing has mass there."""


@dataclass(frozen=True, slots=True)
class RateScale:
    """A rate in (0, 1); the lattice coordinate is its logit."""

    ends: tuple[float, float] = (0.0, 1.0)

    def value(self, x: Floats) -> Floats:
        """Return the rate."""
        return expit(x)

    def place(self, value: Floats) -> Floats:
        """Return the logit."""
        return logit(value)

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of the rate."""
        return log_expit(x) + log_expit(np.negative(x))


@dataclass(frozen=True, slots=True)
class LocationScale:
    """The rate whose logit is the location, within its prior's support; x is the free coordinate.

    Where a prior is cut off, the density of the rate ends in a jump. In the free coordinate, which
    stretches the support to the whole line, it fades like any other.
    """

    axis: Axis

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest rate that the prior allows."""
        low, high = (float(end) for end in self.axis.prior.support)
        return (low, high) if self.axis.of_a_rate else (float(expit(low)), float(expit(high)))

    def value(self, x: Floats) -> Floats:
        """Return the rate."""
        return expit(self.axis.natural(x))

    def place(self, value: Floats) -> Floats:
        """Return the free coordinate."""
        return self.axis.free(logit(value))

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of the rate."""
        natural = self.axis.natural(x)
        return log_expit(natural) + log_expit(np.negative(natural)) + self.axis.log_slope(x)


@dataclass(frozen=True, slots=True)
class StretchedScale:
    """A rate whose logit lies in an interval; the lattice coordinate is its free coordinate."""

    logits: Stretch

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest rate of the interval."""
        return float(expit(self.logits.low)), float(expit(self.logits.high))

    def value(self, x: Floats) -> Floats:
        """Return the rate."""
        return expit(self.logits.natural(x))

    def place(self, value: Floats) -> Floats:
        """Return the free coordinate."""
        return self.logits.free(logit(value))

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of the rate."""
        natural = self.logits.natural(x)
        return log_expit(natural) + log_expit(np.negative(natural)) + self.logits.log_slope(x)


@dataclass(frozen=True, slots=True)
class ShiftedRateScale:
    """A rate in (0, 1) whose logit is that of another one and ``shift`` besides.

    The lattice coordinate is the other's logit, or the free coordinate of ``axis``.
    """

    shift: float
    axis: Axis | None = None
    ends: tuple[float, float] = (0.0, 1.0)

    def value(self, x: Floats) -> Floats:
        """Return the rate."""
        return expit(self._logit(x))

    def place(self, value: Floats) -> Floats:
        """Return the coordinate."""
        other = logit(value) - self.shift
        return other if self.axis is None else self.axis.free(other)

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of the rate."""
        slope = log_expit(self._logit(x)) + log_expit(-self._logit(x))
        return slope if self.axis is None else slope + self.axis.log_slope(x)

    def _logit(self, x: Floats) -> Floats:
        return (x if self.axis is None else self.axis.natural(x)) + self.shift


@dataclass(frozen=True, slots=True)
class TauScale:
    """``tau`` within its prior's support; the lattice coordinate is the free one."""

    axis: Axis
    ends: tuple[float, float]

    def value(self, x: Floats) -> Floats:
        """Return tau."""
        return np.exp(np.minimum(self.axis.natural(x), LARGEST_LOG))

    def place(self, value: Floats) -> Floats:
        """Return the free coordinate."""
        return self.axis.free(np.log(value))

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of tau."""
        return self.axis.natural(x) + self.axis.log_slope(x)


@dataclass(frozen=True, slots=True)
class RhoScale:
    """``rho`` within its prior's support; the lattice coordinate is the free one."""

    axis: Axis
    ends: tuple[float, float]

    def value(self, x: Floats) -> Floats:
        """Return rho."""
        return expit(self.axis.natural(x))

    def place(self, value: Floats) -> Floats:
        """Return the free coordinate."""
        return self.axis.free(logit(value))

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of rho."""
        natural = self.axis.natural(x)
        return log_expit(natural) + log_expit(-natural) + self.axis.log_slope(x)
