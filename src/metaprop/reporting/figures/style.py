"""The look of every figure: one page width, one font, one colour a family, the same bytes twice.

Lengths are millimetres of the printed page, text sizes are points, rates are in [0, 1].
"""

from __future__ import annotations

import io
import math
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAGE_WIDTH = 180.0
"""Two columns of a journal, mm."""
MARGIN, LINE, TITLE_LINE = 3.0, 3.4, 4.8
"""Of the page, and from one line of text to the next, mm."""
MM_PER_INCH = 25.4
PNG_DPI = 300
"""What journals ask of a picture with lines and text."""
COLOURS = 256
"""Of a PNG: the figures have few, and their edges lose nothing that an eye sees."""
TEXT, SMALL, TITLE = 7.5, 6.8, 10.0
"""Sizes that text may have, as they are on two columns; ``Look`` says what they are elsewhere."""
LEAST = 6.0
"""Points: what journals still print."""
FONT = "DejaVu Sans"
"""Comes with matplotlib, so that text has the same width on every machine."""

UNBROKEN = "\u00a0"

INK, QUIET, RULE, OBSERVED = "#1a1a1a", "#595959", "#bdbdbd", "#8c8c8c"
# Told apart by eyes that see no red or no green, and as dark, middle and light grey in print.
FAMILY_COLOURS = {"logit-normal": "#0b4f8a", "beta-binomial": "#d4700c", "common-rate": "#79b79c"}
OTHER_COLOUR = "#7a4f9a"
POINT_COLOURS = ("#d4572a", "#f2cf63", "#0f6b66")
"""Of 0, 1 and 2 points of a quality score: middle, light and dark in grey."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is set: lengths in mm, sizes of text in points.

    ``text``, ``small`` and ``title`` are what ``TEXT``, ``SMALL`` and ``TITLE`` are on it;
    ``name`` is the longest line of a study's name, ``ticks`` the most that an axis has; ``vector``
    says that a PDF is written too.
    """

    width: float = PAGE_WIDTH
    margin: float = MARGIN
    text: float = TEXT
    small: float = SMALL
    title: float = TITLE
    name: float = 52.0
    ticks: int = 7
    vector: bool = False

    @property
    def scale(self) -> float:
        """Heights of rows and gaps go with the text."""
        return self.text / TEXT

    @property
    def narrow(self) -> bool:
        """Whether it is one column of a journal."""
        return self.width < PAGE_WIDTH

    def size(self, named: float) -> float:
        """Return the size that a text of a named size has here."""
        sizes = {TEXT: self.text, SMALL: self.small, TITLE: self.title}
        return sizes.get(named, max(LEAST, named * self.scale) if self.narrow else named)


TWO_COLUMNS = Look(vector=True)
ONE_COLUMN = Look(85.0, 0.6, 6.3, LEAST, 7.8, 22.0, 3, vector=True)
_LOOK: ContextVar[Look] = ContextVar("look", default=Look())  # noqa: B039 - it is frozen


def look() -> Look:
    """Return how the pages that are drawn now are set."""
    return _LOOK.get()


@contextmanager
def looking(like: Look) -> Iterator[None]:
    """Draw pages that are set otherwise."""
    before = _LOOK.set(like)
    try:
        yield
    finally:
        _LOOK.reset(before)


@dataclass(frozen=True, slots=True)
class Words:
    """Text with the place of its anchor in mm from the top left corner of the page."""

    x: float
    y: float
    text: str
    size: float = TEXT
    bold: bool = False
    colour: str = INK
    align: Literal["left", "center", "right"] = "left"


def family_colour(family: str) -> str:
    """Return the one colour of a family in every figure."""
    return FAMILY_COLOURS.get(family, OTHER_COLOUR)


def text_width(text: str, size: float = TEXT, bold: bool = False) -> float:  # noqa: FBT001, FBT002 - a measure is called with three plain values
    """Return the width of one line of text of a named size in mm."""
    return _measured(text, look().size(size), bold)


@lru_cache(maxsize=8192)
def _measured(text: str, size: float, bold: bool) -> float:  # noqa: FBT001 - as above
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    with quiet_fonts():
        points, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(points) * MM_PER_INCH / 72.0


def wrapped(text: str, width: float, size: float = TEXT, bold: bool = False) -> tuple[str, ...]:  # noqa: FBT001, FBT002 - passed on to the measure
    """Return text as lines no wider than ``width`` mm; a word that is too wide is broken.

    A number and its percent sign stay on one line. The lines of a title are about equally long, so
    that no single word stands below it.
    """
    lines = _filled(text, width, size, bold)
    if size != TITLE or len(lines) == 1:
        return lines
    narrower = (_filled(text, share * width, size, bold) for share in EVEN)
    return next((even for even in narrower if len(even) == len(lines)), lines)


EVEN = tuple(0.5 + 0.05 * step for step in range(10))
"""Shares of the width that a title is tried on, the narrowest first."""


def _filled(text: str, width: float, size: float, bold: bool) -> tuple[str, ...]:  # noqa: FBT001 - passed on to the measure
    lines = [""]
    for word in _words(text):
        rest = word
        longer = f"{lines[-1]} {rest}".strip()
        if text_width(longer, size, bold) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        while rest and text_width(rest, size, bold) > width:
            fit = _longest_head(rest, width, size, bold)
            lines[-1:] = [rest[:fit], ""]
            rest = rest[fit:]
        lines[-1] = rest
    return tuple(line for line in lines if line) or ("",)


