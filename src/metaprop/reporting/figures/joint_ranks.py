"""The ranks of the types as a picture: how probably each is the first, the second and so on."""

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

ROW, HEAD, FOOT = 6.0, 14.0, 4.0
"""A row, the room over the rows and under them, mm."""
NUMBER, NAME, EXPECTED, MATRIX, CELL = 6.0, 8.0, 74.0, 78.0, 9.6
"""Where place, name and expected rank of a type stand, where the cells begin, their width, mm."""
LONGEST = 30
DARKEST = 0.62
"""How much darker than paper a certain rank is; words stay readable on it."""
LIKELY = 0.5


def save_joint_ranks(answer: JointAnswer, folder: Path, stem: str) -> None:
    """Write the picture of one fit as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_joint_ranks(answer), folder, stem)


def draw_joint_ranks(answer: JointAnswer) -> Figure:
    """Return the figure: types sorted by their expected rank, the most frequent first."""
    types = sorted(answer.types, key=lambda one: one.mean_rank)
    width = style.PAGE_WIDTH - 2 * MARGIN
    title = style.wrapped(ranks_title(types), width, style.TITLE, bold=True)
    note = style.wrapped(_note(answer), width - MARGIN, style.SMALL)
    top = style.head_height(title, note) + HEAD
    figure, sheet = style.page(top + ROW * len(types) + FOOT)
    style.write_head(sheet, MARGIN, title, note)
    _draw_header(sheet, len(types), top)
    for row, one in enumerate(types):
        _draw_row(sheet, one, row, top + ROW * row)
    return figure


def ranks_title(types: list[TypeAnswer]) -> str:
    """Return the finding: how sure the order is, by the most probable rank of any type."""
    sure = sum(max(one.ranks) > LIKELY for one in types)
    if not sure:
        return f"None of {len(types)} types has a rank that is more probable than not"
    have = "has a rank that is" if sure == 1 else "have ranks that are"
    return f"{sure} of {len(types)} types {have} more probable than not"


def _note(answer: JointAnswer) -> str:
    left_out = f" Without {wording.listed(list(answer.left_out))}." if answer.left_out else ""
    return (
        f"Probability, in percent, that the average rate of the type has this rank among "
        f"{len(answer.types)} types, 1 for the most frequent; blank where it rounds to 0. Joint "
        f"model, by NUTS: Monte Carlo error at most {wording.percent(answer.rank_error)}.{left_out}"
    )


def _draw_header(sheet: Axes, count: int, top: float) -> None:
    middle = MATRIX + CELL * count / 2
    style.write(sheet, Words(middle, top - 8.0, "rank", bold=True, align="center"))
    style.write(sheet, Words(EXPECTED, top - 3.0, "expected", bold=True, align="right"))
    for rank in range(count):
        x = MATRIX + _cell(count) * (rank + 0.5)
        style.write(sheet, Words(x, top - 3.0, f"{rank + 1}", bold=True, align="center"))


def _cell(count: int) -> float:
    return min((style.PAGE_WIDTH - MARGIN - MATRIX) / count, CELL)


def _draw_row(sheet: Axes, one: TypeAnswer, row: int, top: float) -> None:
    from matplotlib.patches import Rectangle

    y, cell = top + ROW / 2, _cell(len(one.ranks))
    name = shorten(printable(one.label or one.id), LONGEST)
    style.write(sheet, Words(NUMBER, y, f"{row + 1}", align="right"))
    style.write(sheet, Words(NAME, y, name))
    style.write(sheet, Words(EXPECTED, y, f"{one.mean_rank:.1f}", style.SMALL, align="right"))
    for rank, chance in enumerate(one.ranks):
        shade = str(round(1.0 - DARKEST * chance, 3))
        corner = (MATRIX + cell * rank, top)
        sheet.add_patch(Rectangle(corner, cell, ROW, facecolor=shade, edgecolor="#e4e4e4"))
        if (text := f"{100 * chance:.0f}") != "0":
            place = (corner[0] + cell / 2, y)
            bold = chance == max(one.ranks)
            style.write(sheet, Words(*place, text, style.SMALL, bold=bold, align="center"))
