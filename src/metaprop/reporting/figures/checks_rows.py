"""What the pictures of the checks show, as rows of plain numbers and words; nothing is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.checks.verdict import BEST
from metaprop.reporting.checks_words import NEW_RATES, TITLES, p_words, seen
from metaprop.reporting.figures import style
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.checks.answers import (
        FitCheck,
        PitCheck,
        Replicated,
        StatisticCheck,
        StatisticName,
    )

COUNTS: tuple[StatisticName, ...] = ("studies_at_0", "studies_at_100", "total_events")
"""Statistics that are whole numbers; the others are rates."""
HARDLY = 1e-3
"""Share of the replicates that may lie beyond each end of a panel."""
NARROWEST = 0.1
"""Rates that a panel spans at the least."""
MOST_ROWS = 20
"""Studies shown; a table holds them all."""
LONGEST = 36
MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """Replicates of one model in a panel: ``heights`` between ``edges``, and its P in words."""

    colour: str
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One statistic: ``observed`` from low to high, the models' replicates, the axis."""

    title: str
    observed: tuple[float, float]
    seen: str
    before: str
    shapes: tuple[Shape, ...]
    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """The head of a sheet and its panels."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    panels: tuple[Panel, ...]
    note: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurpriseRow:
    """One study: observed ``low`` to ``high`` and the central interval that others predict.

    All are rates; ``p`` has one text for each model.
    """

    name: str
    counts: str
    low: float
    high: float
    expected: tuple[float, float]
    p: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PitPanel:
    """The ordered PIT values of one model with their band; ``expected`` are those of even ones."""

    colour: str
    words: str
    expected: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SurpriseSheet:
    """Studies, the most surprising first, and the PIT values of every model."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    families: tuple[str, ...]
    axis: style.RateAxis
    rows: tuple[SurpriseRow, ...]
    pits: tuple[PitPanel, ...]
    note: tuple[str, ...]


def prepare_checks(fits: Sequence[FitCheck]) -> CheckSheet:
    """Return the panels of one outcome; ``fits`` are its models in the order of the report."""
    width = style.PAGE_WIDTH - 2 * style.MARGIN
    first = fits[0]
    name = printable(first.label or first.outcome)
    bad = [fit.family for fit in fits if fit.quality.status != "ok"]
    title = f"{name}: no sign of misfit in these checks"
    ranges = any(one.observed_low < one.observed_high for one in first.statistics)
    judged = f"Where counts are ranges, judged {BEST}." if ranges else ""
    if bad:
        title = f"{name}: the {wording.listed(bad)} model misses something"
    subtitle = (
        f"{first.replicates:,} replicated tables for each model, from its posterior by quadrature "
        f"({wording.listed([fit.family for fit in fits])}); black: observed, a band where counts "
        f"are ranges. Before the data: central {wording.threshold(first.level)} of tables from the "
        f"prior ({first.family}). Monte Carlo error of a P: at most {_error(fits):.3f}."
    )
    return CheckSheet(
        style.wrapped(title, width, style.TITLE, bold=True),
        style.wrapped(subtitle, width, style.SMALL),
        tuple(_panel(fits, place) for place in range(len(first.statistics))),
        style.wrapped(" ".join([NEW_RATES, judged, *_unchecked(first)]), width, style.SMALL),
    )


def _error(fits: Sequence[FitCheck]) -> float:
    found = (one.posterior for fit in fits for one in fit.statistics)
    return max(max(one.p_low.error, one.p_high.error) for one in found)


def _unchecked(fit: FitCheck) -> list[str]:
    return [f"{TITLES[one.statistic]} not shown: {one.reason}" for one in fit.unchecked]


def _panel(fits: Sequence[FitCheck], place: int) -> Panel:
    checks = [fit.statistics[place] for fit in fits]
    first = checks[0]
    counts = first.statistic in COUNTS
    low, high = _ends(checks)
    if not counts and high - low < NARROWEST:
        low = max(high - NARROWEST, 0.0)
        high = low + NARROWEST
    axis = _count_axis(low, high) if counts else style.rate_axis([low, high], MOST_TICKS)
    return Panel(
        title=TITLES[first.statistic],
        observed=(first.observed_low, first.observed_high),
        seen=f"observed {_span(first.observed_low, first.observed_high, counts=counts)}",
        before=f"before the data {_central(first.prior, counts=counts)}",
        shapes=tuple(map(_shape, fits, checks)),
        low=axis.low,
        high=axis.high,
        ticks=axis.ticks,
        labels=axis.labels,
    )


