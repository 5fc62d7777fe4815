"""Draw every method beside every other: prepared rows onto axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.compared_rows import prepare_compared
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.frequentist.answers import FrequentistAnswer
    from metaprop.reporting.figures.compared_rows import Compared, MethodRow, Span

HEAD, FOOT = 9.0, 11.0
"""Room for the heads of the columns, and for the axis below the last row, mm."""
ROW, HEADING = 4.1, 5.0
ESTIMAND, AXIS_LEFT, AXIS_RIGHT = 49.0, 69.0, 123.0
NUMBERS, PHANTOM, WEIGHT = 152.0, 164.5, PAGE_WIDTH - MARGIN
"""Where columns start (estimand) or end (the others), mm from the left edge."""


def save_compared(
    outcome: OutcomeAnswer, found: FrequentistAnswer, folder: Path, stem: str
) -> None:
    """Write the comparison of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_compared(prepare_compared(outcome, found)), folder, stem)


def draw_compared(compared: Compared) -> Figure:
    """Return the figure of a prepared comparison."""
    top = style.head_height(compared.title, compared.subtitle) + HEAD
    rows = sum(len(group.rows) for group in compared.groups)
    bottom = top + HEADING * len(compared.groups) + ROW * rows + 1.0
    height = bottom + FOOT + LINE * len(compared.note) + 1.0
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, compared.title, compared.subtitle)
    style.write_lines(sheet, MARGIN, bottom + FOOT + 1.0, compared.note)
    _draw_heads(sheet, compared, top - 2.6)
    plot = _plot_axes(figure, compared, (top, bottom, height))
    _draw_rows(sheet, plot, compared, top)
    plot.plot(
        [compared.crude_rate] * 2,
        [top, bottom],
        color=style.QUIET,
        linewidth=0.7,
        dashes=(4, 3),
        clip_on=False,
        zorder=1,
    )
    return figure


def _draw_heads(sheet: Axes, compared: Compared, y: float) -> None:
    first, second = compared.numbers_head
    heads = (
        (MARGIN, "", "Method", "left"),
        (ESTIMAND, "", "Estimand", "left"),
        (NUMBERS, first, second, "right"),
        (PHANTOM, "Events", "added", "right"),
        (WEIGHT, "Their", "weight", "right"),
    )
    for x, above, below, side in heads:
        for text, up in ((above, LINE), (below, 0.0)):
            style.write(sheet, Words(x, y - up, text, bold=True, align=side))  # type: ignore[arg-type]  # left or right
    sheet.plot([MARGIN, WEIGHT], [y + 2.0, y + 2.0], color=style.INK, linewidth=0.6)


def _plot_axes(figure: Figure, compared: Compared, ends: tuple[float, float, float]) -> Axes:
    """Return axes whose x are rates and whose y are mm of the page: top, bottom, height."""
    top, bottom, height = ends
    axis = compared.axis
    width = (AXIS_RIGHT - AXIS_LEFT) / PAGE_WIDTH
    box = (AXIS_LEFT / PAGE_WIDTH, 1 - bottom / height, width, (bottom - top) / height)
    plot = figure.add_axes(box)
    plot.set(xlim=(axis.low, axis.high), ylim=(bottom, top), yticks=[])
    plot.patch.set_visible(False)
    plot.set_xticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.TEXT)
    plot.set_xlabel(compared.axis_title, fontsize=style.TEXT, labelpad=2.0, parse_math=False)
    plot.spines[["left", "right", "top"]].set_visible(False)
    plot.vlines(axis.ticks, top, bottom, color="#ececec", linewidth=0.5, zorder=0)
    return plot


def _draw_rows(sheet: Axes, plot: Axes, compared: Compared, top: float) -> None:
    y = top
    for group in compared.groups:
        style.write(sheet, Words(MARGIN, y + 0.6 * HEADING, group.heading, style.SMALL, bold=True))
        y += HEADING
        for row in group.rows:
            _draw_row(sheet, plot, compared, row, y + 0.5 * ROW)
            y += ROW


def _draw_row(sheet: Axes, plot: Axes, compared: Compared, row: MethodRow, y: float) -> None:
    style.write(sheet, Words(MARGIN + 2.0, y, row.label))
    style.write(sheet, Words(ESTIMAND, y, row.estimand, colour=style.QUIET))
    for x, text in ((NUMBERS, row.numbers), (PHANTOM, row.phantom), (WEIGHT, row.weight)):
        style.write(sheet, Words(x, y, text, align="right"))
    if row.prediction is not None:
        _draw_span(plot, compared, row.prediction, y, (row.colour, 0.5))
    if row.ci is not None:
        _draw_span(plot, compared, row.ci, y, (row.colour, 1.8))
    if row.rate is not None:
        fill = "white" if row.holds is False else row.colour
        plot.plot(
            [row.rate],
            [y],
            "s",
            color=row.colour,
            markerfacecolor=fill,
            markersize=3.6,
            markeredgewidth=0.9,
            clip_on=False,
            zorder=4,
        )


def _draw_span(
    plot: Axes, compared: Compared, span: Span, y: float, pen: tuple[str, float]
) -> None:
    """Draw an interval inside the axis, with an arrowhead where it goes on beyond."""
    colour, width = pen
    low, high = max(span.low, compared.axis.low), min(span.high, compared.axis.high)
    if low < high:
        plot.plot([low, high], [y, y], color=colour, linewidth=width, solid_capstyle="butt")
    for beyond, end, head in ((span.low < low, low, 4), (span.high > high, high, 5)):
        if beyond:  # 4 and 5 are matplotlib's carets to the left and to the right
            plot.plot(
                [end],
                [y],
                marker=head,
                color=colour,
                markersize=3.0,
                markeredgewidth=0,
                clip_on=False,
            )
