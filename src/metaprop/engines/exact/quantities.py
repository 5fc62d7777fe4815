"""The scales on which quantities are reported: rates through their logit, spreads through a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import expit, log_expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.exact.coordinates import Axis

    Floats = NDArray[np.float64]


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
class ShiftedRateScale:
    """A rate in (0, 1) whose logit is the lattice coordinate and ``shift`` besides."""

    shift: float
    ends: tuple[float, float] = (0.0, 1.0)

    def value(self, x: Floats) -> Floats:
        """Return the rate."""
        return expit(x + self.shift)

    def place(self, value: Floats) -> Floats:
        """Return the coordinate."""
        return logit(value) - self.shift

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of the rate."""
        return log_expit(x + self.shift) + log_expit(-x - self.shift)


@dataclass(frozen=True, slots=True)
class TauScale:
    """``tau`` within its prior's support; the lattice coordinate is the free one."""

    axis: Axis
    ends: tuple[float, float]

    def value(self, x: Floats) -> Floats:
        """Return tau."""
        return np.exp(self.axis.natural(x))

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
