"""The document as pandoc's own tree (its JSON): each of pandoc's writers escapes by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.reporting.appendix.blocks import (
    Address,
    Bullets,
    Citation,
    Code,
    Document,
    Equation,
    Formula,
    Heading,
    Listing,
    Paragraph,
    Raised,
    ReferenceList,
    Strong,
    Table,
    TableNumber,
)
from metaprop.reporting.appendix.widths import column_widths, lines_of
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from metaprop.reporting.appendix.blocks import Block, Column, Inline, Inlines

Node = Any
VERSION = [1, 23, 1]
"""Of pandoc's types: what pandoc 3 reads."""
NOTHING: list[Any] = ["", [], []]
"""No identifier, no class, no attribute."""
ALIGN = {"left": "AlignLeft", "right": "AlignRight", "center": "AlignCenter"}
TABLES = "Tables"
SHORT = 25
"""Lines of a table that is not torn apart at the end of a page, nor from its notes."""
_BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
_MINUS = re.compile(r"(?<![^\s(\[])-(?=\d)")
"""The hyphen of a negative number, which Typst alone would take for what it is."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What a format needs.

    ``numbered``: captions get their number from us, not from the format; ``caption_above``: they
    stand as a paragraph before the table, where the format has no captions; ``linked``: citations
    lead to the list; ``sticky``: a paragraph stays on the page of the equation that it leads to,
    and a short table on one page with its notes; ``scrolled``: a table is moved sideways where the
    screen is narrow. ``break_before_tables`` and ``around_notes`` are
    raw pieces of the format. ``escaped`` are signs that the writer leaves and some readers take
    for commands: each gets a backslash.
    """

    numbered: bool = False
    caption_above: bool = False
    hard_spaces: bool = True
    linked: bool = True
    sticky: bool = False
    scrolled: bool = False
    break_before_tables: Node | None = None
    around_notes: tuple[Node, Node] | None = None
    escaped: re.Pattern[str] | None = None


def tree(document: Document, references: list[dict[str, Any]], manner: Manner) -> dict[str, Node]:
    """Return a document as pandoc's tree, with the references that it cites."""
    numbers = {table.key: place for place, table in enumerate(document.tables, 1)}
    writer = _Writer(numbers, {entry["DOI"]: entry["id"] for entry in references}, manner)
    return {
        "pandoc-api-version": VERSION,
        "meta": {
            "title": {"t": "MetaInlines", "c": writer.words(document.title)},
            "lang": {"t": "MetaString", "c": "en"},
            "references": _meta(references),
            "link-citations": {"t": "MetaBool", "c": manner.linked},
        },
        "blocks": writer.document(document),
    }


def _meta(value: object) -> Node:
    """Return data as metadata of plain strings."""
    if isinstance(value, dict):
        return {"t": "MetaMap", "c": {name: _meta(entry) for name, entry in value.items()}}
    if isinstance(value, list):
        return {"t": "MetaList", "c": [_meta(entry) for entry in value]}
    return {"t": "MetaInlines", "c": _plain_words(str(value))}


