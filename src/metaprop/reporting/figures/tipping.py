"""Draw the paths of priors: prepared panels onto one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words
from metaprop.reporting.figures.tipping_rows import prepare_tipping

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.sensitivity.records import OutcomeSensitivity
    from metaprop.reporting.figures.tipping_rows import KeyLine, PathPanel, Tipping

ACROSS, PLOT, UNDER, KEY, GAP = 3, 36.0, 8.0, 7.0, 8.0
"""Panels beside each other; height of one, room under it, of the key, and between two, mm."""
LEFT = 13.0
"""Where the first panel begins, mm: the numbers of the axis stand before it."""
WIDTH = (PAGE_WIDTH - LEFT - MARGIN - GAP * (ACROSS - 1)) / ACROSS
SAMPLE = 6.0
"""Length of a line in the key, mm."""
DASHED, SOLID = (0, (3, 2)), "solid"


def save_tipping(outcome: OutcomeSensitivity, folder: Path, stem: str) -> None:
    """Write the paths of priors of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        prepared = prepare_tipping(outcome, PAGE_WIDTH - 3 * MARGIN, WIDTH)
        style.save(draw_tipping(prepared), folder, stem)


def draw_tipping(tipping: Tipping) -> Figure:
    """Return the figure of prepared paths."""
    top = style.head_height(tipping.title, tipping.subtitle) + KEY
    rows = [tipping.panels[i : i + ACROSS] for i in range(0, len(tipping.panels), ACROSS)]
    heads = [LINE * max(len(panel.title) for panel in row) + 2.0 for row in rows]
    height = top + sum(heads) + (PLOT + UNDER) * len(rows)
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, tipping.title, tipping.subtitle)
    _draw_key(sheet, tipping.key, top - 2.5)
    y = top
    for row, head in zip(rows, heads, strict=True):
        for place, panel in enumerate(row):
            left = LEFT + place * (WIDTH + GAP)
            first = y + head - 0.5 - LINE * len(panel.title)
            for line, words in enumerate(panel.title):
                style.write(sheet, Words(left, first + LINE * line, words, style.SMALL))
            below = 1 - (y + head + PLOT) / height
            plot = figure.add_axes((left / PAGE_WIDTH, below, WIDTH / PAGE_WIDTH, PLOT / height))
            _dress(plot, tipping, panel, named=place == 0)
            _draw_panel(plot, panel)
        y += head + PLOT + UNDER
    return figure


def _draw_key(sheet: Axes, key: tuple[KeyLine, ...], y: float) -> None:
    x = LEFT
    for line in key:
        dashes = DASHED if line.dashed else SOLID
        sheet.plot([x, x + SAMPLE], [y, y], color=line.colour, linewidth=1.4, linestyle=dashes)
        style.write(sheet, Words(x + SAMPLE + 1.5, y, line.text, style.SMALL, colour=line.colour))
        x += SAMPLE + 6.0 + style.text_width(line.text, style.SMALL)


def _dress(plot: Axes, tipping: Tipping, panel: PathPanel, *, named: bool) -> None:
    plot.set(xlim=panel.ends, ylim=tipping.ends)
    plot.set_xticks(panel.ticks, panel.labels)
    plot.set_yticks(tipping.ticks, tipping.labels if named else [""] * len(tipping.ticks))
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    plot.tick_params(axis="y", length=0.0)
    plot.hlines(tipping.ticks, *panel.ends, color="#e4e4e4", linewidth=0.5, zorder=0)
    plot.spines[["left", "right", "top"]].set_visible(False)


def _draw_panel(plot: Axes, panel: PathPanel) -> None:
    for curve in panel.curves:
        dashes = DASHED if curve.dashed else SOLID
        plot.plot(curve.x, curve.y, color=curve.colour, linewidth=1.4, linestyle=dashes, zorder=2)
    for spot in panel.defaults:
        plot.plot([spot.x], [spot.y], "D", color=spot.colour, markersize=4.4, zorder=4)
    for tip in panel.tipped:
        plot.plot(
            [tip.x],
            [tip.y],
            "o",
            color=tip.colour,
            markerfacecolor="white",
            markersize=4.4,
            markeredgewidth=1.0,
            clip_on=False,
            zorder=3,
        )
        aside = -3 if tip.align == "right" else 3
        plot.annotate(
            tip.text,
            (tip.x, tip.y),
            (aside, 6 if tip.over else -6),
            textcoords="offset points",
            ha=tip.align,
            va="center_baseline",
            fontsize=style.SMALL,
            color=tip.colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            parse_math=False,
            zorder=5,
        )