def _shape(fit: FitCheck, check: StatisticCheck) -> Shape:
    found = check.histogram
    top = max(found.shares)
    heights = tuple(share / top for share in found.shares)
    colour = style.family_colour(fit.family)
    return Shape(colour, found.edges, heights, f"{fit.family} {p_words(check.posterior)}")


def _ends(checks: Sequence[StatisticCheck]) -> tuple[float, float]:
    """Return the range that holds nearly all replicates, and what was observed."""
    lows, highs = [], []
    for check in checks:
        edges, shares = check.histogram.edges, check.histogram.shares
        held = [place for place, share in enumerate(shares) if share > HARDLY]
        lows += [edges[held[0]], check.observed_low]
        highs += [edges[held[-1] + 1], check.observed_high]
    return min(lows), max(highs)


def _count_axis(low: float, high: float) -> style.RateAxis:
    """Return an axis of whole numbers."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (high - low) / s <= MOST_TICKS)
    ticks = [n for n in range(0, int(high) + 1, step) if n >= low]
    return style.RateAxis(low, high, tuple(map(float, ticks)), tuple(f"{n:g}" for n in ticks))


def _span(low: float, high: float, *, counts: bool) -> str:
    texts = [f"{v:g}" if counts else wording.percent(v) for v in (low, high)]
    return texts[0] if low == high else f"{texts[0]} to {texts[1]}"


def _central(found: Replicated, *, counts: bool) -> str:
    return _span(found.low, found.high, counts=counts)


def prepare_surprise(fits: Sequence[FitCheck]) -> SurpriseSheet:
    """Return the studies of one outcome, the most surprising first, and the PIT values."""
    width = style.PAGE_WIDTH - 2 * style.MARGIN
    first = fits[0]
    rows = tuple(_rows(fits))
    ends = [end for row in rows for end in (row.low, row.high, *row.expected)]
    more = len(first.studies) - len(rows)
    note = (
        "P: twice the smaller tail of what the other studies predict, half of the observed count "
        "counted to each (mid-P). PIT: where each count lies in its prediction, drawn evenly "
        "inside its step; ordered values of a model that holds lie in the grey band, all at once, "
        f"with probability {wording.threshold(first.level)}. P of evenness: the mean over "
        f"{first.pit.randomisations if first.pit else 0:,} drawings. Studies predict each other, "
        "so band and P are approximate."
    )
    if more > 0:
        note = f"{more} less surprising studies are in the table. {note}"
    return SurpriseSheet(
        style.wrapped(_surprise_title(first), width, style.TITLE, bold=True),
        style.wrapped(
            f"Rate of each study (black) against the central {wording.threshold(first.level)} of "
            "what the others predict for one of its size with a rate of its own (bar: "
            f"{first.family}, by quadrature).",
            width,
            style.SMALL,
        ),
        tuple(fit.family for fit in fits),
        style.rate_axis(ends),
        rows,
        tuple(_pit(fit, fit.pit) for fit in fits if fit.pit is not None),
        style.wrapped(note, width, style.SMALL),
    )


def _surprise_title(fit: FitCheck) -> str:
    chance = fit.most_surprising or 0.0
    name = shorten(printable(fit.studies[0].name))
    among = f"P = {wording.number(chance, 2)}, smallest of {len(fit.studies)}"
    label = printable(fit.label or fit.outcome)
    limit = 0.05
    if chance < limit:
        return f"{label}: {name} is unlike what the others predict ({among})"
    return f"{label}: no study stands out; the most surprising is {name} ({among})"


def _rows(fits: Sequence[FitCheck]) -> list[SurpriseRow]:
    by_name = [{study.name: study for study in fit.studies} for fit in fits]
    rows = []
    for study in fits[0].studies[:MOST_ROWS]:
        p = tuple(_p(names[study.name].two_sided) for names in by_name)
        n = study.total
        rows.append(
            SurpriseRow(
                name=shorten(printable(study.name), LONGEST),
                counts=f"{seen(study)} of {n}",
                low=study.low / n,
                high=study.high / n,
                expected=(study.expected_low / n, study.expected_high / n),
                p=p,
            )
        )
    return rows


def _p(p: float) -> str:
    least = 0.001
    return f"< {least:g}" if p < least else f"{p:.3f}"


def _pit(fit: FitCheck, pit: PitCheck) -> PitPanel:
    k = len(pit.values)
    return PitPanel(
        colour=style.family_colour(fit.family),
        words=f"{fit.family}: P of evenness {pit.p_value.value:.2f}",
        expected=tuple((place + 1.0) / (k + 1.0) for place in range(k)),
        values=pit.values,
        low=pit.low,
        high=pit.high,
    )
