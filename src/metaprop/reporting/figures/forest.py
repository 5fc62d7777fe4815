"""Draw the forest: prepared rows onto axes, no arithmetic beyond where things stand on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.forest_rows import ROW, prepare_forest
from metaprop.reporting.figures.style import LINE, Words, look

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.core.estimates import IntervalKind
    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.reporting.figures.forest_rows import (
        Forest,
        Mark,
        Published,
        StudyRow,
        SummaryRow,
    )

HEAD = 11.0
"""Room for the key and the heads of the columns, mm."""
RANGE_WIDTH = 2.6
"""Width of the line of a count that is known only as a range, points."""
FOOT = 11.0
"""Room for the axis below the last row, mm; the note stands under it."""
GAP = 2.2
"""Room around the rule between studies and summaries, mm."""
OFFSET = 0.95
"""Observed and posterior stand this far above and below the middle of a study's row, mm."""
LARGEST_SQUARE = 2.5


def save_forest(
    outcome: OutcomeAnswer,
    level: float,
    kind: IntervalKind,
    folder: Path,
    stem: str,
    published: Published | None = None,
) -> None:
    """Write the forest of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_forest(prepare_forest(outcome, level, kind, published)), folder, stem)


def draw_forest(forest: Forest) -> Figure:
    """Return the figure of a prepared forest."""
    scale, margin = look().scale, look().margin
    top = _top(forest)
    heights = [_height(row.name) for row in forest.studies]
    below = [_height(row.label) for row in forest.summaries]
    rule = top + sum(heights) + GAP
    bottom = rule + GAP + sum(below)
    height = bottom + scale * (FOOT + LINE * len(forest.note)) + 1.0
    figure, sheet = style.page(height)
    style.write_head(sheet, margin, forest.title, forest.subtitle)
    _draw_heads(sheet, forest, top)
    style.write_lines(sheet, margin, bottom + scale * FOOT + 1.0, forest.note)
    plot = _plot_axes(figure, forest, top, bottom, height)
    for row, y in zip(forest.studies, _middles(top, heights), strict=True):
        _draw_study(sheet, plot, forest, row, y)
    for line, y in zip(forest.summaries, _middles(rule + GAP, below), strict=True):
        _draw_summary(sheet, plot, forest, line, y)
    sheet.plot([margin, forest.columns.numbers], [rule, rule], color=style.RULE, linewidth=0.6)
    _draw_crude(plot, forest, top, bottom)
    return figure


def _top(forest: Forest) -> float:
    """Return where the first study's row begins, mm below the top edge."""
    return style.head_height(forest.title, forest.subtitle) + look().scale * HEAD


def _height(lines: tuple[str, ...]) -> float:
    return look().scale * (ROW + LINE * (len(lines) - 1))


def _middles(top: float, heights: list[float]) -> list[float]:
    return [top + sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]


def _draw_heads(sheet: Axes, forest: Forest, top: float) -> None:
    at, y, step = forest.columns, top - 3.2, look().scale * LINE
    study, counts, numbers = forest.headers
    first, rest = numbers.split(" ", 1)
    style.write(sheet, Words(at.name, y, study, bold=True))
    for line, dy in zip(counts.replace(" / ", " /|").split("|"), (step, 0.0), strict=True):
        style.write(sheet, Words(at.counts, y - dy, line, bold=True, align="right"))
    style.write(sheet, Words(at.numbers, y - step, first, bold=True, align="right"))
    style.write(sheet, Words(at.numbers, y, rest, bold=True, align="right"))
    _draw_key(sheet, forest, y)
    ends = [at.name, at.numbers]
    sheet.plot(ends, [top - 1.0, top - 1.0], color=style.INK, linewidth=0.6)


def _draw_key(sheet: Axes, forest: Forest, y: float) -> None:
    """Draw the two kinds of line over the axis, as a study's row shows them."""
    left = forest.columns.axis_left
    square = any(row.exact for row in forest.studies)
    observed = (y - LINE, style.OBSERVED, "s" if square else "", style.QUIET)
    samples = (observed, (y, forest.colour, "o", forest.colour))
    for (at, colour, marker, ink), text in zip(samples[: len(forest.key)], forest.key, strict=True):
        width = 1.0 if marker else RANGE_WIDTH
        sheet.plot([left, left + 6.0], [at, at], color=colour, linewidth=width)
        sheet.plot([left + 3.0], [at], marker, color=colour, markersize=4.0, markeredgewidth=0)
        style.write(sheet, Words(left + 7.5, at, text, colour=ink))


