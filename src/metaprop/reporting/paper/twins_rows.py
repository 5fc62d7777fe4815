"""The classical forest in journal style and its Bayesian twin, prepared on one layout and axis.

The one shows the usual method as it takes the studies, the other the posterior of the same counts.
Nothing is computed here but where things stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.forest_rows import (
    MOST_STUDIES,
    Mark,
    events_text,
    level_head,
    mark_of,
)
from metaprop.reporting.figures.style import (
    INK,
    SMALL,
    TEXT,
    TITLE,
    RateAxis,
    family_colour,
    look,
    rate_axis,
    text_width,
    wrapped,
)
from metaprop.reporting.frequentist_words import i2_words, p_value
from metaprop.reporting.names import printable, shorten
from metaprop.reporting.paper.minors_rows import LETTERS, MOST_ITEMS, lettered, scores_of
from metaprop.reporting.paper.twins_records import Places, Twin, Twins, TwinStudy, TwinSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.core.estimates import IntervalKind
    from metaprop.questions.answers import ModelAnswer, ObservedStudy, OutcomeAnswer, Summary
    from metaprop.questions.frequentist.answers import PooledRate, UsualForest, UsualStudy
    from metaprop.reporting.evidence import StoredTable

GUTTER, LIGHT = 3.5, 4.6
"""Between columns, and the width of one light of quality, mm."""
NAMES = 0.8
"""Of the usual room for names, in one column: weights stand beside them."""
MISSING = "–"
SMALL_P = 0.05
NO_PROOF = ", which does not show that studies share one rate."


@dataclass(frozen=True, slots=True)
class _Side:
    """What differs between the two."""

    title: str
    subtitle: str
    note: str
    share_head: tuple[str, str]
    colour: str
    studies: tuple[TwinStudy, ...]
    summaries: tuple[TwinSummary, ...]


def prepare_twins(
    outcome: OutcomeAnswer,
    usual: UsualForest,
    level: float,
    kind: IntervalKind,
    minors: StoredTable | None = None,
) -> Twins:
    """Return the two forests of an outcome whose counts are exact; ``minors`` stands beside them.

    Where there are more than ``MOST_STUDIES``, the largest are shown.
    """
    largest = sorted(range(len(outcome.observed)), key=lambda i: -outcome.observed[i].total)
    shown = sorted(largest[:MOST_STUDIES])
    points = _points(minors, [outcome.observed[i].name for i in shown])
    sides = (
        _classical(usual, outcome, shown, points),
        _bayesian(outcome, shown, points, level, kind),
    )
    rows: list[TwinStudy | TwinSummary] = []
    for side in sides:
        rows += [*side.studies, *side.summaries]
    ends = [end for row in rows if row.mark is not None for end in (row.mark.low, row.mark.high)]
    axis = rate_axis(ends, most_ticks=3 if minors is not None else look().ticks)
    places = _places(rows, points)
    letters = _letters(minors)
    classical, bayesian = (_twin(side, outcome, axis, places, level, letters) for side in sides)
    return Twins(classical, bayesian)


def _twin(
    side: _Side, outcome: OutcomeAnswer, axis: RateAxis, places: Places, level: float, letters: str
) -> Twin:
    width = look().width - 2 * look().margin
    note = f"{side.note} {letters}".strip()
    if len(outcome.observed) > MOST_STUDIES:
        note = f"The {MOST_STUDIES} largest of {len(outcome.observed)} studies. {note}"
    return Twin(
        title=wrapped(side.title, width, TITLE, bold=True),
        subtitle=wrapped(side.subtitle, width, SMALL),
        note=wrapped(note, width, SMALL),
        share_head=side.share_head,
        numbers_head=("Rate", level_head(wording.threshold(level))),
        colour=side.colour,
        studies=side.studies,
        summaries=side.summaries,
        items=LETTERS[: max(len(row.points) for row in side.studies)],
        crude_rate=outcome.totals.crude_rate,
        axis=axis,
        axis_title=prose.rate_title(outcome.label),
        places=places,
    )


def _points(minors: StoredTable | None, names: Sequence[str]) -> list[tuple[int | None, ...]]:
    """Return the scores of each study named; empty ones for a study that the table lacks."""
    if minors is None:
        return [() for _ in names]
    scores = scores_of(minors)
    own = dict(zip(scores.studies, scores.points, strict=True))
    nothing: tuple[int | None, ...] = (None,) * len(scores.items)
    return [own.get(name, nothing)[:MOST_ITEMS] for name in names]


def _letters(minors: StoredTable | None) -> str:
    if minors is None:
        return ""
    return f"MINORS, 0 to 2 points, – not reported: {lettered(scores_of(minors).items)}."


def _classical(
    usual: UsualForest,
    outcome: OutcomeAnswer,
    shown: Sequence[int],
    points: Sequence[tuple[int | None, ...]],
) -> _Side:
    most = max(study.weight for study in usual.studies)
    rows = [_usual_row(usual.studies[i], most, own) for i, own in zip(shown, points, strict=True)]
    return _Side(
        title=_usual_title(usual.pooled, outcome),
        subtitle=(
            f"{prose.evidence_line(outcome)}. Studies as the usual method takes them: logit scale, "
            "0.5 added to events and to non-events where a cell is empty (*), normal intervals; "
            "inverse-variance weights, DerSimonian-Laird; Hartung-Knapp interval, no safeguard."
        ),
        note=_usual_note(usual.pooled, outcome),
        share_head=("", "Weight"),
        colour=INK,
        studies=tuple(rows),
        summaries=tuple(_usual_summaries(usual.pooled)),
    )


def _usual_title(pooled: PooledRate, outcome: OutcomeAnswer) -> str:
    rate = prose.rate_name(outcome.label)
    text = f"Usual method: {rate} of the {pooled.estimand} study {wording.percent(pooled.estimate)}"
    if not math.isnan(pooled.ci_low):
        level = wording.threshold(pooled.level)
        text += f", {level} interval {wording.interval(pooled.ci_low, pooled.ci_high)}"
    if pooled.phantom_events > 0.0:
        share = wording.percent(pooled.corrected_weight, 0)
        text += f"; {share} of the weight is of studies with 0.5 added"
    return text


def _usual_note(pooled: PooledRate, outcome: OutcomeAnswer) -> str:
    text = "Squares grow with the weight. Diamond: rate of the typical (median) study. "
    if not math.isnan(pooled.prediction_low):
        text += "Bar: prediction interval of a new study. "
    if outcome.totals.crude_rate is not None:
        text += "Dashed: crude rate. "
    if not math.isnan(pooled.i2) and not math.isnan(pooled.q_p_value):
        text += (
            f"I² {i2_words(pooled)}, τ² {wording.number(pooled.tau2)}, "
            f"Q {wording.number(pooled.q)} on {pooled.q_df:g} df, {p_value(pooled.q_p_value)}"
        )
        text += NO_PROOF if pooled.q_p_value > SMALL_P else "."
    return text.strip()


def _usual_row(study: UsualStudy, most: float, points: tuple[int | None, ...]) -> TwinStudy:
    mark = None if math.isnan(study.estimate) else Mark(study.low, study.estimate, study.high)
    star = " *" if study.added > 0.0 else ""
    return TwinStudy(
        name=_name(study.name),
        counts=f"{study.events} / {study.total}{star}",
        share=wording.percent(study.weight),
        size=study.weight / most,
        mark=mark,
        numbers=MISSING if mark is None else _numbers(mark, wording.percent),
        points=points,
    )


def _usual_summaries(pooled: PooledRate) -> list[TwinSummary]:
    found: list[TwinSummary] = []
    if not math.isnan(pooled.ci_low):
        mark = Mark(pooled.ci_low, pooled.estimate, pooled.ci_high)
        label = wrapped(f"Pooled: rate of the {pooled.estimand} study", _label_width())
        found.append(TwinSummary(label, "diamond", INK, mark, _numbers(mark, wording.percent)))
    if not math.isnan(pooled.prediction_low):
        mark = Mark(pooled.prediction_low, pooled.estimate, pooled.prediction_high)
        ends = _numbers(mark, wording.percent).partition(" ")[2]
        found.append(TwinSummary(("Prediction, new study",), "bar", INK, mark, ends))
    return found


def _bayesian(
    outcome: OutcomeAnswer,
    shown: Sequence[int],
    points: Sequence[tuple[int | None, ...]],
    level: float,
    kind: IntervalKind,
) -> _Side:
    main = prose.headline(outcome)
    largest = max(study.total for study in outcome.observed)
    label = prose.model_label(main, outcome)
    rows = [
        _posterior_row(outcome.observed[i], main.studies[i], largest, own)
        for i, own in zip(shown, points, strict=True)
    ]
    note = "Squares grow with the number of patients. Diamonds: mean rate over the population of "
    note += "studies. Bars: prediction of a study like these."
    if outcome.totals.crude_rate is not None:
        note += " Dashed: crude rate."
    return _Side(
        title=f"{prose.finding(outcome)} (Bayesian, {label})",
        subtitle=(
            f"{prose.evidence_line(outcome)}. Single studies: posterior rates, shrunk, by the "
            f"{label} model of the counts as they are; medians with "
            f"{prose.interval_words(level, kind)}s."
        ),
        note=note,
        share_head=_observed_head(),
        colour=family_colour(main.family),
        studies=tuple(rows),
        summaries=tuple(_posterior_summaries(outcome)),
    )


def _observed_head() -> tuple[str, str]:
    return ("Crude", "rate") if look().narrow else ("", "Observed")


def _posterior_row(
    study: ObservedStudy, posterior: Summary, largest: int, points: tuple[int | None, ...]
) -> TwinStudy:
    mark = mark_of(posterior)
    return TwinStudy(
        name=_name(study.name),
        counts=f"{events_text(study.low, study.high, study.total)} / {study.total}",
        share=MISSING if study.rate is None else wording.percent(study.rate),
        size=study.total / largest,
        mark=mark,
        numbers=_numbers(mark, wording.inferred),
        points=points,
    )


def _posterior_summaries(outcome: OutcomeAnswer) -> list[TwinSummary]:
    models = prose.varying(outcome)
    found = [_posterior_summary(outcome, model, average=True) for model in models]
    varying = (model for model in models if model.family != "common-rate")
    return [*found, *(_posterior_summary(outcome, m, average=False) for m in varying)]


def _posterior_summary(outcome: OutcomeAnswer, model: ModelAnswer, *, average: bool) -> TwinSummary:
    mark = mark_of(model.estimand("average" if average else "new_study"))
    what = "Average rate" if average else "Prediction, new study"
    return TwinSummary(
        label=wrapped(f"{what}, {prose.model_label(model, outcome)}", _label_width()),
        shape="diamond" if average else "bar",
        colour=family_colour(model.family),
        mark=mark,
        numbers=_numbers(mark, wording.inferred),
    )


def _name(name: str) -> tuple[str, ...]:
    return wrapped(shorten(printable(name)), NAMES * look().name if look().narrow else look().name)


def _label_width() -> float:
    """Return how long a line of a summary may be: it may run on under counts and share."""
    return (1.7 if look().narrow else 1.0) * look().name


def _numbers(mark: Mark, text: Callable[[float], str]) -> str:
    ends = (mark.centre, mark.low, mark.high)
    centre, low, high = (text(rate).removesuffix(" %").replace(" ", "") for rate in ends)
    return f"{centre} [{low}, {high}]"


def _places(
    rows: Sequence[TwinStudy | TwinSummary], points: Sequence[tuple[int | None, ...]]
) -> Places:
    """Return columns in which the texts of both forests have room."""
    page = look()
    gutter = GUTTER * page.scale**3 if page.narrow else GUTTER  # a column has none to spare
    studies = [row for row in rows if isinstance(row, TwinStudy)]
    names = [text_width(line) for row in studies for line in row.name]
    # a summary's label may run on under counts and share, which it does not have
    counts = max(*(text_width(row.counts) for row in studies), text_width("patients", TEXT, True))  # noqa: FBT003 - bold
    heads = [text_width(text, TEXT, True) for text in ("Weight", _observed_head()[1])]  # noqa: FBT003 - bold
    share = max(*(text_width(row.share) for row in studies), *heads)
    head = text_width(level_head("99.9 %"), TEXT, True)  # noqa: FBT003 - bold
    numbers = max(*(text_width(row.numbers) for row in rows), head)
    end = page.margin + max(*names, text_width("Study", TEXT, True)) + gutter + counts  # noqa: FBT003 - bold
    share_end = end + gutter + share
    labels = [line for row in rows if isinstance(row, TwinSummary) for line in row.label]
    wide = max((text_width(line, TEXT, True) for line in labels), default=0.0)  # noqa: FBT003 - bold
    left = max(share_end, page.margin + wide) + gutter
    right = page.width - page.margin
    lights = LIGHT * max(map(len, points), default=0)
    numbers_end = right - lights - (gutter if lights else 0.0)
    return Places(end, share_end, left, numbers_end - numbers - gutter, numbers_end, right - lights)
