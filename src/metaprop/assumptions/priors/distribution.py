"""What every distribution answers, whole (truncation is added by ``prior``)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution(ABC):
    """A distribution on the real line; its fields are its parameters, checked by ``grammar``.

    Every method takes and returns float64 arrays of one shape. ``x`` lies in the support, which
    ``Prior`` sees to; floating-point warnings are silenced there too.
    """

    name: ClassVar[str]
    """The name in a model file, such as ``half_normal``."""

    @property
    def support(self) -> tuple[float, float]:
        """The closed range outside which the density is 0."""
        return (-math.inf, math.inf)

    @property
    def tail_index(self) -> float:
        """The ``a`` of an upper tail like ``x^-(a + 1)``; infinite where the tail is lighter."""
        return math.inf

    @property
    def decreasing(self) -> bool:
        """Whether the density falls all the way from a finite lower end."""
        return False

    @property
    def parameters(self) -> Mapping[str, float]:
        """The parameters by their names in a model file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @abstractmethod
    def log_density(self, x: Array) -> Array:
        """Return the log of the density at ``x``."""

    def log_density_logit(self, log_x: Array, log_1mx: Array) -> Array:
        """Return the log density with respect to a rate ``x``, from ``log x`` and ``log(1-x)``."""
        del log_1mx  # only the beta distribution can tell 1 - 1e-20 from 1
        return self.log_density(np.exp(log_x))

    @abstractmethod
    def cdf(self, x: Array) -> Array:
        """Return ``P(X <= x)``, accurate to a relative error where it is small."""

    @abstractmethod
    def survival(self, x: Array) -> Array:
        """Return ``P(X > x)``, accurate to a relative error where it is small."""

    @abstractmethod
    def quantile(self, p: Array) -> Array:
        """Return the x with ``P(X <= x) = p``."""

    @abstractmethod
    def upper_quantile(self, p: Array) -> Array:
        """Return the x with ``P(X > x) = p``."""


def times_log(power: float, log_x: Array) -> Array | float:
    """Return ``power * log_x``, and 0 where the power is 0 even if ``log_x`` is infinite."""
    return power * log_x if power else 0.0
