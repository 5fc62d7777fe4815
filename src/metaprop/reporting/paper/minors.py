"""Draw the quality of the studies: a grid of lights, totals, and a bar for each item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, POINT_COLOURS, Words, look
from metaprop.reporting.paper.lights import draw_key, draw_light
from metaprop.reporting.paper.minors_rows import column_width, grid_ends, name_width, prepare_minors

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.reporting.evidence import StoredTable
    from metaprop.reporting.paper.minors_rows import Minors

ROW, KEY = 4.8, 7.0
"""Heights of a study's row and of the key, mm."""
BAR, BAR_WIDTH = 24.0, 8.0
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
    page, line = look(), look().scale * LINE
    total = page.width - page.margin
    head = style.head_height(minors.title, minors.subtitle) + KEY
    top = head + line * max((len(lines) for lines in minors.heads), default=1) + 2.0
    heights = [ROW + line * (len(row.name) - 1) for row in minors.rows]
    rule = top + sum(heights) + 1.0
    bottom = rule + 2.0 + BAR + 3.0
    figure, sheet = style.page(bottom + line * (len(minors.note) + 1))
    style.write_head(sheet, page.margin, minors.title, minors.subtitle)
    style.write_lines(sheet, page.margin, bottom + line, minors.note)
    draw_key(sheet, page.margin if page.narrow else grid_ends()[0], head - 2.5)
    _draw_heads(sheet, minors, top)
    y = top
    for row, height in zip(minors.rows, heights, strict=True):
        middle = y + height / 2
        first = middle - line * (len(row.name) - 1) / 2
        for i, text in enumerate(row.name):
            style.write(sheet, Words(page.margin, first + line * i, text))
        for place, points in enumerate(row.points):
            draw_light(sheet, _x(minors, place), middle, points)
        style.write(sheet, Words(total, middle, row.total, align="right"))
        y += height
    sheet.plot([page.margin, total], [rule, rule], color=style.RULE, linewidth=0.6)
    _draw_bars(sheet, minors, rule + 2.0)
    return figure


def _x(minors: Minors, place: int) -> float:
    """Return the middle of an item's column, mm."""
    return grid_ends()[0] + column_width(len(minors.heads)) * (place + 0.5)


def _draw_heads(sheet: Axes, minors: Minors, top: float) -> None:
    y, page = top - 3.0, look()
    ends = [page.margin, page.width - page.margin]
    style.write(sheet, Words(ends[0], y, "Study", bold=True))
    style.write(sheet, Words(ends[1], y, "Total", bold=True, align="right"))
    for place, lines in enumerate(minors.heads):
        for i, line in enumerate(reversed(lines)):
            at = Words(
                _x(minors, place), y - page.scale * LINE * i, line, style.SMALL, align="center"
            )
            style.write(sheet, at)
    sheet.plot(ends, [top - 1.0, top - 1.0], color=style.INK, linewidth=0.6)


def _draw_bars(sheet: Axes, minors: Minors, top: float) -> None:
    page, line = look(), look().scale * LINE
    said = style.wrapped("Studies with 2, 1, 0 points or not reported", name_width())
    for i, text in enumerate(said):
        y = top + BAR / 2 + line * (i - (len(said) - 1) / 2)
        style.write(sheet, Words(page.margin, y, text))
    wide = min(BAR_WIDTH, 0.8 * column_width(len(minors.bars)))
    for place, counts in enumerate(minors.bars):
        left = _x(minors, place) - wide / 2
        y = top
        for count, colour, ink in zip(counts, BAR_COLOURS, BAR_INKS, strict=True):
            high = BAR * count / max(sum(counts), 1)
            _draw_part(sheet, (left, y, high), wide, colour)
            if high >= LEAST_LABELLED:
                at = (left + wide / 2, y + high / 2)
                style.write(sheet, Words(*at, str(count), style.SMALL, colour=ink, align="center"))
            y += high


def _draw_part(sheet: Axes, place: tuple[float, float, float], wide: float, colour: str) -> None:
    """Draw one part of a bar: left, top, height in mm; nothing where it has none."""
    left, top, high = place
    if high > 0.0:
        xs = (left, left + wide, left + wide, left)
        ys = (top, top, top + high, top + high)
        sheet.fill(xs, ys, facecolor=colour, edgecolor=style.QUIET, linewidth=0.5)
