"""Draw the studies against each covariate: bubbles or own rates, with the band of the average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.covariates_rows import prepare_covariates
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.moderators.answers import Moderators
    from metaprop.reporting.figures.covariates_rows import (
        Band,
        Bubble,
        CovariatePanel,
        CovariateSheet,
        Which,
    )

COLUMNS, GAP, LEFT = 3, 13.0, 12.0
"""Panels beside each other, the room between them and before the first, mm."""
PLOT, HEAD, FOOT = 32.0, 9.0, 9.0
AREA = 26.0
"""Of a bubble of area 1, in square points."""
COLOUR = style.OTHER_COLOUR


def save_covariates(found: Moderators, folder: Path, stem: str, which: Which) -> None:
    """Write the panels of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_covariates(prepare_covariates(found, which)), folder, stem)


def draw_covariates(sheet: CovariateSheet) -> Figure:
    """Return the figure of prepared panels."""
    top = style.head_height(sheet.title, sheet.subtitle) + 2.0
    rows = -(-len(sheet.panels) // COLUMNS)
    each = HEAD + PLOT + FOOT
    height = top + rows * each + 1.0
    figure, paper = style.page(height)
    style.write_head(paper, MARGIN, sheet.title, sheet.subtitle)
    width = (PAGE_WIDTH - MARGIN - LEFT - (COLUMNS - 1) * GAP) / COLUMNS
    for place, panel in enumerate(sheet.panels):
        row, column = divmod(place, COLUMNS)
        left, y = LEFT + column * (width + GAP), top + row * each
        first = y + HEAD - 4.0 - LINE * (len(panel.title) - 1)
        for number, line in enumerate(panel.title):
            style.write(paper, Words(left, first + LINE * number, line, bold=True))
        low = 1 - (y + HEAD + PLOT) / height
        box = (left / PAGE_WIDTH, low, width / PAGE_WIDTH, PLOT / height)
        _draw_panel(figure.add_axes(box), panel, sheet.axis)
    return figure


def _draw_panel(plot: Axes, panel: CovariatePanel, axis: style.RateAxis) -> None:
    plot.set(xlim=(panel.low, panel.high), ylim=(axis.low, axis.high))
    plot.set_xticks(panel.ticks, panel.labels, parse_math=False)
    plot.set_yticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    plot.spines[["right", "top"]].set_visible(False)
    for band in panel.bands:
        _draw_band(plot, band)
    for bubble in panel.bubbles:
        _draw_bubble(plot, bubble)


def _draw_band(plot: Axes, band: Band) -> None:
    plot.fill_between(band.x, band.low, band.high, color=COLOUR, alpha=0.15, linewidth=0)
    plot.plot(band.x, band.median, color=COLOUR, linewidth=1.2)


def _draw_bubble(plot: Axes, bubble: Bubble) -> None:
    if bubble.low < bubble.high:
        ends = [bubble.low, bubble.high]
        plot.plot([bubble.x] * 2, ends, color=style.QUIET, linewidth=0.6, clip_on=False)
    if bubble.rate is not None:
        plot.scatter(
            [bubble.x],
            [bubble.rate],
            s=AREA * bubble.area,
            facecolor="#00000022",
            edgecolor=style.INK,
            linewidth=0.6,
            clip_on=False,
            zorder=3,
        )
