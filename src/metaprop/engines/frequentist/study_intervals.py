"""Confidence intervals of single rates: one study's, or all patients taken as one study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaincinv

from metaprop.core.methods import Method
from metaprop.engines.frequentist.options import StudyInterval, check_choice, check_level
from metaprop.engines.frequentist.quantiles import normal_width
from metaprop.engines.frequentist.tables import Tables
from metaprop.engines.frequentist.transforms import rate_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]
    Limits = tuple[Floats, Floats]

_NEWCOMBE = "10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E"
_SENTENCE = "Intervals of single rates are by the {} method."
METHODS: Mapping[StudyInterval, Method] = {
    "clopper-pearson": Method(
        "Clopper-Pearson",
        "Intervals of single rates are exact binomial (Clopper-Pearson).",
        "10.1093/biomet/26.4.404",
    ),
    "wilson": Method("Wilson score", _SENTENCE.format("Wilson score"), _NEWCOMBE),
    "wilson-corrected": Method(
        "Wilson score with continuity correction",
        _SENTENCE.format("continuity-corrected Wilson score"),
        _NEWCOMBE,
    ),
    "agresti-coull": Method(
        "Agresti-Coull", _SENTENCE.format("Agresti-Coull"), "10.1080/00031305.1998.10480550"
    ),
    "wald": Method("Wald", _SENTENCE.format("Wald"), _NEWCOMBE),
    "wald-corrected": Method(
        "Wald with continuity correction", _SENTENCE.format("continuity-corrected Wald"), _NEWCOMBE
    ),
    "mid-p": Method("mid-P", _SENTENCE.format("mid-P"), _NEWCOMBE),
    "jeffreys": Method("Jeffreys", _SENTENCE.format("Jeffreys"), "10.1214/ss/1009213286"),
}
HALVINGS = 64


@dataclass(frozen=True, slots=True)
class RateIntervals:
    """Limits of rates in [0, 1], shape of the counts."""

    low: Floats
    high: Floats
    level: float


def study_intervals(
    events: ArrayLike,
    totals: ArrayLike,
    method: StudyInterval = "clopper-pearson",
    level: float = 0.95,
) -> RateIntervals:
    """Return the interval of each study's rate.

    Parameters
    ----------
    events, totals
        Counts, shape (..., k).
    method
        ``clopper-pearson`` and ``mid-p`` invert binomial tails; ``wilson`` the score test;
        ``agresti-coull`` adds z^2 patients; ``wald`` is p -+ z sqrt(p q / n); ``jeffreys`` are
        quantiles of Beta(y + 1/2, n - y + 1/2), the end closed where y is 0 or n.
    level
        Coverage aimed at, in (0, 1).

    Raises
    ------
    TableError
        The counts are no studies.
    OptionError
        No interval has this name, or the level is none.

    Notes
    -----
    Newcombe (1998), Brown, Cai and DasGupta (2001): see ``METHODS``. Limits of ``wilson-corrected``
    are 0 at y = 0 and 1 at y = n, as Newcombe says; R's meta leaves them inside.
    """
    check_choice(method, StudyInterval, "method")
    check_level(level)
    tables = Tables.of(events, totals)
    low, high = LIMITS[method](tables.events, tables.totals, level)
    return RateIntervals(np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0), level)


def transformed_intervals(effects: Effects, level: float = 0.95) -> RateIntervals:
    """Return each study's normal interval on the scale of the effects, as rates; NaN if unused."""
    check_level(level)
    half = normal_width(level) * np.sqrt(effects.variance)
    size = effects.tables.totals
    low, high = (
        np.where(effects.mask, rate_of(effects.estimate + side, effects.scale, size), np.nan)
        for side in (-half, half)
    )
    return RateIntervals(low, high, level)


def _clopper_pearson(y: Floats, n: Floats, level: float) -> Limits:
    tail = 0.5 * (1.0 - level)
    low = np.where(y > 0, betaincinv(np.maximum(y, 1.0), n - y + 1.0, tail), 0.0)
    high = np.where(y < n, betaincinv(y + 1.0, np.maximum(n - y, 1.0), 1.0 - tail), 1.0)
    return low, high


