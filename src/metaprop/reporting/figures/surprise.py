"""Draw each study against what the others predict for it, and the PIT values of every model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.checks_rows import prepare_surprise
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.checks.answers import FitCheck
    from metaprop.reporting.figures.checks_rows import PitPanel, SurpriseSheet

ROW, HEAD, FOOT = 4.4, 8.0, 10.0
"""A row of the table, its heads and the axis under it, mm."""
COUNTS, PLOT, P = 72.0, (78.0, 121.0), (149.0, 177.0)
"""Where the counts end, where the axis runs, where the P values end, mm from the left."""
PIT, PIT_HEAD, PIT_FOOT, PIT_LEFT, PIT_WIDTH = 40.0, 6.0, 12.0, (16.0, 104.0), 60.0


def save_surprise(fits: Sequence[FitCheck], folder: Path, stem: str) -> None:
    """Write the studies of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_surprise(prepare_surprise(fits)), folder, stem)


def draw_surprise(sheet: SurpriseSheet) -> Figure:
    """Return the figure of prepared rows and PIT values."""
    top = style.head_height(sheet.title, sheet.subtitle) + HEAD
    bottom = top + ROW * len(sheet.rows)
    pit = bottom + FOOT + PIT_HEAD
    note = pit + PIT + PIT_FOOT
    height = note + LINE * len(sheet.note) + 1.0
    figure, paper = style.page(height)
    style.write_head(paper, MARGIN, sheet.title, sheet.subtitle)
    style.write_lines(paper, MARGIN, note, sheet.note)
    _draw_rows(paper, sheet, top)
    for left, panel in zip(PIT_LEFT, sheet.pits, strict=False):
        style.write(paper, Words(left, pit - 3.0, panel.words, bold=True, colour=panel.colour))
        box = (
            left / PAGE_WIDTH,
            1 - (pit + PIT) / height,
            PIT_WIDTH / PAGE_WIDTH,
            PIT / height,
        )
        _draw_pit(figure.add_axes(box), panel)
    return figure


def _draw_rows(paper: Axes, sheet: SurpriseSheet, top: float) -> None:
    axis, bottom = sheet.axis, top + ROW * len(sheet.rows)

    def place(rate: float) -> float:
        return PLOT[0] + (rate - axis.low) / (axis.high - axis.low) * (PLOT[1] - PLOT[0])

    style.write(paper, Words(MARGIN, top - 3.0, "Study", bold=True))
    style.write(paper, Words(COUNTS, top - 3.0, "with the event", bold=True, align="right"))
    for x, family in zip(P, sheet.families, strict=False):
        style.write(paper, Words(x, top - 3.0, f"P, {family}", bold=True, align="right"))
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        paper.plot([place(tick)] * 2, [top, bottom], color="#ececec", linewidth=0.5, zorder=0)
        style.write(paper, Words(place(tick), bottom + 3.0, label, style.SMALL, align="center"))
    for number, row in enumerate(sheet.rows):
        y = top + ROW * (number + 0.5)
        style.write(paper, Words(MARGIN, y, row.name))
        style.write(paper, Words(COUNTS, y, row.counts, align="right"))
        span = [place(end) for end in row.expected]
        colour = style.family_colour(sheet.families[0])
        paper.plot(span, [y, y], color=colour, linewidth=3.0, alpha=0.35, solid_capstyle="round")
        ends = [place(row.low), place(row.high)]
        paper.plot(ends, [y, y], "-s", color=style.INK, markersize=2.8, linewidth=0.9)
        for x, text in zip(P, row.p, strict=False):
            style.write(paper, Words(x, y, text, align="right"))


def _draw_pit(plot: Axes, panel: PitPanel) -> None:
    marks = (0.0, 0.25, 0.5, 0.75, 1.0)
    plot.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0), xticks=marks, yticks=marks)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    plot.spines[["right", "top"]].set_visible(False)
    plot.set_xlabel("even value of the same rank", fontsize=style.SMALL, labelpad=2.0)
    plot.set_ylabel("PIT", fontsize=style.SMALL, labelpad=2.0)
    plot.fill_between(panel.expected, panel.low, panel.high, color="#e4e4e4", linewidth=0)
    plot.plot([0.0, 1.0], [0.0, 1.0], color=style.QUIET, linewidth=0.6, dashes=(4, 3))
    plot.plot(panel.expected, panel.values, "o", color=panel.colour, markersize=2.6, clip_on=False)
