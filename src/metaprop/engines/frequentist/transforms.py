"""The scales: from a count to an estimate with its variance, and from a value back to a rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.core.scales import expit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.options import Scale

    Floats = NDArray[np.float64]
    Pair = tuple[Floats, Floats]
    Forward = Callable[[Floats, Floats, Floats | float], Pair]

INVERSE_VARIANCE = Method(
    "inverse-variance pooling",
    "Each study's rate was transformed and weighted by the inverse of its variance.",
    "10.1002/sim.7588",
)
DOUBLE_ARCSINE = Method(
    "Freeman-Tukey double arcsine",
    "Rates were pooled after the Freeman-Tukey double arcsine transformation, which has no "
    "single inverse for studies of different sizes.",
    "10.1002/jrsm.1348",
)


def _logit(y: Floats, n: Floats, a: Floats | float) -> Pair:
    x, m = y + a, n - y + a
    return np.log(x / m), 1.0 / x + 1.0 / m


def _log_metafor(y: Floats, n: Floats, a: Floats | float) -> Pair:
    x, m = y + a, n + 2.0 * a
    return np.log(x / m), 1.0 / x - 1.0 / m


def _log_meta(y: Floats, n: Floats, a: Floats | float) -> Pair:
    # A full study has estimate 0; only the second count is raised, so that its variance is not 0.
    x, m = y + a, n + a
    return np.log(x / m), 1.0 / np.where(y == n, y, x) - 1.0 / m


def _raw_metafor(y: Floats, n: Floats, a: Floats | float) -> Pair:
    m = n + 2.0 * a
    p = (y + a) / m
    return p, p * (1.0 - p) / m


def _raw_meta(y: Floats, n: Floats, a: Floats | float) -> Pair:
    return y / n, (y + a) * (n - y + a) / (n + 2.0 * a) ** 3


def _arcsine(y: Floats, n: Floats, a: Floats | float) -> Pair:
    m = n + 2.0 * a
    return np.arcsin(np.sqrt((y + a) / m)), 0.25 / m


def _double_arcsine(y: Floats, n: Floats, a: Floats | float) -> Pair:
    x, m = y + a, n + 2.0 * a
    low, high = np.sqrt(x / (m + 1.0)), np.sqrt((x + 1.0) / (m + 1.0))
    return 0.5 * (np.arcsin(low) + np.arcsin(high)), 1.0 / (4.0 * m + 2.0)


FORWARD: Mapping[tuple[str, str], Forward] = {
    ("logit", "meta"): _logit,
    ("logit", "metafor"): _logit,
    ("log", "meta"): _log_meta,
    ("log", "metafor"): _log_metafor,
    ("raw", "meta"): _raw_meta,
    ("raw", "metafor"): _raw_metafor,
    ("arcsine", "meta"): _arcsine,
    ("arcsine", "metafor"): _arcsine,
    ("freeman-tukey", "meta"): _double_arcsine,
    ("freeman-tukey", "metafor"): _double_arcsine,
}
"""Estimate and variance of ``y`` events of ``n`` patients with ``a`` added to both cells."""

UNCORRECTED: frozenset[tuple[str, str]] = frozenset(
    {("arcsine", "meta"), ("freeman-tukey", "meta")}
)
"""Scales and conventions that never add anything: their variance does not depend on events."""


def rate_of(value: Floats, scale: Scale, size: Floats | float | None = None) -> Floats:
    """Return the rate in [0, 1] that a value on a scale stands for.

    Parameters
    ----------
    value
        Any shape, on the scale.
    scale
        Its name.
    size
        Patients, where the inverse depends on them (Freeman-Tukey); broadcasts with ``value``.

    Notes
    -----
    The inverse of the double arcsine is Miller's (1978, 10.1080/00031305.1978.10479283).
    """
    if scale == "logit":
        return expit(value)
    if scale == "log":
        return np.exp(np.minimum(value, 0.0))
    if scale == "raw":
        return np.clip(value, 0.0, 1.0)
    if scale == "arcsine":
        return np.sin(np.clip(value, 0.0, 0.5 * np.pi)) ** 2
    return _miller(value, np.asarray(1.0 if size is None else size, dtype=np.float64))


def _miller(value: Floats, n: Floats) -> Floats:
    """Return the rate whose double arcsine in ``n`` patients is ``value``; the ends are closed."""
    lowest = 0.5 * np.arcsin(np.sqrt(1.0 / (n + 1.0)))
    highest = 0.5 * (np.arcsin(np.sqrt(n / (n + 1.0))) + 0.5 * np.pi)
    inside = np.clip(value, lowest, highest)
    sine, cosine = np.sin(2.0 * inside), np.cos(2.0 * inside)
    root = np.sqrt(np.clip(1.0 - (sine + (sine - 1.0 / sine) / n) ** 2, 0.0, 1.0))
    rate = 0.5 * (1.0 - np.sign(cosine) * root)
    return np.where(value < lowest, 0.0, np.where(value > highest, 1.0, rate))
