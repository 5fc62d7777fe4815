"""Findings as sentences: what the terminal says first and what a figure has for a title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from metaprop.core import wording
from metaprop.questions import thresholds as asked_about
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer

_ORDER = ("logit-normal", "beta-binomial")
_COMMON = "common-rate"


class _OfFamily(Protocol):
    @property
    def family(self) -> str: ...


def in_order[M: _OfFamily](models: Sequence[M]) -> tuple[M, ...]:
    """Return the models as they are told: logit-normal, beta-binomial, others, common rate last."""
    places = {family: place for place, family in enumerate(_ORDER)} | {_COMMON: len(models) + 2}
    return tuple(sorted(models, key=lambda model: places.get(model.family, len(_ORDER))))


def headline(outcome: OutcomeAnswer) -> ModelAnswer:
    """Return the model that titles and the rates of single studies are told by."""
    return in_order(outcome.models)[0]


def varying(outcome: OutcomeAnswer) -> tuple[ModelAnswer, ...]:
    """Return the models in which studies differ; all models if there is no such one."""
    models = in_order(outcome.models)
    return tuple(model for model in models if model.family != _COMMON) or models


def model_label(model: ModelAnswer, outcome: OutcomeAnswer) -> str:
    """Return the family, or the model's id where two models are of one family."""
    same = [other for other in outcome.models if other.family == model.family]
    return model.family if len(same) == 1 else printable(model.id)


def rate_name(label: str) -> str:
    """Return what a rate is called inside a sentence: ``Union`` is the ``union rate``."""
    words = printable(label)
    if not words:
        return "rate"
    first = words.split()[0]
    if first[1:] == first[1:].lower():
        words = words[0].lower() + words[1:]
    return words if words.lower().endswith("rate") else f"{words} rate"


def rate_title(label: str) -> str:
    """Return what a rate is called on an axis: capitals inside stay, ``Union by CT rate``."""
    words = rate_name(label)
    return words[:1].upper() + words[1:]


def estimand_name(estimand: Estimand, label: str = "") -> str:
    """Return an estimand in words, for the middle of a sentence."""
    rate = rate_name(label)
    names = {
        "average": f"average {rate}",
        "typical": f"{rate} of the typical study",
        "new_study": f"{rate} in the next study",
        "study": f"{rate} of the study",
        "tau": "between-study SD tau of the log odds",
        "rho": "intraclass correlation rho",
    }
    return names[estimand]


def side(outcome: OutcomeAnswer) -> str:
    """Return which side of a threshold is the good one."""
    return asked_about.good_side(outcome.direction)


def side_probability(
    outcome: OutcomeAnswer, model: ModelAnswer, estimand: Estimand, threshold: float
) -> float:
    """Return the probability of lying on the good side of a threshold, in [0, 1]."""
    above = model.estimand(estimand).probability(threshold).value
    return above if side(outcome) == "above" else 1.0 - above


def probability_sentence(outcome: OutcomeAnswer, estimand: Estimand, threshold: float) -> str:
    """Return the answer to "how probable is it that ...?", by every model."""
    answers = ", ".join(
        f"{wording.inferred(side_probability(outcome, model, estimand, threshold))}"
        f" ({model_label(model, outcome)})"
        for model in in_order(outcome.models)
    )
    name = estimand_name(estimand, outcome.label)
    where = f"{side(outcome)} {wording.threshold(threshold)}"
    better = "" if side(outcome) == "above" else ", where lower is better"
    return f"Probability that the {name} is {where}{better}: {answers}"


def location_sentence(outcome: OutcomeAnswer, estimand: Estimand) -> str:
    """Return median and interval of an estimand by every model, for questions without threshold."""
    answers = "; ".join(
        f"{median_and_interval(model, estimand)} ({model_label(model, outcome)})"
        for model in in_order(outcome.models)
    )
    name = estimand_name(estimand, outcome.label)
    return f"Median of the {name}: {answers}"


def median_and_interval(model: ModelAnswer, estimand: Estimand) -> str:
    """Return the median of a rate with its interval and the interval's level, in percent."""
    summary = model.estimand(estimand)
    ends = wording.interval(summary.interval.low, summary.interval.high)
    level = wording.threshold(summary.interval.level)
    return f"{wording.inferred(summary.median.value)}, {level} interval {ends}"


def answers_in_words(outcome: OutcomeAnswer, thresholds: Sequence[float]) -> tuple[str, ...]:
    """Return the sentences that a reader sees first: the average, then the next study."""
    estimands: tuple[Estimand, Estimand] = ("average", "new_study")
    if not thresholds:
        return tuple(location_sentence(outcome, estimand) for estimand in estimands)
    return tuple(
        probability_sentence(outcome, estimand, threshold)
        for estimand in estimands
        for threshold in thresholds
    )


def main_threshold(outcome: OutcomeAnswer) -> float | None:
    """Return the threshold that titles are about, as ``questions.thresholds`` chooses it."""
    return asked_about.main_threshold(outcome.direction, outcome.thresholds, outcome.headline)


def finding(outcome: OutcomeAnswer, estimand: Estimand = "average") -> str:
    """Return the finding of the headline model in one line, as the title of a figure."""
    model = headline(outcome)
    name = estimand_name(estimand, outcome.label)
    name = name[0].upper() + name[1:]
    threshold = main_threshold(outcome)
    if threshold is None:
        return f"{name}: {median_and_interval(model, estimand)}"
    chance = wording.inferred(side_probability(outcome, model, estimand, threshold))
    return f"{name}: {side(outcome)} {wording.threshold(threshold)} with probability {chance}"


def evidence_line(outcome: OutcomeAnswer) -> str:
    """Return what was observed in one line: studies, events, patients, crude rate."""
    totals = outcome.totals
    studies = wording.counted(totals.studies, "study", "studies")
    of = f"of {wording.counted(totals.patients, 'patient', 'patients')}"
    if totals.crude_rate is None:
        return f"{studies}, between {totals.low} and {totals.high} events {of}"
    events = wording.counted(totals.low, "event", "events")
    return f"{studies}, {events} {of}; crude rate {wording.percent(totals.crude_rate)}"


def interval_words(level: float, kind: IntervalKind) -> str:
    """Return what an interval is, with its level and kind."""
    return f"{wording.threshold(level)} {kind} credible interval"


def quality_lines(outcome: OutcomeAnswer) -> tuple[str, ...]:
    """Return one line for each fit that is not simply to be trusted, the failed ones first."""
    told = [
        (quality, model)
        for model in in_order(outcome.models)
        for quality in model.qualities
        if quality.status != "ok"
    ]
    told.sort(key=lambda pair: pair[0].status != "failed")
    return tuple(
        f"{quality.status.upper()} ({printable(outcome.id)}, {model_label(model, outcome)}): "
        f"{quality.message} {quality.remedy}".rstrip()
        for quality, model in told
    )


def failed(outcome: OutcomeAnswer) -> bool:
    """Return whether a fit of this outcome cannot be trusted."""
    qualities = (quality for model in outcome.models for quality in model.qualities)
    return any(quality.status == "failed" for quality in qualities)
