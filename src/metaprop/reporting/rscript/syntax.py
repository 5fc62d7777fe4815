"""R's own writing: strings that no text can leave, vectors, comments of one line."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_PRINTABLE = range(0x20, 0x7F)
_LONG = 0xFFFF
_LOST = "\ufffd"
"""Stands for what no string of R can hold: a null, half of a surrogate pair."""


def string(text: str) -> str:
    r"""Return a text as a string literal of R, in ASCII, on one line.

    Everything but plain ASCII is written by its number, so that no quote, backslash or line end of
    the text is one of the script.

    Examples
    --------
    >>> print(string('A"); system("x'), string("Röver\n"))
    "A\"); system(\"x" "R\u00f6ver\u000a"
    """
    return f'"{"".join(map(_letter, text))}"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter == "\0" or "\ud800" <= letter <= "\udfff":
        letter = _LOST
    code = ord(letter)
    if code in _PRINTABLE:
        return letter
    return f"\\U{code:08x}" if code > _LONG else f"\\u{code:04x}"


def number(value: float) -> str:
    """Return a finite number as R reads it, the same to the last digit.

    Examples
    --------
    >>> number(0.5), number(3), number(1.0)
    ('0.5', '3', '1')
    """
    return f"{value:.17g}" if float(f"{value:.15g}") != value else f"{value:.15g}"


def vector(items: Iterable[str]) -> str:
    """Return literals as one vector, on lines of bearable length.

    Examples
    --------
    >>> print(vector(["1", "2"]))
    c(1, 2)
    """
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) > _WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += f"{item}, "
    inside = "\n    ".join([*lines, line]).removesuffix(", ")
    return f"c({inside})" if not lines else f"c(\n    {inside}\n  )"


_WIDTH = 88


def comment(text: str) -> str:
    r"""Return words as comment lines; a text that somebody typed cannot leave them.

    Examples
    --------
    >>> print(comment("one\nsystem(2)"))
    # one system(2)
    """
    plain = printable(text)
    lines = textwrap.wrap(plain, _WIDTH, break_long_words=True, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines or [""])
