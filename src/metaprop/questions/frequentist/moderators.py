"""Covariates of the studies, one at a time, in two steps and in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from metaprop.core.errors import InputError
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.moderators import DROPPED, ENOUGH, FEW, Design, regress
from metaprop.engines.frequentist.one_step.moderators import fit_meta_regression
from metaprop.engines.frequentist.plan import Plan
from metaprop.questions.frequentist.answers import Coefficient, ModeratorFit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.evidence.columns import Covariate
    from metaprop.evidence.studies import Studies

NOTHING = float("nan")


def moderator_fits(
    studies: Studies, covariates: Sequence[Covariate], level: float
) -> tuple[ModeratorFit, ...]:
    """Return two regressions for each covariate; those that cannot be fitted say why."""
    return tuple(fit for covariate in covariates for fit in _both(studies, covariate, level))


def _both(studies: Studies, covariate: Covariate, level: float) -> Iterator[ModeratorFit]:
    try:
        design = Design.of({covariate.name: covariate.values})
    except InputError as fault:
        known = np.array([value is not None for value in covariate.values])
        for approach in ("two-step", "one-step"):
            yield _unfitted(studies, covariate, approach, known, _reasons(fault))
        return
    yield _two_step(studies, covariate, design, level)
    yield _one_step(studies, covariate, design, level)


def _two_step(studies: Studies, covariate: Covariate, design: Design, level: float) -> ModeratorFit:
    plan = Plan("reml", "hartung-knapp", "se", "hts-k-1", level)
    found = regress(effects(studies.events, studies.totals), design, plan)
    columns = (found.coefficients, found.se, found.low, found.high, found.p_value)
    return ModeratorFit(
        covariate=covariate.name,
        unit=covariate.unit,
        approach="two-step",
        k=int(design.known.sum()),
        left_out=_left_out(studies, design.known),
        coefficients=_coefficients(found.names, columns),
        tau2=float(found.tau2),
        tau2_without=float(found.tau2_alone),
        statistic=float(found.moderators),
        df=float(len(found.names) - 1),
        p_value=float(found.moderators_p_value),
        messages=found.messages,
    )


def _one_step(studies: Studies, covariate: Covariate, design: Design, level: float) -> ModeratorFit:
    known, names = design.known, design.names
    try:
        found = fit_meta_regression(
            studies.where(known), design.matrix[known, 1:], names[1:], level=level
        )
    except InputError as fault:
        return _unfitted(studies, covariate, "one-step", known, _reasons(fault))
    with np.errstate(invalid="ignore"):
        p_value = 2.0 * special.ndtr(-np.abs(found.coefficients / found.se))
    columns = (found.coefficients, found.se, found.low, found.high, p_value)
    test = found.test
    return ModeratorFit(
        covariate=covariate.name,
        unit=covariate.unit,
        approach="one-step",
        k=int(known.sum()),
        left_out=_left_out(studies, known),
        coefficients=_coefficients(names, columns),
        tau2=found.tau2,
        tau2_without=found.tau2_without,
        statistic=NOTHING if test is None else test.statistic,
        df=NOTHING if test is None else float(test.df),
        p_value=NOTHING if test is None else test.p_value,
        messages=(*_cautions(known, len(names) - 1), *found.messages),
    )


def _cautions(known: np.ndarray[tuple[int], np.dtype[np.bool_]], columns: int) -> Iterator[str]:
    """Yield what is to be said of any regression on so few studies, as in two steps."""
    k, kept = known.size, int(known.sum())
    if kept < k:
        yield DROPPED.format(k - kept, k)
    if kept < ENOUGH * columns:
        yield FEW


def _coefficients(
    names: Sequence[str], columns: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]]
) -> tuple[Coefficient, ...]:
    rows = zip(names, *(column.tolist() for column in columns), strict=True)
    return tuple(Coefficient(*row) for row in rows)


def _left_out(
    studies: Studies, known: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[str, ...]:
    return tuple(n for n, fine in zip(studies.names, known.tolist(), strict=True) if not fine)


def _unfitted(
    studies: Studies,
    covariate: Covariate,
    approach: str,
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    messages: tuple[str, ...],
) -> ModeratorFit:
    numbers = (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    which: Literal["two-step", "one-step"] = "two-step" if approach == "two-step" else "one-step"
    left, kept = _left_out(studies, known), int(known.sum())
    return ModeratorFit(
        covariate.name, covariate.unit, which, kept, left, (), *numbers, messages=messages
    )


def _reasons(fault: InputError) -> tuple[str, ...]:
    return tuple(f"No regression: {problem.what}." for problem in fault.problems)
