"""Coordinates of the hyperparameters: natural ones for the likelihood, free ones for quadrature.

The likelihoods take the *natural* coordinates: the logit of the typical or average rate, and the
log of a spread (log tau; logit rho, which is minus log kappa). Quadrature walks in *free*
coordinates, which stretch the prior's support to the whole real line, so that it meets no edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from metaprop.core.errors import ModelError, Problem
from metaprop.core.scales import log_expit, logit, softplus
from metaprop.engines.likelihood.binomial_logit import log_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import ParameterPrior
    from metaprop.assumptions.priors import Prior

    Floats = NDArray[np.float64]

NEARLY_LOG = -36.0
"""Below this log(1 + exp(x)) is exp(x) in double precision."""
LARGEST_LOG = 700.0
"""The exponential of more than this is no double; a log odds of so much is beyond all use."""
LIGHT = 3.0
"""A tail index above this is light enough for ``SoftAxis``."""


class Axis(Protocol):
    """The two coordinates of one hyperparameter and its prior; arrays of any shape."""

    @property
    def prior(self) -> Prior:
        """The prior, with respect to the parameter itself."""
        ...

    @property
    def cut_off(self) -> bool:
        """Whether the prior ends where the parameter could go on."""
        ...

    @property
    def of_a_rate(self) -> bool:
        """Whether the parameter is a rate or a correlation, in [0, 1]."""
        ...

    def natural(self, x: Floats) -> Floats:
        """Return the natural coordinate at a free one."""
        ...

    def free(self, natural: Floats) -> Floats:
        """Return the free coordinate; infinite outside the prior's support."""
        ...

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``natural``."""
        ...

    def log_prior(self, natural: Floats) -> Floats:
        """Return the log prior density with respect to the natural coordinate."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval of the real line, stretched to the whole of it."""

    low: float
    high: float

    def natural(self, x: Floats) -> Floats:
        """Return the number in the interval at a free coordinate."""
        low, high = self.low, self.high
        if np.isinf(low) and np.isinf(high):
            return np.asarray(x, dtype=np.float64)
        # never 0 by underflow: a density may be infinite there
        inside = np.minimum(np.maximum(x, -LARGEST_LOG), LARGEST_LOG)
        if np.isinf(high):
            return low + np.exp(inside)
        if np.isinf(low):
            return high - np.exp(-inside)
        return low + (high - low) * np.exp(log_expit(inside))

    def free(self, natural: Floats) -> Floats:
        """Return the free coordinate; infinite outside the interval."""
        low, high = self.low, self.high
        natural = np.asarray(natural, dtype=np.float64)
        if np.isinf(low) and np.isinf(high):
            return natural
        with np.errstate(divide="ignore"):
            if np.isinf(high):
                return np.log(np.maximum(natural - low, 0.0))
            if np.isinf(low):
                return -np.log(np.maximum(high - natural, 0.0))
        return logit(np.clip((natural - low) / (high - low), 0.0, 1.0))

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``natural``."""
        low, high = self.low, self.high
        if np.isinf(low) and np.isinf(high):
            return np.zeros_like(x)
        if np.isinf(high):
            return np.asarray(x, dtype=np.float64)
        if np.isinf(low):
            return np.negative(x)
        slope: Floats = np.log(high - low) + log_expit(x) + log_expit(-x)
        return slope


@dataclass(frozen=True, slots=True)
class LineAxis:
    """A parameter on the real line (``mu``, ``logit_average``): natural is itself."""

    prior: Prior

    @property
    def cut_off(self) -> bool:
        """Whether the prior ends where the parameter could go on."""
        return self.prior.support != (-np.inf, np.inf)

    @property
    def of_a_rate(self) -> bool:
        """Whether the parameter is a rate or a correlation."""
        return False

    def natural(self, x: Floats) -> Floats:
        """Return the parameter."""
        return Stretch(*self.prior.support).natural(x)

    def free(self, natural: Floats) -> Floats:
        """Return the free coordinate; infinite outside the prior's support."""
        return Stretch(*self.prior.support).free(natural)

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``natural``."""
        return Stretch(*self.prior.support).log_slope(x)

    def log_prior(self, natural: Floats) -> Floats:
        """Return the log prior density of the parameter."""
        return self.prior.log_density(natural)


@dataclass(frozen=True, slots=True)
class UnitAxis:
    """A parameter in (0, 1) (``typical``, ``average``, ``rho``): natural is its logit."""

    prior: Prior

    @property
    def cut_off(self) -> bool:
        """Whether the prior ends where the parameter could go on."""
        return self.prior.support != (0.0, 1.0)

    @property
    def of_a_rate(self) -> bool:
        """Whether the parameter is a rate or a correlation."""
        return True

    def _logs(self, x: Floats) -> tuple[Floats, Floats]:
        """Return log p and log (1 - p) at a free coordinate."""
        low, high = self.prior.support
        width = np.log(high - low)
        with np.errstate(divide="ignore"):
            log_p = np.logaddexp(np.log(low), width + log_expit(x))
            log_q = np.logaddexp(np.log1p(-high), width + log_expit(-x))
        return log_p, log_q

    @property
    def _whole(self) -> bool:
        return self.prior.support == (0.0, 1.0)

    def natural(self, x: Floats) -> Floats:
        """Return the logit of the parameter."""
        if self._whole:
            return np.asarray(x, dtype=np.float64)
        log_p, log_q = self._logs(x)
        return log_p - log_q

    def free(self, natural: Floats) -> Floats:
        """Return the free coordinate; infinite outside the prior's support."""
        if self._whole:
            return np.asarray(natural, dtype=np.float64)
        low, high = self.prior.support
        above = np.exp(log_expit(natural)) - low
        below = np.exp(log_expit(np.negative(natural))) - (1.0 - high)
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(above, 0.0)) - np.log(np.maximum(below, 0.0))

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``natural``."""
        if self._whole:
            return np.zeros_like(x)
        low, high = self.prior.support
        log_p, log_q = self._logs(x)
        slope: Floats = np.log(high - low) + log_expit(x) + log_expit(-x) - log_p - log_q
        return slope

    def log_prior(self, natural: Floats) -> Floats:
        """Return the log prior density of the logit."""
        log_p, log_q = log_rates(np.asarray(natural, dtype=np.float64))
        density = self.prior.log_density_logit(log_p, log_q)
        # infinite at 0, which a rate is only where it is too small for a double: no mass is there
        return np.where(density < np.inf, density, -np.inf) + log_p + log_q


@dataclass(frozen=True, slots=True)
class PositiveAxis:
    """A positive parameter: natural is its log (``tau``), or minus its log (``kappa``)."""

    prior: Prior
    sign: float = 1.0

    @property
    def cut_off(self) -> bool:
        """Whether the prior ends where the parameter could go on."""
        return self.prior.support != (0.0, np.inf)

    @property
    def of_a_rate(self) -> bool:
        """Whether the parameter is a rate or a correlation."""
        return False

    def natural(self, x: Floats) -> Floats:
        """Return the log of the spread."""
        low, high = self.prior.support
        x = self.sign * np.asarray(x, dtype=np.float64)
        if np.isinf(high):
            log_p = x if low == 0.0 else np.logaddexp(np.log(low), x)
        elif low == 0.0:
            log_p = np.log(high) + log_expit(x)
        else:
            log_p = np.log(low + (high - low) * np.exp(log_expit(x)))
        return self.sign * log_p

    def free(self, natural: Floats) -> Floats:
        """Return the free coordinate; infinite outside the prior's support."""
        low, high = self.prior.support
        log_p = self.sign * np.asarray(natural, dtype=np.float64)
        if low == 0.0 and np.isinf(high):
            return self.sign * log_p
        with np.errstate(divide="ignore", over="ignore"):
            above = log_p if low == 0.0 else np.log(np.maximum(np.exp(log_p) - low, 0.0))
            below = 0.0 if np.isinf(high) else np.log(np.maximum(high - np.exp(log_p), 0.0))
        return self.sign * (above - below)

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``natural``."""
        low, high = self.prior.support
        x = self.sign * np.asarray(x, dtype=np.float64)
        if np.isinf(high):
            return np.zeros_like(x) if low == 0.0 else log_expit(x - np.log(low))
        if low == 0.0:
            return log_expit(-x)
        value = low + (high - low) * np.exp(log_expit(x))
        return np.log((high - low) / value) + log_expit(x) + log_expit(-x)

    def log_prior(self, natural: Floats) -> Floats:
        """Return the log prior density of the log of the spread."""
        log_p = self.sign * np.asarray(natural)
        return self.prior.log_density(np.exp(log_p)) + log_p


@dataclass(frozen=True, slots=True)
class SoftAxis:
    """``tau = unit log(1 + exp(x))``: like a log near 0 and like tau itself where it is large.

    A prior with a Gaussian or exponential tail is a smooth, even function of tau: in this
    coordinate it needs fewer nodes than in the log of tau. ``prior`` reaches from 0 to infinity.
    """

    prior: Prior
    unit: float = 1.0

    @property
    def cut_off(self) -> bool:
        """Whether the prior ends where the parameter could go on."""
        return False

    @property
    def of_a_rate(self) -> bool:
        """Whether the parameter is a rate or a correlation."""
        return False

    def natural(self, x: Floats) -> Floats:
        """Return log tau."""
        x = np.asarray(x, dtype=np.float64)
        soft = np.log(softplus(np.maximum(x, NEARLY_LOG)))
        log_tau: Floats = np.log(self.unit) + np.where(x < NEARLY_LOG, x, soft)
        return log_tau

    def free(self, natural: Floats) -> Floats:
        """Return the free coordinate."""
        log_p = np.asarray(natural, dtype=np.float64) - np.log(self.unit)
        p = np.exp(np.maximum(log_p, NEARLY_LOG))
        x: Floats = np.where(log_p < NEARLY_LOG, log_p, p + np.log(-np.expm1(-p)))
        return x

    def log_slope(self, x: Floats) -> Floats:
        """Return the log derivative of ``natural``."""
        slope: Floats = log_expit(x) - self.natural(x) + np.log(self.unit)
        return slope

    def log_prior(self, natural: Floats) -> Floats:
        """Return the log prior density of log tau."""
        return self.prior.log_density(np.exp(natural)) + natural


def axis_of(parameter: ParameterPrior) -> Axis:
    """Return the coordinates of a parameter with its prior.

    Raises
    ------
    ModelError
        The density is infinite at an end beside which no coordinate resolves it.
    """
    name, prior = parameter.parameter, parameter.prior
    if name in {"typical", "average", "rho"}:
        return UnitAxis(prior)
    _refuse_pole(name, prior)
    if name == "kappa":
        return PositiveAxis(prior, sign=-1.0)
    if name == "tau":
        # a log-normal reaches far: all its powers exist, but it fades in the log alone
        fades = prior.tail_index > LIGHT and prior.distribution != "log_normal"
        light = fades and prior.support == (0.0, np.inf)
        return SoftAxis(prior) if light else PositiveAxis(prior)
    return LineAxis(prior)


def _refuse_pole(name: str, prior: Prior) -> None:
    """Raise ModelError where the density is infinite at an end that is not 0 of a spread."""
    resolved = {0.0} if name in {"kappa", "tau"} else set()
    for end in prior.support:
        if np.isfinite(end) and end not in resolved and np.isposinf(prior.log_density(end)):
            what = f"the density of {name} is infinite at {end:g}, which cannot be added up"
            where, remedy = f"the prior on {name}", "Take one whose density is finite there"
            raise ModelError(Problem(what, where, remedy))


def rescaled(axis: Axis, log_unit: float) -> Axis:
    """Return the axis with its unit set, where it has one."""
    return SoftAxis(axis.prior, float(np.exp(log_unit))) if isinstance(axis, SoftAxis) else axis
