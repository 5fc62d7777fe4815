"""One light of a grid of quality scores: colour, shape and figure say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import POINT_COLOURS, Words, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHAPES = ("s", "D", "o")
SIZES = (8.0, 7.2, 9.0)
"""Of the marks of 0, 1 and 2 points, in points of print: about the same area."""
MEANINGS = ("0 points", "1 point", "2 points")
NOT_REPORTED = "not reported"
KEY_STEP = 25.0


def draw_light(sheet: Axes, x: float, y: float, points: int | None) -> None:
    """Draw the points of one item of one study at a place on the page, mm."""
    if points is None:
        sheet.plot(
            [x],
            [y],
            "o",
            markersize=SIZES[-1],
            markerfacecolor="white",
            markeredgecolor=style.QUIET,
            markeredgewidth=0.6,
        )
        style.write(sheet, Words(x, y, "–", style.SMALL, colour=style.QUIET, align="center"))
        return
    sheet.plot(
        [x],
        [y],
        SHAPES[points],
        markersize=SIZES[points],
        color=POINT_COLOURS[points],
        markeredgewidth=0,
    )
    ink = style.INK if points == 1 else "white"
    size = style.SMALL - 0.8
    style.write(sheet, Words(x, y, str(points), size, bold=True, colour=ink, align="center"))


def draw_key(sheet: Axes, x: float, y: float) -> None:
    """Draw what each light means, in one line from ``x`` mm to the right."""
    for place, points in enumerate((2, 1, 0, None)):
        at = x + (KEY_STEP if not look().narrow else 0.8 * KEY_STEP) * place
        draw_light(sheet, at + 1.6, y, points)
        text = NOT_REPORTED if points is None else MEANINGS[points]
        style.write(sheet, Words(at + 4.2, y, text, style.SMALL))
