"""What a classical forest and its Bayesian twin are drawn from: rows, summaries, places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from metaprop.reporting.figures.forest_rows import Mark
    from metaprop.reporting.figures.style import RateAxis


@dataclass(frozen=True, slots=True)
class TwinStudy:
    """One study: ``mark`` None where it has no estimate; ``size`` in [0, 1] of the largest square.

    ``points`` are its quality scores where they were asked for, None where nobody scored.
    """

    name: tuple[str, ...]
    counts: str
    share: str
    size: float
    mark: Mark | None
    numbers: str
    points: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class TwinSummary:
    """A line below the rule: a ``diamond`` (pooled or average rate) or a ``bar`` (prediction)."""

    label: tuple[str, ...]
    shape: Literal["diamond", "bar"]
    colour: str
    mark: Mark
    numbers: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the columns stand, mm: names, axis and lights start, the other texts end, there."""

    counts: float
    share: float
    axis_left: float
    axis_right: float
    numbers: float
    lights: float


@dataclass(frozen=True, slots=True)
class Twin:
    """Everything that one of the two forests shows; heads of two lines each."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    note: tuple[str, ...]
    share_head: tuple[str, str]
    numbers_head: tuple[str, str]
    colour: str
    studies: tuple[TwinStudy, ...]
    summaries: tuple[TwinSummary, ...]
    items: str
    crude_rate: float | None
    axis: RateAxis
    axis_title: str
    places: Places


@dataclass(frozen=True, slots=True)
class Twins:
    """The two forests of one outcome, on one axis."""

    classical: Twin
    bayesian: Twin
