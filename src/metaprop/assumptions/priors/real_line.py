"""Distributions on the whole line: normal, logistic, Student's t.

In the formulas z = (x - location) / scale.
"""

# ruff: noqa: D102 - the methods are documented once, by Distribution

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from metaprop.assumptions.priors.distribution import Distribution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """``f(x) = exp(-z²/2) / (scale √(2π))``."""

    name: ClassVar[str] = "normal"
    location: float
    scale: float

    def log_density(self, x: Array) -> Array:
        z = (x - self.location) / self.scale
        return -0.5 * z * z - (math.log(self.scale) + HALF_LOG_TWO_PI)

    def cdf(self, x: Array) -> Array:
        return special.ndtr((x - self.location) / self.scale)

    def survival(self, x: Array) -> Array:
        return special.ndtr((self.location - x) / self.scale)

    def quantile(self, p: Array) -> Array:
        return self.location + self.scale * special.ndtri(p)

    def upper_quantile(self, p: Array) -> Array:
        return self.location - self.scale * special.ndtri(p)


@dataclass(frozen=True, slots=True)
class Logistic(Distribution):
    """``f(x) = exp(-z) / (scale (1 + exp(-z))²)``; scale 1 on a log odds is uniform on the rate."""

    name: ClassVar[str] = "logistic"
    location: float
    scale: float

    def log_density(self, x: Array) -> Array:
        distance = np.abs(x - self.location) / self.scale
        return -distance - 2.0 * np.log(1.0 + np.exp(-distance)) - math.log(self.scale)

    def cdf(self, x: Array) -> Array:
        return special.expit((x - self.location) / self.scale)

    def survival(self, x: Array) -> Array:
        return special.expit((self.location - x) / self.scale)

    def quantile(self, p: Array) -> Array:
        return self.location + self.scale * special.logit(p)

    def upper_quantile(self, p: Array) -> Array:
        return self.location - self.scale * special.logit(p)


@dataclass(frozen=True, slots=True)
class StudentT(Distribution):
    """``f(x) = Γ((df+1)/2) / (Γ(df/2) √(π df) scale) · (1 + z²/df)^-((df+1)/2)``."""

    name: ClassVar[str] = "student_t"
    df: float
    location: float
    scale: float

    @property
    def tail_index(self) -> float:
        return self.df

    def log_density(self, x: Array) -> Array:
        return t_log_density(self.df, (x - self.location) / self.scale) - math.log(self.scale)

    def cdf(self, x: Array) -> Array:
        return self._upper(self.location - x)

    def survival(self, x: Array) -> Array:
        return self._upper(x - self.location)

    def _upper(self, distance: Array) -> Array:
        tail = 0.5 * t_two_tails(self.df, distance / self.scale)
        return np.where(distance > 0.0, tail, 1.0 - tail)

    def quantile(self, p: Array) -> Array:
        return self.location - self._upper_distance(p)

    def upper_quantile(self, p: Array) -> Array:
        return self.location + self._upper_distance(p)

    def _upper_distance(self, p: Array) -> Array:
        distance = t_two_tails_inverse(self.df, 2.0 * np.minimum(p, 1.0 - p))
        return self.scale * np.where(p < 0.5, distance, -distance)  # noqa: PLR2004 - the median


def t_log_density(df: float, z: Array) -> Array:
    """Return the log density of the standard t at ``z``."""
    constant = log_gamma_half_step(0.5 * df) - 0.5 * math.log(math.pi * df)
    return constant - 0.5 * (df + 1.0) * np.log1p(z * z / df)


def t_two_tails(df: float, z: Array) -> Array:
    """Return ``P(|T| > |z|) = I_v(df/2, 1/2)`` with ``v = df/(df + z²)``.

    Where v is nearer to 1 than to 0 the complement, with ``1 - v = z²/(df + z²)``, keeps the
    digits; SciPy's ``stdtr`` is wrong by 1e-9 at df = 1, z = 1e-8.
    """
    square = z * z
    rest = square / (df + square)
    far = special.betainc(0.5 * df, 0.5, df / (df + square))
    middle = special.betaincc(0.5, 0.5 * df, rest)
    near = 1.0 - special.betainc(0.5, 0.5 * df, rest)
    return np.where(square > df, far, np.where(square > 1.0, middle, near))


def t_two_tails_inverse(df: float, p: Array) -> Array:
    """Return the z >= 0 with ``P(|T| > z) = p``."""
    toward_one = special.betaincinv(0.5 * df, 0.5, p)
    toward_zero = special.betainccinv(0.5, 0.5 * df, p)
    return np.sqrt(df * toward_zero / toward_one)


def log_gamma_half_step(a: float) -> float:
    """Return ``log Γ(a + 1/2) - log Γ(a)``, by its asymptotic series where a difference would lose.

    The first term left out of the series is below 1e-17 from a = 40 on.
    """
    if a < 40.0:  # noqa: PLR2004 - see the docstring
        return math.lgamma(a + 0.5) - math.lgamma(a)
    r = 1.0 / (a * a)
    series = -1 / 8 + r * (1 / 192 + r * (-1 / 640 + r * (17 / 14336)))
    return 0.5 * math.log(a) + series / a
