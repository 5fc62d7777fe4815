"""A prior: one of the distributions, truncated where asked and normalised again."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from metaprop.assumptions.priors.grammar import read_distribution
from metaprop.assumptions.priors.prose import describe
from metaprop.core.errors import ModelError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from metaprop.assumptions.priors.distribution import Distribution

    Array = NDArray[np.float64]

SMALLEST_MASS = 1e-300
"""Least probability a truncation may keep: below, doubles lose digits."""
THINNEST_SLICE = 1e-6
"""Least ratio of what a truncation keeps to the lesser side it cuts at.

The mass is a difference of two numbers of that side's size: its relative error is 2e-16 / ratio.
"""


LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution of one number, truncated to ``[low, high]`` (infinite: not truncated).

    Make one with ``Prior.of``. Methods take numbers or arrays of any shape and answer in kind: a
    number for a number, float64 of the same shape for an array. NaN in, NaN out.

    Examples
    --------
    >>> prior = Prior.of("half_normal", scale=1.0)
    >>> print(prior.prose())
    half-normal with scale 1 (95 % below 1.96)
    >>> round(float(prior.density(0.0)), 4)
    0.7979
    >>> print(Prior.of("student_t", df=4.0, location=0.0, scale=2.5, low=0.0).prose())
    Student's t with df 4, location 0 and scale 2.5, truncated to above 0 (95 % between ...)
    """

    whole: Distribution
    low: float = -math.inf
    high: float = math.inf
    _from: tuple[float, float] = field(init=False, repr=False, compare=False)
    _to: tuple[float, float] = field(init=False, repr=False, compare=False)
    _mass: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the probability kept, and refuse a truncation that keeps none."""
        low, high = self.support
        if not low < high:
            raise ModelError(_no_mass(self))
        with np.errstate(all="ignore"):
            ends = np.array([low, high])
            sides = np.stack([self.whole.cdf(ends), self.whole.survival(ends)], axis=1).tolist()
        (below, above), (below_high, above_high) = sides
        mass = float(_mass_between(below, above, below_high, above_high))
        if not mass >= max(SMALLEST_MASS, THINNEST_SLICE * min(below_high, above)):
            raise ModelError(_no_mass(self))
        # frozen: what follows from the fields is set once, here
        object.__setattr__(self, "_from", (below, above))
        object.__setattr__(self, "_to", (below_high, above_high))
        object.__setattr__(self, "_mass", mass)
        if not np.all(np.isfinite(self.log_density(self.quantile(0.5)))):
            raise ModelError(_not_computable(self))

    @classmethod
    def of(cls, distribution: str, **parameters: float) -> Self:
        """Return the prior named, such as ``Prior.of("beta", alpha=1.0, beta=9.0)``.

        Parameters
        ----------
        distribution
            normal, logistic, student_t, half_normal, half_cauchy, half_student_t, uniform,
            exponential, gamma, log_normal or beta.
        **parameters
            The parameters by name; ``low`` and ``high`` truncate.

        Raises
        ------
        ModelError
            Listing every fault.
        """
        return cls.from_table({"distribution": distribution, **parameters}, where="prior")

    @classmethod
    def from_table(cls, table: Mapping[str, object], where: str) -> Self:
        """Return the prior that a table of a model file describes; ``where`` names its place.

        Raises
        ------
        ModelError
            Listing every fault of the table.
        """
        distribution, low, high = read_distribution(table, where)
        try:
            return cls(distribution, low, high)
        except ModelError as error:
            raise ModelError(replace(p, where=where) for p in error.problems) from None

    @property
    def distribution(self) -> str:
        """The name of the distribution, as in a model file."""
        return self.whole.name

    @property
    def parameters(self) -> Mapping[str, float]:
        """The parameters by name, without the truncation."""
        return self.whole.parameters

    @property
    def support(self) -> tuple[float, float]:
        """The closed range outside which the density is 0."""
        low, high = self.whole.support
        return (max(low, self.low), min(high, self.high))

    @property
    def truncated(self) -> bool:
        """Whether the truncation takes anything away."""
        return self.support != self.whole.support

    @property
    def tail_index(self) -> float:
        """The ``a`` of an upper tail like ``x^-(a + 1)``; infinite for lighter tails or none."""
        return self.whole.tail_index if math.isinf(self.support[1]) else math.inf

    def log_density(self, x: ArrayLike) -> Array:
        """Return the log of the density at ``x``; -inf outside the support."""
        at = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):
            value = self.whole.log_density(at) - math.log(self._mass)
        return self._inside(at, value)

    def log_density_logit(self, log_x: ArrayLike, log_1mx: ArrayLike) -> Array:
        """Return the log density of a prior on a rate, from ``log x`` and ``log(1 - x)``.

        The density is with respect to ``x`` (no Jacobian). Where x is so near to 1 that a double
        cannot tell, ``log(1 - x)`` still can.
        """
        log_at, log_rest = (np.asarray(v, dtype=np.float64) for v in (log_x, log_1mx))
        if log_at.shape != log_rest.shape:
            log_at, log_rest = np.broadcast_arrays(log_at, log_rest)
        with np.errstate(all="ignore"):
            value = self.whole.log_density_logit(log_at, log_rest) - math.log(self._mass)
            return self._inside(np.exp(log_at), value) if self.support != (0.0, 1.0) else value[()]

    def density(self, x: ArrayLike) -> Array:
        """Return the density at ``x``; 0 outside the support."""
        with np.errstate(all="ignore"):
            return np.exp(self.log_density(x))

    def cdf(self, x: ArrayLike) -> Array:
        """Return ``P(X <= x)``."""
        at, below, above = self._clipped(x)
        with np.errstate(all="ignore"):
            value = _mass_between(self._from[0], self._from[1], below, above) / self._mass
        return _probability(at, value)

    def survival(self, x: ArrayLike) -> Array:
        """Return ``P(X > x)``."""
        at, below, above = self._clipped(x)
        with np.errstate(all="ignore"):
            value = _mass_between(below, above, self._to[0], self._to[1]) / self._mass
        return _probability(at, value)

    def quantile(self, q: ArrayLike) -> Array:
        """Return the x with ``P(X <= x) = q``; NaN for q outside [0, 1]."""
        level = np.asarray(q, dtype=np.float64)
        with np.errstate(all="ignore"):
            below = self._from[0] + level * self._mass
            above = self._to[1] + (1.0 - level) * self._mass
            value = np.where(
                below <= above,  # from the side where less probability lies, nothing is lost
                self.whole.quantile(np.minimum(below, 1.0)),
                self.whole.upper_quantile(np.minimum(above, 1.0)),
            )
        known = (level >= 0.0) & (level <= 1.0)
        return np.where(known, np.clip(value, *self.support), np.nan)[()]

    def draws(self, n: int, rng: np.random.Generator) -> Array:
        """Return ``n`` independent draws, shape ``(n,)``: quantiles of uniform numbers."""
        return self.quantile(rng.random(n))

    def prose(self) -> str:
        """Return one line: the distribution, its parameters, its truncation, its 95 % range."""
        return describe(self)

    def _clipped(self, x: ArrayLike) -> tuple[Array, Array, Array]:
        """Return ``x`` and what the whole distribution has below and above it, ``x`` clipped."""
        at = np.asarray(x, dtype=np.float64)
        clipped = np.clip(at, *self.support)
        with np.errstate(all="ignore"):
            return at, self.whole.cdf(clipped), self.whole.survival(clipped)

    def _inside(self, at: Array, value: Array) -> Array:
        """Return ``value``, -inf where ``at`` lies outside the support or is infinite."""
        low, high = max(self.support[0], -LARGEST), min(self.support[1], LARGEST)
        return np.where((at < low) | (at > high), -np.inf, value)[()]


def _mass_between(
    below: ArrayLike, above: ArrayLike, below_high: ArrayLike, above_high: ArrayLike
) -> Array:
    """Return the probability between two points, given what lies below and above each of them.

    The difference is taken on the side where the numbers are smaller, so that a range far out in
    either tail keeps its digits.
    """
    left = np.subtract(below_high, below)
    right = np.subtract(above, above_high)
    return np.where(np.less_equal(below_high, above), left, right)


def _probability(at: Array, value: Array) -> Array:
    """Return ``value`` with rounding beyond [0, 1] removed, NaN where ``at`` is."""
    return np.where(np.isnan(at), np.nan, np.clip(value, 0.0, 1.0))[()]


def _no_mass(prior: Prior) -> Problem:
    low, high = prior.low, prior.high
    what = f"next to nothing of {prior.whole.name} lies between low = {low} and high = {high}"
    return Problem(what, "prior", "Widen low and high, or choose a distribution that reaches there")


def _not_computable(prior: Prior) -> Problem:
    what = f"the median of {prior.whole.name} with {dict(prior.parameters)} cannot be computed"
    return Problem(what, "prior", "Choose parameters nearer to 1")
