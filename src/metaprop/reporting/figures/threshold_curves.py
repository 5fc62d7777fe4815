"""Draw the threshold curves: prepared rows onto axes, with a table of the asked probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import MARGIN, Words
from metaprop.reporting.figures.threshold_rows import (
    PLOT_HEIGHT,
    PLOT_LEFT,
    PLOT_WIDTH,
    prepare_threshold_curves,
)

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.core.estimates import IntervalKind
    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.reporting.figures.labels import Place
    from metaprop.reporting.figures.threshold_rows import CurveRow, ThresholdCurves

ABOVE, BELOW = 7.0, 15.0
"""Room over and under the axes, mm: texts of the thresholds; ticks and name of the axis."""
ROW = 4.6
COLUMN = 17.0
LABEL = 62.0
"""Widths of the table's columns, mm."""
SOLID, DASHED = (None, None), (4.0, 2.0)


def save_threshold_curves(
    outcome: OutcomeAnswer, level: float, kind: IntervalKind, folder: Path, stem: str
) -> None:
    """Write the threshold curves of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        curves = prepare_threshold_curves(outcome, level, kind)
        style.save(draw_threshold_curves(curves), folder, stem)


def draw_threshold_curves(curves: ThresholdCurves) -> Figure:
    """Return the figure of prepared threshold curves."""
    top = style.head_height(curves.title, curves.subtitle) + ABOVE
    table = top + PLOT_HEIGHT + BELOW
    height = table + (ROW * len(curves.curves) + 5.0 if curves.thresholds else -2.0)
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, curves.title, curves.subtitle)
    plot = _plot_axes(figure, curves, top, height)
    for row in curves.curves:
        _draw_curve(sheet, plot, curves, row, top)
    _draw_thresholds(plot, curves)
    if curves.thresholds:
        _draw_table(sheet, curves, table)
    return figure


def _plot_axes(figure: Figure, curves: ThresholdCurves, top: float, height: float) -> Axes:
    left, bottom = PLOT_LEFT / style.PAGE_WIDTH, 1 - (top + PLOT_HEIGHT) / height
    box = (left, bottom, PLOT_WIDTH / style.PAGE_WIDTH, PLOT_HEIGHT / height)
    plot = figure.add_axes(box)
    plot.set(xlim=(curves.axis.low, curves.axis.high), ylim=(0.0, 1.0))
    plot.set_xticks(curves.axis.ticks, curves.axis.labels)
    chances = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    plot.set_yticks(chances, [f"{100 * chance:.0f} %" for chance in chances])
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.TEXT)
    plot.set_xlabel(curves.axis_title, fontsize=style.TEXT, labelpad=2.0, parse_math=False)
    plot.set_ylabel(curves.chance_title, fontsize=style.TEXT, labelpad=3.0, parse_math=False)
    plot.spines[["right", "top"]].set_visible(False)
    plot.hlines(
        chances, curves.axis.low, curves.axis.high, color="#ececec", linewidth=0.5, zorder=0
    )
    return plot


def _draw_curve(
    sheet: Axes, plot: Axes, curves: ThresholdCurves, row: CurveRow, top: float
) -> None:
    dashes = DASHED if row.dashed else SOLID
    plot.plot(row.at, row.chance, color=row.colour, linewidth=1.5, dashes=dashes, zorder=3)
    fill = "white" if row.dashed else row.colour
    plot.plot(
        curves.thresholds,
        row.marks,
        "o",
        color=row.colour,
        markerfacecolor=fill,
        markersize=3.8,
        markeredgewidth=1.0,
        clip_on=False,
        zorder=4,
    )
    if row.place is not None:
        _draw_label(sheet, row, row.place, top + row.place.y)


def _draw_label(sheet: Axes, row: CurveRow, place: Place, y: float) -> None:
    """Put the name beside the curves with a thin line to its own."""
    sheet.plot([place.x, place.target], [y, y], color=row.colour, linewidth=0.6)
    sheet.plot([place.target], [y], ".", color=row.colour, markersize=3.0)
    gap = -0.8 if place.align == "right" else 0.8
    words = Words(place.x + gap, y, row.label, colour=row.colour, align=place.align)
    style.write(sheet, words, paper=True)


def _draw_thresholds(plot: Axes, curves: ThresholdCurves) -> None:
    for threshold, text in zip(curves.thresholds, curves.threshold_labels, strict=True):
        plot.plot([threshold] * 2, [0, 1], color=style.RULE, linewidth=0.7, zorder=1)
        plot.annotate(
            text,
            (threshold, 1.0),
            (0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=style.TEXT,
            color=style.QUIET,
            parse_math=False,
        )


def _draw_table(sheet: Axes, curves: ThresholdCurves, y: float) -> None:
    """Draw a row for each curve: a sample of its line, its name, its values."""
    ends = [LABEL + COLUMN * (i + 1) for i in range(len(curves.thresholds))]
    style.write(sheet, Words(MARGIN, y, curves.table_head, bold=True))
    for end, text in zip(ends, curves.threshold_texts, strict=True):
        style.write(sheet, Words(end, y, text, bold=True, align="right"))
    sheet.plot([MARGIN, ends[-1]], [y + 2.2, y + 2.2], color=style.INK, linewidth=0.6)
    for i, row in enumerate(curves.curves):
        _draw_row(sheet, row, ends, y + 0.6 + ROW * (i + 1))


def _draw_row(sheet: Axes, row: CurveRow, ends: list[float], y: float) -> None:
    dashes = DASHED if row.dashed else SOLID
    sheet.plot([MARGIN, MARGIN + 9.0], [y, y], color=row.colour, linewidth=1.5, dashes=dashes)
    style.write(sheet, Words(MARGIN + 11.0, y, row.label))
    for end, text in zip(ends, row.texts, strict=True):
        style.write(sheet, Words(end, y, text, align="right"))
