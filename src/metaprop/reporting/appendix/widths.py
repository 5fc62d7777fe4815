"""How wide the columns of a table are: wide enough for their longest words, as far as they can.

Widths are measured in letters, since every format sets the table in a font of its own.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from metaprop.reporting.appendix.blocks import Address, Citation, Formula, TableNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from metaprop.reporting.appendix.blocks import Column, Inline, Inlines, Table

PAGE = 118.0
"""Letters in a line of a table across the page, in the widest of the fonts."""
BETWEEN = 2.2
"""Letters between two columns, which belong to the width of each."""
BOLD = 1.2
"""How much wider the letters of a head are."""
WHOLE = 12
"""Letters of a cell that stays on one line, such as ``11 of 174`` or ``above 90 %``."""
OTHER = 4
"""Letters of what is not text: a citation, a symbol."""
_BREAKS = re.compile(r"[ /]|(?<=[a-z]-)(?=[a-z])")
"""Where every format breaks a line: at a space or a slash, after a hyphen between letters."""
_OF_ADDRESS = re.compile(r"[/.?&=_-]")


def column_widths(table: Table) -> tuple[float, ...]:
    """Return the share of the page that each column takes, in (0, 1); they sum to 1.

    No column is narrower than its longest word as long as all words fit the page, and none wider
    than its longest cell as long as another could use the room; between these, the share that it
    asks for. An empty column is one to be filled in by hand, and keeps what it asks for.
    """
    asked = sum(column.width for column in table.columns)
    least, most, widths = [], [], []
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows if any(map(_letters, row[place]))]
        wish = PAGE * column.width / asked
        word = _word(column, cells)
        line = max(word, _line(cells), BOLD * len(column.head) / 2 + BETWEEN)
        least.append(word)
        most.append(line if cells else max(word, wish))
        widths.append(min(max(wish, word), most[-1]))
    room = PAGE - sum(widths)
    ends = most if room > 0.0 else least
    widths = _towards(widths, ends, room)
    return tuple(width / sum(widths) for width in widths)


def lines_of(table: Table) -> int:
    """Return about how many lines of the page the rows of a table take."""
    widths = [PAGE * width - BETWEEN for width in column_widths(table)]
    return sum(
        max(
            math.ceil(sum(map(_letters, cell)) / width)
            for cell, width in zip(row, widths, strict=True)
        )
        for row in table.rows
    )


def _towards(widths: Sequence[float], ends: Sequence[float], room: float) -> list[float]:
    """Return widths that share ``room`` (lack it, if negative) in proportion to how far they go."""
    gaps = [abs(end - width) for end, width in zip(ends, widths, strict=True)]
    share = room / max(sum(gaps), abs(room), 1e-9)
    return [width + share * gap for width, gap in zip(widths, gaps, strict=True)]


def _word(column: Column, cells: Iterable[Inlines]) -> float:
    """Return the letters of the longest piece that cannot be broken, head included."""
    head = max(map(len, _BREAKS.split(column.head)), default=0) * BOLD
    return max([head, *(_piece(inline) for cell in cells for inline in cell)]) + BETWEEN


def _piece(inline: Inline) -> float:
    if isinstance(inline, Citation | Formula | TableNumber):
        return OTHER
    if isinstance(inline, Address):
        return max(map(len, _OF_ADDRESS.split(inline.url)))
    if len(inline.text) <= WHOLE:
        return len(inline.text)
    return max(map(len, _BREAKS.split(inline.text)), default=0)


def _line(cells: Iterable[Inlines]) -> float:
    """Return the letters of the longest cell."""
    return max((sum(map(_letters, cell)) for cell in cells), default=0) + BETWEEN


def _letters(inline: Inline) -> float:
    if isinstance(inline, Citation | Formula | TableNumber):
        return OTHER
    # an address may be told on several lines
    return len(inline.url) / 2 if isinstance(inline, Address) else len(inline.text)
