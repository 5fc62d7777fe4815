"""Draw what every model says of the rates before any data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.checks_words import prior_sentence
from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import LINE, MARGIN, PAGE_WIDTH, Words
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.questions.answers import Curve
    from metaprop.questions.checks.answers import PriorCheck

PLOT, HEAD, FOOT, WIDTH, LEFTS = 34.0, 7.0, 8.0, 78.0, (7.0, 95.0)
DASHES = ("solid", (0, (5, 3)), (0, (1, 2)))
"""Lines may lie upon each other."""
TALLEST = 3.0
"""Of a density: a prior may rise without bound at 0 and at 100 %."""
PANELS = ("average", "new_study")
TITLES = ("Average rate", "Rate in the next study")


def save_priors(priors: Sequence[PriorCheck], folder: Path, stem: str) -> None:
    """Write the priors of all models as ``stem``.svg and ``stem``.png."""
    with style.house_style():
        style.save(draw_priors(priors), folder, stem)


def draw_priors(priors: Sequence[PriorCheck]) -> Figure:
    """Return the figure: densities of average and next study, a line for each model."""
    width = PAGE_WIDTH - 2 * MARGIN
    title = style.wrapped(_title(priors), width, style.TITLE, bold=True)
    lines = tuple(line for p in priors for line in style.wrapped(prior_sentence(p), width - 6.0))
    top = style.head_height(title, ()) + HEAD
    words = top + PLOT + FOOT + 2.0
    height = words + LINE * len(lines) + 2.0
    figure, paper = style.page(height)
    style.write_head(paper, MARGIN, title, ())
    for left, estimand, name in zip(LEFTS, PANELS, TITLES, strict=True):
        style.write(paper, Words(left, top - 3.0, name, bold=True))
        box = (left / PAGE_WIDTH, 1 - (top + PLOT) / height, WIDTH / PAGE_WIDTH, PLOT / height)
        plot = figure.add_axes(box)
        for place, prior in enumerate(priors):
            curve = next(one for one in prior.curves if one.estimand == estimand)
            _draw_curve(plot, curve, style.family_colour(prior.family), place)
        _dress(plot)
    _write_sentences(paper, priors, words, width)
    return figure


def _title(priors: Sequence[PriorCheck]) -> str:
    worth = [p.information.value for p in priors if p.information.undefined is None]
    if len(worth) < len(priors):
        return "What the models say of the rates before any data"
    texts = list(dict.fromkeys(wording.number(value, 2) for value in (min(worth), max(worth))))
    return f"The priors say as much of the average rate as {' to '.join(texts)} patients would"


def _draw_curve(plot: Axes, curve: Curve, colour: str, place: int) -> None:
    pairs = zip(curve.at, curve.density, strict=True)
    points = [(t, d) for t, d in pairs if 0.0 < t < 1.0 and math.isfinite(d)]
    dashes = DASHES[place % len(DASHES)]
    plot.plot(*zip(*points, strict=True), color=colour, linewidth=1.3, linestyle=dashes)


def _dress(plot: Axes) -> None:
    axis = style.rate_axis([0.0, 1.0])
    plot.set(xlim=(0.0, 1.0), ylim=(0.0, TALLEST), yticks=[])
    plot.set_xticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    plot.spines[["left", "right", "top"]].set_visible(False)


def _write_sentences(paper: Axes, priors: Sequence[PriorCheck], y: float, width: float) -> None:
    """Write a sentence for each model, a dash in its colour before it."""
    for place, prior in enumerate(priors):
        colour, dashes = style.family_colour(prior.family), DASHES[place % len(DASHES)]
        ends = [MARGIN, MARGIN + 5.0]
        paper.plot(ends, [y, y], color=colour, linewidth=1.6, linestyle=dashes)
        for line in style.wrapped(prior_sentence(prior), width - 6.0):
            style.write(paper, Words(MARGIN + 6.0, y, printable(line), style.SMALL))
            y += LINE
