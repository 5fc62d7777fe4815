"""A figure as matplotlib writes it, in fewer letters: what a page of seventy of them is made of.

Letters stay outlines, so that no reader needs our font. Of a figure of 180 kB nine tenths are
outlines and the places of letters: each outline is told in steps on a coarser grid, letters that
stand together again and again are told once, spaces not at all.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from metaprop.reporting.pages.syllables import syllables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from metaprop.reporting.pages.syllables import Line

GRID = 32
"""Units of a letter that are taken as one: a two hundredth of its size."""
EM = 2
"""Steps of that grid in a unit of the places of letters, of which a letter has a hundred."""
POINT = 0.01
"""Grid of all other paths, in points of the printed page."""
DEPTH = 3
"""Groups around one mark that say nothing about it."""
_OUTLINE = re.compile(
    r'<path id="(DejaVuSans[^"]*)"(?: d="([^"]*)")? transform="scale\(0\.015625\)" ?/>'
)
_TEXT = re.compile(
    r'<g((?: style="[^"]*")?) transform="([^"]*)scale\(([\d.]+) -[\d.]+\)">'
    r"((?:<use [^>]*/>)+)</g>"
)
_LETTER = re.compile(
    r'<use xlink:href="#([^"]*)"(?: transform="translate\((-?[\d.]+)[ ,](-?[\d.]+)\)")?/>'
)
_COLOUR = re.compile(r' style="fill: (#[0-9a-f]{6})"')
_MOVED = re.compile(r"translate\((-?[\d.]+) (-?[\d.]+)\) ")
_MARK = re.compile(r'<path id="([^"]*)" d="[^"]*"( style="[^"]*")/>')
_USED = re.compile(r'(<use href="#([^"]*)"[^>]*?)( style="[^"]*")/>')
_BARE = re.compile(r"<g>((?:<(?:use|path)[^>]*/>)*|<g [^>]*>(?:<use[^>]*/>)*</g>)</g>")
_ALIKE = re.compile(
    r'<path d="[^"]*"((?![^>]*opacity)[^>]*fill:none[^>]*)/>(?:<path d="[^"]*"\1/>)+'
)
_DRAWN = re.compile(r' d="([^"]*)"')
_STEP = re.compile(r"([MLQCz])([^MLQCz]*)")
_SIZES = {"M": 1, "L": 1, "Q": 2, "C": 3}
"""Points of a step."""


def compact(svg: str) -> str:
    """Return the same drawing in fewer letters.

    Parts are called by ``href`` alone, which browsers know; the page writes ``xlink:href`` again
    into what it saves, for older programs.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = _short_text(svg)
    svg = re.sub(r' d="(M [^"]*)"', lambda path: f' d="{stepwise(path[1], POINT)}"', svg)
    svg = re.sub(r"(?<![\d.#])([1-9]\d*\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r' style="[^"]*"', lambda style: re.sub(r"([:;]) ", r"\1", style[0]), svg)
    svg = re.sub(r"#([0-9a-f])\1([0-9a-f])\2([0-9a-f])\3(?![0-9a-f])", r"#\1\2\3", svg)
    svg = _without_doubles(svg.replace("<use xlink:href=", "<use href="))
    svg = _short_names(svg)
    for _ in range(DEPTH):
        svg = _BARE.sub(r"\1", svg)
    return _ALIKE.sub(_one_path, svg)


def _without_doubles(svg: str) -> str:
    """Return the drawing without styles of a mark that are its own already, where it is used."""
    own = dict(_MARK.findall(svg))
    return _USED.sub(lambda use: use[1] + ("" if own.get(use[2]) == use[3] else use[3]) + "/>", svg)


def _one_path(alike: re.Match[str]) -> str:
    """Return lines of one look, drawn one after the other, as one path."""
    return f'<path d="{"".join(_DRAWN.findall(alike[0]))}"{alike[1]}/>'


def _short_text(svg: str) -> str:
    """Return the drawing with all outlines of letters at its head, and what comes again there."""
    outlines = dict(_OUTLINE.findall(svg))
    svg = _OUTLINE.sub("", svg).replace("<defs></defs>", "")
    found = Counter(
        line for text in _TEXT.finditer(svg) for _, _, line in _lines(text[4], outlines)
    )
    spelt, parts = syllables(found)
    svg = _TEXT.sub(lambda text: _text(text, outlines, spelt), svg)
    head = [
        f'<path id="{name}" d="{stepwise(outline, GRID)}"/>'
        for name, outline in outlines.items()
        if outline
    ]
    head += [f'<g id="{name}">{_uses(letters)}</g>' for name, letters in parts.items()]
    return svg.replace("<defs>", f"<defs>{''.join(head)}", 1) if head else svg


def _lines(letters: str, outlines: Mapping[str, str]) -> Iterator[tuple[int, int, Line]]:
    """Yield letters of one height with the place of the first; spaces are no letters."""
    line: list[tuple[str, int]] = []
    left = down = 0
    for name, x, y in _LETTER.findall(letters):
        place, height = (round(EM * float(number or 0.0)) for number in (x, y))
        if not outlines[name]:
            continue
        if line and height != down:
            yield left, down, tuple(line)
            line = []
        left, down = (left, down) if line else (place, height)
        line.append((name, place - left))
    if line:
        yield left, down, tuple(line)


def _text(text: re.Match[str], outlines: Mapping[str, str], spelt: Mapping[Line, Line]) -> str:
    style, before, size = text[1], text[2], float(text[3]) / EM
    lines = _lines(text[4], outlines)
    made = "".join(_uses(spelt[line], left, down) for left, down, line in lines)
    style = _COLOUR.sub(r' fill="\1"', style)
    moved = _MOVED.fullmatch(before)
    if moved is None:
        return f'<g{style} transform="{before}scale({size:g} {-size:g})">{made}</g>'
    x, y = (f"{float(number):.2f}" for number in moved.groups())
    return f'<g{style} transform="matrix({size:g} 0 0 {-size:g} {x} {y})">{made}</g>'


def _uses(letters: Line, left: int = 0, down: int = 0) -> str:
    """Return letters, or what stands for several, at their places."""
    y = f' y="{down}"' if down else ""
    places = ((name, left + x) for name, x in letters)
    return "".join(
        f'<use href="#{name}"' + (f' x="{x}"' if x else "") + f"{y}/>" for name, x in places
    )


def _short_names(svg: str) -> str:
    """Return the drawing with short names, the shortest where most used; unused ones are gone."""
    uses = Counter(re.findall(r'(?:href="|url\()#([\w.-]+)', svg))
    names = {name: _letters(place) for place, (name, _) in enumerate(uses.most_common())}
    svg = re.sub(
        r' id="([^"]*)"', lambda one: f' id="{names[one[1]]}"' if one[1] in names else "", svg
    )
    return re.sub(r'(href="|url\()#([\w.-]+)', lambda one: f"{one[1]}#{names[one[2]]}", svg)


def _letters(place: int) -> str:
    """Return a, b, ..., z, aa, ab, ..."""
    place, last = divmod(place, 26)
    return (_letters(place - 1) if place else "") + chr(ord("a") + last)


def stepwise(path: str, grid: float) -> str:
    """Return a path of absolute M, L, Q, C and z as steps, each number a multiple of ``grid``.

    On a grid of 1 or more they are told as how many of it, below 1 as they are. Each step starts
    where the path stands after rounding, so that errors do not add up.

    Examples
    --------
    >>> stepwise("M 160 320 L 480 320 Q 480 0 160 16 z", 16)
    'M10 20h20q0-20-20-19z'
    >>> stepwise("M 0.5 10.25 L 0.5 9.75", 0.01)
    'M.5 10.25v-.5'
    """
    made, last = "", ""
    here = start = (0, 0)
    for command, numbers in _STEP.findall(path):
        if command == "z":
            made, last, here = f"{made}z", "z", start
            continue
        values = [round(float(number) / grid) for number in numbers.split()]
        points = list(zip(values[::2], values[1::2], strict=True))
        for first in range(0, len(points), _SIZES[command]):
            step = points[first : first + _SIZES[command]]
            name, moved = _step(command, here, step)
            if not made:
                name = "M"
            made += _joined("" if name == last != "m" else name, moved, made, min(grid, 1.0))
            here, last = step[-1], name
        if command == "M":
            start = here
    return made


def _step(
    command: str, here: tuple[int, int], points: Sequence[tuple[int, int]]
) -> tuple[str, list[int]]:
    """Return the letter of a step and its numbers; a line along an axis needs one alone."""
    moved = [n - at for point in points for n, at in zip(point, here, strict=True)]
    if command == "L" and 0 in moved:
        return ("h", moved[:1]) if moved[1] == 0 else ("v", moved[1:])
    return command.lower(), moved


def _joined(name: str, numbers: Sequence[int], before: str, unit: float) -> str:
    """Return a step as it follows what stands ``before``: a space where numbers would meet."""
    text = name
    for number in numbers:
        digits = re.sub(
            r"^(-?)0\.", r"\1.", f"{round(number * unit, 2):g}" if unit < 1.0 else f"{number}"
        )
        apart = (text or before)[-1:].isdigit() and digits[0] != "-"
        text += f" {digits}" if apart else digits
    return text
