"""Draw the flow of records: prepared boxes onto a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, MARGIN, Words
from metaprop.reporting.paper.flow_rows import (
    MAIN_LEFT,
    MAIN_RIGHT,
    PADDING,
    SIDE_LEFT,
    SIDE_RIGHT,
    prepare_flow,
)

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.reporting.evidence import StoredTable
    from metaprop.reporting.paper.flow_rows import Box, Floor, Flow

GAP, BESIDE = 6.0, 2.0
"""From one floor to the next (room for an arrow), and between boxes side by side, mm."""


def save_flow(table: StoredTable, studies: int, folder: Path, stem: str) -> None:
    """Write the flow of records as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_flow(prepare_flow(table, studies)), folder, stem)


def draw_flow(flow: Flow) -> Figure:
    """Return the figure of a prepared flow."""
    top = style.head_height(flow.title, flow.subtitle) + 3.0
    heights = [_floor_height(floor) for floor in flow.floors]
    bottom = top + sum(heights) + GAP * (len(heights) - 1) + 2.0
    figure, sheet = style.page(bottom + LINE * (len(flow.note) + 1))
    style.write_head(sheet, MARGIN, flow.title, flow.subtitle)
    style.write_lines(sheet, MARGIN, bottom + LINE, flow.note)
    y = top
    for i, (floor, height) in enumerate(zip(flow.floors, heights, strict=True)):
        _draw_floor(sheet, floor, y, height)
        if i + 1 < len(heights):
            _arrow(sheet, ((MAIN_LEFT + MAIN_RIGHT) / 2, y + height), (0.0, GAP))
        y += height + GAP
    return figure


def _box_height(box: Box) -> float:
    return LINE * len(box.lines) + 2 * PADDING


def _sides_height(floor: Floor) -> float:
    return sum(map(_box_height, floor.sides)) + BESIDE * max(len(floor.sides) - 1, 0)


def _floor_height(floor: Floor) -> float:
    return max(_box_height(floor.main), _sides_height(floor))


def _draw_floor(sheet: Axes, floor: Floor, y: float, height: float) -> None:
    style.write(sheet, Words(MARGIN, y + PADDING + LINE / 2, floor.phase, bold=True))
    _draw_box(sheet, floor.main, (MAIN_LEFT, MAIN_RIGHT), y, height)
    at = y
    for box in floor.sides:
        high = _box_height(box) if len(floor.sides) > 1 else height
        _draw_box(sheet, box, (SIDE_LEFT, SIDE_RIGHT), at, high)
        _arrow(sheet, (MAIN_RIGHT, at + high / 2), (SIDE_LEFT - MAIN_RIGHT, 0.0))
        at += high + BESIDE


def _draw_box(sheet: Axes, box: Box, sides: tuple[float, float], y: float, height: float) -> None:
    left, right = sides
    sheet.plot(
        [left, right, right, left, left],
        [y, y, y + height, y + height, y],
        color=style.INK if box.printed else style.QUIET,
        linewidth=0.8,
        linestyle="-" if box.printed else (0, (3, 2)),
    )
    first = y + height / 2 - LINE * (len(box.lines) - 1) / 2
    for i, line in enumerate(box.lines):
        ink = style.INK if box.printed else style.QUIET
        style.write(sheet, Words(left + PADDING, first + LINE * i, line, colour=ink))


def _arrow(sheet: Axes, start: tuple[float, float], way: tuple[float, float]) -> None:
    end = (start[0] + way[0], start[1] + way[1])
    head = {"arrowstyle": "-|>", "color": style.INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    sheet.annotate("", xy=end, xytext=start, arrowprops=head)
