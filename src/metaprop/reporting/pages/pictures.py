"""The figures of a folder of results, made small enough to stand in a page."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from metaprop.core.errors import DatasetError, Problem
from metaprop.reporting.calibration import FOLDER as CALIBRATION
from metaprop.reporting.pages.blocks import Picture

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = "Write the results again with `metaprop run`"
_SAFE = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
"""What may stand in the address of an image as it is, inside double quotes; # is replaced too."""


class Pictures:
    """The figures by name; each is taken once, and what nobody took is known."""

    def __init__(self, found: dict[str, Picture], *, of_draws: bool = False) -> None:
        """Take every figure there is; ``of_draws`` says that there are pictures of draws beside."""
        self.of_draws = of_draws
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

    def known(self, stem: str) -> tuple[Picture, ...]:
        """Return one figure, or none where it is not there."""
        return (self.take(stem),) if stem in self._found else ()

    def matching(self, prefix: str) -> tuple[Picture, ...]:
        """Return the figures whose names begin so and that nobody took, in order of name."""
        stems = sorted(stem for stem in self._left if stem.startswith(prefix))
        return tuple(map(self.take, stems))


def read_pictures(folder: Path) -> Pictures:
    """Return the figures of a folder of results; pictures of draws are none of them.

    Those of a calibration stand in a folder of their own, and are called by it first.

    Raises
    ------
    DatasetError
        If a figure does not say its finding in words: whoever does not see it would learn nothing.
    """
    found = {path.stem: path for path in sorted((folder / "figures").glob("*.svg"))}
    found |= {
        f"{CALIBRATION}_{path.stem}": path for path in sorted((folder / CALIBRATION).glob("*.svg"))
    }
    pictures = {stem: _picture(path, stem) for stem, path in found.items()}
    return Pictures(pictures, of_draws=(folder / "figures" / "sampler").is_dir())


def _picture(path: Path, stem: str) -> Picture:
    svg = path.read_text(encoding="utf-8")
    title, described = _said(svg, "title"), _said(svg, "dc:description")
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if not title or size is None:
        raise DatasetError(
            Problem("the figure has no title", f"{path.parent.name}/{path.name}", _AGAIN)
        )
    width, height = (float(number) for number in size.groups())
    return Picture(stem, title, described, width, height, _address(compact(svg)))


def _said(svg: str, tag: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", svg, re.DOTALL)
    return " ".join(html.unescape(found[1]).split()) if found else ""


def compact(svg: str) -> str:
    """Return the same drawing in fewer letters: no comments, hundredths of a point, short names.

    Letters are used by ``href`` alone, which browsers know; the page writes ``xlink:href`` again
    into what it saves, for older programs.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(?<![\d.])([1-9]\d*\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r" ?([MLQCz]) ?", r"\1", path[0]), svg)
    svg = re.sub(r' style="[^"]*"', lambda style: re.sub(r"([:;]) ", r"\1", style[0]), svg)
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda name: name[0] if name[1] in used else "", svg)
    for _ in range(DEPTH):
        svg = re.sub(r"<g>(<(?:use|path)[^>]*/>)</g>", r"\1", svg)
    return _short_letters(svg)


DEPTH = 3
"""Groups around one mark that say nothing about it."""
GRID = 8
"""Units of a letter that are taken as one: a thousandth of its height."""
_LETTER = re.compile(r' d="([^"]*)" transform="scale\(0\.015625\)"')
_USE = re.compile(
    r'(<use )xlink:(href="#DejaVuSans[^"]*") transform="translate\((-?[\d.]+)[ ,](-?[\d.]+)\)"'
)


def _short_letters(svg: str) -> str:
    """Return the drawing with letters of shorter name, on a coarser grid, placed by x and y."""
    svg = _USE.sub(_shifted, _LETTER.sub(_coarser, svg))
    # the most used first, so that the shortest names are theirs
    uses = Counter(re.findall(r"#([\w.-]+)", svg))
    ids = set(re.findall(r' id="([^"]*)"', svg))
    names = {name: _letters(i) for i, (name, _) in enumerate(uses.most_common()) if name in ids}
    svg = re.sub(r' id="([^"]*)"', lambda found: f' id="{names[found[1]]}"', svg)
    return re.sub(r'(href="|url\()#([\w.-]+)', lambda found: f"{found[1]}#{names[found[2]]}", svg)


def _coarser(letter: re.Match[str]) -> str:
    path = re.sub(r"-?\d+(?:\.\d+)?", lambda n: f"{round(float(n[0]) / GRID)}", letter[1])
    return f' d="{path}" transform="scale({0.015625 * GRID})"'


def _shifted(use: re.Match[str]) -> str:
    """Return a letter at its place in the line, to a hundredth of its size."""
    x, y = (round(float(number)) for number in use.groups()[2:])
    return f'{use[1]}{use[2]} x="{x}"' + (f' y="{y}"' if y else "")


def _letters(place: int) -> str:
    """Return a, b, ..., z, aa, ab, ..."""
    place, last = divmod(place, 26)
    return (_letters(place - 1) if place else "") + chr(ord("a") + last)


def _address(svg: str) -> str:
    """Return the drawing as the address of an image; shorter than in base 64, and readable."""
    single = svg.replace("'", "&apos;").replace('"', "'")
    return "data:image/svg+xml," + quote(single, safe=_SAFE).replace("#", "%23")
