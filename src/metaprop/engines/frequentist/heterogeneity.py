"""How much the studies differ: Q, I2 and H2, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.moments import divided
from metaprop.engines.frequentist.options import check_level
from metaprop.engines.frequentist.quantiles import chi2_tail, normal_width
from metaprop.engines.frequentist.weighing import quiet, spread_of_weights, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.weighing import Weighed

    Floats = NDArray[np.float64]

I_SQUARED = Method(
    "I2",
    "I2 is the share of the variation between estimates that is not within studies (Higgins and "
    "Thompson).",
    "10.1002/sim.1186",
)


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Cochran's Q with its test, I2 (in [0, 1]) and H2 (at least 1), shape (...) each.

    By the convention of the effects: ``meta`` takes I2 and H2 from Q, ``metafor`` from tau2 and
    the typical variance within studies. NaN where fewer than two studies are used.
    """

    q: Floats
    df: Floats
    p_value: Floats
    i2: Floats
    h2: Floats


def heterogeneity(effects: Effects, tau2: Floats, fixed: Weighed | None = None) -> Heterogeneity:
    """Return Q, I2 and H2.

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    tau2
        Variance between studies, shape (...).
    fixed
        The studies weighed with tau2 = 0, where that is at hand.

    Notes
    -----
    From Q: H2 = max(Q / (k - 1), 1), I2 = 1 - 1 / H2. From tau2: H2 = 1 + tau2 / s2 with
    s2 = (k - 1) / (S1 - S2 / S1) (Higgins and Thompson 2002, 10.1002/sim.1186).
    """
    fixed = weigh(effects) if fixed is None else fixed
    df = effects.count - 1.0
    if effects.convention == "meta":
        h2 = np.maximum(divided(fixed.q, df), 1.0)
    else:
        with quiet():
            h2 = 1.0 + tau2 * divided(spread_of_weights(fixed), df)
    q = np.where(df >= 0.0, fixed.q, np.nan)
    return Heterogeneity(q, df, chi2_tail(q, df), 1.0 - 1.0 / h2, h2)


@dataclass(frozen=True, slots=True)
class HeterogeneityIntervals:
    """Intervals of I2 (in [0, 1]) and H2 (at least 1), shape (...); NaN where they do not exist."""

    i2_low: Floats
    i2_high: Floats
    h2_low: Floats
    h2_high: Floats


def heterogeneity_intervals(effects: Effects, level: float = 0.95) -> HeterogeneityIntervals:
    """Return the test-based intervals of I2 and H2 (Higgins and Thompson's, from Q).

    Notes
    -----
    The standard error of log H is (log Q - log(k - 1)) / (2 (sqrt(2Q) - sqrt(2k - 3))) where
    Q > k, and sqrt((1 - 1 / (3 (k - 2)^2)) / (2 (k - 2))) elsewhere, if k > 2.
    """
    check_level(level)
    q, k = weigh(effects).q, effects.count
    with np.errstate(divide="ignore", invalid="ignore"):
        log_h = 0.5 * (np.log(q) - np.log(k - 1.0))
        large = log_h / (np.sqrt(2.0 * q) - np.sqrt(2.0 * k - 3.0))
        small = np.sqrt((1.0 - 1.0 / (3.0 * (k - 2.0) ** 2)) / (2.0 * (k - 2.0)))
        se = np.where((q > k) & (k >= 2.0), large, np.where(k > 2.0, small, np.nan))  # noqa: PLR2004 - two studies
        half = normal_width(level) * se
        middle = np.maximum(log_h, 0.0)
        low, high = (np.exp(2.0 * np.maximum(middle + half * side, 0.0)) for side in (-1.0, 1.0))
    nothing = np.isnan(se)
    low, high = np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)
    return HeterogeneityIntervals(1.0 - 1.0 / low, 1.0 - 1.0 / high, low, high)
