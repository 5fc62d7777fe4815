"""Draw the funnel: studies by size and rate, and under them the table of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.funnel_rows import prepare_funnel
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.frequentist.answers import FrequentistAnswer
    from metaprop.reporting.figures.funnel_rows import Funnel

LEFT, WIDTH, HEIGHT = 20.0, 150.0, 70.0
ABOVE, BELOW = 4.0, 14.0
"""Room over and under the axes, mm."""
ROW = 4.4
COLUMNS = (66.0, 88.0, 110.0, 140.0, 172.0)
"""Where the columns of the table end, mm."""
HEADS = ("observed", "expected", "P, usual", "P, bootstrap", "P, refitted")


def save_funnel(outcome: OutcomeAnswer, found: FrequentistAnswer, folder: Path, stem: str) -> None:
    """Write the funnel of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_funnel(prepare_funnel(outcome, found)), folder, stem)


def draw_funnel(funnel: Funnel) -> Figure:
    """Return the figure of a prepared funnel."""
    top = style.head_height(funnel.title, funnel.subtitle) + ABOVE
    table = top + HEIGHT + BELOW
    note = table + ROW * (len(funnel.tests) + 1) + 2.0
    height = note + LINE * len(funnel.note) + 1.0
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, funnel.title, funnel.subtitle)
    style.write_lines(sheet, MARGIN, note, funnel.note)
    plot = _plot_axes(figure, funnel, top, height)
    _draw_limits(plot, funnel)
    _draw_points(plot, funnel)
    _draw_table(sheet, funnel, table)
    return figure


def _plot_axes(figure: Figure, funnel: Funnel, top: float, height: float) -> Axes:
    box = (
        LEFT / PAGE_WIDTH,
        1 - (top + HEIGHT) / height,
        WIDTH / PAGE_WIDTH,
        HEIGHT / height,
    )
    plot = figure.add_axes(box)
    plot.set_xscale("log" if funnel.logarithmic else "linear")
    plot.set(xlim=funnel.sizes, ylim=(funnel.axis.low, funnel.axis.high))
    plot.set_xticks(funnel.marks, [f"{mark:,}" for mark in funnel.marks])
    plot.set_xticks([], minor=True)
    plot.set_yticks(funnel.axis.ticks, funnel.axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.TEXT)
    plot.set_xlabel("Patients in the study", fontsize=style.TEXT, labelpad=2.0)
    plot.set_ylabel(funnel.axis_title, fontsize=style.TEXT, labelpad=3.0, parse_math=False)
    plot.spines[["right", "top"]].set_visible(False)
    return plot


def _draw_limits(plot: Axes, funnel: Funnel) -> None:
    sizes = [limit.size for limit in funnel.limits]
    low, high = ([getattr(limit, end) for limit in funnel.limits] for end in ("low", "high"))
    plot.fill_between(sizes, low, high, color="#e6e6e6", linewidth=0, step="mid", zorder=0)
    plot.axhline(funnel.crude_rate, color=style.QUIET, linewidth=0.7, dashes=(4, 3), zorder=1)


def _draw_points(plot: Axes, funnel: Funnel) -> None:
    middle = 0.5 * (funnel.axis.low + funnel.axis.high)
    for point in funnel.points:
        plot.plot(
            [point.size],
            [point.rate],
            "o",
            color=style.INK,
            markerfacecolor="white" if point.empty else style.INK,
            markersize=4.6,
            markeredgewidth=0.9,
            clip_on=False,
            zorder=3,
        )
        if point.count > 1:
            plot.annotate(
                str(point.count),
                (point.size, point.rate),
                (4, -9 if point.rate > middle else 4),
                textcoords="offset points",
                fontsize=style.SMALL,
                color=style.QUIET,
            )


def _draw_table(sheet: Axes, funnel: Funnel, y: float) -> None:
    style.write(sheet, Words(MARGIN, y, "Small-study effects", bold=True))
    for end, head in zip(COLUMNS, HEADS, strict=True):
        style.write(sheet, Words(end, y, head, bold=True, align="right"))
    sheet.plot([MARGIN, COLUMNS[-1]], [y + 2.0, y + 2.0], color=style.INK, linewidth=0.6)
    for i, row in enumerate(funnel.tests):
        at = y + 0.6 + ROW * (i + 1)
        style.write(sheet, Words(MARGIN, at, row.name))
        cells = (row.statistic, row.expected, row.usual, row.bootstrap, row.refitted)
        for end, cell in zip(COLUMNS, cells, strict=True):
            style.write(sheet, Words(end, at, cell, align="right"))
