"""What a page is made of: sections of words, tables, figures and folds; no HTML here.

Texts are plain and untrusted: the template escapes every one of them. A table's cells carry the
number behind the text, which sorts the column and goes into the CSV.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from metaprop.core import wording
from metaprop.reporting.codec import encode
from metaprop.reporting.frequentist_words import p_value
from metaprop.reporting.names import csv_cell, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.reporting.figures.style import RateAxis

Kind = Literal["text", "number"]
Tone = Literal["plain", "quiet", "headline", "warning", "narrow"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: ``text`` as printed; ``value`` behind it, None where the text is all there is.

    ``note`` stands small under the text.
    """

    text: str
    value: float | None = None
    note: str = ""

    @property
    def raw(self) -> str:
        """The cell for a CSV and for sorting: the number as stored, or the text made safe."""
        if self.value is None:
            return csv_cell(self.text)
        rounded = encode(float(self.value))
        return "" if rounded is None else f"{rounded:.12g}"


SENTENCE = 40
"""Letters from which on a cell is a sentence rather than a word."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: ``heads`` and ``kinds`` of its columns, rows of cells, the first one their head."""

    kind: ClassVar[str] = "sheet"
    id: str
    caption: str
    heads: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def long(self) -> tuple[int, ...]:
        """The columns of sentences, counted from 1: on a phone they are not squeezed to a word."""
        return tuple(
            place
            for place, cells in enumerate(zip(*self.rows, strict=True), start=1)
            if place > 1 and max(len(cell.text + cell.note) for cell in cells) > SENTENCE
        )


@dataclass(frozen=True, slots=True)
class Span:
    """What is drawn of one rate in a forest, in pixels from the left of its cell.

    ``shape`` is ``square`` (observed), ``range`` (a count known only as a range), ``dot``
    (posterior), ``diamond`` (average), ``bar`` (next study) or ``point`` (crude rate).
    ``cut_low`` and ``cut_high`` say that the interval goes on beyond the axis.
    """

    shape: Literal["square", "range", "dot", "diamond", "bar", "point"]
    family: str
    y: float
    low: float
    centre: float
    high: float
    size: float
    cut_low: bool
    cut_high: bool


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One line of a forest: name, counts, marks, numbers; ``tip`` is told on hover or focus.

    ``raw`` is the line in a CSV.
    """

    name: Cell
    counts: Cell
    spans: tuple[Span, ...]
    numbers: tuple[Cell, ...]
    tip: tuple[str, ...]
    raw: str


@dataclass(frozen=True, slots=True)
class ForestSheet:
    """A forest as a table: studies above, averages below; pixels of ``ticks`` with their texts.

    ``raw`` is the head of its CSV.
    """

    kind: ClassVar[str] = "forest"
    id: str
    caption: str
    heads: tuple[str, ...]
    studies: tuple[ForestRow, ...]
    summaries: tuple[ForestRow, ...]
    axis: RateAxis
    width: float
    ticks: tuple[tuple[float, str], ...]
    crude: float | None
    note: str
    raw: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: its finding as ``title``, what it shows as ``description``, the SVG as address."""

    kind: ClassVar[str] = "picture"
    stem: str
    title: str
    description: str
    width: float
    height: float
    address: str


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs; ``tone`` sets the answer apart from what explains it.

    ``narrow`` stands only where a screen has no room for the column that says the same.
    """

    kind: ClassVar[str] = "words"
    lines: tuple[str, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    kind: ClassVar[str] = "bullets"
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slider:
    """The threshold slider; what it moves is in the page's data."""

    kind: ClassVar[str] = "slider"
    outcomes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks under a heading of their own, folded away until they are asked for.

    What is ``for_paper`` shows on paper in any case, and stands there for what moves on a screen.
    """

    kind: ClassVar[str] = "fold"
    title: str
    blocks: tuple[Block, ...]
    for_paper: bool = False


Block = Words | Bullets | Sheet | ForestSheet | Picture | Slider | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page under its heading; ``short`` is its name in the contents."""

    id: str
    title: str
    short: str
    blocks: tuple[Block, ...] = field(default=())


def csv_line(*values: str | float | None) -> str:
    """Return one line of a CSV, numbers as they are stored."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_plain(value) for value in values])
    return line.getvalue()


def _plain(value: str | float | None) -> str:
    if isinstance(value, str):
        return csv_cell(printable(value))
    return "" if value is None else f"{encode(float(value)):.12g}"


def text(words: str | None, note: str = "") -> Cell:
    """Return a cell of words, on one line; a missing one is empty."""
    return Cell(printable(words or ""), None, printable(note))


def reading_name(name: str) -> str:
    """Return what a reading of the evidence is called: its file's name in words."""
    words = printable(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def unbroken(words: str) -> str:
    """Return words that stay on one line."""
    return words.replace(" ", "\u00a0")


def chance(value: float) -> Cell:
    """Return a cell with a rate or probability that was inferred."""
    return Cell(wording.inferred(value), value)


def seen(value: float) -> Cell:
    """Return a cell with a rate that was observed or printed; empty where there is none."""
    return Cell("", None) if math.isnan(value) else Cell(wording.percent(value), value)


def number(value: float, digits: int = 3) -> Cell:
    """Return a cell with a number that is no rate; empty where there is none."""
    return Cell("", None) if math.isnan(value) else Cell(wording.number(value, digits), value)


def p_cell(value: float) -> Cell:
    """Return a cell with a P value; empty where there is none."""
    return Cell("") if math.isnan(value) else Cell(p_value(value).removeprefix("P = "), value)


def whole(value: float) -> Cell:
    """Return a cell with a whole number."""
    return Cell(f"{value:,.0f}", float(value))


def span_text(low: float, high: float) -> Cell:
    """Return a cell with an interval of rates, sorted by its lower end; empty where none is."""
    if math.isnan(low) or math.isnan(high):
        return Cell("", None)
    return Cell(f"{wording.percent(low)} to {wording.percent(high)}", low)


def paragraphs(*lines: str, tone: Tone = "plain") -> Words:
    """Return paragraphs of what is not empty."""
    return Words(tuple(line for line in map(printable, lines) if line), tone)


def table(
    name: str,
    caption: str,
    heads: Sequence[tuple[str, Kind]],
    rows: Sequence[Sequence[Cell]],
    note: str = "",
) -> Sheet:
    """Return a table; every row has a cell for each head.

    Raises
    ------
    ValueError
        If a row has another number of cells.
    """
    for row in rows:
        if len(row) != len(heads):
            raise ValueError(f"{name}: {len(row)} cells under {len(heads)} heads")
    labels, kinds = zip(*heads, strict=True)
    return Sheet(name, caption, labels, kinds, tuple(map(tuple, rows)), note)
