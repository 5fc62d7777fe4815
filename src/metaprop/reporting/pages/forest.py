"""The forest as a table: a row for each study with its marks, numbers, and what a tip tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.forest_rows import Mark, events_text, mark_of, observed_mark
from metaprop.reporting.figures.style import RateAxis, rate_axis
from metaprop.reporting.names import slug
from metaprop.reporting.pages.blocks import Cell, ForestRow, ForestSheet, Span, csv_line, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import (
        Analysis,
        ModelAnswer,
        ObservedStudy,
        OutcomeAnswer,
        Summary,
    )
    from metaprop.reporting.evidence import StoredCount

WIDTH, INSET = 260.0, 8.0
"""Of the cell in which marks are drawn, and what stays free at its sides, pixels."""
UPPER, MIDDLE, LOWER = 10.0, 15.0, 20.0
"""Heights of the marks in a row of 30 pixels: observed over posterior, one mark alone."""
SMALLEST, LARGEST = 4.0, 10.0
"""Sides of the square of the smallest and of the largest study, pixels."""

CSV = (
    *("study", "events_low", "events_high", "total", "observed", "observed_low", "observed_high"),
    *("median", "low", "high"),
)
"""The head of a forest's CSV."""
_CRUDE = "Crude rate, all patients together"

Shape = Literal["square", "range", "dot", "diamond", "bar", "point"]


def forest_sheet(
    outcome: OutcomeAnswer, analysis: Analysis, counts: Sequence[StoredCount]
) -> ForestSheet:
    """Return the forest of one outcome: single studies by the headline model.

    ``counts`` say where each study's count stands; they may be fewer than the studies, or none.
    """
    main = prose.headline(outcome)
    axis = _axis(outcome, main)
    sources = {count.study: count for count in counts}
    largest = max((study.total for study in outcome.observed), default=1)
    rows = zip(outcome.observed, main.studies, strict=True)
    level = wording.threshold(analysis.level)
    label = prose.model_label(main, outcome)
    crude = outcome.totals.crude_rate
    return ForestSheet(
        id=f"forest-{slug(outcome.id)}",
        caption=f"{prose.finding(outcome)} ({label})",
        heads=(
            *("Study", "Events / patients", "Rate", f"Observed [{level} Clopper-Pearson]"),
            f"{label}: median [{level} credible]",
        ),
        studies=tuple(
            _study(study, rate, axis, study.total / largest, label, sources.get(study.name))
            for study, rate in rows
        ),
        summaries=_summaries(outcome, axis),
        axis=axis,
        width=WIDTH,
        ticks=tuple((_at(t, axis), n) for t, n in zip(axis.ticks, axis.labels, strict=True)),
        crude=None if crude is None else _at(crude, axis),
        note=_note(outcome, label),
        raw=csv_line(*CSV),
    )


def _note(outcome: OutcomeAnswer, label: str) -> str:
    crude = outcome.totals.crude_rate
    dashed = "" if crude is None else f" Dashed: the crude rate, {wording.percent(crude)}."
    ranges = any(study.rate is None for study in outcome.observed)
    thick = " Thick grey line: a count known only as a range." if ranges else ""
    return (
        "Grey square and line: observed, the square grows with the number of patients. Dot and "
        f"line: each study's own rate, drawn towards the others by the {label} model. Diamonds: "
        "average rate. Bars: the rate of the next study. An arrow: the interval goes on."
        f"{dashed}{thick}"
    )


def _axis(outcome: OutcomeAnswer, main: ModelAnswer) -> RateAxis:
    """Return the axis that holds all but the far ends of what small studies observed."""
    marks = [mark_of(rate) for rate in main.studies]
    names: tuple[Estimand, Estimand] = ("average", "new_study")
    marks += [mark_of(m.estimand(e)) for m in prose.varying(outcome) for e in names]
    rates = [end for mark in marks for end in (mark.low, mark.high)]
    rates += [observed_mark(study).centre for study in outcome.observed]
    return rate_axis(rates, most_ticks=5)


def _at(rate: float, axis: RateAxis) -> float:
    """Return where a rate stands, pixels from the left, not beyond the ends of the axis."""
    share = (min(max(rate, axis.low), axis.high) - axis.low) / (axis.high - axis.low)
    return round(INSET + (WIDTH - 2 * INSET) * share, 1)


