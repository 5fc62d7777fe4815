"""Draw the classical forest and its Bayesian twin: prepared rows onto one layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, Words, look
from metaprop.reporting.paper.lights import draw_light
from metaprop.reporting.paper.twins_rows import LIGHT, prepare_twins

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.core.estimates import IntervalKind
    from metaprop.questions.answers import OutcomeAnswer
    from metaprop.questions.frequentist.answers import UsualForest
    from metaprop.reporting.evidence import StoredTable
    from metaprop.reporting.figures.forest_rows import Mark
    from metaprop.reporting.paper.twins_records import Twin, TwinStudy, TwinSummary

HEAD, FOOT, GAP, ROW = 10.0, 11.0, 1.8, 4.5
"""Heights of the heads, of the axis, around the rule, and of a row, mm."""
LARGEST_SQUARE = 3.0
CLASSICAL, BAYESIAN = "classical", "bayesian"


def save_twins(  # noqa: PLR0913, PLR0917 - as the other figures are saved, and what stands beside
    outcome: OutcomeAnswer,
    usual: UsualForest,
    level: float,
    kind: IntervalKind,
    folder: Path,
    name: str,
    minors: StoredTable | None = None,
) -> None:
    """Write ``classical_name`` and ``bayesian_name`` as SVG and PNG; lights of ``minors`` beside.

    ``minors`` is a table of quality scores, None for none.
    """
    with style.house_style():
        twins = prepare_twins(outcome, usual, level, kind, minors)
        for stem, twin in ((CLASSICAL, twins.classical), (BAYESIAN, twins.bayesian)):
            style.save(draw_twin(twin), folder, f"{stem}_{name}")


def draw_twin(twin: Twin) -> Figure:
    """Return the figure of one of the two forests."""
    page, scale = look(), look().scale
    top = style.head_height(twin.title, twin.subtitle) + scale * HEAD
    heights = [_height(row.name) for row in twin.studies]
    below = [_height(row.label) for row in twin.summaries]
    rule = top + sum(heights) + GAP
    bottom = rule + GAP + sum(below)
    height = bottom + scale * (FOOT + LINE * (len(twin.note) + 1))
    figure, sheet = style.page(height)
    style.write_head(sheet, page.margin, twin.title, twin.subtitle)
    style.write_lines(sheet, page.margin, bottom + scale * (FOOT + LINE / 2), twin.note)
    _draw_heads(sheet, twin, top)
    plot = _plot_axes(figure, twin, (top, bottom, height))
    for row, y in zip(twin.studies, _middles(top, heights), strict=True):
        _draw_study(sheet, plot, twin, row, y)
    for line, y in zip(twin.summaries, _middles(rule + GAP, below), strict=True):
        _draw_summary(sheet, plot, twin, line, y)
    sheet.plot(
        [page.margin, page.width - page.margin], [rule, rule], color=style.RULE, linewidth=0.6
    )
    return figure


def _height(lines: tuple[str, ...]) -> float:
    return look().scale * (ROW + LINE * (len(lines) - 1))


def _middles(top: float, heights: list[float]) -> list[float]:
    return [top + sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]


def _draw_heads(sheet: Axes, twin: Twin, top: float) -> None:
    at, y, page = twin.places, top - 3.2, look()
    style.write(sheet, Words(page.margin, y, "Study", bold=True))
    heads = ((at.counts, ("Events /", "patients")), (at.share, twin.share_head))
    for x, lines in (*heads, (at.numbers, twin.numbers_head)):
        for line, up in zip(lines, (page.scale * LINE, 0.0), strict=True):
            style.write(sheet, Words(x, y - up, line, bold=True, align="right"))
    for place, letter in enumerate(twin.items):
        x = at.lights + LIGHT * (place + 0.5)
        style.write(sheet, Words(x, y, letter, style.SMALL, bold=True, align="center"))
    ends = [page.margin, page.width - page.margin]
    sheet.plot(ends, [top - 1.0, top - 1.0], color=style.INK, linewidth=0.6)


def _plot_axes(figure: Figure, twin: Twin, ends: tuple[float, float, float]) -> Axes:
    """Return axes whose x are rates and whose y are mm of the page: top, bottom, height."""
    top, bottom, height = ends
    at, axis = twin.places, twin.axis
    page = look()
    width = (at.axis_right - at.axis_left) / page.width
    box = (at.axis_left / page.width, 1 - bottom / height, width, (bottom - top) / height)
    plot = figure.add_axes(box)
    plot.set(xlim=(axis.low, axis.high), ylim=(bottom, top), yticks=[])
    plot.patch.set_visible(False)
    plot.set_xticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=page.text)
    plot.set_xlabel(twin.axis_title, fontsize=page.text, labelpad=2.0, parse_math=False)
    plot.spines[["left", "right", "top"]].set_visible(False)
    if twin.crude_rate is not None:
        crude = [twin.crude_rate] * 2
        (line,) = plot.plot(crude, [top, bottom], color=style.QUIET, linewidth=0.7, zorder=1)
        line.set(dashes=(4, 3), clip_on=False)
    return plot


def _draw_study(sheet: Axes, plot: Axes, twin: Twin, row: TwinStudy, y: float) -> None:
    at = twin.places
    _draw_lines(sheet, row.name, y, bold=False)
    for x, text in ((at.counts, row.counts), (at.share, row.share), (at.numbers, row.numbers)):
        style.write(sheet, Words(x, y, text, align="right"))
    for place, points in enumerate(row.points):
        draw_light(sheet, at.lights + LIGHT * (place + 0.5), y, points)
    if row.mark is not None:
        side = max(LARGEST_SQUARE * row.size**0.5, 0.8) * 72.0 / style.MM_PER_INCH
        _draw_line(plot, row.mark, y, twin.colour)
        (square,) = plot.plot([row.mark.centre], [y], "s", color=twin.colour, markersize=side)
        square.set(markeredgewidth=0, clip_on=False, zorder=3)


def _draw_line(plot: Axes, mark: Mark, y: float, colour: str) -> None:
    plot.plot(
        [mark.low, mark.high],
        [y, y],
        color=colour,
        linewidth=0.9,
        solid_capstyle="butt",
        clip_on=False,
        zorder=2,
    )


def _draw_lines(sheet: Axes, lines: tuple[str, ...], y: float, *, bold: bool) -> None:
    step, left = look().scale * LINE, look().margin
    first = y - step * (len(lines) - 1) / 2
    for i, line in enumerate(lines):
        style.write(sheet, Words(left, first + step * i, line, bold=bold))


def _draw_summary(sheet: Axes, plot: Axes, twin: Twin, row: TwinSummary, y: float) -> None:
    bold, mark = row.shape == "diamond", row.mark
    _draw_lines(sheet, row.label, y, bold=bold)
    style.write(sheet, Words(twin.places.numbers, y, row.numbers, bold=bold, align="right"))
    if row.shape == "diamond":
        xs: tuple[float, ...] = (mark.low, mark.centre, mark.high, mark.centre)
        ys: tuple[float, ...] = (y, y - 1.6, y, y + 1.6)
    else:
        xs = (mark.low, mark.high, mark.high, mark.low)
        ys = (y - 0.7, y - 0.7, y + 0.7, y + 0.7)
    plot.fill(xs, ys, color=row.colour, linewidth=0, clip_on=False, zorder=3)
