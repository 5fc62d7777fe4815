"""Every choice at once, and one at a time: what each combination says, and which choice moves most.

Everything here follows from records; no posterior is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.core.methods import Method
from metaprop.questions.sensitivity.records import Switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.questions.sensitivity.records import (
        Crossed,
        OutcomeSensitivity,
        PriorGrid,
        ReadGrid,
        Refit,
    )

MULTIVERSE = Method(
    "Multiverse analysis",
    "The analysis was repeated under every combination of location prior, heterogeneity prior, "
    "family and reading of the evidence.",
    "10.1177/1745691616658637",
)
AS_IT_STANDS = "as it stands"
"""What the default reading of the evidence is called."""
MOST = 10
"""Choices kept for each model: those that move the probability farthest."""


@dataclass(frozen=True, slots=True)
class Universe:
    """One combination of choices and the probability that follows from it, in [0, 1].

    ``location`` and ``spread`` are ids of prior choices; ``reading`` is None for the evidence as it
    stands; ``default`` marks the model's own priors with that evidence.
    """

    model: str
    family: str
    location: str
    spread: str
    reading: str | None
    kept: str | None
    probability: float
    default: bool


def universes(outcome: OutcomeSensitivity, threshold: float) -> tuple[Universe, ...]:
    """Return every combination at a threshold that was asked about, the least probability first."""
    found = [
        universe
        for grid in outcome.grids
        for source in _sources(outcome, grid)
        for universe in _of(grid, source, threshold)
    ]
    # ties keep one order on every machine
    return tuple(sorted(found, key=lambda one: (round(one.probability, 9), _key(one))))


def _key(one: Universe) -> tuple[str, ...]:
    return (one.model, one.location, one.spread, one.reading or "", one.kept or "")


def _sources(outcome: OutcomeSensitivity, grid: PriorGrid) -> list[PriorGrid | ReadGrid]:
    """Return the grid of a model and those of the same model from other readings."""
    return [grid, *(read for read in outcome.readings if read.model == grid.model)]


def _of(grid: PriorGrid, source: PriorGrid | ReadGrid, threshold: float) -> Iterator[Universe]:
    table = crossed_at(source.crossed, threshold)
    reading = getattr(source, "reading", None)
    kept = getattr(source, "kept", None)
    for location, row in zip(grid.locations, table, strict=True):
        for spread, probability in zip(grid.spreads, row, strict=True):
            usual = location.default and spread.default and reading is None
            where = (grid.model, grid.family, location.id, spread.id)
            yield Universe(*where, reading, kept, probability, usual)


def crossed_at(crossed: Sequence[Crossed], threshold: float) -> tuple[tuple[float, ...], ...]:
    """Return the table of a threshold that was asked about; ``KeyError`` if it was not."""
    for one in crossed:
        if one.threshold == threshold:
            return one.probabilities
    raise KeyError(threshold)


def switches(outcome: OutcomeSensitivity) -> tuple[Switch, ...]:
    """Return the choices that move the main probability farthest, ``MOST`` for each model.

    Each is made otherwise alone, all others by default. Empty where no threshold was asked about.
    """
    if not outcome.headline:
        return ()
    found: list[Switch] = []
    for grid in outcome.grids:
        mine = [*_prior_switches(outcome, grid), *_other_switches(outcome, grid)]
        mine.sort(key=lambda one: (-round(abs(one.points), 7), one.kind, one.other))
        found += mine[:MOST]
    return tuple(found)


def default_places(grid: PriorGrid) -> tuple[int, int]:
    """Return the row and the column of the model's own priors."""
    row = next(i for i, one in enumerate(grid.locations) if one.default)
    return row, next(i for i, one in enumerate(grid.spreads) if one.default)


def default_probability(grid: PriorGrid, threshold: float) -> float:
    """Return the probability under the model's own priors."""
    row, column = default_places(grid)
    return crossed_at(grid.crossed, threshold)[row][column]


def _prior_switches(outcome: OutcomeSensitivity, grid: PriorGrid) -> Iterator[Switch]:
    threshold = outcome.headline[0]
    table = crossed_at(grid.crossed, threshold)
    row, column = default_places(grid)
    start = Switch("location prior", "", "", grid.model, threshold, table[row][column], 0.0)
    for i, choice in enumerate(grid.locations):
        if i != row:
            usual, after = grid.locations[row].label, table[i][column]
            yield replace(start, usual=usual, other=choice.label, after=after)
    for j, choice in enumerate(grid.spreads):
        if j != column:
            usual, after = grid.spreads[column].label, table[row][j]
            one = replace(start, usual=usual, other=choice.label, after=after)
            yield replace(one, kind="heterogeneity prior")


def _other_switches(outcome: OutcomeSensitivity, grid: PriorGrid) -> Iterator[Switch]:
    threshold = outcome.headline[0]
    before = default_probability(grid, threshold)
    start = Switch("reading", AS_IT_STANDS, "", grid.model, threshold, before, before)
    row, column = default_places(grid)
    for other in outcome.grids:
        if other.model != grid.model:
            same = other.family == grid.family
            usual, name = (grid.model, other.model) if same else (grid.family, other.family)
            after = default_probability(other, threshold)
            yield replace(start, kind="family", usual=usual, other=name, after=after)
    for read in outcome.readings:
        if read.model == grid.model:
            after = crossed_at(read.crossed, threshold)[row][column]
            yield replace(start, other=reading_name(read), after=after)
    for left in outcome.without:
        if left.model == grid.model:
            one = replace(start, kind="study left out", usual="all studies")
            yield replace(one, other=f"without {left.what}", after=left.probabilities[0])


def reading_name(read: ReadGrid) -> str:
    """Return a reading's id, with the study that it keeps where it keeps one of several."""
    return read.reading if read.kept is None else f"{read.reading}, keeping {read.kept}"


def farthest_study(outcome: OutcomeSensitivity, model: str) -> Refit | None:
    """Return the study whose absence moves the main probability farthest; None if unknown."""
    mine = [one for one in outcome.without if one.model == model]
    if not mine or not outcome.headline:
        return None
    grid = next(one for one in outcome.grids if one.model == model)
    before = default_probability(grid, outcome.headline[0])
    return max(mine, key=lambda one: abs(one.probabilities[0] - before))
