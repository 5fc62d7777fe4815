"""Ask the meta-regression about every covariate of an outcome, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.assumptions.model import Model, default_regression_model
from metaprop.core.errors import OptionError, Problem
from metaprop.engines.exact.posterior import fit_exact
from metaprop.engines.nuts.regression import fit_regression
from metaprop.engines.nuts.sampling import Settings
from metaprop.questions.moderators.answers import (
    CurvePoint,
    LevelAnswer,
    ModeratorAnswer,
    Moderators,
    StudyPoint,
    UnaskedCovariate,
)
from metaprop.questions.moderators.differences import contrasts, marks
from metaprop.questions.observed import counts_of
from metaprop.questions.options import option_problems
from metaprop.questions.summaries import Question, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import RegressionModel
    from metaprop.engines.nuts.regression import RegressionPosterior
    from metaprop.evidence.columns import Covariate
    from metaprop.evidence.studies import Studies
    from metaprop.questions.answers import Summary

SETTINGS = Settings(draws=1000)
"""Enough for two digits: more than a thousand effective draws where the chains mix."""
FEWEST = 4
"""Studies of which a covariate must be known."""
POINTS = 25
"""Of a curve over a number."""
THIN = 2
"""Every so manieth draw makes the curve."""


def ask_moderators(  # noqa: PLR0913 - the one door of the room; all but three have defaults
    studies: Studies,
    covariates: Sequence[Covariate],
    model: RegressionModel | None = None,
    *,
    thresholds: Sequence[float] = (),
    level: float = 0.95,
    seed: int = 0,
    outcome: str = "events",
    label: str = "",
    on_stage: Callable[[str, str], None] | None = None,
) -> Moderators:
    """Return what the rates of an outcome have to do with each covariate.

    Parameters
    ----------
    studies
        One outcome in k studies; ranges and missing counts are taken as such.
    covariates
        Each of the k studies in their order, None where it is not known: such studies are left
        out of that regression, and named.
    model
        The meta-regression with its priors; None takes the one that comes with metaprop.
    thresholds
        Rates in (0, 1) whose exceedance is asked for at every level of a covariate.
    level
        Of every equal-tailed interval, in (0, 1).
    seed
        Decides every random number, 0 or more.
    outcome, label
        The outcome's id and its name in words, kept in the record.
    on_stage
        Called with a covariate's name and ``"compiling"`` or ``"sampling"``.

    Raises
    ------
    OptionError
        An argument is outside its domain, or the table is too long for a sampler.

    Examples
    --------
    >>> from metaprop import Studies, ask_moderators
    >>> from metaprop.evidence.columns import Covariate
    >>> studies = Studies.of(["A", "B", "C", "D"], [9, 14, 10, 7], [9, 15, 11, 8])
    >>> site = Covariate("site", "Site", None, "category", ("tibia",) * 4)
    >>> ask_moderators(studies, [site]).unasked[0].reason
    'It is the same in all studies of which it is known.'
    """
    problems = option_problems(thresholds, level, "equal-tailed", "nuts", None)
    problems += [
        Problem(f"{len(one.values)} values for {studies.k} studies", one.name, "Give one for each")
        for one in covariates
        if len(one.values) != studies.k
    ]
    if problems:
        raise OptionError(problems)
    model = model or default_regression_model()
    question = Question(tuple(thresholds), level, "equal-tailed", "summary", None)
    settings = Settings(draws=SETTINGS.draws, seed=seed)
    answers: list[ModeratorAnswer] = []
    unasked: list[UnaskedCovariate] = []
    asked: dict[tuple[object, ...], str] = {}
    for covariate in covariates:
        reason = _reason(covariate, asked)
        if reason is not None:
            unasked.append(UnaskedCovariate(covariate.name, covariate.label, reason))
            continue
        asked[_split(covariate)] = covariate.label
        name = covariate.name
        tell = (lambda stage, name=name: on_stage(name, stage)) if on_stage is not None else None
        answers.append(_answer(studies, covariate, model, question, settings, tell))
    return Moderators(
        outcome=outcome,
        outcome_label=label,
        model=model.id,
        coefficient=model.coefficient.prior.prose(),
        level=level,
        answers=tuple(answers),
        unasked=tuple(unasked),
        direction_by_chance=_by_chance(sum(len(answer.contrasts) for answer in answers)),
    )


def _by_chance(contrasts: int) -> float:
    """Return the median of the largest of so many even P values of a direction, folded at half."""
    return float(0.5 + 0.5 * 0.5 ** (1.0 / contrasts)) if contrasts else 0.5


def _reason(covariate: Covariate, asked: dict[tuple[object, ...], str]) -> str | None:
    """Return why a covariate is not asked about, None where it is."""
    known = [value for value in covariate.values if value is not None]
    if len(known) < FEWEST:
        return f"It is known of {len(known)} studies only."
    if len(set(known)) == 1:
        return "It is the same in all studies of which it is known."
    same = asked.get(_split(covariate))
    return None if same is None else f"It parts the studies exactly as {same} does."


def _split(covariate: Covariate) -> tuple[object, ...]:
    """Return what tells two covariates apart: two groups are the same whatever they are called."""
    values = covariate.values
    kinds = list(dict.fromkeys(value for value in values if value is not None))
    if covariate.kind == "number" and len(kinds) > 2:  # noqa: PLR2004 - two values are two groups
        return values
    return tuple(None if value is None else kinds.index(value) for value in values)


def _answer(
    studies: Studies,
    covariate: Covariate,
    model: RegressionModel,
    question: Question,
    settings: Settings,
    on_stage: Callable[[str], None] | None,
) -> ModeratorAnswer:
    known = np.array([value is not None for value in covariate.values])
    values = [value for value in covariate.values if value is not None]
    kept = studies.where(known)
    posterior = fit_regression(kept, values, model, settings, on_stage)
    return ModeratorAnswer(
        covariate=covariate.name,
        label=covariate.label,
        unit=covariate.unit,
        kind=covariate.kind,
        left_out=tuple(n for n, fine in zip(studies.names, known, strict=True) if not fine),
        settings=settings,
        diagnostics=posterior.diagnostics,
        quality=posterior.quality,
        levels=tuple(_levels(posterior, covariate, question)),
        contrasts=contrasts(posterior, covariate, question.level),
        curve=_curve(posterior, question.level) if covariate.kind == "number" else (),
        studies=_points(posterior, question.level),
        tau=summarise(posterior.tau, question),
        tau_without=_tau_without(kept, model, question),
    )


def _levels(
    posterior: RegressionPosterior, covariate: Covariate, question: Question
) -> list[LevelAnswer]:
    found = []
    for mark in marks(posterior, covariate):
        mine = [mark.value == value for value in posterior.values]
        group = isinstance(mark.value, str)
        found.append(
            LevelAnswer(
                label=mark.label,
                value=None if isinstance(mark.value, str) else mark.value,
                studies=sum(mine) if group else 0,
                patients=int(posterior.studies.totals[np.array(mine)].sum()) if group else 0,
                average=summarise(posterior.average(mark.value), question),
            )
        )
    return found


def _curve(posterior: RegressionPosterior, level: float) -> tuple[CurvePoint, ...]:
    numbers = [float(value) for value in posterior.values]
    tail = 0.5 * (1.0 - level)
    points = []
    for value in np.linspace(min(numbers), max(numbers), POINTS).tolist():
        drawn = posterior.average_draws(value, THIN)
        low, median, high = np.quantile(drawn, [tail, 0.5, 1.0 - tail]).tolist()
        points.append(CurvePoint(value, low, median, high))
    return tuple(points)


def _points(posterior: RegressionPosterior, level: float) -> tuple[StudyPoint, ...]:
    tail = 0.5 * (1.0 - level)
    studies = posterior.studies
    points = []
    for index, (low, high, total) in enumerate(counts_of(studies)):
        drawn = posterior.study(index).values
        own = np.quantile(drawn, [tail, 0.5, 1.0 - tail]).tolist()
        value = posterior.values[index]
        group = value if isinstance(value, str) else None
        number = None if isinstance(value, str) else float(value)
        points.append(StudyPoint(studies.names[index], number, group, low, high, total, *own))
    return tuple(points)


def _tau_without(studies: Studies, model: RegressionModel, question: Question) -> Summary:
    """Return tau of the same studies under the same priors without the covariate."""
    plain = Model(
        model.id, model.name, "logit-normal", model.sentence, model.location, model.heterogeneity
    )
    spread = fit_exact(studies, plain).heterogeneity
    if spread is None:
        raise TypeError("a logit-normal model has a heterogeneity")
    return summarise(spread, question)
