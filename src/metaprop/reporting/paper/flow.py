"""Draw the flow of records: prepared boxes onto a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, Words, look
from metaprop.reporting.paper.flow_rows import PADDING, box_ends, prepare_flow

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
    page, line = look(), look().scale * LINE
    top = style.head_height(flow.title, flow.subtitle) + 3.0
    heights = [_floor_height(floor) for floor in flow.floors]
    over = [_over(floor) for floor in flow.floors]
    bottom = top + sum(heights) + sum(over) + GAP * (len(heights) - 1) + 2.0
    figure, sheet = style.page(bottom + line * (len(flow.note) + 1))
    style.write_head(sheet, page.margin, flow.title, flow.subtitle)
    style.write_lines(sheet, page.margin, bottom + line, flow.note)
    y = top
    for i, (floor, height) in enumerate(zip(flow.floors, heights, strict=True)):
        y += over[i]
        _draw_floor(sheet, floor, y, height)
        if i + 1 < len(heights):
            way = GAP + over[i + 1]
            _arrow(sheet, (sum(box_ends()[0]) / 2, y + height), (0.0, way))
        y += height + GAP
    return figure


def _over(floor: Floor) -> float:
    """Return the room over the boxes of a floor for its phase, which in two columns is beside."""
    return look().scale * LINE if floor.phase and look().narrow else 0.0


def _box_height(box: Box) -> float:
    return look().scale * LINE * len(box.lines) + 2 * PADDING


def _sides_height(floor: Floor) -> float:
    return sum(map(_box_height, floor.sides)) + BESIDE * max(len(floor.sides) - 1, 0)


def _floor_height(floor: Floor) -> float:
    return max(_box_height(floor.main), _sides_height(floor))


def _draw_floor(sheet: Axes, floor: Floor, y: float, height: float) -> None:
    main, side = box_ends()
    page, line = look(), look().scale * LINE
    at = y - line / 2 - 0.4 if page.narrow else y + PADDING + line / 2
    style.write(sheet, Words(page.margin, at, floor.phase, bold=True))
    _draw_box(sheet, floor.main, main, y, height)
    at = y
    for box in floor.sides:
        high = _box_height(box) if len(floor.sides) > 1 else height
        _draw_box(sheet, box, side, at, high)
        _arrow(sheet, (main[1], at + high / 2), (side[0] - main[1], 0.0))
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
    step = look().scale * LINE
    first = y + height / 2 - step * (len(box.lines) - 1) / 2
    for i, line in enumerate(box.lines):
        ink = style.INK if box.printed else style.QUIET
        style.write(sheet, Words(left + PADDING, first + step * i, line, colour=ink))


def _arrow(sheet: Axes, start: tuple[float, float], way: tuple[float, float]) -> None:
    end = (start[0] + way[0], start[1] + way[1])
    head = {"arrowstyle": "-|>", "color": style.INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    sheet.annotate("", xy=end, xytext=start, arrowprops=head)
