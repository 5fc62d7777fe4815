"""Simulation-based calibration as a picture: how far the ranks' distribution is from uniform.

Two panels for each model and quantity: the ECDF minus the diagonal, and the histogram, each inside
the band that holds all of it at once where the posterior is calibrated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.calibration.uniformity import bin_band
from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from metaprop.questions.calibration.records import Calibration, ModelRanks, Ranks

PANEL, BETWEEN, COUNTS = 21.0, 2.5, 9.5
"""Height of an ECDF, of the room under it, and of the histogram, mm."""
HEAD, LEFT, GAP, FOOT = 11.0, 12.0, 9.0, 6.5
"""Room over a pair of them, left of the first, between two, and under one, mm."""
ROW = HEAD + PANEL + BETWEEN + COUNTS + FOOT
BAND, BARS = "#e4e4e4", 0.62
"""Colour of a band; how opaque bars are, so that it shows through."""
NAMES = {"average": "average rate", "typical": "typical rate", "new_study": "next study"}
ENGINES = {"exact": "quadrature", "nuts": "NUTS"}


def save_ranks(found: Calibration, folder: Path, stem: str) -> None:
    """Write the picture as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_ranks(found), folder, stem)


def ranks_title(found: Calibration) -> str:
    """Return how many ECDFs stay inside their band."""
    every = [one for model in found.ranks for one in model.ranks]
    inside = sum(one.inside for one in every)
    return f"Calibration by simulation: {inside} of {len(every)} quantities stay inside their band"


def draw_ranks(found: Calibration) -> Figure:
    """Return the figure: a row for each model and engine, a column for each quantity."""
    width = PAGE_WIDTH - 2 * MARGIN
    title = style.wrapped(ranks_title(found), width, style.TITLE, bold=True)
    note = style.wrapped(_note(found), width, style.SMALL)
    top = style.head_height(title, note)
    height = top + ROW * len(found.ranks)
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, title, note)
    for row, model in enumerate(found.ranks):
        y = top + ROW * row
        engine = ENGINES[model.engine]
        text = f"{model.family} by {engine}, {model.replicates:,} reviews"
        style.write(sheet, Words(MARGIN, y + 3.5, text, bold=True))
        _draw_row(figure, model, y + HEAD, height)
    return figure


def _note(found: Calibration) -> str:
    level = wording.threshold(found.ranks[0].ranks[0].level)
    return (
        f"Truths were drawn from the priors and reviews of {len(found.totals)} studies from the "
        "truths. Line: share of reviews whose posterior probability below the truth is at most "
        "the number on the axis, minus that number. Bars: reviews by that probability. Grey: the "
        f"bands that hold all of such a line, and all of such bars, with probability {level} where "
        "posteriors are calibrated."
    )


def _draw_row(figure: Figure, model: ModelRanks, top: float, height: float) -> None:
    columns = len(model.ranks)
    width = (PAGE_WIDTH - MARGIN - LEFT - GAP * (columns - 1)) / columns
    for place, one in enumerate(model.ranks):
        left = LEFT + place * (width + GAP)
        colour, across = style.family_colour(model.family), (left / PAGE_WIDTH, width / PAGE_WIDTH)
        over = (across[0], 1 - (top + PANEL) / height, across[1], PANEL / height)
        _draw_panel(figure, over, one, colour)
        end = top + PANEL + BETWEEN + COUNTS
        _draw_counts(figure, (across[0], 1 - end / height, across[1], COUNTS / height), one, colour)


def _draw_panel(
    figure: Figure, box: tuple[float, float, float, float], one: Ranks, colour: str
) -> None:
    axes = figure.add_axes(box)
    at = (0.0, *one.at, 1.0)

    def shifted(values: tuple[float, ...]) -> list[float]:
        ends = (0.0, *values, 1.0)
        return [100 * (value - place) for value, place in zip(ends, at, strict=True)]

    axes.fill_between(at, shifted(one.low), shifted(one.high), color=BAND, linewidth=0)
    axes.axhline(0.0, color=style.RULE, linewidth=0.6)
    axes.step(at, shifted(one.ecdf), where="post", color=colour, linewidth=1.0)
    name = NAMES.get(one.quantity, one.quantity)
    verdict = "" if one.inside else ": outside"
    axes.set_title(f"{name}{verdict}", fontsize=style.SMALL, pad=3.0, loc="left")
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([])
    axes.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    axes.spines[["right", "top", "bottom"]].set_visible(False)
    if one.quantity == "average":
        axes.set_ylabel("percentage points", fontsize=style.SMALL, labelpad=1.5)


def _draw_counts(
    figure: Figure, box: tuple[float, float, float, float], one: Ranks, colour: str
) -> None:
    axes = figure.add_axes(box)
    bins = len(one.counts)
    low, high = bin_band(one.replicates, bins, one.level)
    axes.axhspan(low, high, color=BAND, linewidth=0)
    left = [place / bins for place in range(bins)]
    axes.bar(left, one.counts, 1.0 / bins, align="edge", color=colour, alpha=BARS, linewidth=0)
    axes.axhline(one.replicates / bins, color=style.RULE, linewidth=0.6)
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.1 * max(high, *one.counts)))
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    axes.set_yticks([])
    axes.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    axes.spines[["left", "right", "top"]].set_visible(False)
    if one.quantity == "average":
        axes.set_ylabel("reviews", fontsize=style.SMALL, labelpad=11.0)
