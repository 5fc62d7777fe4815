"""Distributions on a bounded range: uniform, beta."""

# ruff: noqa: D102 - the methods are documented once, by Distribution

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from metaprop.assumptions.priors.distribution import Distribution, times_log

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """``f(x) = 1 / (high - low)``."""

    name: ClassVar[str] = "uniform"
    low: float
    high: float

    @property
    def support(self) -> tuple[float, float]:
        return (self.low, self.high)

    def log_density(self, x: Array) -> Array:
        return 0.0 * x - math.log(self.high - self.low)

    def cdf(self, x: Array) -> Array:
        return (x - self.low) / (self.high - self.low)

    def survival(self, x: Array) -> Array:
        return (self.high - x) / (self.high - self.low)

    def quantile(self, p: Array) -> Array:
        return self.low + p * (self.high - self.low)

    def upper_quantile(self, p: Array) -> Array:
        return self.high - p * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Beta(Distribution):
    """``f(x) = x^(alpha-1) (1-x)^(beta-1) / B(alpha, beta)``; beta(1, 1) is uniform on (0, 1)."""

    name: ClassVar[str] = "beta"
    alpha: float
    beta: float

    @property
    def support(self) -> tuple[float, float]:
        return (0.0, 1.0)

    @property
    def decreasing(self) -> bool:
        return self.alpha <= 1.0 < self.beta

    def log_density(self, x: Array) -> Array:
        near_zero = times_log(self.alpha - 1.0, np.log(x))
        near_one = times_log(self.beta - 1.0, np.log1p(-x))
        return 0.0 * x + near_zero + near_one - special.betaln(self.alpha, self.beta)

    def log_density_logit(self, log_x: Array, log_1mx: Array) -> Array:
        near_zero = times_log(self.alpha - 1.0, log_x)
        near_one = times_log(self.beta - 1.0, log_1mx)
        return np.zeros_like(log_x) + near_zero + near_one - special.betaln(self.alpha, self.beta)

    def cdf(self, x: Array) -> Array:
        return special.betainc(self.alpha, self.beta, x)

    def survival(self, x: Array) -> Array:
        return special.betaincc(self.alpha, self.beta, x)

    def quantile(self, p: Array) -> Array:
        return special.betaincinv(self.alpha, self.beta, p)

    def upper_quantile(self, p: Array) -> Array:
        return special.betainccinv(self.alpha, self.beta, p)
