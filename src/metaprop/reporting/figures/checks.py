"""Draw the checks of one outcome: panels of replicated statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.checks_rows import prepare_checks
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.checks.answers import FitCheck
    from metaprop.reporting.figures.checks_rows import CheckSheet, Panel, Shape

COLUMNS, GAP, INSET = 3, 4.0, 4.0
"""Panels beside each other, the room between them and on each side of an axis, mm."""
PLOT, HEAD, FOOT = 22.0, 21.0, 9.0
"""Height of a panel's plot, of the words over it and of the axis under it, mm."""
OVER = 1.08
"""Height of an axis over its tallest bar."""


def save_checks(fits: Sequence[FitCheck], folder: Path, stem: str) -> None:
    """Write the panels of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_checks(prepare_checks(fits)), folder, stem)


def draw_checks(sheet: CheckSheet) -> Figure:
    """Return the figure of prepared panels."""
    top = style.head_height(sheet.title, sheet.subtitle) + 2.0
    rows = -(-len(sheet.panels) // COLUMNS)
    each = HEAD + PLOT + FOOT
    note = top + rows * each + 2.0
    height = note + LINE * len(sheet.note) + 1.0
    figure, paper = style.page(height)
    style.write_head(paper, MARGIN, sheet.title, sheet.subtitle)
    style.write_lines(paper, MARGIN, note, sheet.note)
    width = (PAGE_WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
    for place, panel in enumerate(sheet.panels):
        row, column = divmod(place, COLUMNS)
        left, y = MARGIN + column * (width + GAP), top + row * each
        _write_words(paper, panel, left, y)
        low = 1 - (y + HEAD + PLOT) / height
        box = ((left + INSET) / PAGE_WIDTH, low, (width - 2 * INSET) / PAGE_WIDTH, PLOT / height)
        _draw_panel(figure.add_axes(box), panel)
    return figure


def _write_words(paper: Axes, panel: Panel, left: float, y: float) -> None:
    style.write(paper, Words(left, y + 2.0, panel.title, bold=True))
    lines = [(panel.seen, style.INK), *((shape.words, shape.colour) for shape in panel.shapes)]
    for place, (text, colour) in enumerate([*lines, (panel.before, style.QUIET)]):
        spot = Words(left, y + 5.6 + LINE * place, text, style.SMALL, colour=colour)
        style.write(paper, spot)


def _draw_panel(plot: Axes, panel: Panel) -> None:
    plot.set(xlim=(panel.low, panel.high), ylim=(0.0, OVER), yticks=[])
    plot.set_xticks(panel.ticks, panel.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    plot.spines[["left", "right", "top"]].set_visible(False)
    for place, shape in enumerate(panel.shapes):
        _draw_shape(plot, shape, filled=place == 0)
    low, high = panel.observed
    if low == high:
        plot.plot([low, low], [0.0, OVER], color=style.INK, linewidth=1.4, clip_on=False)
    else:
        plot.axvspan(low, high, color=style.INK, alpha=0.12, linewidth=0)
        for end in (low, high):
            plot.plot([end, end], [0.0, OVER], color=style.INK, linewidth=0.7, clip_on=False)


def _draw_shape(plot: Axes, shape: Shape, *, filled: bool) -> None:
    if filled:
        plot.stairs(shape.heights, shape.edges, fill=True, color=shape.colour, alpha=0.3)
    plot.stairs(shape.heights, shape.edges, color=shape.colour, linewidth=0.9, baseline=None)