def _plot_axes(figure: Figure, forest: Forest, top: float, bottom: float, height: float) -> Axes:
    """Return axes whose x are rates and whose y are mm of the page, in step with the texts."""
    at, axis = forest.columns, forest.axis
    page = look()
    width = (at.axis_right - at.axis_left) / page.width
    box = (at.axis_left / page.width, 1 - bottom / height, width, (bottom - top) / height)
    plot = figure.add_axes(box)
    plot.set(xlim=(axis.low, axis.high), ylim=(bottom, top), yticks=[])
    plot.patch.set_visible(False)
    plot.set_xticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=page.text)
    plot.set_xlabel(forest.axis_title, fontsize=page.text, labelpad=2.0, parse_math=False)
    plot.spines[["left", "right", "top"]].set_visible(False)
    plot.vlines(axis.ticks, top, bottom, color="#ececec", linewidth=0.5, zorder=0)
    return plot


def _draw_study(sheet: Axes, plot: Axes, forest: Forest, row: StudyRow, y: float) -> None:
    _draw_name(sheet, forest, row.name, y, bold=False)
    style.write(sheet, Words(forest.columns.counts, y, row.counts, align="right"))
    style.write(sheet, Words(forest.columns.numbers, y, row.numbers, align="right"))
    _draw_line(
        plot, forest, row.observed, y - OFFSET, style.OBSERVED, 1.0 if row.exact else RANGE_WIDTH
    )
    if row.exact:
        _draw_square(plot, row, y - OFFSET)
    _draw_line(plot, forest, row.shrunk, y + OFFSET, forest.colour, 1.0)
    plot.plot(
        [row.shrunk.centre],
        [y + OFFSET],
        "o",
        color=forest.colour,
        markersize=3.2,
        markeredgewidth=0,
        clip_on=False,
        zorder=4,
    )


def _draw_square(plot: Axes, row: StudyRow, y: float) -> None:
    side = max(LARGEST_SQUARE * row.weight**0.5, 0.7) * 72.0 / style.MM_PER_INCH
    plot.plot(
        [row.observed.centre],
        [y],
        "s",
        color=style.OBSERVED,
        markersize=side,
        markeredgewidth=0,
        clip_on=False,
        zorder=3,
    )


def _draw_line(plot: Axes, forest: Forest, mark: Mark, y: float, colour: str, width: float) -> None:
    """Draw an interval inside the axis, with an arrowhead where it goes on beyond."""
    low, high = max(mark.low, forest.axis.low), min(mark.high, forest.axis.high)
    plot.plot([low, high], [y, y], color=colour, linewidth=width, solid_capstyle="butt", zorder=2)
    for beyond, end, head in ((mark.low < low, low, 4), (mark.high > high, high, 5)):
        if beyond:  # 4 and 5 are matplotlib's carets to the left and to the right
            plot.plot(
                [end],
                [y],
                marker=head,
                color=colour,
                markersize=3.0,
                markeredgewidth=0,
                clip_on=False,
                zorder=2,
            )


def _draw_name(
    sheet: Axes, forest: Forest, lines: tuple[str, ...], y: float, *, bold: bool
) -> None:
    step = look().scale * LINE
    first = y - step * (len(lines) - 1) / 2
    for i, line in enumerate(lines):
        style.write(sheet, Words(forest.columns.name, first + step * i, line, bold=bold))


def _draw_summary(sheet: Axes, plot: Axes, forest: Forest, row: SummaryRow, y: float) -> None:
    _draw_name(sheet, forest, row.label, y, bold=row.shape == "diamond")
    style.write(sheet, Words(forest.columns.counts, y, row.counts, align="right"))
    bold = row.shape == "diamond"
    style.write(sheet, Words(forest.columns.numbers, y, row.numbers, bold=bold, align="right"))
    if row.shape == "diamond":
        xs = (row.mark.low, row.mark.centre, row.mark.high, row.mark.centre)
        plot.fill(
            xs, (y, y - 1.5, y, y + 1.5), color=row.colour, linewidth=0, clip_on=False, zorder=3
        )
    elif row.shape == "bar":
        xs = (row.mark.low, row.mark.high, row.mark.high, row.mark.low)
        plot.fill(xs, (y - 0.7, y - 0.7, y + 0.7, y + 0.7), color=row.colour, linewidth=0, zorder=3)
        plot.plot([row.mark.centre] * 2, [y - 1.3, y + 1.3], color=style.INK, linewidth=1.2)
    else:
        plot.plot(
            [row.mark.centre],
            [y],
            "D",
            color=row.colour,
            markersize=3.2,
            markeredgewidth=0,
            clip_on=False,
            zorder=3,
        )


def _draw_crude(plot: Axes, forest: Forest, top: float, bottom: float) -> None:
    if forest.crude_rate is not None:
        plot.plot(
            [forest.crude_rate] * 2,
            [top, bottom],
            color=style.QUIET,
            linewidth=0.7,
            dashes=(4, 3),
            clip_on=False,
            zorder=1,
        )
