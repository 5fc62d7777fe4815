"""The joint model as a picture: each type's average rate, and how probably it exceeds the others.

The matrix reads along a row: the probability, in percent, that the type of the row is more
frequent, on average over studies, than the type of the column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import MARGIN, Words
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.joint_answers import JointAnswer, TypeAnswer

ROW, HEAD, FOOT = 6.0, 9.0, 15.0
"""A row, the room over the rows and under them, mm."""
PLOT, NUMBERS, MATRIX = (54.0, 88.0), 112.0, 116.0
"""Where the axis runs, where the numbers end and the matrix begins, mm from the left."""
LONGEST = 30
HALF = 0.5


def save_joint(answer: JointAnswer, folder: Path, stem: str) -> None:
    """Write the picture of one fit as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_joint(answer), folder, stem)


def draw_joint(answer: JointAnswer) -> Figure:
    """Return the figure: types sorted by their expected rank, the most frequent first."""
    order = sorted(range(len(answer.types)), key=lambda place: answer.types[place].mean_rank)
    types = [answer.types[place] for place in order]
    width = style.PAGE_WIDTH - 2 * MARGIN
    title = style.wrapped(joint_finding(answer), width, style.TITLE, bold=True)
    note = style.wrapped(_note(answer), width, style.SMALL)
    top = style.head_height(title, note) + HEAD
    figure, sheet = style.page(top + ROW * len(types) + FOOT)
    style.write_head(sheet, MARGIN, title, note)
    _draw_rates(sheet, types, top)
    _draw_matrix(sheet, answer, order, top)
    return figure


def _name(one: TypeAnswer) -> str:
    return shorten(printable(one.label or one.id), LONGEST)


def joint_finding(answer: JointAnswer) -> str:
    """Return which type is the most frequent: the fewest that are it more probably than not."""
    found: list[TypeAnswer] = []
    for one in sorted(answer.types, key=lambda one: -one.ranks[0]):
        if sum(other.ranks[0] for other in found) > HALF:
            break
        found.append(one)
    chance = wording.inferred(sum(one.ranks[0] for one in found))
    names = wording.listed([_name(one) for one in found], "or")
    return f"Most frequent: {names}, with probability {chance}"


def _note(answer: JointAnswer) -> str:
    left_out = f" Without {wording.listed(list(answer.left_out))}." if answer.left_out else ""
    return (
        f"Joint model of {len(answer.types)} types, by NUTS.{left_out} Left: median and "
        f"{wording.threshold(answer.level)} equal-tailed credible interval of the average rate. "
        "Right: probability, in percent, that the type of the row is more frequent than that of "
        "the column; the numbers over the columns are those of the rows."
    )


def _draw_rates(sheet: Axes, types: list[TypeAnswer], top: float) -> None:
    ends = [end for one in types for end in (one.average.interval.low, one.average.interval.high)]
    axis = style.rate_axis([0.0, *ends], most_ticks=4)
    bottom = top + ROW * len(types)

    def place(rate: float) -> float:
        return PLOT[0] + (rate - axis.low) / (axis.high - axis.low) * (PLOT[1] - PLOT[0])

    style.write(sheet, Words(NUMBERS, top - 3.0, "average rate, %", bold=True, align="right"))
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        sheet.plot([place(tick)] * 2, [top, bottom], color="#ececec", linewidth=0.5, zorder=0)
        style.write(sheet, Words(place(tick), bottom + 3.0, label, style.SMALL, align="center"))
    for row, one in enumerate(types):
        y = top + ROW * (row + 0.5)
        interval, middle = one.average.interval, one.average.median.value
        style.write(sheet, Words(MARGIN + 3.0, y, f"{row + 1}", align="right"))
        style.write(sheet, Words(MARGIN + 5.0, y, _name(one)))
        span = [place(interval.low), place(interval.high)]
        sheet.plot(span, [y, y], color=style.INK, linewidth=1.2)
        sheet.plot([place(middle)], [y], "o", color=style.INK, markersize=3.4)
        low, high = (f"{100 * end:.1f}" for end in (interval.low, interval.high))
        text = f"{100 * middle:.1f} [{low}, {high}]"
        style.write(sheet, Words(NUMBERS, y, text, style.SMALL, align="right"))


def _draw_matrix(sheet: Axes, answer: JointAnswer, order: list[int], top: float) -> None:
    from matplotlib.patches import Rectangle

    cell = min((style.PAGE_WIDTH - MARGIN - MATRIX) / len(order), 8.0)
    for column in range(len(order)):
        x = MATRIX + cell * (column + 0.5)
        style.write(sheet, Words(x, top - 3.0, f"{column + 1}", bold=True, align="center"))
    for row, first in enumerate(order):
        for column, second in enumerate(order):
            if first == second:
                continue
            chance = answer.more_frequent[first][second].value
            shade = str(round(1.0 - 0.45 * abs(2.0 * chance - 1.0), 3))
            corner = (MATRIX + cell * column, top + ROW * row)
            sheet.add_patch(Rectangle(corner, cell, ROW, facecolor=shade, edgecolor="white"))
            middle = (corner[0] + cell / 2, corner[1] + ROW / 2)
            text = f"{100 * chance:.0f}"
            style.write(sheet, Words(*middle, text, style.SMALL, chance > HALF, align="center"))
