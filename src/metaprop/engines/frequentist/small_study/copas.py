"""Copas' selection model along a path of stronger and stronger selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.options import Tau2Method, check_level
from metaprop.engines.frequentist.quantiles import chi2_tail, normal_width
from metaprop.engines.frequentist.small_study.asymmetry import asymmetry
from metaprop.engines.frequentist.small_study.contours import Line, contour_lines, round_levels
from metaprop.engines.frequentist.small_study.reasons import (
    LEAST,
    NO_SELECTION,
    NO_VARIATION,
    SAME_SIZE,
    TOO_FEW,
    constant,
    told,
)
from metaprop.engines.frequentist.small_study.selection import (
    Selection,
    SelectionFit,
    fit_selection,
    fit_with_trend,
    maximum,
)
from metaprop.engines.frequentist.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]

COPAS = Method(
    "Copas selection model",
    "Selection of studies was modelled along a path of stronger and stronger selection (Copas and "
    "Shi).",
    "10.1093/biostatistics/1.3.247",
)
SIGNIFICANT = 0.1
"""Asymmetry is taken to be left where its P is at most this."""
WIDEST = 1.29
"""The gap in the argument between the largest and the smallest study at the steepest selection."""
NO_LIMIT = 10.0
"""The argument at which everything is published."""
CONTOURS = 10
COARSEST, FINEST = 5, 60

UNSTABLE = (
    "The path, and with it the adjusted rate and its P, depends on the grid and on which of "
    "several maxima of the likelihood is found: another grid can give another answer"
)
ALL_EMPTY = (
    "Every study has an empty cell: estimates and standard errors are made by the correction and "
    "say nothing about selection"
)
NO_LINE = "No contour of the grid is straight enough to find the direction of selection"
NO_FIT = "The likelihood of the selection model cannot be evaluated for these studies"
NEVER = "No strength of selection along the path explains the asymmetry: there is no adjusted value"
AT_BOUND = (
    "The correlation with being published lies on its bound: the adjusted value has no standard "
    "error of its own, and its interval is drawn with that of weaker selection"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One strength of selection on the path.

    ``published``: the chance that the smallest study is published, in (0, 1]; ``fit`` on the
    scale, with its interval ``ci_low`` to ``ci_high`` from ``se``, which is that of the step
    before where this one has none (``borrowed``); ``residual_p``: P that no asymmetry is
    left; ``unpublished``: studies that were not published, by the model.
    """

    gamma0: float
    gamma1: float
    published: float
    fit: SelectionFit
    se: float
    borrowed: bool
    ci_low: float
    ci_high: float
    residual_p: float
    unpublished: float


@dataclass(frozen=True, slots=True)
class CopasAnalysis:
    """The path, weakest selection first, and the step at which no asymmetry is left.

    ``adjusted`` is None where no step gets there, or nothing could be fitted: ``messages`` say
    why. ``left`` says on which side studies are missing; ``slope`` is the path's direction in the
    unit square of gammas (NaN where there is none).
    """

    steps: tuple[Step, ...]
    adjusted: Step | None
    left: bool
    slope: float
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopasPlan:
    """How the path is sought: the defaults are those of R's ``metasens``.

    Parameters
    ----------
    grid
        Values of either gamma, 5 to 60.
    slope
        Direction of the path; None finds it from the contours of the mean.
    left
        Whether small estimates are missing; None asks Egger's test.
    bound
        Largest correlation of an estimate with its chance of being published, in (0, 1).
    tau2
        Estimator for the start of each fit.
    level
        Of the intervals, in (0, 1).

    Raises
    ------
    OptionError
        A choice is outside of its range; all faults at once.
    """

    grid: int = 20
    slope: float | None = None
    left: bool | None = None
    bound: float = 0.9999
    tau2: Tau2Method = "reml"
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        problems = []
        if not COARSEST <= self.grid <= FINEST:
            remedy = f"Give a whole number from {COARSEST} to {FINEST}"
            problems.append(Problem(f"a grid of {self.grid}", "grid", remedy))
        if not 0.0 < self.bound < 1.0:
            remedy = "Give a number above 0 and below 1, such as 0.9999"
            problems.append(Problem(f"{self.bound!r} bounds no correlation", "bound", remedy))
        if problems:
            raise OptionError(problems)
        check_level(self.level)


DEFAULT_COPAS = CopasPlan()


def copas(effects: Effects, plan: CopasPlan = DEFAULT_COPAS) -> CopasAnalysis:
    """Return the Copas analysis of one data set, shape (k,).

    The mean is fitted on a grid of gammas, where a study is published with probability
    Phi(gamma0 + gamma1 / s); the path runs across its contours from no selection on.

    Raises
    ------
    OptionError
        The effects are of more than one data set.

    Notes
    -----
    Carpenter et al. (2009, 10.1016/j.jclinepi.2008.12.002).
    """
    if effects.estimate.ndim != 1:
        remedy = "Give one data set at a time"
        raise OptionError(Problem("several data sets at once", "effects", remedy))
    used = effects.mask
    reasons = _reasons(effects)
    if reasons:
        return CopasAnalysis((), None, left=True, slope=np.nan, messages=reasons)
    y, s = effects.estimate[used], np.sqrt(effects.variance[used])
    left = bool(asymmetry(effects).slope > 0.0) if plan.left is None else plan.left
    between = estimate_tau2(effects, plan.tau2)
    rho = 0.5 * plan.bound * (1.0 if left else -1.0)
    start = np.array([float(weigh(effects, between).mean), rho, float(np.sqrt(between))])
    with np.errstate(all="ignore"):
        return _analysis(_Search(y, s, start, plan, left=left))


