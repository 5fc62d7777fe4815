"""The figures of a folder of results, made small enough to stand in a page."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from metaprop.core.errors import DatasetError, Problem
from metaprop.reporting.calibration import FOLDER as CALIBRATION
from metaprop.reporting.pages.blocks import Picture
from metaprop.reporting.pages.shrinking import compact

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

    def finding(self, stem: str) -> str | None:
        """Return what a figure says that is not put on the page; None where it is not there."""
        self._left.pop(stem, None)
        return self._found[stem].title if stem in self._found else None

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


def _address(svg: str) -> str:
    """Return the drawing as the address of an image; shorter than in base 64, and readable."""
    single = svg.replace("'", "&apos;").replace('"', "'")
    return "data:image/svg+xml," + quote(single, safe=_SAFE).replace("#", "%23")