def _plain_words(text: str) -> list[Node]:
    """Return text as words and spaces between them."""
    found: list[Node] = []
    for place, word in enumerate(text.split(" ")):
        if place:
            found.append({"t": "Space"})
        if word:
            found.append({"t": "Str", "c": word})
    return found


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns blocks into nodes; knows the numbers of the tables and the names of the references."""

    numbers: Mapping[str, int]
    names: Mapping[str, str]
    manner: Manner

    def document(self, document: Document) -> list[Node]:
        followers = (*document.blocks[1:], None)
        main = [
            node
            for block, next_one in zip(document.blocks, followers, strict=True)
            for node in self.led(block, next_one)
        ]
        tables = [node for table in document.tables for node in self.block(table)]
        if not tables:
            return main
        broken = self.manner.break_before_tables
        head = self.block(Heading(1, TABLES))
        return [*main, *([broken] if broken else []), *head, *tables]

    def led(self, block: Block, follower: Block | None) -> list[Node]:
        nodes = self.block(block)
        leads = isinstance(block, Paragraph) and isinstance(follower, Equation)
        if not (self.manner.sticky and leads):
            return nodes
        return [{"t": "Div", "c": [["", [], [["typst:sticky", "true"]]], nodes]}]

    def block(self, block: Block) -> list[Node]:  # noqa: PLR0911 - one for each kind
        match block:
            case Heading(level, text):
                return [{"t": "Header", "c": [level, _identified(text), self.words(text)]}]
            case Paragraph(content):
                return [{"t": "Para", "c": self.line(content)}]
            case Equation(tex):
                return [{"t": "Para", "c": [_formula("DisplayMath", tex)]}]
            case Bullets(items):
                lists = [[{"t": "Plain", "c": self.line(item)}] for item in items]
                return [{"t": "BulletList", "c": lists}]
            case Listing(text):
                return [{"t": "CodeBlock", "c": [NOTHING, text]}]
            case ReferenceList():
                return [{"t": "Div", "c": [["refs", [], []], []]}]
            case Table():
                return self.table(block)

    def table(self, table: Table) -> list[Node]:
        number = self.numbers[table.key]
        caption = self.words(table.caption)
        if self.manner.numbered:
            head = {"t": "Strong", "c": self.words(f"Table {number}.")}
            caption = [head, {"t": "Space"}, *caption]
        above = [{"t": "Para", "c": caption}] if self.manner.caption_above else []
        node = [
            [f"table-{number}", [], []],
            [None, [] if above else [{"t": "Plain", "c": caption}]],
            [
                [{"t": ALIGN[column.align]}, {"t": "ColWidth", "c": round(width, 4)}]
                for column, width in zip(table.columns, column_widths(table), strict=True)
            ],
            [NOTHING, [self.row([(self.words(c.head), c) for c in table.columns])]],
            [[NOTHING, 0, [], [self.body_row(row, table.columns) for row in table.rows]]],
            [NOTHING, []],
        ]
        made: Node = {"t": "Table", "c": node}
        if self.manner.scrolled:
            named = [["tabindex", "0"], ["role", "region"], ["aria-label", f"Table {number}"]]
            made = _box(["", ["wide"], named], [made])
        whole = [*above, made, *(self.notes(table) if table.notes else [])]
        if not self.manner.sticky or lines_of(table) > SHORT:
            return whole
        return [_box(["", [], [["typst:breakable", "false"], ["typst:above", "1.6em"]]], whole)]

    def notes(self, table: Table) -> list[Node]:
        paragraphs = [{"t": "Para", "c": self.line(note)} for note in table.notes]
        style = [["custom-style", "Table Note"], ["typst:text:size", "8pt"]]
        classed = {"t": "Div", "c": [["", ["notes"], style], paragraphs]}
        before, after = self.manner.around_notes or (None, None)
        return [node for node in (before, classed, after) if node is not None]

    def body_row(self, row: tuple[Inlines, ...], columns: tuple[Column, ...]) -> Node:
        pairs = zip(row, columns, strict=True)
        return self.row([(self.line(cell), column) for cell, column in pairs])

    def row(self, cells: Iterable[tuple[list[Node], Column]]) -> Node:
        made = [
            [NOTHING, {"t": ALIGN[column.align]}, 1, 1, [{"t": "Plain", "c": content}]]
            for content, column in cells
        ]
        return [NOTHING, made]

    def line(self, content: Inlines) -> list[Node]:
        return [node for inline in content for node in self.inline(inline)]

    def inline(self, inline: Inline) -> list[Node]:  # noqa: PLR0911 - one for each kind
        match inline:
            case Strong(text):
                return [{"t": "Strong", "c": self.words(text)}]
            case Code(text):
                return [{"t": "Code", "c": [NOTHING, printable(text)]}]
            case Raised(text):
                return [{"t": "Superscript", "c": self.words(text)}]
            case Formula(tex):
                return [_formula("InlineMath", tex)]
            case Citation(dois):
                return self.citation(dois)
            case TableNumber(key):
                return self.words(f"Table {self.numbers[key]}")
            case Address(url):
                return [{"t": "Link", "c": [["", ["uri"], []], _plain_words(url), [url, ""]]}]
            case _:
                return self.words(inline.text)

    def citation(self, dois: tuple[str, ...]) -> list[Node]:
        """Return a citation; what has no entry in the list is printed as its address."""
        listed = [_citation(self.names[doi]) for doi in dois if doi in self.names]
        found: list[Node] = [{"t": "Cite", "c": [listed, []]}] if listed else []
        for doi in dois:
            if doi not in self.names:
                url = f"https://doi.org/{doi}"
                found += [{"t": "Space"}, *self.inline(Address(url))]
        return found

    def words(self, text: str) -> list[Node]:
        """Return text as words; control and unpaired characters are gone, outer spaces are kept."""
        clean = f"{' ' * text.startswith(' ')}{printable(text)}{' ' * text.endswith(' ')}"
        if not clean.strip():
            return [{"t": "Space"}] if clean else []
        clean = _MINUS.sub("\N{MINUS SIGN}", clean)
        if self.manner.hard_spaces:
            clean = _BEFORE_PERCENT.sub("\N{NO-BREAK SPACE}", clean)
        nodes = _plain_words(clean)
        if self.manner.escaped is None:
            return nodes
        return [piece for node in nodes for piece in _escaped(node, self.manner.escaped)]


def _escaped(node: Node, signs: re.Pattern[str]) -> list[Node]:
    """Return a word in pieces: each sign of its own is raw Markdown, with a backslash."""
    if node["t"] != "Str":
        return [node]
    pieces: list[str] = signs.split(node["c"])  # text and signs in turn
    return [
        {"t": "RawInline", "c": ["markdown", f"\\{piece}"]}
        if place % 2
        else {"t": "Str", "c": piece}
        for place, piece in enumerate(pieces)
        if piece
    ]


def _box(attributes: list[Any], content: list[Node]) -> Node:
    return {"t": "Div", "c": [attributes, content]}


def _identified(text: str) -> Node:
    """Return the attributes of a heading: an identifier made of its words."""
    return [re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"), [], []]


def _formula(kind: str, tex: str) -> Node:
    return {"t": "Math", "c": [{"t": kind}, tex]}


def _citation(name: str) -> Node:
    return {
        "citationId": name,
        "citationPrefix": [],
        "citationSuffix": [],
        "citationMode": {"t": "NormalCitation"},
        "citationNoteNum": 0,
        "citationHash": 0,
    }
