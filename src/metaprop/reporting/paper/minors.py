"""Draw the quality of the studies: a grid of lights, totals, and a bar for each item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, POINT_COLOURS, Words
from metaprop.reporting.paper.lights import draw_key, draw_light
from metaprop.reporting.paper.minors_rows import GRID_LEFT, column_width, prepare_minors

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.reporting.evidence import StoredTable
    from metaprop.reporting.paper.minors_rows import Minors

ROW, KEY = 4.8, 7.0
"""Heights of a study's row and of the key, mm."""
BAR, BAR_WIDTH = 24.0, 8.0
TOTAL = PAGE_WIDTH - MARGIN
BAR_COLOURS = (*reversed(POINT_COLOURS), "white")
BAR_INKS = ("white", style.INK, "white", style.QUIET)
LEAST_LABELLED = 2.4
"""A part of a bar lower than this, in mm, has no room for its number."""


def save_minors(table: StoredTable, folder: Path, stem: str) -> None:
    """Write the grid of quality scores as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_minors(prepare_minors(table)), folder, stem)


def draw_minors(minors: Minors) -> Figure:
    """Return the figure of a prepared grid."""
    head = style.head_height(minors.title, minors.subtitle) + KEY
    top = head + LINE * max((len(lines) for lines in minors.heads), default=1) + 2.0
    heights = [ROW + LINE * (len(row.name) - 1) for row in minors.rows]
    rule = top + sum(heights) + 1.0
    bottom = rule + 2.0 + BAR + 3.0
    figure, sheet = style.page(bottom + LINE * (len(minors.note) + 1))
    style.write_head(sheet, MARGIN, minors.title, minors.subtitle)
    style.write_lines(sheet, MARGIN, bottom + LINE, minors.note)
    draw_key(sheet, GRID_LEFT, head - 2.5)
    _draw_heads(sheet, minors, top)
    y = top
    for row, height in zip(minors.rows, heights, strict=True):
        middle = y + height / 2
        first = middle - LINE * (len(row.name) - 1) / 2
        for i, line in enumerate(row.name):
            style.write(sheet, Words(MARGIN, first + LINE * i, line))
        for place, points in enumerate(row.points):
            draw_light(sheet, _x(minors, place), middle, points)
        style.write(sheet, Words(TOTAL, middle, row.total, align="right"))
        y += height
    sheet.plot([MARGIN, TOTAL], [rule, rule], color=style.RULE, linewidth=0.6)
    _draw_bars(sheet, minors, rule + 2.0)
    return figure


def _x(minors: Minors, place: int) -> float:
    """Return the middle of an item's column, mm."""
    return GRID_LEFT + column_width(len(minors.heads)) * (place + 0.5)


def _draw_heads(sheet: Axes, minors: Minors, top: float) -> None:
    y = top - 3.0
    style.write(sheet, Words(MARGIN, y, "Study", bold=True))
    style.write(sheet, Words(TOTAL, y, "Total", bold=True, align="right"))
    for place, lines in enumerate(minors.heads):
        for i, line in enumerate(reversed(lines)):
            at = Words(_x(minors, place), y - LINE * i, line, style.SMALL, align="center")
            style.write(sheet, at)
    sheet.plot([MARGIN, TOTAL], [top - 1.0, top - 1.0], color=style.INK, linewidth=0.6)


def _draw_bars(sheet: Axes, minors: Minors, top: float) -> None:
    style.write(sheet, Words(MARGIN, top + BAR / 2 - LINE / 2, "Studies with 2, 1, 0 points"))
    style.write(sheet, Words(MARGIN, top + BAR / 2 + LINE / 2, "or not reported"))
    for place, counts in enumerate(minors.bars):
        left = _x(minors, place) - BAR_WIDTH / 2
        y = top
        for count, colour, ink in zip(counts, BAR_COLOURS, BAR_INKS, strict=True):
            high = BAR * count / max(sum(counts), 1)
            _draw_part(sheet, (left, y, high), colour)
            if high >= LEAST_LABELLED:
                at = (left + BAR_WIDTH / 2, y + high / 2)
                style.write(sheet, Words(*at, str(count), style.SMALL, colour=ink, align="center"))
            y += high


def _draw_part(sheet: Axes, place: tuple[float, float, float], colour: str) -> None:
    """Draw one part of a bar: left, top, height in mm; nothing where it has none."""
    left, top, high = place
    if high > 0.0:
        xs = (left, left + BAR_WIDTH, left + BAR_WIDTH, left)
        ys = (top, top, top + high, top + high)
        sheet.fill(xs, ys, facecolor=colour, edgecolor=style.QUIET, linewidth=0.5)