def _span(
    shape: Shape, family: str, mark: Mark, y: float, axis: RateAxis, size: float = 4.0
) -> Span:
    return Span(
        shape=shape,
        family=family,
        y=y,
        low=_at(mark.low, axis),
        centre=_at(mark.centre, axis),
        high=_at(mark.high, axis),
        size=round(size, 1),
        cut_low=mark.low < axis.low,
        cut_high=mark.high > axis.high,
    )


def _study(
    study: ObservedStudy,
    rate: Summary,
    axis: RateAxis,
    weight: float,
    label: str,
    source: StoredCount | None,
) -> ForestRow:
    mark, seen = mark_of(rate), observed_mark(study)
    size = SMALLEST + (LARGEST - SMALLEST) * weight**0.5
    shape: Shape = "square" if study.rate is not None else "range"
    family = prose_family(label)
    events = events_text(study.low, study.high, study.total)
    observed = _observed(study)
    shrunk = _numbers(mark)
    who = "" if source is None else f"Source: {source.source} ({source.grade}, {source.basis})."
    return ForestRow(
        name=text(study.name),
        counts=Cell(f"{events} / {study.total}", float(study.total)),
        raw=csv_line(
            *(study.name, study.low, study.high, study.total, study.rate, *_ends(study)),
            *(mark.centre, mark.low, mark.high),
        ),
        spans=(
            _span(shape, "observed", seen, UPPER, axis, size),
            _span("dot", family, mark, LOWER, axis),
        ),
        numbers=(Cell(observed, study.rate), Cell(shrunk, mark.centre)),
        tip=tuple(
            line
            for line in (
                f"{events} events of {study.total} patients",
                f"Observed: {observed}",
                f"Posterior ({label}): {shrunk}",
                who,
            )
            if line
        ),
    )


def prose_family(label: str) -> str:
    """Return the class of marks of a family; of another model's id it is none of ours."""
    return label if label in {"logit-normal", "beta-binomial", "common-rate"} else "other"


def _observed(study: ObservedStudy) -> str:
    if study.rate is None or study.interval is None:
        if (study.low, study.high) == (0, study.total):
            return "not reported"
        low, high = study.low / study.total, study.high / study.total
        return f"{wording.percent(low)} to {wording.percent(high)}"
    ends = (study.interval.low, study.interval.high)
    return f"{wording.percent(study.rate)} [{_short(ends[0])}, {_short(ends[1])}]"


def _ends(study: ObservedStudy) -> tuple[float | None, float | None]:
    return (None, None) if study.interval is None else (study.interval.low, study.interval.high)


def _numbers(mark: Mark) -> str:
    centre = wording.inferred(mark.centre)
    low, high = (wording.inferred(end).removesuffix(" %") for end in (mark.low, mark.high))
    return f"{centre} [{low}, {high}]"


def _short(rate: float) -> str:
    return wording.percent(rate).removesuffix(" %")


def _summaries(outcome: OutcomeAnswer, axis: RateAxis) -> tuple[ForestRow, ...]:
    names: tuple[tuple[Estimand, str, Shape], ...] = (
        ("average", "Average rate", "diamond"),
        ("new_study", "Next study", "bar"),
    )
    rows = [
        _summary(f"{what}, {prose.model_label(model, outcome)}", shape, model, name, axis)
        for name, what, shape in names
        for model in prose.varying(outcome)
    ]
    crude, totals = outcome.totals.crude_rate, outcome.totals
    if crude is not None:
        mark = Mark(crude, crude, crude)
        rows.append(
            ForestRow(
                name=Cell(_CRUDE),
                counts=Cell(f"{totals.low} / {totals.patients}"),
                spans=(_span("point", "observed", mark, MIDDLE, axis),),
                numbers=(Cell(wording.percent(crude), crude), Cell("")),
                tip=(),
                raw=csv_line(_CRUDE, totals.low, totals.high, totals.patients, crude, *(None,) * 5),
            )
        )
    return tuple(rows)


def _summary(
    label: str, shape: Shape, model: ModelAnswer, name: Estimand, axis: RateAxis
) -> ForestRow:
    mark = mark_of(model.estimand(name))
    return ForestRow(
        name=text(label),
        counts=Cell(""),
        raw=csv_line(label, *(None,) * 6, mark.centre, mark.low, mark.high),
        spans=(_span(shape, prose_family(model.family), mark, MIDDLE, axis, 6.0),),
        numbers=(Cell(""), Cell(_numbers(mark), mark.centre)),
        tip=(),
    )
