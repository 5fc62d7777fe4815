"""Draw every contrast of the meta-regressions: the difference of two average rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words
from metaprop.reporting.moderators_words import (
    covariate_name,
    interval_words,
    most_telling,
    signed,
    summary_sentence,
)
from metaprop.reporting.names import printable, shorten
from metaprop.reporting.prose import rate_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.moderators.answers import ContrastAnswer, ModeratorAnswer, Moderators

ROW, HEAD, FOOT = 6.6, 8.0, 13.0
"""A row, the heads over the rows and the axis under them, mm."""
PLOT, NUMBERS, CHANCE = (66.0, 122.0), 155.0, 177.0
"""Where the axis runs, where the columns end, mm from the left."""
LONGEST = 40
COLOUR = style.OTHER_COLOUR
TICKS = 6


def save_moderators(found: Moderators, folder: Path, stem: str) -> None:
    """Write the contrasts of one outcome as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_moderators(found), folder, stem)


def draw_moderators(found: Moderators) -> Figure:
    """Return the figure: a row for each contrast."""
    width = PAGE_WIDTH - 2 * MARGIN
    rows = [(answer, one) for answer in found.answers for one in answer.contrasts]
    title = style.wrapped(_title(found), width, style.TITLE, bold=True)
    subtitle = style.wrapped(_subtitle(found), width, style.SMALL)
    note = style.wrapped(summary_sentence(found), width, style.SMALL)
    top = style.head_height(title, subtitle) + HEAD
    bottom = top + ROW * len(rows)
    figure, sheet = style.page(bottom + FOOT + LINE * len(note) + 1.0)
    style.write_head(sheet, MARGIN, title, subtitle)
    style.write_lines(sheet, MARGIN, bottom + FOOT, note)
    _draw_rows(sheet, rows, top, bottom)
    return figure


def _title(found: Moderators) -> str:
    answer, contrast = most_telling(found)
    chance = wording.inferred(contrast.difference.direction)
    name = printable(found.outcome_label or found.outcome)
    return (
        f"{name}: no covariate tells much; the most certain direction, of "
        f"{printable(answer.label)}, has a probability of {chance}"
        if contrast.difference.direction < found.direction_by_chance
        else f"{name}: the most certain direction is that of {printable(answer.label)}, "
        f"with a probability of {chance}"
    )


def _subtitle(found: Moderators) -> str:
    rate = rate_name(found.outcome_label)
    return (
        f"Difference of the average {rate} (integrated over what is left between studies) between "
        f"the outer quartiles of a number or two groups, one covariate at a time, by NUTS; median "
        f"and {wording.threshold(found.level)} equal-tailed credible interval; grey: before the "
        f"data, where it goes on beyond the axis. Prior of the coefficient: {found.coefficient}."
    )


def _draw_rows(
    sheet: Axes,
    rows: list[tuple[ModeratorAnswer, ContrastAnswer]],
    top: float,
    bottom: float,
) -> None:
    ends = [q.value.value for _, one in rows for q in one.difference.quantiles]
    reach = max(0.01, *(abs(end) for end in ends))
    axis = style.rate_axis([0.0, min(2.0 * reach, 1.0)], TICKS)
    step = axis.ticks[1] - axis.ticks[0]
    most = int(reach / step) + 1

    def place(difference: float) -> float:
        inside = min(max(difference, -most * step), most * step)
        return PLOT[0] + (inside / (most * step) + 1.0) / 2.0 * (PLOT[1] - PLOT[0])

    for x, text in ((NUMBERS, "percentage points"), (CHANCE, "P(higher)")):
        style.write(sheet, Words(x, top - 3.0, text, bold=True, align="right"))
    for tick in range(-most, most + 1):
        x = place(tick * step)
        colour = style.QUIET if tick == 0 else "#ececec"
        sheet.plot([x, x], [top, bottom], color=colour, linewidth=0.5, zorder=0)
        label = signed(tick * step).removesuffix(".0")
        style.write(sheet, Words(x, bottom + 3.0, label, style.SMALL, align="center"))
    middle = (PLOT[0] + PLOT[1]) / 2
    axis_title = "difference of the average rates, percentage points"
    style.write(sheet, Words(middle, bottom + 7.0, axis_title, style.SMALL, align="center"))
    for number, (answer, one) in enumerate(rows):
        _draw_row(sheet, answer, one, top + ROW * (number + 0.5), place)


def _draw_row(
    sheet: Axes,
    answer: ModeratorAnswer,
    one: ContrastAnswer,
    y: float,
    place: Callable[[float], float],
) -> None:
    name = shorten(covariate_name(answer), LONGEST)
    pair = shorten(f"{printable(one.upper)} against {printable(one.lower)}", LONGEST + 6)
    style.write(sheet, Words(MARGIN, y - 1.5, name))
    style.write(sheet, Words(MARGIN + 2.0, y + 1.6, pair, style.SMALL, colour=style.QUIET))
    low, median, high = (q.value.value for q in one.difference.quantiles)
    before = [place(one.prior.quantiles[i].value.value) for i in (0, 2)]
    sheet.plot(before, [y, y], color="#dcdcdc", linewidth=4.0, solid_capstyle="butt", zorder=1)
    sheet.plot([place(low), place(high)], [y, y], color=COLOUR, linewidth=1.4, zorder=2)
    sheet.plot([place(median)], [y], "o", color=COLOUR, markersize=3.6, zorder=3)
    style.write(sheet, Words(NUMBERS, y, interval_words(one.difference), align="right"))
    chance = wording.inferred(one.difference.above_zero.value)
    style.write(sheet, Words(CHANCE, y, chance, align="right"))
