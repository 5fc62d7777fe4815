"""All outcomes in one table: every model, the joint one, and the published figure beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting import prose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.questions.answers import Analysis, Summary
    from metaprop.questions.frequentist.answers import PublishedRate
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.reporting.tables import Cell

HEAD = (
    *("outcome", "events_low", "events_high", "patients", "by", "average_median", "average_low"),
    *("average_high", "new_study_median", "new_study_low", "new_study_high", "level"),
)
PUBLISHED = "as published"


def thresholds_of(analysis: Analysis) -> tuple[float, ...]:
    """Return every threshold that any outcome is asked about, increasing."""
    return tuple(sorted({rate for outcome in analysis.outcomes for rate in outcome.thresholds}))


def outcomes_head(analysis: Analysis) -> tuple[str, ...]:
    """Return the header: the probability that the average exceeds each threshold comes last."""
    return (*HEAD, *(f"average_above_{rate:g}" for rate in thresholds_of(analysis)))


def outcome_rows(
    analysis: Analysis,
    joint: Sequence[JointAnswer],
    published: Mapping[str, PublishedRate],
) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each outcome and model, the joint one with its whole group, and the claim."""
    whole = whole_groups(joint)
    for outcome in analysis.outcomes:
        totals = outcome.totals
        head = (outcome.id, totals.low, totals.high, totals.patients)
        rates = thresholds_of(analysis)
        for model in prose.varying(outcome):
            pair = (model.estimand("average"), model.estimand("new_study"))
            yield (*head, model.id, *_numbers(*pair, analysis.level, rates))
        for answer in whole:
            for one in answer.types:
                if one.id == outcome.id:
                    numbers = _numbers(one.average, one.new_study, answer.level, rates)
                    yield (*head, answer.model, *numbers)
        claim = published.get(outcome.id)
        if claim is not None:
            ends = (claim.estimate, claim.ci_low, claim.ci_high)
            yield (*head, PUBLISHED, *ends, *(None,) * (4 + len(rates)))


def whole_groups(joint: Sequence[JointAnswer]) -> tuple[JointAnswer, ...]:
    """Return the fits that have every outcome of their group."""
    return tuple(answer for answer in joint if not answer.left_out)


def _numbers(
    average: Summary, new_study: Summary, level: float, rates: Sequence[float]
) -> tuple[Cell, ...]:
    found = {entry.above: entry.probability.value for entry in average.above}
    ends = [
        number
        for one in (average, new_study)
        for number in (one.median.value, one.interval.low, one.interval.high)
    ]
    return (*ends, level, *(found.get(rate) for rate in rates))