def _words(text: str) -> tuple[str, ...]:
    kept = " ".join(text.split()).replace(" %", f"{UNBROKEN}%")
    for sign in "<>":
        kept = kept.replace(f"{sign} ", f"{sign}{UNBROKEN}")
    return tuple(word.replace(UNBROKEN, " ") for word in kept.split(" "))


def _longest_head(word: str, width: float, size: float, bold: bool) -> int:  # noqa: FBT001 - passed on to the measure
    lengths = range(len(word) - 1, 1, -1)
    return next((n for n in lengths if text_width(word[:n], size, bold) <= width), 1)


@dataclass(frozen=True, slots=True)
class RateAxis:
    """An axis of rates: ``low`` and ``high`` in [0, 1], ``ticks`` inside them with their texts."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


def rate_axis(values: Sequence[float], most_ticks: int = 7) -> RateAxis:
    """Return the axis of rates that shows all ``values``, ends on round ticks, stays in [0, 1]."""
    low, high = min(values), max(values)
    step = _round_step(max(high - low, 1e-4) / (most_ticks - 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = min(max(last, first + 1), round(1.0 / step))
    first = min(first, last - 1)
    ticks = tuple(round(i * step, 10) for i in range(first, last + 1))
    digits = next((d for d in range(8) if abs(round(100 * step, d) - 100 * step) < 1e-9), 8)  # noqa: PLR2004 - rounding error of doubles
    return RateAxis(ticks[0], ticks[-1], ticks, tuple(f"{100 * t:.{digits}f} %" for t in ticks))


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    # Each divides 100 %, so that the axis can end there.
    steps = (power, 2 * power, 2.5 * power, 5 * power, 10 * power)
    return next(step for step in steps if step >= least * (1 - 1e-9))


@contextmanager
def quiet_fonts() -> Iterator[None]:
    """Draw a box for a letter that the font lacks, without a warning for each."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with the settings of the house, whatever the user's own configuration says."""
    import matplotlib.style

    own = {
        "font.family": FONT,
        "font.size": TEXT,
        "svg.hashsalt": "metaprop",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,  # letters that journals can embed, search and correct
        "axes.linewidth": 0.6,
        "axes.unicode_minus": False,
        "path.simplify": False,
    }
    with matplotlib.style.context(["default", own]), quiet_fonts():
        yield


def page(height: float) -> tuple[Figure, Axes]:
    """Return a figure of page width and ``height`` mm, with axes in mm from its top left corner."""
    from matplotlib.figure import Figure

    width = look().width
    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0.0, width), ylim=(height, 0.0))
    axes.set_axis_off()
    axes.set_zorder(1)  # over the plot, whose grid would cut the rules
    return figure, axes


def write(axes: Axes, words: Words, *, paper: bool = False) -> Axes:
    """Put text on a page, with ``paper`` under it if asked; none of it is read as mathematics."""
    under = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if paper else None
    axes.text(
        words.x,
        words.y,
        words.text,
        fontsize=look().size(words.size),
        fontweight="bold" if words.bold else "normal",
        color=words.colour,
        ha=words.align,
        va="center_baseline",
        bbox=under,
        parse_math=False,
    )
    return axes


def write_lines(axes: Axes, x: float, y: float, lines: Sequence[str]) -> Axes:
    """Put small quiet lines on a page, the first at ``y`` mm."""
    for i, line in enumerate(lines):
        write(axes, Words(x, y + LINE * look().scale * i, line, SMALL, colour=QUIET))
    return axes


def write_head(axes: Axes, x: float, title: Sequence[str], subtitle: Sequence[str]) -> Axes:
    """Put title and subtitle at the top of a page; saved with it, for those who do not see it."""
    figure = axes.get_figure(root=True)
    if figure is not None:
        figure.set_label("\n".join((" ".join(title), " ".join(subtitle))))
    scale = look().scale
    for i, line in enumerate(title):
        write(axes, Words(x, scale * (5.0 + TITLE_LINE * i), line, TITLE, bold=True))
    return write_lines(axes, x, scale * (5.0 + TITLE_LINE * len(title)), subtitle)


def head_height(title: Sequence[str], subtitle: Sequence[str]) -> float:
    """Return the height of title and subtitle in mm, from the top edge of the page."""
    return look().scale * (4.0 + TITLE_LINE * len(title) + LINE * len(subtitle))


def save(figure: Figure, folder: Path, stem: str) -> None:
    """Write a figure as SVG and PNG, for journals as PDF too; no date inside, the bytes repeat.

    Both say in words what the head of the page says: the finding, and what it is a finding of.
    """
    title, _, description = str(figure.get_label()).partition("\n")
    words = {"Title": title, "Description": description} if title else {}
    svg = {"Date": None, "Creator": None, **words}
    figure.savefig(folder / f"{stem}.svg", metadata=svg)
    _save_png(figure, folder / f"{stem}.png", words)
    if look().vector:
        said = {"CreationDate": None, "Creator": None, "Producer": None, "Title": title or None}
        figure.savefig(folder / f"{stem}.pdf", metadata=said)


def _save_png(figure: Figure, path: Path, words: dict[str, str]) -> None:
    """Write a PNG with a palette: less than half the bytes, each colour within 3 of 255."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=PNG_DPI, pil_kwargs={"compress_level": 1})
    said = PngInfo()
    for key, text in words.items():
        said.add_itxt(key, text)
    with Image.open(drawn) as image:
        coverage, none = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
        few = image.convert("RGB").quantize(COLOURS, coverage, dither=none)
    few.save(path, "PNG", pnginfo=said, dpi=(PNG_DPI, PNG_DPI))
