"""The quality of the studies (MINORS), prepared: points of each item, totals, shares.

MINORS: Slim et al. 2003, doi:10.1046/j.1445-2197.2003.02748.x; each item is 0 (not reported), 1
(reported but inadequate) or 2 (reported and adequate) points. An empty cell is no 0: nobody scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed
from metaprop.evidence.minors import NOT_ITEMS, POINTS
from metaprop.reporting.figures.style import SMALL, TEXT, TITLE, look, wrapped
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.reporting.evidence import StoredTable

BEST = len(POINTS) - 1
NAME_MM = 38.0
"""Width of a study's name, mm; in one column as wide as anywhere."""
HEAD_GAP = 0.4
MOST_ITEMS = 12
LETTERS = "ABCDEFGHIJKL"
"""What items are called where their names have no room."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Who has how many points: ``points`` has a row for each study, None where nobody scored."""

    studies: tuple[str, ...]
    items: tuple[str, ...]
    points: tuple[tuple[int | None, ...], ...]
    strange: int


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """One study: its points by item, and its total beside the most that they can be."""

    name: tuple[str, ...]
    points: tuple[int | None, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Minors:
    """Everything that the grid shows; ``bars`` count studies with 2, 1, 0 points and none."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    note: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]
    rows: tuple[ScoredRow, ...]
    bars: tuple[tuple[int, int, int, int], ...]


def scores_of(table: StoredTable) -> Scores:
    """Return the points of a table; what is neither empty nor 0, 1 or 2 is ``strange``."""
    items = tuple(name for name in table.columns if name not in (*NOT_ITEMS, "total"))
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    cells = [[row[item] for item in items] for row in rows]
    points = tuple(
        tuple(int(cell) if cell is not None and cell in POINTS else None for cell in row)
        for row in cells
    )
    strange = sum(cell is not None and cell not in POINTS for row in cells for cell in row)
    return Scores(tuple(row["study"] or "" for row in rows), items, points, strange)


def prepare_minors(table: StoredTable) -> Minors:
    """Return the grid of a table of scores."""
    scores = scores_of(table)
    columns = list(zip(*scores.points, strict=True))[:MOST_ITEMS]
    page = look()
    width = page.width - 2 * page.margin
    names = scores.items[:MOST_ITEMS]
    heads = list(LETTERS[: len(names)])
    note = f"{lettered(names)}. {_note(scores)}"
    if not page.narrow:
        heads, note = [shorten(item_name(name), 40) for name in names], _note(scores)
    return Minors(
        title=wrapped(_title(scores), width, TITLE, bold=True),
        subtitle=wrapped(_subtitle(scores), width, SMALL),
        note=wrapped(note, width, SMALL),
        heads=tuple(wrapped(head, column_width(len(heads)) - HEAD_GAP, SMALL) for head in heads),
        rows=tuple(
            ScoredRow(
                wrapped(shorten(printable(name)), name_width(), TEXT), row[:MOST_ITEMS], total(row)
            )
            for name, row in zip(scores.studies, scores.points, strict=True)
        ),
        bars=tuple(
            (column.count(2), column.count(1), column.count(0), column.count(None))
            for column in columns
        ),
    )


def name_width() -> float:
    """Return the width of a study's name, mm."""
    return 1.2 * look().name if look().narrow else NAME_MM


def grid_ends() -> tuple[float, float]:
    """Return the ends of the grid, mm from the left edge of the page."""
    page = look()
    return page.margin + name_width() + 2.0, page.width - page.margin - 12.0 * page.scale


def column_width(items: int) -> float:
    """Return the width of an item's column, mm."""
    left, right = grid_ends()
    return (right - left) / max(items, 1)


def lettered(items: Sequence[str]) -> str:
    """Return what each letter stands for."""
    named = zip(LETTERS, items[:MOST_ITEMS], strict=False)
    return "; ".join(f"{letter} {item_name(item).lower()}" for letter, item in named)


def item_name(name: str) -> str:
    """Return what an item is called on paper: its column in words."""
    words = printable(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def total(points: tuple[int | None, ...]) -> str:
    """Return the points of a study, and the most that the items scored for it can give."""
    known = [value for value in points if value is not None]
    return f"{sum(known)} / {BEST * len(known)}"


def _title(scores: Scores) -> str:
    """Return the weakest item, and those that nobody scored."""
    columns = dict(zip(scores.items, zip(*scores.points, strict=True), strict=True))
    known = {name: [p for p in column if p is not None] for name, column in columns.items()}
    scored = {name: points for name, points in known.items() if points}
    if not scored:
        return "MINORS: no study is scored on any item"
    weakest = min(scored, key=lambda name: sum(scored[name]) / len(scored[name]))
    points = scored[weakest]
    text = f"MINORS: weakest is {_lower(weakest)}, full points in {points.count(BEST)} of "
    text += counted(len(points), "study", "studies")
    never = [_lower(name) for name in known if name not in scored]
    return f"{text}; nobody is scored on {listed(never)}" if never else text


def _lower(name: str) -> str:
    words = item_name(name)
    return words[:1].lower() + words[1:]


def _subtitle(scores: Scores) -> str:
    studies = counted(len(scores.studies), "study", "studies")
    items = counted(len(scores.items), "item", "items")
    text = f"{studies}, {items} of 0 to {BEST} points, as printed."
    if len(scores.items) > MOST_ITEMS:
        text += f" The first {MOST_ITEMS} items are shown."
    full = sum(
        all(point == BEST for point in row if point is not None) and any(row)
        for row in scores.points
    )
    have = "has" if full == 1 else "have"
    return f"{text} {full} of {studies} {have} all points on the items scored for them."


def _note(scores: Scores) -> str:
    text = (
        "Total: points of the items scored, and the most that these can give; an item that is not "
        "reported counts as neither. Bars: studies with 2, 1 and 0 points, then not reported."
    )
    if scores.strange:
        cells = counted(scores.strange, "cell that is", "cells that are")
        text += f" {cells} not 0, 1 or 2 count as not reported."
    return text
