"""Read ``readings/<id>.toml``: what a reading assumes, and what it does besides its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from metaprop.evidence.keys import Cell, Key, Line, Strict, read_keys

if TYPE_CHECKING:
    from metaprop.evidence.faults import Faults


ODDS = (0.1, 10.0)
"""The least and the greatest factor of odds that a reading may assume."""


class ReadingHead(Strict):
    """``readings/<id>.toml``: one sentence, and what holds for rows or totals of whole outcomes.

    ``outcomes`` are those that ``leave_out``, ``keep_one_of``, ``silence_is_unknown`` and
    ``shared_effect`` speak of, all if not given; ``known_total`` is a cell for each outcome, ``?``
    for none. ``unreported_odds`` is a factor, ``shared_effect`` a column of ``studies.csv``.
    """

    sentence: Line
    outcomes: Annotated[list[Key] | None, Field(min_length=1)] = None
    leave_out: list[Line] = Field(default_factory=list)
    keep_one_of: Annotated[list[Line] | None, Field(min_length=2)] = None
    known_total: dict[Key, Cell] = Field(default_factory=dict)
    silence_is_unknown: bool = False
    unreported_odds: Annotated[float, Field(ge=ODDS[0], le=ODDS[1])] = 1.0
    shared_effect: Line | None = None


def read_head(text: str, faults: Faults) -> ReadingHead | None:
    """Return the head of a reading, or None after noting every fault."""
    return read_keys(text, ReadingHead, faults, entries={}, wordings=_WORDINGS)


_FACTOR = ("{value} is out of reach", f"Write a factor from {ODDS[0]:g} to {ODDS[1]:g}")
_WORDINGS = {
    "string_pattern_mismatch": ("{value} is no name of an outcome", "Write it as in dataset.toml"),
    "greater_than_equal": _FACTOR,
    "less_than_equal": _FACTOR,
}
