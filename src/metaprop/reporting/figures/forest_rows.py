"""The forest, prepared: every text and every number that it shows; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.style import (
    INK,
    QUIET,
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
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import (
        ModelAnswer,
        ObservedStudy,
        OutcomeAnswer,
        Summary,
        Totals,
    )

GUTTER = 4.0
ROW = 4.7
MOST_STUDIES = 200
"""More do not fit a picture that can be opened; all are in the tables."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with the ends of its interval: rates in [0, 1]."""

    low: float
    centre: float
    high: float


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study: ``weight`` is its patients over those of the largest study, in (0, 1].

    ``observed`` is the rate with its confidence interval, or, where the count is a range
    (``exact`` false), the range of possible rates.
    """

    name: tuple[str, ...]
    counts: str
    weight: float
    exact: bool
    observed: Mark
    shrunk: Mark
    numbers: str


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One line below the rule: a ``diamond`` (average), ``bar`` (prediction) or ``point``."""

    label: tuple[str, ...]
    shape: Literal["diamond", "bar", "point"]
    colour: str
    mark: Mark
    counts: str
    numbers: str


@dataclass(frozen=True, slots=True)
class Published:
    """A published rate with its interval, all in [0, 1], to be shown beside our own."""

    label: str
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns stand, mm from the left edge: names and axis start, texts end, there."""

    name: float
    counts: float
    axis_left: float
    axis_right: float
    numbers: float


@dataclass(frozen=True, slots=True)
class Forest:
    """Everything that the forest of one outcome shows; in one column the note has the ``key``."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    note: tuple[str, ...]
    headers: tuple[str, str, str]
    key: tuple[str, ...]
    colour: str
    studies: tuple[StudyRow, ...]
    summaries: tuple[SummaryRow, ...]
    crude_rate: float | None
    axis: RateAxis
    axis_title: str
    columns: Columns


def prepare_forest(
    outcome: OutcomeAnswer, level: float, kind: IntervalKind, published: Published | None = None
) -> Forest:
    """Return the forest of one outcome: studies by the headline model, averages by every model."""
    main = prose.headline(outcome)
    studies = _study_rows(outcome.observed, main.studies)
    summaries = _summary_rows(outcome, published)
    page = look()
    axis = rate_axis(_shown_rates(studies, summaries), page.ticks)
    width = page.width - 2 * page.margin
    percent = wording.threshold(level)
    key = (
        f"observed, {percent} Clopper-Pearson"
        if any(row.exact for row in studies)
        else "observed: the count is a range",
        f"posterior (shrunk), {prose.model_label(main, outcome)}",
    )
    told = f"Grey: {key[0]}; colour: {key[1]}. " if page.narrow else ""
    return Forest(
        title=wrapped(_title(outcome), width, TITLE, bold=True),
        subtitle=wrapped(_subtitle(outcome, main, level, kind), width, SMALL),
        note=wrapped(told + _note(outcome, studies, axis), width, SMALL),
        headers=("Study", "Events / patients", f"Median {level_head(percent)}"),
        key=() if page.narrow else key,
        colour=family_colour(main.family),
        studies=studies,
        summaries=summaries,
        crude_rate=outcome.totals.crude_rate,
        axis=axis,
        axis_title=prose.rate_title(outcome.label),
        columns=_columns(studies, summaries, percent),
    )


def level_head(percent: str) -> str:
    """Return what stands over the ends of intervals, in percent."""
    return f"[{percent}], %" if look().narrow else f"[{percent} interval], %"


def _title(outcome: OutcomeAnswer) -> str:
    label = prose.model_label(prose.headline(outcome), outcome)
    return f"{prose.finding(outcome)} ({label})"


def _subtitle(outcome: OutcomeAnswer, main: ModelAnswer, level: float, kind: IntervalKind) -> str:
    label = prose.model_label(main, outcome)
    warnings = "".join(f"{line} " for line in prose.quality_lines(outcome))
    return (
        f"{warnings}{prose.evidence_line(outcome)}. "
        "Average: mean rate over the population of studies; "
        f"title and single studies by the {label} model; medians with "
        f"{prose.interval_words(level, kind)}s."
    )


def _note(outcome: OutcomeAnswer, studies: tuple[StudyRow, ...], axis: RateAxis) -> str:
    """Return what the marks mean, of those that are there."""
    k, main = len(outcome.observed), prose.headline(outcome)
    marks = [mark for row in studies for mark in (row.observed, row.shrunk)]
    sentences = {
        f"The {MOST_STUDIES} largest of {k} studies.": k > MOST_STUDIES,
        "Next study: prediction for a study like these.": main.family != "common-rate",
        "Squares grow with the number of patients.": True,
        "Dashed line: crude rate.": outcome.totals.crude_rate is not None,
        "Thick grey line: a count known only as a range.": len({r.exact for r in studies}) > 1,
        "Arrow: the interval goes on.": any(m.low < axis.low or m.high > axis.high for m in marks),
    }
    return " ".join(text for text, there in sentences.items() if there)


def _study_rows(
    observed: tuple[ObservedStudy, ...], shrunk: tuple[Summary, ...]
) -> tuple[StudyRow, ...]:
    """Return a row for each study, or for the largest ones where a page cannot hold them all."""
    largest_first = sorted(range(len(observed)), key=lambda i: -observed[i].total)
    largest = observed[largest_first[0]].total
    shown = sorted(largest_first[:MOST_STUDIES])
    return tuple(_study_row(observed[i], shrunk[i], largest) for i in shown)


