"""How often each method's interval holds the truth: methods as rows, truths as columns.

A filled dot is the coverage of the average rate, a ring that of the rate which the method targets,
where that is another; the line through a dot is twice its Monte Carlo standard error each way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.core import wording
from metaprop.reporting.calibration_words import RATES, SPREADS, coverage_finding, truth_words
from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.calibration.records import Calibration, Score
    from metaprop.questions.calibration.truth import Truth

ROW, HEADING, FOOT = 4.1, 5.4, 13.0
LABELS, GAP = 58.0, 7.0
"""Room for the names of methods, and between two columns, mm."""
NARROW = 18.0
"""A column of less than this, mm, has its truth in three short lines and no tick in the middle."""
MOST = 9
"""Truths in one picture: more have no room, and stand in the table alone."""
COLOURS = {"two steps": style.OBSERVED, "one rate": style.OBSERVED, "counts": style.OTHER_COLOUR}
TITLES = {
    "two steps": "Two steps: estimates, then their mean",
    "one rate": "As if all studies had one rate",
    "counts": "Counts, by maximum likelihood",
    "Bayesian": "Bayesian models of the counts",
}


@dataclass(frozen=True, slots=True)
class Dot:
    """Coverage in [0, 1] and its Monte Carlo standard error; ``own`` None where it is the same."""

    average: float
    error: float
    own: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One method: where it stands (mm from the top of the rows), one dot for each truth."""

    y: float
    label: str
    colour: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything to draw; ``headings`` are texts with their place."""

    title: tuple[str, ...]
    note: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]
    headings: tuple[Words, ...]
    height: float
    level: float


def save_coverage(found: Calibration, folder: Path, stem: str) -> None:
    """Write the picture as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_coverage(prepare_coverage(found)), folder, stem)


def prepare_coverage(found: Calibration) -> Prepared:
    """Return the rows in the order of the methods, under a heading for each kind."""
    width = PAGE_WIDTH - 2 * MARGIN
    rows: list[Row] = []
    headings: list[Words] = []
    y = 0.0
    for place, score in enumerate(found.scenarios[0].scores):
        if place == 0 or score.kind != found.scenarios[0].scores[place - 1].kind:
            headings.append(Words(MARGIN, y + 0.6 * HEADING, TITLES[score.kind], bold=True))
            y += HEADING
        dots = tuple(_dot(scenario.scores[place]) for scenario in found.scenarios[:MOST])
        rows.append(Row(y + 0.5 * ROW, score.label, _colour(score), dots))
        y += ROW
    shown = found.scenarios[:MOST]
    column = _column_width(len(shown))
    return Prepared(
        title=style.wrapped(coverage_finding(found), width, style.TITLE, bold=True),
        note=style.wrapped(_note(found), width, style.SMALL),
        columns=tuple(_truth(scenario.truth, column) for scenario in shown),
        rows=tuple(rows),
        headings=tuple(headings),
        height=y,
        level=found.level,
    )


def _truth(truth: Truth, width: float) -> tuple[str, ...]:
    """Return the head of a column of a width in mm."""
    if width >= NARROW:
        return style.wrapped(truth_words(truth), width, style.SMALL)
    rate = RATES[truth.family].removesuffix(" rate")
    return rate, wording.threshold(truth.rate), f"{SPREADS[truth.family]} {truth.spread:g}"


def _dot(score: Score) -> Dot:
    same = score.own.truth == score.average.truth
    coverage = score.average.coverage
    return Dot(coverage.value, coverage.error, None if same else score.own.coverage.value)


def _colour(score: Score) -> str:
    if score.kind != "Bayesian":
        return COLOURS[score.kind]
    families = ("logit-normal", "beta-binomial")
    return next((style.family_colour(name) for name in families if name in score.label), style.INK)


def _note(found: Calibration) -> str:
    first = found.scenarios[0].scores
    reviews = f"{first[0].replicates:,} simulated reviews for each truth"
    fewer = min(score.replicates for score in first)
    if fewer < first[0].replicates:
        reviews += f" ({fewer:,} for models of the counts)"
    rest = len(found.scenarios) - MOST
    reviews += f"; {rest} more in the table" if rest > 0 else ""
    return (
        f"{len(found.totals)} studies of the same sizes, {reviews}. Filled: share of "
        f"{wording.threshold(found.level)} intervals that hold the average rate; line: twice the "
        "Monte Carlo standard error each way. Ring: that hold the typical rate, where the method "
        "targets it. Dashed: nominal. All in percent."
    )


def _column_width(columns: int) -> float:
    return (PAGE_WIDTH - MARGIN - LABELS - GAP * columns) / columns


def draw_coverage(prepared: Prepared) -> Figure:
    """Return the figure."""
    lines = max(map(len, prepared.columns))
    head = style.head_height(prepared.title, prepared.note) + style.LINE * lines + 4.0
    figure, sheet = style.page(head + prepared.height + FOOT)
    style.write_head(sheet, MARGIN, prepared.title, prepared.note)
    for words in prepared.headings:
        style.write(sheet, Words(words.x, head + words.y, words.text, bold=True))
    for row in prepared.rows:
        style.write(sheet, Words(MARGIN + 2.0, head + row.y, row.label, style.SMALL))
    width = _column_width(len(prepared.columns))
    for place, text in enumerate(prepared.columns):
        left = LABELS + GAP + place * (width + GAP) - 2.0
        for i, line in enumerate(text):
            y = head - 1.5 - style.LINE * (len(text) - 1 - i)
            style.write(sheet, Words(left, y, line, style.SMALL))
        _draw_column(sheet, prepared, place, (left, width, head))
    return figure


def _draw_column(
    sheet: Axes, prepared: Prepared, place: int, where: tuple[float, float, float]
) -> None:
    """Draw the dots of one truth; ``where`` is left edge, width and top of the rows in mm."""
    left, width, top = where
    bottom = top + prepared.height

    def at(share: float) -> float:
        return left + width * share

    for tick in (0.0, 0.5, 1.0):
        sheet.plot([at(tick)] * 2, [top, bottom], color="#ececec", linewidth=0.5, zorder=0)
    for tick in (0.0, 0.5, 1.0) if width >= NARROW else (0.0, 1.0):
        text = f"{100 * tick:.0f}" + (" %" if tick == 1.0 and width >= NARROW else "")
        style.write(sheet, Words(at(tick), bottom + 3.0, text, style.SMALL, align="center"))
    dashes: dict[str, Any] = {"color": style.QUIET, "linewidth": 0.7, "dashes": (4, 3), "zorder": 1}
    sheet.plot([at(prepared.level)] * 2, [top, bottom], **dashes)
    for row in prepared.rows:
        dot, y = row.dots[place], top + row.y
        reach = [min(max(dot.average + 2 * s * dot.error, 0.0), 1.0) for s in (-1, 1)]
        sheet.plot([at(end) for end in reach], [y, y], color=row.colour, linewidth=1.0)
        sheet.plot([at(dot.average)], [y], "o", color=row.colour, markersize=3.6)
        if dot.own is not None:
            ring: dict[str, Any] = {
                "markerfacecolor": "white",
                "markeredgewidth": 0.8,
                "zorder": 1.5,
            }
            sheet.plot([at(dot.own)], [y], "o", color=row.colour, markersize=4.4, **ring)
