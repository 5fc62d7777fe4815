"""Statistics of small-study effects of one review or many, and what chance makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.small_study.asymmetry import asymmetry
from metaprop.engines.frequentist.small_study.rank_test import rank_test
from metaprop.engines.frequentist.small_study.trim_fill import trim_fill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.small_study.asymmetry import AsymmetryTest
    from metaprop.questions.frequentist.answers import SmallStudyTest

    Floats = NDArray[np.float64]

TIE = 1e-9
"""Statistics this near, relative to their size, are equal: counts are discrete, ties common."""


@dataclass(frozen=True, slots=True)
class Found:
    """A statistic with its usual P, shape (...) each, and why it may not exist."""

    statistic: Floats
    p_value: Floats
    messages: tuple[str, ...]


def _regression(test: AsymmetryTest) -> Callable[[Effects], Found]:
    def ask(effects: Effects) -> Found:
        found = asymmetry(effects, test)
        return Found(found.statistic, found.p_value, found.messages)

    return ask


def _begg(effects: Effects) -> Found:
    found = rank_test(effects)
    return Found(found.statistic, found.p_value, found.messages)


def _trim_fill(effects: Effects) -> Found:
    found = trim_fill(effects)
    return Found(found.added, found.p_value, found.messages)


STATISTICS: dict[SmallStudyTest, Callable[[Effects], Found]] = {
    "egger": _regression("egger"),
    "begg": _begg,
    "thompson": _regression("thompson"),
    "peters": _regression("peters"),
    "trim-and-fill": _trim_fill,
}
"""The statistic of each test; each has nuisance parameters of its own, fitted in every review."""


@dataclass(frozen=True, slots=True)
class Chance:
    """How a statistic stands among simulated ones: P in (0, 1] with its Monte Carlo error.

    ``median`` of those simulated; ``share`` of them exist, in [0, 1].
    """

    p_value: float
    error: float
    median: float
    share: float


def stands(observed: float, simulated: Floats, *, one_sided: bool) -> Chance:
    """Return how an observed statistic stands among simulated ones of shape (B,), NaN allowed.

    One-sided: the chance of one as large. Two-sided: twice the smaller of both tails, so that a
    distribution that is not centred at 0 is taken as it is. P counts the observed one too.
    """
    drawn = simulated[~np.isnan(simulated)]
    size, share = drawn.size, drawn.size / max(simulated.size, 1)
    if np.isnan(observed) or size == 0:
        return Chance(np.nan, np.nan, float(np.median(drawn)) if size else np.nan, share)
    slack = TIE * max(abs(observed), 1.0)
    above = (1.0 + float((drawn >= observed - slack).sum())) / (1.0 + size)
    below = (1.0 + float((drawn <= observed + slack).sum())) / (1.0 + size)
    tail, times = (above, 1.0) if one_sided else (min(above, below), 2.0)
    error = times * float(np.sqrt(max(tail * (1.0 - tail), 0.0) / size))
    return Chance(min(times * tail, 1.0), error, float(np.median(drawn)), share)
