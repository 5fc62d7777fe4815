"""Answers for machines: the flat list of records that ``metaprop fit --json`` prints."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from metaprop.reporting.codec import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.core.estimates import Estimate
    from metaprop.questions.answers import Analysis, CountPrediction, ModelAnswer, Summary

Record = dict[str, Any]


def machine_records(analysis: Analysis) -> list[Record]:
    """Return every number of the analysis' estimands as one flat record each.

    A record has ``outcome``, ``model``, ``engine``, ``estimand`` (null for the log marginal
    likelihood), ``quantity``, ``at`` (level of a quantile, rate of an exceedance, number of events;
    else null), ``value`` and ``error``; and ``undefined``, a reason, where the value is null.
    """
    return [
        {"outcome": outcome.id, "model": model.id, "engine": model.engine, **record}
        for outcome in analysis.outcomes
        for model in outcome.models
        for record in _of_model(model)
    ]


def machine_text(analysis: Analysis) -> str:
    """Return the records as JSON, one on each line."""
    lines = (json.dumps(record, ensure_ascii=False) for record in machine_records(analysis))
    return "[\n" + ",\n".join(lines) + "\n]"


def _of_model(model: ModelAnswer) -> Iterator[Record]:
    for summary in model.estimands:
        yield from _of_summary(summary)
    if model.log_marginal_likelihood is not None:
        yield _record(None, "log_marginal_likelihood", None, model.log_marginal_likelihood)
    if model.new_count is not None:
        yield from _of_count(model.new_count)


def _of_summary(summary: Summary) -> Iterator[Record]:
    yield _record(summary.estimand, "mean", None, summary.mean)
    for quantile in summary.quantiles:
        yield _record(summary.estimand, "quantile", quantile.level, quantile.value)
    for entry in summary.above:
        yield _record(summary.estimand, "probability_above", entry.above, entry.probability)


def _of_count(count: CountPrediction) -> Iterator[Record]:
    for events, probability in enumerate(count.probabilities):
        yield {
            "estimand": "new_count",
            "quantity": "count_probability",
            "at": events,
            "value": encode(probability),
            "error": encode(count.error, "error"),
        }


def _record(estimand: str | None, quantity: str, at: float | None, number: Estimate) -> Record:
    record = {
        "estimand": estimand,
        "quantity": quantity,
        "at": at,
        "value": encode(number.value),
        "error": encode(number.error, "error"),
    }
    if not math.isfinite(number.value):
        record["undefined"] = number.undefined or "the engine gave no number"
    return record
