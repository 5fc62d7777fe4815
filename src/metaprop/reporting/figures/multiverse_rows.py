"""Prepare the multiverse: every analysis sorted, and which choices stand where underneath."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.questions.sensitivity.multiverse import AS_IT_STANDS, universes
from metaprop.reporting.figures import style
from metaprop.reporting.names import printable, shorten
from metaprop.reporting.sensitivity_words import multiverse_finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from metaprop.questions.sensitivity.multiverse import Universe
    from metaprop.questions.sensitivity.records import OutcomeSensitivity, PriorChoice

BINS, FEWEST = 48, 12
"""Strips under a curve at most, and analyses in each of them at least."""
DARKEST = 3.0
"""A choice made this many times as often as everywhere is drawn black."""
LONGEST = 47
UNCROSSED = "no study says anything"
"""Why a reading may have an answer under the default priors alone."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One choice: ``shades`` (B,) from 0 (made by no analysis there) to 1 (``DARKEST``)."""

    label: str
    default: bool
    shades: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StripGroup:
    """The choices of one kind."""

    title: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A default analysis: its place from 0 to 1 along the curve, and its probability."""

    family: str
    place: float
    probability: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One threshold: ``probabilities`` (N,) ascending, the default analyses, the choices."""

    title: str
    probabilities: tuple[float, ...]
    marks: tuple[Mark, ...]
    groups: tuple[StripGroup, ...]


