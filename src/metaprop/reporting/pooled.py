"""One pooled rate on a terminal and for machines: what ``metaprop pool`` prints."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from metaprop.core import wording
from metaprop.reporting.codec import encode
from metaprop.reporting.frequentist_words import i2_words, p_value, way_words

if TYPE_CHECKING:
    from metaprop.questions.answers import Totals
    from metaprop.questions.frequentist.answers import OtherRate, PooledRate, Transformed
    from metaprop.questions.frequentist.ways import Way

ENDS = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
GAP = "   "


def pooled_json(rate: PooledRate, way: Way) -> str:
    """Return the pooled rate as one JSON object; a number that does not exist is null."""
    fields: dict[str, Any] = encode(rate)
    head = {name: fields.pop(name) for name in (*ENDS, "transformed")}
    fields["method"] = way_words(way)
    return json.dumps(head | fields, ensure_ascii=False, allow_nan=False, indent=1)


def pooled_text(rate: PooledRate, way: Way, totals: Totals) -> str:
    """Return the pooled rate as a sentence, a short table, and what must be said about it."""
    lines = [
        _sentence(rate),
        f"By {way_words(way)}.",
        "",
        _evidence(totals),
        *_table(rate),
        *_heterogeneity(rate),
    ]
    said = [f"Note: {message}" for message in rate.messages]
    return "\n".join([*lines, *([""] if said else []), *said])


def _sentence(rate: PooledRate) -> str:
    level = wording.threshold(rate.level)
    text = f"{_name(rate.estimand)}: {wording.percent(rate.estimate)}"
    text += f", {level} confidence interval {_interval(rate.ci_low, rate.ci_high)}"
    text += "" if rate.interval in {"z", "none"} else f" ({rate.interval})"
    if not math.isnan(rate.prediction_low):
        ends = _interval(rate.prediction_low, rate.prediction_high)
        text += f"; prediction interval of a new study {ends}"
    return f"{text}."


def _name(estimand: str) -> str:
    return "Average rate" if estimand == "average" else "Rate of the typical study"


def _interval(low: float, high: float) -> str:
    if math.isnan(low):
        return wording.UNDEFINED
    return f"{wording.percent(low)} to {wording.percent(high)}"


def _evidence(totals: Totals) -> str:
    studies = wording.counted(totals.studies, "study", "studies")
    events = wording.counted(totals.low, "event", "events")
    patients = wording.counted(totals.patients, "patient", "patients")
    crude = wording.percent(totals.low / totals.patients)
    return f"{studies}, {events} of {patients}; crude rate {crude}"


def _table(rate: PooledRate) -> list[str]:
    rows = [("", "estimate", "confidence interval", "prediction interval")]
    rows.append((rate.estimand, *_rates(rate)))
    if rate.other is not None:
        rows.append((rate.other.estimand, *_other(rate.other)))
    rows.append((f"on the {rate.scale} scale", *_numbers(rate.transformed)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]


def _rates(rate: PooledRate) -> tuple[str, str, str]:
    return (
        wording.percent(rate.estimate),
        _interval(rate.ci_low, rate.ci_high),
        _interval(rate.prediction_low, rate.prediction_high),
    )


def _other(rate: OtherRate) -> tuple[str, str, str]:
    return wording.percent(rate.estimate), _interval(rate.ci_low, rate.ci_high), ""


def _numbers(scale: Transformed) -> tuple[str, str, str]:
    return (
        wording.number(scale.estimate),
        wording.number_interval(scale.ci_low, scale.ci_high),
        wording.number_interval(scale.prediction_low, scale.prediction_high),
    )


def _heterogeneity(rate: PooledRate) -> list[str]:
    """Return how much studies differ in one line: what exists of tau2, rho, I2 and Q."""
    told = []
    if not math.isnan(rate.se):
        told.append(f"standard error {wording.number(rate.se)}")
    ends = rate.spread
    between = (
        ("tau2", rate.tau2, ends.tau2_low, ends.tau2_high),
        ("rho", rate.rho, ends.rho_low, ends.rho_high),
    )
    told += [
        f"{name} {wording.number(value)}{_limits(low, high, rate.level)}"
        for name, value, low, high in between
        if not math.isnan(value)
    ]
    if not math.isnan(rate.i2):
        told.append(f"I2 {i2_words(rate)}")
    if not math.isnan(rate.q_p_value):
        told.append(f"Q {wording.number(rate.q)} (df {rate.q_df:g}, {p_value(rate.q_p_value)})")
    text = ", ".join(told)
    return [text[:1].upper() + text[1:]] if told else []


def _limits(low: float, high: float, level: float) -> str:
    ends = f"{wording.threshold(level)} interval {wording.number_interval(low, high)}"
    return "" if math.isnan(low) else f" ({ends})"