def _reasons(effects: Effects) -> tuple[str, ...]:
    few = effects.count < LEAST
    same = constant(effects.variance, effects.mask)
    flat = constant(effects.estimate, effects.mask)
    y, n = effects.tables.events, effects.tables.totals
    empty = ((y == 0.0) | (y == n)).all(axis=-1)
    reasons = [
        (TOO_FEW, few),
        (SAME_SIZE, same & ~few),
        (NO_VARIATION, flat & ~same & ~few),
        (ALL_EMPTY, empty & ~few),
    ]
    return told([(text, np.asarray(where)) for text, where in reasons])


@dataclass(frozen=True, slots=True)
class _Search:
    """The studies, where each fit starts, and the plan."""

    y: Floats
    s: Floats
    start: Floats
    plan: CopasPlan
    left: bool

    def at(self, gamma0: float, gamma1: float) -> Selection:
        return Selection.of((self.y, self.s), (gamma0, gamma1), self.plan.bound)

    @property
    def gammas(self) -> tuple[Floats, Floats]:
        steepest = WIDEST / (1.0 / self.s.min() - 1.0 / self.s.max())
        first = np.linspace(-0.25 - steepest / self.s.max(), 2.0, self.plan.grid)
        return first, np.linspace(0.0, steepest, self.plan.grid)

    def means(self) -> Floats:
        """Return the fitted means over the grid of gammas, shape (grid, grid)."""
        first, second = (gamma.tolist() for gamma in self.gammas)
        return np.array(
            [[maximum(self.at(a, b), self.start).point[0] for b in second] for a in first]
        )

    def step(self, gamma0: float, gamma1: float, before: float) -> Step:
        """Return one step of the path; ``before`` is the standard error of the last."""
        selection = self.at(gamma0, gamma1)
        fit = fit_selection(selection, self.start)
        trend = fit_with_trend(selection, self.start, left=self.left)
        drop = np.asarray(2.0 * (fit.minus_log_likelihood - trend))
        p = float(chi2_tail(np.maximum(drop, 0.0), np.asarray(1.0)))
        published = float(ndtr(gamma0 + gamma1 / self.s.max()))
        borrowed = not fit.se > 0.0
        se = before if borrowed else fit.se
        half = normal_width(self.plan.level) * se
        ends = (fit.mean - half, fit.mean + half)
        missing = selection.unpublished
        return Step(gamma0, gamma1, published, fit, se, borrowed, *ends, p, missing)


def _analysis(search: _Search) -> CopasAnalysis:
    means = search.means()
    if not np.isfinite(means).all():
        why = told([(NO_FIT, np.array(not np.isfinite(means).all()))])
        return CopasAnalysis((), None, left=search.left, slope=np.nan, messages=why)
    lines: tuple[Line, ...] = ()
    if np.ptp(means) > 0.0:
        levels = round_levels(float(means.min()), float(means.max()), CONTOURS)
        lines = contour_lines(means, levels)
    slope = _slope(lines) if search.plan.slope is None else search.plan.slope
    steps = [search.step(NO_LIMIT, 0.0, np.nan)]
    for gammas in _path(search, lines, slope):
        steps.append(search.step(*gammas, steps[-1].se))
    adjusted = next((step for step in steps if step.residual_p > SIGNIFICANT), None)
    said = [
        (NO_LINE, np.isnan(slope)),
        (NEVER, adjusted is None),
        (AT_BOUND, adjusted is not None and adjusted.borrowed),
        (UNSTABLE, True),
        (NO_SELECTION, True),
    ]
    messages = told([(text, np.asarray(where, dtype=np.bool_)) for text, where in said])
    return CopasAnalysis(tuple(steps), adjusted, search.left, float(slope), messages)


def _slope(lines: Sequence[Line]) -> float:
    """Return the direction across the contours that are straight enough, weighed by points."""
    kept = [line for line in lines if line.adjusted_r2 > 0.0]
    if not kept:
        return float("nan")
    points = sum(line.count for line in kept)
    return -points / sum(line.count * line.slope for line in kept)


def _path(search: _Search, lines: Sequence[Line], slope: float) -> list[tuple[float, float]]:
    """Return the gammas where contours meet the path from (1, 1), weakest selection first."""
    first, second = search.gammas
    across = np.array([line.slope for line in lines])
    up = np.array([line.intercept for line in lines])
    x = (1.0 - slope - up) / (across - slope)
    z = 1.0 + slope * (x - 1.0)
    inside = (x >= 0.0) & (x <= 1.0) & (z >= 0.0) & (z <= 1.0)
    gamma0 = x[inside] * (first[-1] - first[0]) + first[0]
    gamma1 = z[inside] * (second[-1] - second[0]) + second[0]
    order = np.argsort(ndtr(gamma0 + gamma1 / search.s.max()), kind="stable")[::-1]
    return [(float(gamma0[i]), float(gamma1[i])) for i in order]
