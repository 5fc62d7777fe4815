"""The page as text: what a reader, a screen reader and a browser without a network find in it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import made_up
from metaprop.core.errors import DatasetError
from metaprop.core.estimates import Quality
from metaprop.reporting.pages.answer import answer_section
from metaprop.reporting.pages.blocks import Picture, Words
from metaprop.reporting.pages.page import REPORT, policy, prepare_page, render, write_page
from metaprop.reporting.pages.pictures import Pictures, read_pictures
from metaprop.reporting.pages.shrinking import compact, stepwise
from metaprop.reporting.records import Passport, manifest_of
from metaprop.reporting.stored import Beside, Results, read_results
from reporting.pages.conftest import EVIL

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("pages")
LEAST = (
    *(("--ink", 4.5), ("--quiet", 4.5), ("--link", 4.5), ("--observed", 3.0)),
    *(("--logit-normal", 3.0), ("--beta-binomial", 3.0), ("--common-rate", 3.0), ("--other", 3.0)),
)
"""Least contrast with the paper by WCAG AA: 4.5 of text, 3 of marks."""


class Reader(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="session")
def text(trees: Path) -> str:
    return (trees / REPORT).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(text: str) -> Reader:
    return Reader(text)


def test_headings_begin_with_one_title_and_skip_no_level(page: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_figure_is_embedded_once_with_its_finding_in_words(trees: Path, page: Reader) -> None:
    images = page.all("img")
    stems = sorted(path.stem for path in (trees / "figures").glob("*.svg"))
    assert sorted(str(image["data-name"]) for image in images) == stems
    for image in images:
        assert str(image["src"]).startswith("data:image/svg+xml,")
        assert len(str(image["alt"])) > 20
    (forest,) = (i for i in images if i["data-name"] == "forest_growth")
    assert "Average growth rate: below" not in str(forest["alt"])
    assert "with probability" in str(forest["alt"])


def test_an_embedded_figure_is_a_drawing_that_can_be_read(page: Reader) -> None:
    for image in page.all("img"):
        svg = unquote(str(image["src"]).removeprefix("data:image/svg+xml,"))
        tree = ET.fromstring(svg)  # noqa: S314 - our own drawing
        ids = {node.get("id") for node in tree.iter()}
        used = re.findall(r"(?:href=['\"]|url\()#([\w.-]+)", svg)
        assert used
        assert set(used) <= ids


def test_what_somebody_typed_is_text_and_never_code(text: str, page: Reader) -> None:
    assert EVIL not in text
    assert not [tag for tag, _ in page.tags if tag in {"b", "i", "u"}]
    assert len(page.all("script")) == 2
    assert "onerror" not in {name for _, attributes in page.tags for name in attributes}
    assert any(EVIL in part for part in page.texts)


def test_the_page_names_no_address_outside_itself(page: Reader) -> None:
    for _, attributes in page.tags:
        for name, value in attributes.items():
            if name in {"src", "href", "srcset", "data", "action", "poster"}:
                assert str(value).startswith(("#", "data:image/svg+xml,"))
    (meta,) = (m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert str(meta["content"]).startswith("default-src 'none'")
    assert "connect-src" not in str(meta["content"])  # none, by default


def test_the_policy_is_that_of_the_style_and_the_script_in_the_page(text: str) -> None:
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    script = re.search("<script>(.*?)</script>", text, re.DOTALL)
    assert style is not None
    assert script is not None
    assert policy(style[1], script[1]).replace("'", "&#39;") in text
    assert not re.search(r'\sstyle="', text)


def test_every_table_has_a_caption_heads_and_a_button_for_its_csv(page: Reader) -> None:
    tables = [t for t in page.all("table") if t.get("id") != "live"]
    buttons = {b["data-csv"] for b in page.all("button") if "data-csv" in b}
    assert {t["id"] for t in tables} == buttons
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert {t["aria-labelledby"] for t in page.all("table")} <= set(ids)
    assert all(th.get("scope") in {"row", "col"} for th in page.all("th"))
    assert [name for name in set(ids) if ids.count(name) > 1] == []


def test_every_caption_is_its_own(text: str) -> None:
    captions = re.findall(r'<p class="caption"[^>]*>([^<]+)</p>', text)
    assert len(captions) > 10
    assert len(captions) == len(set(captions))


def test_every_count_stands_there_with_its_source(text: str) -> None:
    for source in ("p. 2", "p. 3", "p. 4", "p. 6"):
        assert source in text


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert 'data-raw="=cmd()"' not in text
    assert 'data-raw="&#39;=cmd()"' in text


def test_language_viewport_and_skip_link_are_there(page: Reader) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))
    assert page.all("a")[0] == {"class": "skip", "href": "#answer"}
    assert "answer" in {section["id"] for section in page.all("section")}


def test_drawn_twice_the_page_has_the_same_bytes(trees: Path, tmp_path: Path, text: str) -> None:
    shutil.copytree(trees, tmp_path / "again")
    write_page(read_results(tmp_path / "again"), tmp_path / "again")
    assert (tmp_path / "again" / REPORT).read_text(encoding="utf-8") == text


def test_a_missing_figure_is_an_error_and_no_page(trees: Path, tmp_path: Path) -> None:
    shutil.copytree(trees, tmp_path / "again")
    (tmp_path / "again" / "figures" / "forest_rot.svg").unlink()
    with pytest.raises(DatasetError, match=r"forest_rot\.svg"):
        write_page(read_results(tmp_path / "again"), tmp_path / "again")


def _plain() -> Results:
    """Return one outcome with nothing beside it."""
    analysis = made_up.analysis()
    return Results(manifest_of(analysis, Passport("metaprop run a b", {}, {})), analysis, Beside())


@pytest.mark.usefixtures("made_up_engine")
def test_one_plain_outcome_has_a_page_that_says_what_is_not_there() -> None:
    stems = ("forest_events", "thresholds_events")
    figures = {stem: Picture(stem, "A finding", "", 1.0, 1.0, "data:,") for stem in stems}
    text = render(prepare_page(_plain(), Pictures(figures)))
    for words in (
        "No frequentist method was asked for",
        "no other reading of its evidence",
        "no published claims",
        "was not stored with these results",
    ):
        assert words in text


@pytest.mark.usefixtures("made_up_engine")
def test_a_fit_that_failed_is_told_before_the_answer() -> None:
    analysis = made_up.analysis(made_up.three(id="union"), made_up.three(id="rot"))
    union, rot = analysis.outcomes
    bad = Quality("failed", "It did not mix.", "Draw more.")
    failed = [
        replace(one, models=(replace(one.models[0], quality=bad), *one.models[1:]))
        for one in (union, rot)
    ]
    results = replace(_plain(), analysis=replace(analysis, outcomes=tuple(failed)))
    blocks = answer_section(results).blocks
    tones = [block.tone for block in blocks if isinstance(block, Words)]
    assert tones[:3] == ["warning", "warning", "headline"]
    said = " ".join(line for block in blocks if isinstance(block, Words) for line in block.lines)
    assert "It did not mix. Draw more." in said


def test_no_figure_is_left_over(trees: Path) -> None:
    page = prepare_page(read_results(trees), read_pictures(trees))
    assert "figures" not in {section.id for section in page.sections}


OUTLINE = 'transform="scale(0.015625)"/>'
FIGURE = f"""<?xml version="1.0"?>
<!DOCTYPE svg>
<svg><title>Any Complication M L</title><defs><style>*{{}}</style></defs>
<!-- ab ab -->
<g style="fill: #112233" transform="translate(10.123 20.5) scale(0.075 -0.075)">
<defs><path id="DejaVuSans-1a" d="M 512 4672
L 32 4672
L 32 -80
z
" {OUTLINE}<path id="DejaVuSans-1b" d="M 0 0 L 64 64" {OUTLINE}
<path id="DejaVuSans-20" {OUTLINE}</defs>
<use xlink:href="#DejaVuSans-1a"/>
<use xlink:href="#DejaVuSans-1b" transform="translate(60 0)"/>
<use xlink:href="#DejaVuSans-20" transform="translate(120 0)"/>
<use xlink:href="#DejaVuSans-1a" transform="translate(150 0)"/>
<use xlink:href="#DejaVuSans-1b" transform="translate(210 0)"/>
<use xlink:href="#DejaVuSans-1a" transform="translate(300 0)"/>
<use xlink:href="#DejaVuSans-1b" transform="translate(360.4 0)"/></g>
<g><defs><path id="tick" d="M 0 0 L 0 2" style="stroke: #000000"/></defs>
<g><use xlink:href="#tick" x="12.345678" style="stroke: #000000"/></g></g>
<g><g><path id="p1" d="M 1.234 0.5 L 7.5 0.5" style="fill: none"/></g></g>
<g><path d="M 1 9 L 1 12" style="fill: none"/></g></svg>"""


def test_a_figure_is_made_smaller_without_losing_its_words() -> None:
    assert compact(FIGURE) == (
        "<svg><title>Any Complication M L</title><defs>"
        # letters once, in steps on their grid; no space; letters that come again together, once
        '<path id="b" d="M16 146h-15v-148z"/><path id="c" d="M0 0l2 2"/>'
        '<g id="a"><use href="#b"/><use href="#c" x="120"/></g><style>*{}</style></defs>'
        '<g fill="#123" transform="matrix(0.0375 0 0 -0.0375 10.12 20.50)">'
        '<use href="#a"/><use href="#a" x="300"/><use href="#a" x="600"/></g>'
        # a tick has a style of its own already; lines of one look are one path
        '<g><defs><path id="d" d="M0 0v2" style="stroke:#000"/></defs>'
        '<use href="#d" x="12.34"/></g><path d="M1.23 .5h6.27M1 9v3" style="fill:none"/></svg>'
    )


def walked(path: str) -> list[tuple[float, float]]:
    """Return where a path of M, l, h and v goes."""
    tokens = re.findall(r"[Mlhv]|-?(?:\d+\.?\d*|\.\d+)", path)
    places: list[tuple[float, float]] = []
    command, x, y = "", 0.0, 0.0
    while tokens:
        command = tokens.pop(0) if tokens[0].isalpha() else command
        x += float(tokens.pop(0)) if command != "v" else 0.0
        y += float(tokens.pop(0)) if command != "h" else 0.0
        places.append((x, y))
    return places


def test_a_path_in_steps_goes_where_it_went() -> None:
    rng = np.random.default_rng(3)
    places = np.cumsum(rng.uniform(-9.0, 9.0, (300, 2)), axis=0)
    places[1::7, 0], places[2::7, 1] = places[:-1:7, 0], places[1::7, 1]
    path = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in places)
    assert np.array(walked(stepwise(path, 0.01))) == pytest.approx(places, abs=0.00501)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_the_paper(text: str, theme: int) -> None:
    themes = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    colours = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", themes[theme]))
    for name, least in LEAST:
        for paper in ("--paper", "--soft") if least > 4 else ("--paper",):
            assert _contrast(colours[name], colours[paper]) >= least, (name, paper)
    assert _contrast(colours["--warn"], colours["--warn-soft"]) >= 4.5


def test_a_figure_that_is_told_is_no_other_figure() -> None:
    figures = Pictures({"a": Picture("a", "A says so", "", 1.0, 1.0, "data:,")})
    assert figures.finding("a") == "A says so"
    assert figures.finding("b") is None
    assert figures.known("b") == ()
    assert figures.matching("") == ()
