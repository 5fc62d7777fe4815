"""``checklists.json``, schema 1: each item of each checklist, with where it is met, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["met", "unmet", "does not apply"]


@dataclass(frozen=True, slots=True)
class Item:
    """One item: ``asks`` in our words; ``where`` are links within the folder; ``why`` if not met.

    A link is a path, with ``#`` and the name of a section where a document is meant.
    """

    number: str
    asks: str
    status: Status
    where: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """One checklist: its short name, what it is, the DOI of its source, its items."""

    name: str
    title: str
    doi: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklists:
    """All checklists of one folder of results."""

    schema: int
    dataset: str
    checklists: tuple[Checklist, ...]
