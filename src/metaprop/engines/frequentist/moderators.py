"""Meta-regression in two steps: whether covariates of the studies go with their rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.frequentist.between.estimate import tau2 as estimate_tau2
from metaprop.engines.frequentist.between.moderated import moderated_tau2
from metaprop.engines.frequentist.linear import LinearFit, linear_fit
from metaprop.engines.frequentist.plan import DEFAULT_PLAN, Plan
from metaprop.engines.frequentist.quantiles import (
    chi2_tail,
    f_tail,
    t_widths,
    two_sided_normal,
    two_sided_t,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects

    Floats = NDArray[np.float64]
    Column = Sequence[float | None] | Sequence[str | None] | NDArray[np.float64]

META_REGRESSION = Method(
    "meta-regression",
    "Covariates of the studies were related to their transformed rates by a mixed-effects "
    "meta-regression.",
    "10.1002/sim.1482",
)
FEW = "Fewer than ten studies for each covariate: take what it says as a hint at most."
DROPPED = "{} of {} studies are left out: a covariate of theirs is not known."
SINGULAR = "The covariates explain each other in these studies: none of them has an estimate."
NO_DF = "No more studies than coefficients: nothing is left to judge them by."
ENOUGH = 10
"""Studies for each covariate below which a meta-regression is but a hint."""


@dataclass(frozen=True, slots=True)
class Design:
    """The columns of a regression: ``names`` (p,), ``matrix`` (k, p), the first of ones.

    ``known`` (k,) marks the studies of which every covariate is known; the others' rows are 0.
    """

    names: tuple[str, ...]
    matrix: Floats
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, covariates: Mapping[str, Column]) -> Design:
        """Return the design of covariates of k studies.

        Numbers stay as they are; words become one column for each but the first in the alphabet,
        named ``site: tibia``. None, NaN and empty words are not known.

        Raises
        ------
        OptionError
            There is no covariate, one has only one value, or their lengths differ.
        """
        columns = {name: list(values) for name, values in covariates.items()}
        problems = _problems(columns)
        if problems:
            raise OptionError(problems)
        known = np.array([all(map(_known, row)) for row in zip(*columns.values(), strict=True)])
        named: dict[str, Floats] = {"intercept": np.ones(known.size)}
        for name, values in columns.items():
            named |= _columns(name, values, known)
        matrix = np.stack([np.where(known, column, 0.0) for column in named.values()], axis=-1)
        return cls(tuple(named), matrix, known)


def _known(value: object) -> bool:
    return value is not None and value != "" and value == value  # noqa: PLR0124 - NaN is not itself


def _problems(columns: dict[str, list[object]]) -> list[Problem]:
    if not columns:
        return [Problem("there is no covariate", "covariates", "Give at least one")]
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        what = f"columns of {sorted(lengths)} studies"
        return [Problem(what, "covariates", "Give one value for each study")]
    return [
        Problem(f"{name} has the same value in all studies", name, "Leave it out")
        for name, values in columns.items()
        if len({str(value) for value in values if _known(value)}) < 2  # noqa: PLR2004 - to compare
    ]


def _columns(name: str, values: list[object], known: NDArray[np.bool_]) -> dict[str, Floats]:
    """Return the columns of one covariate; NaN where it is not known."""
    if any(isinstance(value, str) for value in values):
        kept = [str(value) for value, fine in zip(values, known.tolist(), strict=True) if fine]
        levels = sorted(set(kept))[1:]
        return {
            f"{name}: {level}": np.array([float(value == level) for value in values])
            for level in levels
        }
    return {name: np.array([np.nan if value is None else value for value in values], dtype=float)}


@dataclass(frozen=True, slots=True)
class MetaRegression:
    """Coefficients on the scale of the effects, shape (..., p), in the order of ``names``.

    ``se``, ``low``, ``high`` and ``p_value`` are of the plan's interval (z, or t with residual
    degrees of freedom for Hartung-Knapp). ``tau2`` is what is left between studies, ``tau2_alone``
    without covariates; ``r2`` the share explained, in [0, 1], NaN where there was none. ``q``,
    ``q_df`` and ``q_p_value`` test what is left; ``moderators_p_value`` tests all covariates
    together. Shape (...) each.
    """

    names: tuple[str, ...]
    coefficients: Floats
    se: Floats
    low: Floats
    high: Floats
    p_value: Floats
    tau2: Floats
    tau2_alone: Floats
    r2: Floats
    q: Floats
    q_df: Floats
    q_p_value: Floats
    moderators: Floats
    moderators_p_value: Floats
    messages: tuple[str, ...]


def regress(effects: Effects, design: Design, plan: Plan = DEFAULT_PLAN) -> MetaRegression:
    """Return the regression of the studies' values on covariates.

    Parameters
    ----------
    effects
        Estimates and variances, shape (..., k).
    design
        Columns of the same k studies.
    plan
        Its ``tau2``, ``interval`` (z or hartung-knapp), ``safeguard`` (none or se) and ``level``.

    Raises
    ------
    OptionError
        The design is of other studies, or the interval is not one for a regression.

    Notes
    -----
    Thompson and Higgins (2002); Knapp and Hartung (2003, 10.1002/sim.1482).
    """
    _check(effects, design, plan)
    kept = np.flatnonzero(design.known)
    part, matrix = effects.take(kept), design.matrix[kept]
    between = moderated_tau2(part, matrix, plan.tau2)
    fit = linear_fit(
        part.estimate,
        1.0 / (part.variance + np.nan_to_num(between)[..., None]),
        np.where(part.mask[..., None], matrix, 0.0),
        part.count,
    )
    fixed = moderated_q(part, matrix)
    alone = estimate_tau2(part, plan.tau2)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(alone > 0.0, np.maximum(1.0 - between / alone, 0.0), np.nan)
    return _answer(design, fit, plan, (between, alone, r2), fixed)


def moderated_q(effects: Effects, matrix: Floats) -> LinearFit:
    """Return the regression with weights 1 / v, whose Q tests what is left between studies."""
    columns = np.where(effects.mask[..., None], matrix, 0.0)
    return linear_fit(effects.estimate, 1.0 / effects.variance, columns, effects.count)


def _check(effects: Effects, design: Design, plan: Plan) -> None:
    problems = []
    if design.known.size != effects.estimate.shape[-1]:
        what = f"covariates of {design.known.size} studies for {effects.estimate.shape[-1]}"
        problems.append(Problem(what, "covariates", "Give one value for each study"))
    if plan.interval == "kenward-roger":
        remedy = "Use z or hartung-knapp"
        problems.append(Problem("kenward-roger is not offered here", "interval", remedy))
    if plan.safeguard not in {"none", "se"}:
        remedy = "Use none or se"
        problems.append(Problem(f"{plan.safeguard} is not offered here", "safeguard", remedy))
    if problems:
        raise OptionError(problems)


def _answer(
    design: Design,
    fit: LinearFit,
    plan: Plan,
    variances: tuple[Floats, Floats, Floats],
    fixed: LinearFit,
) -> MetaRegression:
    normal = plan.interval == "z"
    se = fit.se if normal else fit.scaled_se
    if not normal and plan.safeguard == "se":
        se = np.fmax(se, fit.se)
    df = np.where(fit.df > 0.0, fit.df, np.nan)
    width = t_widths(np.full_like(df, np.inf) if normal else df, plan.level)
    half = se * np.asarray(width)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = fit.coefficients / se
    p_value = two_sided_normal(ratio) if normal else two_sided_t(ratio, df[..., None])
    together, p_together = _omnibus(fit, se, df, normal=normal)
    return MetaRegression(
        design.names,
        fit.coefficients,
        se,
        fit.coefficients - half,
        fit.coefficients + half,
        p_value,
        *variances,
        fixed.q,
        fixed.df,
        chi2_tail(fixed.q, fixed.df),
        together,
        p_together,
        _messages(design, fit),
    )


def _omnibus(fit: LinearFit, se: Floats, df: Floats, *, normal: bool) -> tuple[Floats, Floats]:
    """Return the test of all coefficients but the first: chi-squared, or F per coefficient."""
    b = fit.coefficients[..., 1:]
    block = fit.covariance[..., 1:, 1:]
    lost = np.isnan(block).any(axis=(-1, -2))
    block = np.where(lost[..., None, None], np.eye(b.shape[-1]), block)
    statistic = np.where(lost, np.nan, np.vecdot(b, np.linalg.solve(block, b[..., None])[..., 0]))
    m = float(b.shape[-1])
    if normal:
        return statistic, chi2_tail(statistic, np.full_like(statistic, m))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = (se[..., 0] / fit.se[..., 0]) ** 2
        statistic = statistic / (m * scale)
    return statistic, f_tail(statistic, m, df)


def _messages(design: Design, fit: LinearFit) -> tuple[str, ...]:
    k, covariates = design.known.size, len(design.names) - 1
    unknown = k - int(design.known.sum())
    said = [DROPPED.format(unknown, k)] if unknown else []
    if np.isnan(fit.coefficients).any():
        said.append(SINGULAR)
    if np.any(fit.df <= 0):
        said.append(NO_DF)
    elif np.any(fit.df + covariates + 1 < ENOUGH * covariates):
        said.append(FEW)
    return tuple(said)
