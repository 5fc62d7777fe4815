"""Draw the forest over outcomes: prepared rows onto one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.outcomes_rows import prepare_outcomes
from metaprop.reporting.figures.style import MARGIN, Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.answers import Analysis
    from metaprop.questions.frequentist.answers import PublishedRate
    from metaprop.questions.joint_answers import JointAnswer
    from metaprop.reporting.figures.outcomes_rows import Group, Line, OutcomesForest

HEAD, ROW, GAP, FOOT = 7.0, 3.9, 2.4, 12.0
"""The header, a line, the space between outcomes, the axis under them, mm."""
MODEL = 62.0
"""Where models' names begin, mm from the left."""
PLOT_LEFT, PLOT_RIGHT, NUMBERS = 88.0, 146.0, 177.0
"""Where the axis begins and ends, and where the numbers end, mm from the left."""


def save_outcomes(
    analysis: Analysis,
    published: Mapping[str, PublishedRate],
    joint: Sequence[JointAnswer],
    folder: Path,
    stem: str,
) -> None:
    """Write the forest over outcomes as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        forest = prepare_outcomes(analysis, published, joint, style.PAGE_WIDTH - 2 * MARGIN)
        style.save(draw_outcomes(forest), folder, stem)


def draw_outcomes(forest: OutcomesForest) -> Figure:
    """Return the figure of a prepared forest."""
    top = style.head_height(forest.title, forest.subtitle) + HEAD
    lines = sum(len(group.lines) for group in forest.groups)
    bottom = top + ROW * lines + GAP * len(forest.groups)
    figure, sheet = style.page(bottom + FOOT)
    style.write_head(sheet, MARGIN, forest.title, forest.subtitle)
    _draw_header(sheet, top - 3.0)
    _draw_axis(sheet, forest, top, bottom)
    y = top + 1.5
    for group in forest.groups:
        _draw_group(sheet, forest, group, y)
        y += ROW * len(group.lines) + GAP
    return figure


def _place(forest: OutcomesForest, rate: float) -> float:
    share = (rate - forest.axis.low) / (forest.axis.high - forest.axis.low)
    return PLOT_LEFT + share * (PLOT_RIGHT - PLOT_LEFT)


def _draw_header(sheet: Axes, y: float) -> None:
    for x, text, align in (
        (MARGIN, "Outcome, events", "left"),
        (MODEL, "model", "left"),
        (NUMBERS, "average rate, %", "right"),
    ):
        style.write(sheet, Words(x, y, text, bold=True, align=align))  # type: ignore[arg-type]  # one of the two
    sheet.plot([MARGIN, NUMBERS], [y + 2.2, y + 2.2], color=style.INK, linewidth=0.6)


def _draw_axis(sheet: Axes, forest: OutcomesForest, top: float, bottom: float) -> None:
    for tick, label in zip(forest.axis.ticks, forest.axis.labels, strict=True):
        x = _place(forest, tick)
        sheet.plot([x, x], [top, bottom], color="#ececec", linewidth=0.5, zorder=0)
        style.write(sheet, Words(x, bottom + 3.5, label, style.SMALL, align="center"))
    sheet.plot([PLOT_LEFT, PLOT_RIGHT], [bottom, bottom], color=style.INK, linewidth=0.6)
    middle = (PLOT_LEFT + PLOT_RIGHT) / 2
    style.write(sheet, Words(middle, bottom + 8.0, "Average rate", align="center"))


def _draw_group(sheet: Axes, forest: OutcomesForest, group: Group, y: float) -> None:
    style.write(sheet, Words(MARGIN, y, group.name, bold=True))
    style.write(sheet, Words(MARGIN, y + ROW, group.seen, colour=style.QUIET))
    for place, line in enumerate(group.lines):
        _draw_line(sheet, forest, line, y + ROW * place)


def _draw_line(sheet: Axes, forest: OutcomesForest, line: Line, y: float) -> None:
    style.write(sheet, Words(MODEL, y, line.label, style.SMALL, colour=line.colour))
    ends = [_place(forest, line.low), _place(forest, line.high)]
    sheet.plot(ends, [y, y], color=line.colour, linewidth=1.2)
    marker = "D" if line.published else "o"
    middle = [_place(forest, line.middle)]
    sheet.plot(middle, [y], marker, color=line.colour, markersize=3.4, zorder=3)
    style.write(sheet, Words(NUMBERS, y, line.text, style.SMALL, align="right"))
