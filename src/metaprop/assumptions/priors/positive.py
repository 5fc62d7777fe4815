"""Distributions on (0, inf): the halves of symmetric ones, exponential, gamma, log-normal.

In the formulas z = x / scale.
"""

# ruff: noqa: D102 - the methods are documented once, by Distribution

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from metaprop.assumptions.priors.distribution import Distribution, times_log
from metaprop.assumptions.priors.real_line import (
    HALF_LOG_TWO_PI,
    t_log_density,
    t_two_tails,
    t_two_tails_inverse,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LOG_2 = math.log(2.0)


@dataclass(frozen=True, slots=True)
class Positive(Distribution):
    """A distribution on (0, inf)."""

    @property
    def support(self) -> tuple[float, float]:
        return (0.0, math.inf)

    @property
    def decreasing(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class HalfNormal(Positive):
    """``f(x) = √(2/π) exp(-z²/2) / scale``."""

    name: ClassVar[str] = "half_normal"
    scale: float

    def log_density(self, x: Array) -> Array:
        z = x / self.scale
        return -0.5 * z * z - (math.log(self.scale) + HALF_LOG_TWO_PI - LOG_2)

    def cdf(self, x: Array) -> Array:
        return special.erf(x / (self.scale * math.sqrt(2.0)))

    def survival(self, x: Array) -> Array:
        return 2.0 * special.ndtr(-x / self.scale)

    def quantile(self, p: Array) -> Array:
        return self.scale * math.sqrt(2.0) * special.erfinv(p)

    def upper_quantile(self, p: Array) -> Array:
        return -self.scale * special.ndtri(0.5 * p)


@dataclass(frozen=True, slots=True)
class HalfCauchy(Positive):
    """``f(x) = 2 / (π scale (1 + z²))``; it has no mean."""

    name: ClassVar[str] = "half_cauchy"
    scale: float

    @property
    def tail_index(self) -> float:
        return 1.0

    def log_density(self, x: Array) -> Array:
        z = x / self.scale
        return math.log(2.0 / math.pi) - math.log(self.scale) - np.log1p(z * z)

    def cdf(self, x: Array) -> Array:
        return np.arctan(x / self.scale) * (2.0 / math.pi)

    def survival(self, x: Array) -> Array:
        return np.arctan2(self.scale, x) * (2.0 / math.pi)

    def quantile(self, p: Array) -> Array:
        return self.scale * np.tan(0.5 * math.pi * p)

    def upper_quantile(self, p: Array) -> Array:
        return self.scale / np.tan(0.5 * math.pi * p)


@dataclass(frozen=True, slots=True)
class HalfStudentT(Positive):
    """Twice the density of Student's t with location 0, on x > 0."""

    name: ClassVar[str] = "half_student_t"
    df: float
    scale: float

    @property
    def tail_index(self) -> float:
        return self.df

    def log_density(self, x: Array) -> Array:
        return t_log_density(self.df, x / self.scale) + (LOG_2 - math.log(self.scale))

    def cdf(self, x: Array) -> Array:
        square = (x / self.scale) ** 2
        near = special.betainc(0.5, 0.5 * self.df, square / (self.df + square))
        return np.where(square > self.df, 1.0 - self.survival(x), near)

    def survival(self, x: Array) -> Array:
        return t_two_tails(self.df, x / self.scale)

    def quantile(self, p: Array) -> Array:
        toward_zero = special.betaincinv(0.5, 0.5 * self.df, p)
        toward_one = special.betainccinv(0.5 * self.df, 0.5, p)
        return self.scale * np.sqrt(self.df * toward_zero / toward_one)

    def upper_quantile(self, p: Array) -> Array:
        return self.scale * t_two_tails_inverse(self.df, p)


@dataclass(frozen=True, slots=True)
class Exponential(Positive):
    """``f(x) = rate exp(-rate x)``; its mean is 1/rate."""

    name: ClassVar[str] = "exponential"
    rate: float

    def log_density(self, x: Array) -> Array:
        return math.log(self.rate) - self.rate * x

    def cdf(self, x: Array) -> Array:
        return -np.expm1(-self.rate * x)

    def survival(self, x: Array) -> Array:
        return np.exp(-self.rate * x)

    def quantile(self, p: Array) -> Array:
        return -np.log1p(-p) / self.rate

    def upper_quantile(self, p: Array) -> Array:
        return -np.log(p) / self.rate


@dataclass(frozen=True, slots=True)
class Gamma(Positive):
    """``f(x) = rate^shape x^(shape-1) exp(-rate x) / Γ(shape)``; its mean is shape/rate."""

    name: ClassVar[str] = "gamma"
    shape: float
    rate: float

    @property
    def decreasing(self) -> bool:
        return self.shape <= 1.0

    def log_density(self, x: Array) -> Array:
        constant = self.shape * math.log(self.rate) - math.lgamma(self.shape)
        return constant + times_log(self.shape - 1.0, np.log(x)) - self.rate * x

    def cdf(self, x: Array) -> Array:
        return special.gammainc(self.shape, self.rate * x)

    def survival(self, x: Array) -> Array:
        return special.gammaincc(self.shape, self.rate * x)

    def quantile(self, p: Array) -> Array:
        return special.gammaincinv(self.shape, p) / self.rate

    def upper_quantile(self, p: Array) -> Array:
        return special.gammainccinv(self.shape, p) / self.rate


@dataclass(frozen=True, slots=True)
class LogNormal(Positive):
    """``f(x) = exp(-z²/2) / (x scale √(2π))`` with ``z = (log x - location)/scale``."""

    name: ClassVar[str] = "log_normal"
    location: float
    scale: float

    @property
    def decreasing(self) -> bool:
        return False

    def _z(self, x: Array) -> Array:
        return (np.log(x) - self.location) / self.scale

    def log_density(self, x: Array) -> Array:
        z = self._z(x)
        # -z²/2 - log x as a product, so that x = 0 gives -inf and not inf - inf
        return -z * (0.5 * z + self.scale) - (
            self.location + math.log(self.scale) + HALF_LOG_TWO_PI
        )

    def cdf(self, x: Array) -> Array:
        return special.ndtr(self._z(x))

    def survival(self, x: Array) -> Array:
        return special.ndtr(-self._z(x))

    def quantile(self, p: Array) -> Array:
        return np.exp(self.location + self.scale * special.ndtri(p))

    def upper_quantile(self, p: Array) -> Array:
        return np.exp(self.location - self.scale * special.ndtri(p))
