"""Answers under a reading that assumes something of rates, not of counts.

Two such assumptions: studies that do not report an outcome have other odds, or studies of one group
resemble each other. Everything else of the model stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.questions.answers import ModelAnswer, OutcomeAnswer
from metaprop.questions.observed import totals_of
from metaprop.questions.summaries import Question, summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import Quality
    from metaprop.engines.posterior import Marginal
    from metaprop.evidence.columns import Column
    from metaprop.evidence.dataset import Outcome


def with_unreported_odds(
    outcome: Outcome, models: Sequence[Model], question: Question, odds: float
) -> OutcomeAnswer:
    """Return an outcome whose odds in studies that do not report it are ``odds`` times as high.

    ``average`` and ``new_study`` are over studies of both kinds; a typical study is of one kind, so
    there is no answer for it.
    """
    from metaprop.engines import fitting

    answers = []
    for model in models:
        found = fitting.fit_partly_reported(outcome.studies, model, odds)
        marginals: list[Marginal | None] = [found.average, found.new_study, found.heterogeneity]
        answers.append(_answer(model, found.quality, marginals, question))
    return _outcome(outcome, answers, question)


def with_shared_effect(
    outcome: Outcome, models: Sequence[Model], question: Question, groups: Sequence[str]
) -> OutcomeAnswer:
    """Return an outcome whose studies of one group share a random effect.

    Under logit-normal models alone; ``groups`` has the group of each study of the outcome.
    """
    from metaprop.engines import fitting

    answers = []
    for model in models:
        if model.family == "logit-normal":
            found = fitting.fit_grouped(outcome.studies, model, groups)
            marginals = [found.average, found.typical, found.new_study]
            answers.append(_answer(model, found.quality, marginals, question))
    return _outcome(outcome, answers, question)


def groups_of(column: Column, names: Sequence[str], outcome: Outcome) -> tuple[str, ...]:
    """Return the group of each study of an outcome; one without a cell is a group of its own."""
    cells: Mapping[str, str | None] = dict(zip(names, column.values, strict=True))
    # a cell cannot hold a line break, so that no study's own group is another's
    return tuple(cells[study] or f"\n{study}" for study in outcome.studies.names)


def _answer(
    model: Model, quality: Quality, marginals: Sequence[Marginal | None], question: Question
) -> ModelAnswer:
    return ModelAnswer(
        id=model.id,
        name=model.name,
        family=model.family,
        engine="exact",
        quality=quality,
        log_marginal_likelihood=None,
        estimands=tuple(summarise(one, question) for one in marginals if one is not None),
        studies=(),
        curves=(),
        new_count=None,
    )


def _outcome(outcome: Outcome, answers: Sequence[ModelAnswer], question: Question) -> OutcomeAnswer:
    return OutcomeAnswer(
        id=outcome.id,
        label=outcome.label,
        direction=outcome.direction,
        thresholds=question.above,
        headline=outcome.headline,
        totals=totals_of(outcome.studies),
        observed=(),
        models=tuple(answers),
    )
