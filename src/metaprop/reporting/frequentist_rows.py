"""Rows of the frequentist tables: the comparison, small-study effects, covariates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.reporting import prose
from metaprop.reporting.frequentist_words import TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.answers import Analysis, ModelAnswer, OutcomeAnswer
    from metaprop.questions.frequentist.answers import (
        AdjustedRate,
        ComparedMethod,
        FrequentistAnswer,
        PublishedRate,
        SmallStudyResult,
    )

Cell = str | float | int | None

COMPARED = (
    *("outcome", "approach", "changed", "method", "estimand", "estimate", "low", "high"),
    *("level", "interval", "prediction_low", "prediction_high", "tau2", "rho", "studies_used"),
    *("phantom_events", "corrected_weight", "crude_rate", "holds_crude_rate", "notes"),
)
SMALL_STUDY = (
    *("outcome", "method", "statistic", "expected", "without_empty_cells", "p_value"),
    *("p_bootstrap", "bootstrap_error", "p_refitted", "refitted_error", "share_with_statistic"),
    *("simulations", "adjusted_estimate", "adjusted_low", "adjusted_high", "level", "notes"),
)
MODERATORS = (
    *("outcome", "covariate", "unit", "approach", "studies", "left_out", "term", "log_odds"),
    *("se", "low", "high", "level", "p_value", "statistic", "df", "p_together", "tau2"),
    *("tau2_without", "notes"),
)
ADJUSTED = {
    "trim-and-fill": "Trim and fill, rate",
    "copas": "Copas selection model, rate",
    "copas-all": "Copas selection model, 0.5 to every study, rate",
    "limit": "Limit meta-analysis, rate",
}


def compared_rows(
    analysis: Analysis, answers: Sequence[FrequentistAnswer]
) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each method of each outcome: frequentist, Bayesian, as published.

    An outcome without exact counts has one row that says why it is left out, then the Bayesian
    ones. Bayesian estimates are medians, their prediction the interval of the next study.
    """
    for outcome, found in zip(analysis.outcomes, answers, strict=True):
        crude = outcome.totals.crude_rate
        if found.left_out is not None:
            blank: tuple[Cell, ...] = (None,) * (len(COMPARED) - 5)
            yield (outcome.id, "frequentist", None, "left out", *blank, found.left_out)
        for row in found.compared:
            yield _frequentist(outcome, found.level, row, crude)
        for model in prose.varying(outcome):
            yield _bayesian(outcome, model, crude)
        if found.published is not None:
            yield _published(outcome, found.published, crude)


def _frequentist(
    outcome: OutcomeAnswer, level: float, row: ComparedMethod, crude: float | None
) -> tuple[Cell, ...]:
    numbers = (row.estimate, row.ci_low, row.ci_high, level, row.interval)
    added = (row.used, row.phantom_events, row.corrected_weight)
    return (
        *(outcome.id, "frequentist", row.section, row.label, row.estimand),
        *numbers,
        *(row.prediction_low, row.prediction_high, row.tau2, row.rho),
        *added,
        *(crude, _holds(row.ci_low, row.ci_high, crude), " ".join(row.messages)),
    )


def _bayesian(outcome: OutcomeAnswer, model: ModelAnswer, crude: float | None) -> tuple[Cell, ...]:
    average, new = model.estimand("average"), model.estimand("new_study").interval
    ends = average.interval
    kind = f"{ends.kind} credible"
    return (
        *(outcome.id, f"Bayesian, {model.engine}", "model", model.id, "average"),
        *(average.median.value, ends.low, ends.high, ends.level, kind, new.low, new.high),
        *(None, None, outcome.totals.studies, 0.0, 0.0, crude),
        *(_holds(ends.low, ends.high, crude), None),
    )


def _published(
    outcome: OutcomeAnswer, claim: PublishedRate, crude: float | None
) -> tuple[Cell, ...]:
    return (
        *(outcome.id, "published", None, "as printed", None),
        *(claim.estimate, claim.ci_low, claim.ci_high, None, None, None, None),
        *(None, None, None, None, None, crude),
        *(_holds(claim.ci_low, claim.ci_high, crude), claim.source),
    )


def _holds(low: float, high: float, crude: float | None) -> str | None:
    if crude is None or math.isnan(low) or math.isnan(high):
        return None
    return "yes" if low <= crude <= high else "no"


def small_study_rows(answers: Sequence[FrequentistAnswer]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each statistic, each adjusted rate and what they can mean."""
    for found in answers:
        if found.small_study is None:
            continue
        for result in found.small_study.tests:
            yield _statistic(found, result)
        for rate in found.small_study.adjusted:
            yield _adjusted(found, rate)
        blank: tuple[Cell, ...] = (None,) * (len(SMALL_STUDY) - 3)
        yield (found.id, "What it means", *blank, " ".join(found.small_study.sentences))


def _statistic(found: FrequentistAnswer, result: SmallStudyResult) -> tuple[Cell, ...]:
    return (
        *(found.id, TESTS[result.test], result.statistic, result.expected, result.without_empty),
        *(result.p_value, result.p_bootstrap, result.bootstrap_error),
        *(result.p_refitted, result.refitted_error, result.share, result.simulations),
        *(None, None, None, None, " ".join(result.messages)),
    )


def _adjusted(found: FrequentistAnswer, rate: AdjustedRate) -> tuple[Cell, ...]:
    blank: tuple[Cell, ...] = (None,) * 6
    numbers = (rate.estimate, rate.ci_low, rate.ci_high, found.level)
    return (
        *(found.id, ADJUSTED[rate.method], rate.unpublished, None, None, rate.p_value),
        *blank,
        *numbers,
        " ".join(rate.messages),
    )


def moderator_rows(answers: Sequence[FrequentistAnswer]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row for each coefficient; one without numbers where there is no regression."""
    for found in answers:
        for fit in found.moderators:
            head = (found.id, fit.covariate, fit.unit, fit.approach, fit.k)
            tail = (fit.statistic, fit.df, fit.p_value, fit.tau2, fit.tau2_without)
            left, notes = "; ".join(fit.left_out) or None, " ".join(fit.messages)
            for term in fit.coefficients:
                numbers = (term.estimate, term.se, term.low, term.high, found.level, term.p_value)
                yield (*head, left, term.name, *numbers, *tail, notes)
            if not fit.coefficients:
                yield (*head, left, None, *(None,) * 11, notes)
