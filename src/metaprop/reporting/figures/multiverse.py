"""Draw the multiverse: prepared panels onto one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.figures import style
from metaprop.reporting.figures.multiverse_rows import prepare_multiverse
from metaprop.reporting.figures.style import MARGIN, Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.sensitivity.records import OutcomeSensitivity
    from metaprop.reporting.figures.multiverse_rows import Multiverse, Panel, StripGroup

HEAD, KEY, CURVE, UNDER, ROW, GROUP, FOOT = 9.0, 3.6, 44.0, 4.0, 3.5, 5.2, 3.0
"""Over the curves, a line of the key, the curves, under them, a strip, the title of a group, the
end, mm."""
LEFT, RIGHT, BETWEEN = 66.0, 177.0, 12.0
"""Where panels begin and end, and the space between two, mm."""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def save_multiverse(
    outcome: OutcomeSensitivity, folder: Path, stem: str, left_out: Sequence[str] = ()
) -> None:
    """Write the multiverse of one outcome as ``stem``.svg and ``stem``.png.

    ``left_out`` are readings of the evidence that are not among its analyses.
    """
    with style.house_style():
        prepared = prepare_multiverse(outcome, style.PAGE_WIDTH - 3 * MARGIN, left_out)
        style.save(draw_multiverse(prepared), folder, stem)


def draw_multiverse(multiverse: Multiverse) -> Figure:
    """Return the figure of a prepared multiverse."""
    keys = KEY * len(multiverse.panels[0].marks)
    top = style.head_height(multiverse.title, multiverse.subtitle) + HEAD + keys
    strips = top + CURVE + UNDER
    groups = multiverse.panels[0].groups
    height = sum(GROUP + ROW * len(group.strips) for group in groups)
    figure, sheet = style.page(strips + height + FOOT)
    style.write_head(sheet, MARGIN, multiverse.title, multiverse.subtitle)
    number = len(multiverse.panels)
    width = (RIGHT - LEFT - BETWEEN * (number - 1)) / number
    for place, panel in enumerate(multiverse.panels):
        left = LEFT + place * (width + BETWEEN)
        _draw_curve(sheet, panel, (left, left + width), top)
        _draw_strips(sheet, panel.groups, (left, left + width), strips)
    _write_labels(sheet, groups, strips)
    return figure


def _height(probability: float, top: float) -> float:
    return top + CURVE * (1.0 - probability)


def _draw_curve(sheet: Axes, panel: Panel, ends: tuple[float, float], top: float) -> None:
    left, right = ends
    key = top - 3.0 - KEY * len(panel.marks)
    style.write(sheet, Words(left, key, panel.title, bold=True))
    for tick in TICKS:
        y = _height(tick, top)
        sheet.plot([left, right], [y, y], color="#e4e4e4", linewidth=0.5, zorder=0)
        label = Words(left - 1.2, y, wording.percent(tick, 0), style.SMALL, align="right")
        style.write(sheet, label)
    last = max(len(panel.probabilities) - 1, 1)
    x = [left + (right - left) * i / last for i in range(len(panel.probabilities))]
    y_values = [_height(one, top) for one in panel.probabilities]
    sheet.plot(x, y_values, color=style.INK, linewidth=1.4, solid_joinstyle="round")
    for place, mark in enumerate(panel.marks, start=1):
        colour = style.family_colour(mark.family)
        y = key + KEY * place
        text = f"{mark.family}, default: {wording.inferred(mark.probability)}"
        at = (left + (right - left) * mark.place, _height(mark.probability, top))
        for spot in ((left + 1.2, y), at):
            sheet.plot(*([one] for one in spot), "D", color=colour, markersize=4.4, zorder=4)
        style.write(sheet, Words(left + 3.6, y, text, style.SMALL, colour=colour))


def _draw_strips(
    sheet: Axes, groups: tuple[StripGroup, ...], ends: tuple[float, float], top: float
) -> None:
    y = top
    for group in groups:
        y += GROUP
        for strip in group.strips:
            box = (ends[0], ends[1], y + ROW - 0.5, y + 0.3)
            sheet.imshow(
                [list(strip.shades)],
                extent=box,
                cmap="Greys",
                vmin=0.0,
                vmax=1.0,
                aspect="auto",
                interpolation="nearest",
                zorder=1,
            )
            sheet.plot(ends, [y + ROW - 0.2] * 2, color="#ededed", linewidth=0.4, zorder=0)
            y += ROW
    # imshow sets its own limits
    sheet.set(xlim=(0.0, style.PAGE_WIDTH))


def _write_labels(sheet: Axes, groups: tuple[StripGroup, ...], top: float) -> None:
    y = top
    for group in groups:
        style.write(sheet, Words(MARGIN, y + GROUP - 1.9, group.title, style.SMALL, bold=True))
        y += GROUP
        for strip in group.strips:
            words = Words(MARGIN + 2.0, y + ROW / 2, strip.label, style.SMALL, strip.default)
            style.write(sheet, words)
            y += ROW
