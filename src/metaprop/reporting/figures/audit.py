"""Draw an audit: each claim beside what was recomputed; prepared rows onto axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.reporting.figures import style
from metaprop.reporting.figures.audit_rows import (
    AXIS,
    AXIS_END,
    NAMES,
    prepare_audit,
)
from metaprop.reporting.figures.style import LINE, MARGIN, Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.audit.records import Audit, Verdict
    from metaprop.reporting.figures.audit_rows import (
        AuditFigure,
        AuditMark,
        AuditRow,
        BayesianLine,
        Kind,
    )

KEY = 7.0
"""Room for the key below the head, mm."""
FOOT = 9.0
"""Room for the axis below the last claim, mm."""
FIRST = 2.2
"""From the top of a claim to its first mark, mm."""
ALARM = "#a03000"
"""Of what does not fit."""
MARKERS: dict[Kind, str] = {"printed": "D", "recomputed": "s", "bayesian": "o", "raw": "|"}
COLOURS: dict[Kind, str] = {
    "printed": style.INK,
    "recomputed": style.OBSERVED,
    "bayesian": style.OTHER_COLOUR,
    "raw": style.QUIET,
}
SIZES: dict[Kind, float] = {"printed": 3.6, "recomputed": 3.6, "bayesian": 3.4, "raw": 7.0}
KEY_WORDS: dict[Kind, str] = {
    "printed": "printed",
    "recomputed": "recomputed",
    "bayesian": "Bayesian",
    "raw": "crude rate",
}
VERDICT_COLOURS: dict[Verdict, str] = {
    "reproduced": style.INK,
    "reproduced with a setting": style.INK,
    "cannot be checked": style.QUIET,
    "not reproduced": ALARM,
    "impossible": ALARM,
}


def save_audit(audit: Audit, bayesian: Sequence[BayesianLine], folder: Path, stem: str) -> None:
    """Write the figure of an audit as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_audit(prepare_audit(audit, bayesian)), folder, stem)


def draw_audit(prepared: AuditFigure) -> Figure:
    """Return the figure of a prepared audit."""
    top = style.head_height(prepared.title, prepared.subtitle) + KEY
    bottom = top + sum(row.height for row in prepared.rows)
    height = bottom + FOOT
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, prepared.title, prepared.subtitle)
    _draw_key(sheet, prepared, top - 2.6)
    plot = _plot_axes(figure, prepared, top, bottom, height)
    y = top
    for row in prepared.rows:
        _draw_row(sheet, plot, row, y)
        y += row.height
    return figure


def _draw_key(sheet: Axes, prepared: AuditFigure, y: float) -> None:
    x = MARGIN + 1.0
    entries = [(kind, COLOURS[kind], KEY_WORDS[kind]) for kind in prepared.kinds]
    entries = [entry for entry in entries if entry[0] != "bayesian"]
    entries += [
        ("bayesian", style.family_colour(family), f"Bayesian, {family}")
        for family in prepared.families
    ]
    for kind, colour, words in entries:
        _marker(sheet, kind, (x, y), colour)
        style.write(sheet, Words(x + 2.2, y, words, colour=colour))
        x += style.text_width(words) + 8.0


def _plot_axes(
    figure: Figure, prepared: AuditFigure, top: float, bottom: float, height: float
) -> Axes:
    """Return axes whose x are rates and whose y are mm of the page."""
    axis = prepared.axis
    width = (AXIS_END - AXIS) / style.PAGE_WIDTH
    box = (AXIS / style.PAGE_WIDTH, 1 - bottom / height, width, (bottom - top) / height)
    plot = figure.add_axes(box)
    plot.set(xlim=(axis.low, axis.high), ylim=(bottom, top), yticks=[])
    plot.patch.set_visible(False)
    plot.set_xticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.TEXT)
    plot.spines[["left", "right", "top"]].set_visible(False)
    plot.vlines(axis.ticks, top, bottom, color="#ececec", linewidth=0.5, zorder=0)
    return plot


def _draw_row(sheet: Axes, plot: Axes, row: AuditRow, top: float) -> None:
    sheet.plot([MARGIN, style.PAGE_WIDTH - MARGIN], [top, top], color=style.RULE, linewidth=0.4)
    y = top + FIRST
    for i, line in enumerate(row.name):
        style.write(sheet, Words(NAMES, y + LINE * i, line, bold=True))
    style.write_lines(sheet, NAMES, y + LINE * len(row.name), [row.line])
    for mark in row.marks:
        _draw_mark(plot, mark, y + mark.y)
    right = AXIS_END + 5.0
    colour = VERDICT_COLOURS[row.verdict]
    style.write(sheet, Words(right, y, row.found, bold=True, colour=colour))
    told = ALARM if row.alarm else style.QUIET
    for i, line in enumerate(row.remark, start=1):
        style.write(sheet, Words(right, y + LINE * i, line, style.SMALL, colour=told))


def _draw_mark(plot: Axes, mark: AuditMark, y: float) -> None:
    colour = style.family_colour(mark.family) if mark.family else COLOURS[mark.kind]
    if math.isfinite(mark.low) and math.isfinite(mark.high):
        plot.plot([mark.low, mark.high], [y, y], color=colour, linewidth=1.1, zorder=2)
    _marker(plot, mark.kind, (mark.centre, y), colour)


def _marker(axes: Axes, kind: Kind, at: tuple[float, float], colour: str) -> None:
    axes.plot(
        [at[0]],
        [at[1]],
        MARKERS[kind],
        color=colour,
        markersize=SIZES[kind],
        markeredgewidth=1.2 if kind == "raw" else 0,
        clip_on=False,
        zorder=3,
    )
