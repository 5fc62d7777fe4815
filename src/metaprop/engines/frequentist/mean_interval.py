"""Standard error, degrees of freedom and intervals of a pooled mean, and of a new study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.moments import dersimonian_laird
from metaprop.engines.frequentist.quantiles import normal_width, t_widths
from metaprop.engines.frequentist.weighing import dot, quiet, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.options import Prediction
    from metaprop.engines.frequentist.plan import Plan
    from metaprop.engines.frequentist.weighing import Weighed

    Floats = NDArray[np.float64]

HARTUNG_KNAPP = Method(
    "Hartung-Knapp interval",
    "The interval of the mean is Hartung and Knapp's, from the scatter of the studies and t with "
    "k - 1 degrees of freedom.",
    "10.1002/sim.791",
)
KENWARD_ROGER = Method(
    "Kenward-Roger interval",
    "The interval of the mean uses Kenward and Roger's standard error and degrees of freedom.",
    "10.1002/sim.7140",
)
PREDICTION = Method(
    "prediction interval",
    "A prediction interval says where the rate of a new study lies (Higgins, Thompson and "
    "Spiegelhalter).",
    "10.1111/j.1467-985X.2008.00552.x",
)
ROUNDING = 1e-14
"""Sums of squares below this share of what they are made of are nothing but rounding."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard error and its degrees of freedom (inf: normal), shape (...) each."""

    se: Floats
    df: Floats

    def half_width(self, level: float) -> Floats:
        """Return half the width of the interval at a level."""
        return np.asarray(self.se * t_widths(self.df, level))

    def where(self, chosen: NDArray[np.bool_], other: Spread) -> Spread:
        """Return this where ``chosen``, the other elsewhere."""
        return Spread(np.where(chosen, self.se, other.se), np.where(chosen, self.df, other.df))


def classic(weighed: Weighed) -> Spread:
    """Return the standard error 1 / sqrt(sum of weights), normal."""
    with np.errstate(divide="ignore"):
        se = 1.0 / np.sqrt(weighed.total)
    return Spread(np.where(weighed.total > 0.0, se, np.nan), np.full(se.shape, np.inf))


def hartung_knapp(effects: Effects, weighed: Weighed) -> Spread:
    """Return sqrt(Q / ((k - 1) S1)) with k - 1 degrees of freedom; NaN where Q is rounding."""
    df = effects.count - 1.0
    q = np.where(all_equal(effects, weighed), np.nan, weighed.q)
    fine = df > 0.0
    se = np.sqrt(q / (np.where(fine, df, np.nan) * weighed.total))
    return Spread(se, df)


def all_equal(effects: Effects, weighed: Weighed) -> NDArray[np.bool_]:
    """Return whether all estimates are the same but for rounding, shape (...)."""
    size = dot(weighed.weights, effects.estimate * effects.estimate)
    return np.asarray(weighed.q <= ROUNDING**2 * 1e4 * size)


def kenward_roger(weighed: Weighed) -> Spread:
    """Return Kenward and Roger's standard error and degrees of freedom; NaN where undefined.

    Notes
    -----
    Partlett and Riley (2017, 10.1002/sim.7140), with the expected information of tau2.
    """
    w = weighed.weights
    first, second, third = weighed.total, dot(w, w), dot(w * w, w)
    with quiet():
        ratio = second / first
        information = 0.5 * second - third / first + 0.5 * ratio * ratio
        variance = (1.0 + 2.0 * (third / first - ratio * ratio) / information) / first
        df = 2.0 * information / (variance * second) ** 2
        se = np.sqrt(variance)
    fine = (information > ROUNDING * second) & (variance > 0.0)
    return Spread(np.where(fine, se, np.nan), np.where(fine, df, np.nan))


def mean_spread(effects: Effects, weighed: Weighed, plan: Plan, usual: Spread) -> Spread:
    """Return the spread that a plan asks for; the classic one where one study is used."""
    if plan.interval == "z":
        return usual
    if plan.interval == "kenward-roger":
        found = kenward_roger(weighed)
    else:
        found = _safeguarded(effects, weighed, plan, usual)
    single = effects.count == 1.0
    return usual.where(single, found) if single.any() else found


def _safeguarded(effects: Effects, weighed: Weighed, plan: Plan, usual: Spread) -> Spread:
    found = hartung_knapp(effects, weighed)
    if plan.safeguard == "none":
        return found
    wider = Spread(np.fmax(found.se, usual.se), found.df)
    if plan.safeguard == "se":
        return wider
    if plan.safeguard == "ci":
        narrow = ~(found.half_width(plan.level) >= usual.half_width(plan.level))
        return usual.where(narrow, found)
    laird = classic(weigh(effects, np.nan_to_num(dersimonian_laird(effects))))
    narrow = ~(found.half_width(plan.level) >= laird.se * normal_width(plan.level))
    return wider.where(narrow, found)


def new_study_spread(
    effects: Effects, weighed: Weighed, spreads: tuple[Spread, Spread], kind: Prediction
) -> Spread:
    """Return the spread of the mean, classic or of a plan, that a prediction interval builds on.

    Degrees of freedom that are not positive leave it undefined (NaN).
    """
    usual, own = spreads
    if kind == "normal":
        return usual
    if kind == "as-mean":
        return own
    less = 1.0 if kind in _ONE_LESS else 0.0
    if kind.startswith("hts"):
        return Spread(usual.se, effects.count - 1.0 - less)
    base = hartung_knapp(effects, weighed) if "hartung" in kind else kenward_roger(weighed)
    return Spread(base.se, base.df - less)


_ONE_LESS: frozenset[Prediction] = frozenset(
    {"hts-k-2", "hartung-knapp-k-2", "kenward-roger-less-1"}
)