@dataclass(frozen=True, slots=True)
class Multiverse:
    """The figure: one panel for each headline threshold; rows are the same in all of them."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    panels: tuple[Panel, ...]


def prepare_multiverse(
    outcome: OutcomeSensitivity, width: float, left_out: Sequence[str] = ()
) -> Multiverse:
    """Return the figure of an outcome whose thresholds were asked about.

    Text ``width`` is in mm; ``left_out`` are the readings that are not among the analyses.
    """
    return Multiverse(
        style.wrapped(multiverse_finding(outcome), width, style.TITLE, bold=True),
        style.wrapped(_note(outcome, left_out), width, style.SMALL),
        tuple(_panel(outcome, threshold) for threshold in outcome.headline),
    )


def _note(outcome: OutcomeSensitivity, left_out: Sequence[str]) -> str:
    grid = outcome.grids[0]
    readings = {(one.reading, one.kept) for one in outcome.readings}
    families = len(outcome.grids)
    parts = [
        wording.counted(len(grid.locations), "location prior", "location priors"),
        wording.counted(len(grid.spreads), "heterogeneity prior", "heterogeneity priors"),
        wording.counted(families, "family", "families"),
        wording.counted(len(readings) + 1, "reading of the evidence", "readings of the evidence"),
    ]
    known = {one.id for one in grid.spreads}
    turner = " Turner's prior was made for log odds ratios." if "turner" in known else ""
    return (
        f"Every combination of {wording.listed(parts)}, by the exact engine, sorted in each panel. "
        "Diamonds: the default analyses. Strips: where along the curve a choice was made; white "
        "nowhere, light grey as often as everywhere, black three times as often. Bold: the default."
        f"{turner}{_in_one_family(outcome)}{_left_out(left_out)}"
    )


def _in_one_family(outcome: OutcomeSensitivity) -> str:
    """Return which readings cannot be told in every family, and in which they are."""
    models: dict[str, set[str]] = {}
    for one in outcome.readings:
        models.setdefault(one.reading, set()).add(one.model)
    told = [
        f"{printable(_plain(name))} under "
        f"{wording.listed([printable(_family(outcome, model)) for model in sorted(known)])}"
        for name, known in models.items()
        if len(known) < len(outcome.grids)
    ]
    return f" Not in every family: {wording.listed(told)} alone." if told else ""


def _left_out(readings: Sequence[str]) -> str:
    """Return which readings have no place among the analyses, and where their answer is."""
    if not readings:
        return ""
    names = wording.listed([printable(_plain(one)) for one in readings])
    return f" Not among them, since there {UNCROSSED}: {names} (tables/readings.csv)."


def _panel(outcome: OutcomeSensitivity, threshold: float) -> Panel:
    found = universes(outcome, threshold)
    last = max(len(found) - 1, 1)
    marks = [
        Mark(one.family, place / last, one.probability)
        for place, one in enumerate(found)
        if one.default
    ]
    order = [grid.family for grid in outcome.grids]
    marks.sort(key=lambda mark: order.index(mark.family))
    title = f"Probability that it is {outcome.side} {wording.threshold(threshold)}"
    chances = tuple(one.probability for one in found)
    return Panel(title, chances, tuple(marks), tuple(_groups(outcome, found)))


def _groups(outcome: OutcomeSensitivity, found: Sequence[Universe]) -> Iterator[StripGroup]:
    bins = _bins(found)
    if len(outcome.grids) > 1:
        families = [(grid.model, _family(outcome, grid.model), False) for grid in outcome.grids]
        yield _group("Family", families, bins, lambda one: one.model)
    spreads = _choices([grid.spreads for grid in outcome.grids])
    if len(spreads) > 1:
        title = "Heterogeneity prior (on tau / on rho)"
        title = title if len(outcome.grids) > 1 else "Heterogeneity prior"
        yield _group(title, spreads, bins, lambda one: one.spread)
    locations = _choices([grid.locations for grid in outcome.grids])
    yield _group("Location prior", locations, bins, lambda one: one.location)
    readings = dict.fromkeys(one.reading for one in outcome.readings)
    if readings:
        rows = [("", AS_IT_STANDS, True), *((one, _plain(one), False) for one in readings)]
        yield _group("Reading of the evidence", rows, bins, lambda one: one.reading or "")


def _group(
    title: str,
    rows: Sequence[tuple[str, str, bool]],
    bins: Sequence[Sequence[Universe]],
    key: Callable[[Universe], str],
) -> StripGroup:
    """Return the strips of one kind of choice: ``rows`` are its ids, labels and which is usual."""
    counts = [Counter(map(key, one)) for one in bins]
    total = sum(map(len, bins))
    strips = []
    for name, label, usual in rows:
        overall = sum(count[name] for count in counts) / total
        shares = (count[name] / len(one) for count, one in zip(counts, bins, strict=True))
        shades = tuple(min(share / overall / DARKEST, 1.0) if overall else 0.0 for share in shares)
        strips.append(Strip(shorten(printable(label), LONGEST), usual, shades))
    return StripGroup(title, tuple(strips))


def _bins(found: Sequence[Universe]) -> list[Sequence[Universe]]:
    """Return the sorted analyses in at most ``BINS`` parts of about the same size."""
    number = min(BINS, max(len(found) // FEWEST, 1))
    edges = [round(i * len(found) / number) for i in range(number + 1)]
    return [found[a:b] for a, b in pairwise(edges)]


def _choices(grids: Sequence[Sequence[PriorChoice]]) -> list[tuple[str, str, bool]]:
    """Return ids, labels of all families together, and which choice is the default of any."""
    labels: dict[str, list[str]] = {}
    usual: set[str] = set()
    for choices in grids:
        for one in choices:
            known = labels.setdefault(one.id, [])
            if one.label not in known:
                known.append(one.label)
            if one.default:
                usual.add(one.id)
    names = {name: " / ".join(known) for name, known in labels.items()}
    if "uniform" in names:  # the same belief, written on the log odds or on the rate
        names["uniform"] = "uniform on the rate"
    return [(name, label, name in usual) for name, label in names.items()]


def _family(outcome: OutcomeSensitivity, model: str) -> str:
    families = [grid.family for grid in outcome.grids]
    mine = next(grid.family for grid in outcome.grids if grid.model == model)
    return mine if families.count(mine) == 1 else model


def _plain(name: str) -> str:
    return name.replace("_", " ")
