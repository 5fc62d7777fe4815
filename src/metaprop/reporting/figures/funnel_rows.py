"""The funnel with study size on the axis, prepared; nothing is drawn here."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures.style import (
    MARGIN,
    PAGE_WIDTH,
    SMALL,
    TITLE,
    RateAxis,
    rate_axis,
    wrapped,
)
from metaprop.reporting.frequentist_words import TESTS, p_value

if TYPE_CHECKING:
    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.frequentist.answers import (
        FrequentistAnswer,
        FunnelLimit,
        SmallStudy,
        SmallStudyResult,
    )

NONE = "–"
"""What stands for a number that does not exist."""
LEAST = 0.05
"""The axis reaches at least this far from the crude rate, where there is room."""
LONG = 8
"""The largest study is so many times the smallest: the axis of sizes is then logarithmic."""
MARKS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Point:
    """Studies of one size and rate: ``count`` of them; ``empty`` where a cell is empty."""

    size: int
    rate: float
    count: int
    empty: bool


@dataclass(frozen=True, slots=True)
class TestRow:
    """One line of the table: a statistic and its P, usual and by bootstrap, as printed."""

    __test__ = False  # for pytest: this is no test
    name: str
    statistic: str
    expected: str
    usual: str
    bootstrap: str
    refitted: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """Everything that the funnel of one outcome shows; sizes in patients, rates in [0, 1]."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    note: tuple[str, ...]
    points: tuple[Point, ...]
    limits: tuple[FunnelLimit, ...]
    crude_rate: float
    axis: RateAxis
    axis_title: str
    logarithmic: bool
    sizes: tuple[float, float]
    marks: tuple[int, ...]
    tests: tuple[TestRow, ...]


def prepare_funnel(outcome: OutcomeAnswer, found: FrequentistAnswer) -> Funnel:
    """Return the funnel of one outcome whose counts are exact."""
    crude, small = outcome.totals.crude_rate, found.small_study
    if crude is None or small is None:
        raise ValueError(f"{outcome.id} has counts that are not exact, and no funnel")
    points = _points(outcome)
    sizes = sorted(point.size for point in points)
    logarithmic = sizes[-1] >= LONG * sizes[0]
    ends = _ends(sizes[0], sizes[-1], logarithmic=logarithmic)
    width = PAGE_WIDTH - 2 * MARGIN
    rates = [p.rate for p in points] + [
        rate for one in small.funnel for rate in (one.low, one.high)
    ]
    return Funnel(
        title=wrapped(_title(outcome, small), width, TITLE, bold=True),
        subtitle=wrapped(f"{prose.evidence_line(outcome)}. {_told(small)}", width, SMALL),
        note=wrapped(_note(), width, SMALL),
        points=points,
        limits=small.funnel,
        crude_rate=crude,
        axis=rate_axis([*rates, max(crude - LEAST, 0.0), min(crude + LEAST, 1.0)]),
        axis_title=f"Observed {prose.rate_name(outcome.label)}",
        logarithmic=logarithmic,
        sizes=ends,
        marks=_marks(ends, logarithmic=logarithmic),
        tests=tuple(map(_test, small.tests)),
    )


def _points(outcome: OutcomeAnswer) -> tuple[Point, ...]:
    counts = Counter((study.total, study.low) for study in outcome.observed)
    return tuple(
        Point(total, events / total, count, events in {0, total})
        for (total, events), count in sorted(counts.items())
    )


def _title(outcome: OutcomeAnswer, small: SmallStudy) -> str:
    rate = prose.rate_name(outcome.label)
    head = f"Size of study and {rate}"
    egger = small.tests[0]
    if math.isnan(egger.statistic):
        return f"{head}: no test of small-study effects has an answer here"
    usual, honest = p_value(egger.p_value), p_value(egger.p_bootstrap)
    if math.isnan(egger.p_bootstrap):
        return f"{head}: Egger's {usual} by its formula, and no simulation to hold it against"
    return f"{head}: Egger's {usual} by its formula, {honest} by simulation without selection"


def _told(small: SmallStudy) -> str:
    return " ".join(small.sentences)


def _note() -> str:
    sentences = (
        "Grey: where 95 % of studies of a size lie under the fitted binomial-normal model,",
        "in which nothing depends on size.",
        "Hollow: a study with an empty cell; a number beside a point: so many studies there.",
        "Dashed: crude rate.",
        "Expected: median over reviews simulated under the model.",
        "Bootstrap: P under the fitted model; refitted: its parameters vary as refits do.",
    )
    return " ".join(sentences)


def _ends(smallest: int, largest: int, *, logarithmic: bool) -> tuple[float, float]:
    if logarithmic:
        return 0.85 * smallest, 1.15 * largest
    reach = max(1.0, 0.06 * (largest - smallest))
    return max(smallest - reach, 0.0), largest + reach


def _marks(ends: tuple[float, float], *, logarithmic: bool) -> tuple[int, ...]:
    if logarithmic:
        return tuple(mark for mark in MARKS if ends[0] <= mark <= ends[1])
    span = ends[1] - ends[0]
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if span / step <= 8)  # noqa: PLR2004 - ticks that fit
    first = -(-int(ends[0] + 0.999) // step) * step
    return tuple(range(max(first, step), int(ends[1]) + 1, step))


def _test(result: SmallStudyResult) -> TestRow:
    name = TESTS[result.test]
    return TestRow(
        name=name,
        statistic=_statistic(result, result.statistic),
        expected=_statistic(result, result.expected),
        usual=_p(result.p_value, 0.0),
        bootstrap=_p(result.p_bootstrap, result.bootstrap_error),
        refitted=_p(result.p_refitted, result.refitted_error),
    )


def _statistic(result: SmallStudyResult, value: float) -> str:
    if math.isnan(value):
        return NONE
    return f"{value:g}" if result.test == "trim-and-fill" else wording.number(value)


def _p(p: float, error: float) -> str:
    """Return a P with its Monte Carlo error, a dash where there is none."""
    if math.isnan(p):
        return NONE
    text = p_value(p).removeprefix("P = ").removeprefix("P ")
    return f"{text} ± {max(error, 0.01):.2f}" if error > 0.0 else text