def _wilson(y: Floats, n: Floats, level: float) -> Limits:
    z = normal_width(level)
    middle, wide = y + 0.5 * z * z, n + z * z
    half = z * np.sqrt(y * (n - y) / n + 0.25 * z * z)
    low, high = (middle - half) / wide, (middle + half) / wide
    return np.where(y == 0, 0.0, low), np.where(y == n, 1.0, high)


def _wilson_corrected(y: Floats, n: Floats, level: float) -> Limits:
    z = normal_width(level)
    p, q = y / n, (n - y) / n
    base, wide = 2.0 * y + z * z, 2.0 * (n + z * z)
    below = np.sqrt(np.maximum(z * z - 2.0 - 1.0 / n + 4.0 * p * (n * q + 1.0), 0.0))
    above = np.sqrt(np.maximum(z * z + 2.0 - 1.0 / n + 4.0 * p * (n * q - 1.0), 0.0))
    low, high = (base - 1.0 - z * below) / wide, (base + 1.0 + z * above) / wide
    return np.where(y == 0, 0.0, low), np.where(y == n, 1.0, high)


def _agresti_coull(y: Floats, n: Floats, level: float) -> Limits:
    z = normal_width(level)
    wide = n + z * z
    p = (y + 0.5 * z * z) / wide
    half = z * np.sqrt(p * (1.0 - p) / wide)
    return p - half, p + half


def _wald(y: Floats, n: Floats, level: float) -> Limits:
    p = y / n
    half = normal_width(level) * np.sqrt(p * (1.0 - p) / n)
    return p - half, p + half


def _wald_corrected(y: Floats, n: Floats, level: float) -> Limits:
    low, high = _wald(y, n, level)
    return low - 0.5 / n, high + 0.5 / n


def _jeffreys(y: Floats, n: Floats, level: float) -> Limits:
    tail = 0.5 * (1.0 - level)
    low, high = (betaincinv(y + 0.5, n - y + 0.5, share) for share in (tail, 1.0 - tail))
    return np.where(y == 0, 0.0, low), np.where(y == n, 1.0, high)


def _mid_p(y: Floats, n: Floats, level: float) -> Limits:
    """Halve the way between the rate and the exact limit, which lies outside."""
    tail, rate = 0.5 * (1.0 - level), y / n
    exact_low, exact_high = _clopper_pearson(y, n, level)
    low = _halved(lambda p: _upper_mid(y, n, p) > tail, rate, exact_low)
    high = _halved(lambda p: _upper_mid(y, n, p) < 1.0 - tail, rate, exact_high)
    return np.where(y == 0, 0.0, low), np.where(y == n, 1.0, high)


def _upper_mid(y: Floats, n: Floats, p: Floats) -> Floats:
    """Return P(Y > y) + P(Y = y) / 2 for a rate p."""
    at_least = np.where(y > 0, betainc(np.maximum(y, 1.0), n - y + 1.0, p), 1.0)
    above = np.where(y < n, betainc(y + 1.0, np.maximum(n - y, 1.0), p), 0.0)
    return np.asarray(0.5 * (at_least + above))


def _halved(
    holds: Callable[[Floats], NDArray[np.bool_]], inside: Floats, outside: Floats
) -> Floats:
    for _ in range(HALVINGS):
        middle = 0.5 * (inside + outside)
        fine = holds(middle)
        inside, outside = np.where(fine, middle, inside), np.where(fine, outside, middle)
    return np.asarray(0.5 * (inside + outside))


LIMITS: Mapping[StudyInterval, Callable[[Floats, Floats, float], Limits]] = {
    "clopper-pearson": _clopper_pearson,
    "wilson": _wilson,
    "wilson-corrected": _wilson_corrected,
    "agresti-coull": _agresti_coull,
    "wald": _wald,
    "wald-corrected": _wald_corrected,
    "mid-p": _mid_p,
    "jeffreys": _jeffreys,
}