def _study_row(study: ObservedStudy, shrunk: Summary, largest: int) -> StudyRow:
    name = shorten(printable(study.name))
    return StudyRow(
        name=wrapped(name, look().name),
        counts=f"{events_text(study.low, study.high, study.total)} / {study.total}",
        weight=study.total / largest,
        exact=study.rate is not None,
        observed=observed_mark(study),
        shrunk=mark_of(shrunk),
        numbers=_numbers(mark_of(shrunk)),
    )


def events_text(low: int, high: int, total: int) -> str:
    """Return the events of one study as a table prints them: ``3``, ``1–4``, ``?``."""
    if low == high:
        return str(low)
    return "?" if (low, high) == (0, total) else f"{low}–{high}"


def observed_mark(study: ObservedStudy) -> Mark:
    """Return what a study observed: its rate and interval, or the range of possible rates."""
    if study.rate is None or study.interval is None:
        low, high = study.low / study.total, study.high / study.total
        return Mark(low, (low + high) / 2, high)
    return Mark(study.interval.low, study.rate, study.interval.high)


def mark_of(summary: Summary) -> Mark:
    """Return the median of a rate with its interval."""
    return Mark(summary.interval.low, summary.median.value, summary.interval.high)


def _numbers(mark: Mark, text: Callable[[float], str] = wording.inferred) -> str:
    low, centre, high = (_short(text(rate)) for rate in (mark.low, mark.centre, mark.high))
    return f"{centre} [{low}, {high}]"


def _short(percentage: str) -> str:
    """Return a percentage without its sign: the head of the column has it."""
    return percentage.removesuffix(" %").replace(" ", "")


def _summary_rows(outcome: OutcomeAnswer, published: Published | None) -> tuple[SummaryRow, ...]:
    rows = [_model_row(outcome, model, "average") for model in prose.in_order(outcome.models)]
    varying = [m for m in prose.varying(outcome) if m.family != "common-rate"]
    rows += [_model_row(outcome, model, "new_study") for model in varying]
    if outcome.totals.crude_rate is not None:
        rows.append(_crude_row(outcome.totals, outcome.totals.crude_rate))
    if published is not None:
        mark = Mark(published.low, published.rate, published.high)
        label = wrapped(printable(published.label), look().name)
        rows.append(SummaryRow(label, "bar", INK, mark, "", _numbers(mark, wording.percent)))
    return tuple(rows)


def _model_row(outcome: OutcomeAnswer, model: ModelAnswer, estimand: Estimand) -> SummaryRow:
    mark = mark_of(model.estimand(estimand))
    what = "Average rate" if estimand == "average" else "Next study"
    text = f"{what}, {prose.model_label(model, outcome)}"
    if model.family == "common-rate":
        text = "One rate common to all studies"
    return SummaryRow(
        label=wrapped(text, label_width()),
        shape="diamond" if estimand == "average" else "bar",
        colour=family_colour(model.family),
        mark=mark,
        counts="",
        numbers=_numbers(mark),
    )


def label_width() -> float:
    """Return how long a line of a summary may be, which in one column runs on under the counts."""
    return 1.5 * look().name if look().narrow else look().name


def _crude_row(totals: Totals, rate: float) -> SummaryRow:
    counts = f"{totals.low} / {totals.patients}"
    label = wrapped("Crude rate, all patients together", look().name)
    return SummaryRow(
        label, "point", QUIET, Mark(rate, rate, rate), counts, _short(wording.percent(rate))
    )


def _shown_rates(studies: tuple[StudyRow, ...], summaries: tuple[SummaryRow, ...]) -> list[float]:
    """Return the rates that the axis must hold: all but the ends of what small studies observed.

    A study of three patients observes anything from 30 % to 100 %; an axis that shows it all hides
    the rest, so such an interval may leave the axis, with an arrow.
    """
    marks = [row.shrunk for row in studies] + [row.mark for row in summaries]
    rates = [end for mark in marks for end in (mark.low, mark.high)]
    ranges = [row.observed for row in studies if not row.exact]
    return (
        rates + [row.observed.centre for row in studies if row.exact] + [r.centre for r in ranges]
    )


def _columns(
    studies: tuple[StudyRow, ...], summaries: tuple[SummaryRow, ...], percent: str
) -> Columns:
    page = look()
    gutter = GUTTER * page.scale**3 if page.narrow else GUTTER  # a column has none to spare
    names = [(line, False) for row in studies for line in row.name]
    names += [
        (line, True) for row in summaries if row.counts or not page.narrow for line in row.label
    ]
    name_width = max(text_width(text, TEXT, bold) for text, bold in names)
    counts = [row.counts for row in studies] + [row.counts for row in summaries]
    counts_width = max(*map(text_width, counts), text_width("patients", TEXT, True))  # noqa: FBT003 - bold
    numbers = [row.numbers for row in studies] + [row.numbers for row in summaries]
    head = text_width(level_head(percent), TEXT, True)  # noqa: FBT003 - bold
    counts_end = page.margin + name_width + gutter + counts_width
    right = page.width - page.margin
    return Columns(
        name=page.margin,
        counts=counts_end,
        axis_left=counts_end + gutter,
        axis_right=right - max(*map(text_width, numbers), head) - gutter,
        numbers=right,
    )
