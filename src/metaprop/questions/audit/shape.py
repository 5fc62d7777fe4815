"""What a printed line says by itself: on which scale it is symmetric, and how much it knows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.quantiles import normal_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.engines.frequentist.options import Scale
    from metaprop.evidence.printed import Printed

SYMMETRY = Method(
    "symmetry of an interval",
    "A line was held against each scale: an interval made on a scale is symmetric there, within "
    "the rounding of its three numbers.",
)
INFORMATION = Method(
    "implied number of patients",
    "The patients of one common rate whose normal interval would be as narrow as the printed one.",
)
SCALE_WORDS: dict[Scale, str] = {
    "logit": "logit",
    "log": "log",
    "raw": "untransformed",
    "arcsine": "arcsine",
    "freeman-tukey": "double arcsine",
}
GUESSED_SIZES = tuple(float(n) for n in np.unique(np.geomspace(1.0, 2000.0, 60).round()))
"""Sizes at which a double arcsine may have been turned back, where no size is known."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """A scale: ``to`` takes rates there; ``unit`` is the variance of one patient at a rate.

    ``cut`` is whether a limit beyond 0 or 1 is printed as that. ``size`` is that of the study at
    which a double arcsine is turned back; 0 elsewhere.
    """

    scale: Scale
    to: Callable[[float], float]
    unit: Callable[[float], float]
    cut_low: bool
    cut_high: bool
    size: float = 0.0


def rulers(sizes: Sequence[float]) -> tuple[Ruler, ...]:
    """Return the five scales; the double arcsine at each of the sizes it may be turned back at."""
    plain = (
        Ruler("logit", _logit, lambda p: 1.0 / (p * (1.0 - p)), cut_low=False, cut_high=False),
        Ruler("log", _log, lambda p: (1.0 - p) / p, cut_low=False, cut_high=True),
        Ruler("raw", float, lambda p: p * (1.0 - p), cut_low=True, cut_high=True),
        Ruler("arcsine", _arcsine, lambda _: 0.25, cut_low=True, cut_high=True),
    )
    return (*plain, *(_double_arcsine(size) for size in sizes))


def _logit(p: float) -> float:
    if 0.0 < p < 1.0:
        return math.log(p) - math.log1p(-p)
    return -math.inf if p <= 0.0 else math.inf


def _log(p: float) -> float:
    return math.log(p) if p > 0.0 else -math.inf


def _arcsine(p: float) -> float:
    return math.asin(math.sqrt(p))


def _double_arcsine(n: float) -> Ruler:
    """Return the scale on which Miller's inverse at ``n`` patients is taken back."""

    def to(p: float) -> float:
        low, high = math.sqrt(n * p / (n + 1.0)), math.sqrt((n * p + 1.0) / (n + 1.0))
        return 0.5 * (math.asin(low) + math.asin(min(high, 1.0)))

    return Ruler("freeman-tukey", to, lambda _: 0.25, cut_low=True, cut_high=True, size=n)


@dataclass(frozen=True, slots=True)
class Ends:
    """The values on a scale that may have printed so: lowest and highest."""

    low: float
    high: float


def ends_of(ruler: Ruler, printed: Printed) -> Ends:
    """Return what a printed rate may be on a scale; a limit cut at 0 or 1 may be anything there."""
    low, high = max(printed.low, 0.0), min(printed.high, 1.0)
    below = -math.inf if ruler.cut_low and low == 0.0 else ruler.to(low)
    above = math.inf if ruler.cut_high and high == 1.0 else ruler.to(high)
    return Ends(below, above)


def symmetric(ruler: Ruler, line: tuple[Printed, Printed, Printed]) -> bool:
    """Return whether estimate and limits can be symmetric on a scale, within their rounding."""
    return asymmetry(ruler, line) <= 1.0


def asymmetry(ruler: Ruler, line: tuple[Printed, Printed, Printed]) -> float:
    """Return how far a line is from symmetric on a scale, in what rounding can explain.

    0 is symmetric as printed; up to 1 every number can lie within its rounding so that the line is
    symmetric; 0 too where a limit was cut at 0 or 1, which leaves the other free.
    """
    middle, low, high = (ends_of(ruler, one) for one in line)
    least = low.low + high.low - 2.0 * middle.high
    most = low.high + high.high - 2.0 * middle.low
    if not least < most:
        return 0.0 if least == most == 0.0 else math.inf
    if math.isinf(least) or math.isinf(most):
        return 0.0 if least <= 0.0 <= most else math.inf
    return abs(least + most) / (most - least)


def symmetric_on(
    line: tuple[Printed, Printed, Printed], sizes: Sequence[float]
) -> tuple[Ruler, ...]:
    """Return the scales on which estimate, lower and upper limit are symmetric.

    ``sizes`` are those at which a double arcsine may be turned back; of them the first that fits.
    """
    found: dict[Scale, Ruler] = {}
    for ruler in rulers(sizes):
        if ruler.scale not in found and symmetric(ruler, line):
            found[ruler.scale] = ruler
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Information:
    """Patients of one common rate that would give so narrow an interval: within rounding."""

    scale: Scale
    patients: float
    least: float
    most: float


def information(
    ruler: Ruler, line: tuple[Printed, Printed, Printed], level: float
) -> Information | None:
    """Return the patients that an interval implies on a scale; None where it does not say.

    Notes
    -----
    With half the width h on the scale and the normal quantile z, the variance (h / z)^2 is that
    of ``u(p) / N``: p (1 - p) N = (z / h)^2 on the logit. A limit cut at 0 or 1 leaves the other
    half.
    """
    middle = line[0]
    if not 0.0 < middle.value < 1.0:
        return None
    spans = _half_widths(ruler, line)
    if spans is None or not spans[0] > 0.0:
        return None
    width = normal_width(level)
    least, value, most = ((width / h) ** 2 * ruler.unit(middle.value) for h in spans[::-1])
    return Information(ruler.scale, value, least, most)


def _half_widths(
    ruler: Ruler, line: tuple[Printed, Printed, Printed]
) -> tuple[float, float, float] | None:
    """Return the narrowest, the printed and the widest half of an interval on a scale."""
    middle, low, high = (ends_of(ruler, one) for one in line)
    at = [ruler.to(one.value) for one in line]
    if math.isfinite(low.low) and math.isfinite(high.high):
        return 0.5 * (high.low - low.high), 0.5 * (at[2] - at[1]), 0.5 * (high.high - low.low)
    if math.isfinite(high.high):
        return high.low - middle.high, at[2] - at[0], high.high - middle.low
    if math.isfinite(low.low):
        return middle.low - low.high, at[0] - at[1], middle.high - low.low
    return None
