"""Fill the checklists of a folder of results: a record, a table and a page to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting.checklists.asked import LISTS
from metaprop.reporting.checklists.records import Checklist, Checklists, Item
from metaprop.reporting.names import slug
from metaprop.reporting.records import SCHEMA, write_record
from metaprop.reporting.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from metaprop.reporting.checklists.asked import Asks
    from metaprop.reporting.stored import Results

RECORD, TABLE, READABLE = "checklists.json", "checklists.csv", "checklists.md"
HEAD = ("checklist", "item", "asks", "status", "where", "why")
_LEAD = (
    "Filled by code from the records and files of this folder: an item is met where its answer "
    "stands, and turns unmet when that is gone or its diagnostics fail. Items are in our words; "
    "the sources have theirs."
)


def fill_checklists(results: Results, folder: Path) -> None:
    """Write record, table and page into a folder in which all else stands already."""
    found = checklists_of(results, folder)
    write_record(folder / RECORD, found)
    write_csv(folder / "tables" / TABLE, HEAD, checklist_rows(found))
    (folder / READABLE).write_text(as_markdown(found), encoding="utf-8", newline="\n")


def checklists_of(results: Results, folder: Path) -> Checklists:
    """Return every checklist, each item held against records and files of the folder."""
    sections: dict[str, str] = {}
    filled = tuple(
        Checklist(name, title, doi, tuple(_item(one, results, folder, sections) for one in asked))
        for name, title, doi, asked in LISTS
    )
    return Checklists(SCHEMA, results.manifest.dataset, filled)


def _item(asks: Asks, results: Results, folder: Path, read: dict[str, str]) -> Item:
    """Return one item; what is not met has a reason and no place."""
    if asks.apart:
        return Item(asks.number, asks.words, "does not apply", (), asks.apart)
    why = asks.never or asks.fact(results)
    if why:
        return Item(asks.number, asks.words, "unmet", (), why)
    where, first = [], slug(results.analysis.outcomes[0].id)
    for place in asks.places:
        found = _found(place, first, folder, read)
        if not found:
            missing = f"This folder holds no {place}"
            return Item(asks.number, asks.words, "unmet", (), missing)
        where.append(found)
    return Item(asks.number, asks.words, "met", tuple(where), "")


def _found(place: str, first: str, folder: Path, read: dict[str, str]) -> str:
    """Return a place as a link within the folder, "" where there is none.

    Of several files it is that of the ``first`` outcome, else the first.
    """
    pattern, _, section = place.partition("#")
    # Pictures of the main outcome are kept with the results; those of others may be left behind.
    own = pattern.replace("*", f"{first}*", 1)
    path = next(iter([*sorted(folder.glob(own)), *sorted(folder.glob(pattern))]), None)
    if path is None:
        return ""
    link = path.relative_to(folder).as_posix()
    if not section:
        return link
    if link not in read:
        read[link] = path.read_text(encoding="utf-8")
    return f"{link}#{section}" if f'id="{section}"' in read[link] else ""


def checklist_rows(found: Checklists) -> Iterator[tuple[str, ...]]:
    """Yield one row for each item."""
    for checklist in found.checklists:
        for item in checklist.items:
            where = " ".join(item.where)
            yield checklist.name, item.number, item.asks, item.status, where, item.why


def as_markdown(found: Checklists) -> str:
    """Return the checklists as a page of Markdown, with links to where items are met."""
    lines = ["# Checklists", "", _LEAD, ""]
    for one in found.checklists:
        apply = [item for item in one.items if item.status != "does not apply"]
        met = sum(item.status == "met" for item in apply)
        source = f"[{one.doi}](https://doi.org/{one.doi})"
        lines += [f"## {one.name}: {met} of {len(apply)} items met", ""]
        lines += [f"{one.title}, {source}.", "", "| item | asks | | where, or why not |"]
        lines += ["|---|---|---|---|", *map(_line, one.items), ""]
    return "\n".join(lines)


def _line(item: Item) -> str:
    links = ", ".join(f"[{link}]({link})" for link in item.where)
    return f"| {item.number} | {item.asks} | {item.status} | {links or item.why} |"
