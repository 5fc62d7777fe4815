"""Read ``readings/<id>.toml``: what a reading assumes, and what it does besides its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from metaprop.evidence.keys import Cell, Key, Line, Strict, read_keys

if TYPE_CHECKING:
    from metaprop.evidence.faults import Faults


class ReadingHead(Strict):
    """``readings/<id>.toml``: one sentence, and rows or totals of whole outcomes.

    ``outcomes`` are those that ``leave_out`` and ``keep_one_of`` speak of, all if not given;
    ``known_total`` is a cell for each outcome, ``?`` for none.
    """

    sentence: Line
    outcomes: Annotated[list[Key] | None, Field(min_length=1)] = None
    leave_out: list[Line] = Field(default_factory=list)
    keep_one_of: Annotated[list[Line] | None, Field(min_length=2)] = None
    known_total: dict[Key, Cell] = Field(default_factory=dict)


def read_head(text: str, faults: Faults) -> ReadingHead | None:
    """Return the head of a reading, or None after noting every fault."""
    return read_keys(text, ReadingHead, faults, entries={}, wordings=_WORDINGS)


_WORDINGS = {
    "string_pattern_mismatch": ("{value} is no name of an outcome", "Write it as in dataset.toml"),
}
