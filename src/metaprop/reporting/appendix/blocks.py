"""What a document is made of: typed pieces, in which text is only ever text.

A name that somebody typed enters as ``Text`` and can never become markup: ``syntax`` hands these
records to pandoc as a tree, and each of its writers escapes what its format would understand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words, shown as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words in bold."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Words to be typed as they are, such as a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a line, in TeX; never made of text that somebody typed."""

    tex: str


@dataclass(frozen=True, slots=True)
class Raised:
    """Words above the line: an exponent where a formula would stand too tall."""

    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A place where references are cited, by their DOIs."""

    dois: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableNumber:
    """The number of a table of this document, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Address:
    """A link that shows its own address."""

    url: str


Inline = Text | Strong | Code | Formula | Raised | Citation | TableNumber | Address
Inlines = tuple[Inline, ...]
Piece = str | Inline
"""What the makers of prose may pass: plain text stands for ``Text``."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the main text; ``level`` from 1."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    content: Inlines


@dataclass(frozen=True, slots=True)
class Equation:
    """A formula on a line of its own, in TeX."""

    tex: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short items."""

    items: tuple[Inlines, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines to be typed as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """Where the references stand that were cited."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, the share of the table that it asks for in (0, 1], its alignment."""

    head: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``notes`` below it say what its signs mean.

    ``key`` is what the text calls it by; numbers follow the order of the tables. A row has a cell
    for each column.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    notes: tuple[Inlines, ...] = ()


Block = Heading | Paragraph | Equation | Bullets | Listing | ReferenceList | Table


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the appendix: what stands in the main text, and the tables it speaks of."""

    blocks: tuple[Block, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document: title, main text, then the tables."""

    title: str
    blocks: tuple[Block, ...]
    tables: tuple[Table, ...]

    @property
    def all_blocks(self) -> tuple[Block, ...]:
        """The main text and the tables."""
        return (*self.blocks, *self.tables)


def inlines(*pieces: Piece) -> Inlines:
    """Return pieces as inlines; a plain string is text."""
    return tuple(Text(piece) if isinstance(piece, str) else piece for piece in pieces)


def paragraph(*pieces: Piece) -> Paragraph:
    """Return a paragraph of pieces."""
    return Paragraph(inlines(*pieces))


def bullets(*items: Sequence[Piece]) -> Bullets:
    """Return a list; each item is a sequence of pieces."""
    return Bullets(tuple(inlines(*item) for item in items))


def cells(*values: Piece | Inlines) -> tuple[Inlines, ...]:
    """Return a row of a table; a value is text, one piece, or several."""
    return tuple(value if isinstance(value, tuple) else inlines(value) for value in values)


def all_inlines(blocks: Sequence[Block]) -> Iterator[Inline]:
    """Yield every inline of some blocks, in reading order."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from block.content
        elif isinstance(block, Bullets):
            for item in block.items:
                yield from item
        elif isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    yield from cell
            for note in block.notes:
                yield from note


def cited(document: Document) -> tuple[str, ...]:
    """Return the DOIs that a document cites, each once, in the order of its text."""
    found = (
        doi
        for inline in all_inlines(document.all_blocks)
        if isinstance(inline, Citation)
        for doi in inline.dois
    )
    return tuple(dict.fromkeys(found))


def plain(blocks: Sequence[Block]) -> str:
    """Return every word of some blocks as plain text, for tests and for searching."""
    words = [block.text for block in blocks if isinstance(block, Heading | Listing)]
    words += [block.caption for block in blocks if isinstance(block, Table)]
    heads = [
        column.head for block in blocks if isinstance(block, Table) for column in block.columns
    ]
    spoken = [
        inline.text for inline in all_inlines(blocks) if isinstance(inline, Text | Strong | Code)
    ]
    return " ".join([*words, *heads, *spoken])
