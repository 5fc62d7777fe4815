"""Draw what the data make of the priors: each rate of one outcome before them and after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting import prose
from metaprop.reporting.figures import style
from metaprop.reporting.figures.style import MARGIN, PAGE_WIDTH, Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metaprop.engines.posterior import Estimand
    from metaprop.questions.answers import Curve, ModelAnswer, OutcomeAnswer
    from metaprop.questions.checks.answers import PriorCheck

PLOT, KEY, HEAD, FOOT, GAP = 34.0, 6.0, 6.0, 6.0, 9.0
"""Height of a plot, of the key, over and under a plot, and between two, mm."""
LEFT = 6.0
TITLES: dict[Estimand, str] = {
    "average": "Average rate",
    "typical": "Rate of the typical study",
    "new_study": "Rate in the next study",
}
DASHED, SOLID = (0, (3, 2)), "solid"
EDGE = 0.01
"""So near to 0 and to 100 % a density may rise without bound: it does not set the height."""
OVER = 1.08
"""Height of a plot over the highest density."""


@dataclass(frozen=True, slots=True)
class Line:
    """A density: ``at`` (N,) and ``density`` (N,), finite; ``dashed`` before the data."""

    at: tuple[float, ...]
    density: tuple[float, ...]
    colour: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate before and after: its name, its densities, the height of the plot."""

    name: str
    lines: tuple[Line, ...]
    top: float


@dataclass(frozen=True, slots=True)
class Updated:
    """The figure: a panel for each rate, and the key: what stands for what, in which colour."""

    title: tuple[str, ...]
    note: tuple[str, ...]
    key: tuple[tuple[str, str, bool], ...]
    rates: tuple[Rate, ...]


def save_updated(
    outcome: OutcomeAnswer, priors: Sequence[PriorCheck], folder: Path, stem: str
) -> None:
    """Write priors and posteriors of one outcome as ``stem``.svg and ``stem``.png.

    Nothing is written where no model has both.
    """
    with style.house_style():
        prepared = prepare_updated(outcome, priors)
        if prepared.rates:
            style.save(draw_updated(prepared), folder, stem)


def prepare_updated(outcome: OutcomeAnswer, priors: Sequence[PriorCheck]) -> Updated:
    """Return the figure of an outcome; rates of which a prior or a posterior is missing are not."""
    before = {prior.model: prior for prior in priors}
    pairs = [(before[m.id], m) for m in prose.varying(outcome) if m.id in before]
    rates = tuple(rate for name in TITLES if (rate := _rate(name, pairs)) is not None)
    width = PAGE_WIDTH - 2 * MARGIN
    models = [
        (prose.model_label(model, outcome), style.family_colour(model.family), False)
        for _, model in pairs
    ]
    key = (*models, ("before the data", style.INK, True), ("after", style.INK, False))
    note = (
        "Densities of each rate before any study is seen (dashed) and after all of them (solid). A "
        "density may rise without bound at 0 % and at 100 %: it is cut there."
    )
    return Updated(
        style.wrapped(_title(outcome, pairs), width, style.TITLE, bold=True),
        style.wrapped(note, width, style.SMALL),
        key,
        rates,
    )


def _title(outcome: OutcomeAnswer, pairs: Sequence[tuple[PriorCheck, ModelAnswer]]) -> str:
    """Return how wide the interval of the average rate is before and after, by each model."""
    told = []
    for prior, model in pairs:
        ends = prior.estimands[0].interval, model.estimand("average").interval
        first, then = (wording.number(100.0 * (one.high - one.low), 2) for one in ends)
        told.append(
            f"{first} before the data and {then} after ({prose.model_label(model, outcome)})"
        )
    level = "" if not pairs else f"{wording.threshold(pairs[0][0].level)} "
    name = prose.estimand_name("average", outcome.label)
    return f"The {level}interval of the {name}, in percentage points: {wording.listed(told, 'or')}"


def _rate(name: Estimand, pairs: Sequence[tuple[PriorCheck, ModelAnswer]]) -> Rate | None:
    """Return one rate before and after under every model that has both."""
    lines: list[Line] = []
    for prior, model in pairs:
        first = next((one for one in prior.curves if one.estimand == name), None)
        then = next((one for one in model.curves if one.estimand == name), None)
        if first is not None and then is not None:
            colour = style.family_colour(prior.family)
            lines += [_line(first, colour, dashed=True), _line(then, colour, dashed=False)]
    if not lines:
        return None
    return Rate(TITLES[name], tuple(lines), OVER * max(map(_highest, lines)))


def _line(curve: Curve, colour: str, *, dashed: bool) -> Line:
    points = [
        (at, density)
        for at, density in zip(curve.at, curve.density, strict=True)
        if 0.0 < at < 1.0 and math.isfinite(density)
    ]
    at, density = zip(*points, strict=True)
    return Line(at, density, colour, dashed)


def _highest(line: Line) -> float:
    pairs = zip(line.at, line.density, strict=True)
    return max(density for at, density in pairs if EDGE <= at <= 1.0 - EDGE)


def draw_updated(updated: Updated) -> Figure:
    """Return the figure of prepared rates."""
    key = style.head_height(updated.title, updated.note) + KEY - 2.0
    top = key + HEAD
    height = top + PLOT + FOOT
    figure, sheet = style.page(height)
    style.write_head(sheet, MARGIN, updated.title, updated.note)
    _draw_key(sheet, updated.key, key - 1.0)
    number = len(updated.rates)
    width = (PAGE_WIDTH - 2 * LEFT - GAP * (number - 1)) / number
    for place, rate in enumerate(updated.rates):
        left = LEFT + place * (width + GAP)
        style.write(sheet, Words(left, top - 2.5, rate.name, bold=True))
        box = (left / PAGE_WIDTH, FOOT / height, width / PAGE_WIDTH, PLOT / height)
        _draw_rate(figure.add_axes(box), rate)
    return figure


def _draw_key(sheet: Axes, key: Sequence[tuple[str, str, bool]], y: float) -> None:
    x = LEFT
    for text, colour, dashed in key:
        dashes = DASHED if dashed else SOLID
        sheet.plot([x, x + 6.0], [y, y], color=colour, linewidth=1.4, linestyle=dashes)
        style.write(sheet, Words(x + 7.5, y, text, style.SMALL, colour=colour))
        x += 12.0 + style.text_width(text, style.SMALL)


def _draw_rate(plot: Axes, rate: Rate) -> None:
    for line in rate.lines:
        dashes, weight = (DASHED, 1.1) if line.dashed else (SOLID, 1.5)
        plot.plot(line.at, line.density, color=line.colour, linewidth=weight, linestyle=dashes)
    axis = style.rate_axis([0.0, 1.0])
    plot.set(xlim=(0.0, 1.0), ylim=(0.0, rate.top), yticks=[])
    plot.set_xticks(axis.ticks, axis.labels)
    plot.tick_params(length=2.0, width=0.6, pad=2.0, labelsize=style.SMALL)
    plot.spines[["left", "right", "top"]].set_visible(False)
