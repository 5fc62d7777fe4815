"""The figures of a folder of results, made small enough to stand in a page."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from metaprop.core.errors import DatasetError, Problem
from metaprop.reporting.pages.blocks import Picture

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = "Write the results again with `metaprop run`"
_SAFE = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
"""What may stand in the address of an image as it is, inside double quotes; # is replaced too."""


class Pictures:
    """The figures by name; each is taken once, and what nobody took is known."""

    def __init__(self, found: dict[str, Picture]) -> None:
        """Take every figure there is."""
        self._found = found
        self._left = dict(found)

    def take(self, stem: str) -> Picture:
        """Return one figure.

        Raises
        ------
        DatasetError
            If it is not there: a page without one of its figures is not written.
        """
        if stem not in self._found:
            raise DatasetError(Problem("the figure is missing", f"figures/{stem}.svg", _AGAIN))
        self._left.pop(stem, None)
        return self._found[stem]

    def matching(self, prefix: str) -> tuple[Picture, ...]:
        """Return the figures whose names begin so and that nobody took, in order of name."""
        stems = sorted(stem for stem in self._left if stem.startswith(prefix))
        return tuple(map(self.take, stems))


def read_pictures(folder: Path) -> Pictures:
    """Return the figures of a folder; pictures of draws, in folders below, are none of them.

    Raises
    ------
    DatasetError
        If a figure does not say its finding in words: whoever does not see it would learn nothing.
    """
    return Pictures({path.stem: _picture(path) for path in sorted(folder.glob("*.svg"))})


def _picture(path: Path) -> Picture:
    svg = path.read_text(encoding="utf-8")
    title, described = _said(svg, "title"), _said(svg, "dc:description")
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if not title or size is None:
        raise DatasetError(Problem("the figure has no title", f"figures/{path.name}", _AGAIN))
    width, height = (float(number) for number in size.groups())
    return Picture(path.stem, title, described, width, height, _address(compact(svg)))


def _said(svg: str, tag: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", svg, re.DOTALL)
    return " ".join(html.unescape(found[1]).split()) if found else ""


def compact(svg: str) -> str:
    """Return the same drawing in fewer letters: no comments, hundredths of a point, short names."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(?<![\d.])([1-9]\d*\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r" ?([MLQCz]) ?", r"\1", path[0]), svg)
    names = dict.fromkeys(re.findall(r'id="(DejaVuSans[^"]*)"', svg))
    for place, name in enumerate(names):
        svg = svg.replace(f'"{name}"', f'"g{place:x}"').replace(f'"#{name}"', f'"#g{place:x}"')
    return svg


def _address(svg: str) -> str:
    """Return the drawing as the address of an image; shorter than in base 64, and readable."""
    single = svg.replace("'", "&apos;").replace('"', "'")
    return "data:image/svg+xml," + quote(single, safe=_SAFE).replace("#", "%23")
