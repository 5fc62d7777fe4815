"""What a person typed is text in every format that results are written in, and never a program."""

from __future__ import annotations

import csv
import json
import os
import re
import unicodedata
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import r_language
from hostile.command import LONGEST, MOST_MEMORY
from hostile.strangers import CANARY, NAMES
from metaprop.reporting.appendix.pandoc import pandoc
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostile.conftest import Ran

pytestmark = pytest.mark.xdist_group("strangers")

SHORT = [name for name in NAMES if len(name) < 1_000]
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = frozenset(
    [
        "svg",
        "g",
        "path",
        "text",
        "tspan",
        "defs",
        "clipPath",
        "rect",
        "use",
        "style",
        "metadata",
        "title",
        "image",
    ]
)
ADDRESSES = re.compile(r"https://doi\.org/|#|data:image/|mailto:a@example\.com$")
COMMANDS = re.compile(r"\\(?:input|include|write|immediate|openout|openin|csname|catcode)(?![a-z])")
FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9.]*(?:e[+-]?[0-9]+)?$)")
ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|OpenAction|AA|URI|SubmitForm)\b[^)>]*")


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text outside of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        inside = self.elements[-1][0] if self.elements else ""
        (self.scripts if inside in {"script", "style"} else self.text).append(data)


def page(path: Path) -> Page:
    found = Page()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_run_answers(strangers: Ran) -> None:
    assert strangers.ended.code == 0, strangers.ended.err
    assert strangers.ended.err == ""
    # every figure and document is drawn too, and a busy core takes twice its time
    assert strangers.ended.peak < MOST_MEMORY, strangers.ended
    assert strangers.ended.seconds < 3.0 * LONGEST, strangers.ended


def test_nothing_but_the_results_is_written(strangers: Ran) -> None:
    assert strangers.after == strangers.before
    written = [Path(path) for path in strangers.watched.noted("written")]
    beside = strangers.place / "results"
    temporary = strangers.watched.log.parents[1] / "tmp"
    # libraries keep lists of fonts and the like in the user's own cache
    allowed = (beside, temporary, Path(os.devnull), Path.home() / ".cache", Path.home() / ".config")
    assert [path for path in written if not any(path.is_relative_to(a) for a in allowed)] == []


def test_nothing_is_started_but_pandoc(strangers: Ran) -> None:
    assert {Path(program).stem for program in strangers.watched.noted("started")} == {"pandoc"}
    assert not any(CANARY in path.name for path in strangers.place.rglob("*"))


def test_every_file_has_a_plain_name(strangers: Ran) -> None:
    names = [path.relative_to(strangers.results).as_posix() for path in files(strangers.results)]
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9_/.-]{1,160}", name)] == []
    assert not any(".." in name for name in names)


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["report.html", "methods_appendix.html"])
def test_on_a_page_a_name_is_text(strangers: Ran, name: str) -> None:
    found = page(strangers.results / name)
    text = squeezed(" ".join(found.text))
    assert [one for one in SHORT if squeezed(printable(one)) not in text] == []
    for tag, attributes in found.elements:
        assert tag not in {"iframe", "object", "embed", "base", "form", "link"}
        assert [key for key in attributes if key.startswith("on")] == []
        targets = [attributes[key] or "" for key in ("href", "src", "action") if key in attributes]
        assert [one for one in targets if not ADDRESSES.match(one)] == []
    assert not any("alert(" in script for script in found.scripts)


def test_the_page_s_own_policy_forbids_what_is_not_its_own(strangers: Ran) -> None:
    found = page(strangers.results / "report.html")
    (policy,) = (
        attributes["content"]
        for _, attributes in found.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_in_a_figure_a_name_is_drawn(strangers: Ran) -> None:
    pictures = list((strangers.results / "figures").glob("*.svg"))
    assert pictures
    for path in pictures:
        for element in ET.parse(path).iter():  # noqa: S314 - of our own making, that is the test
            if not element.tag.startswith(SVG):
                continue  # the metadata of the one who drew it
            assert element.tag.removeprefix(SVG) in DRAWN, path
            attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
            assert [key for key in attributes if key.startswith("on")] == []
            assert attributes.get("href", "#").startswith(("#", "data:image/png;"))


def test_in_word_a_name_is_text_and_no_field(strangers: Ran) -> None:
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with zipfile.ZipFile(strangers.results / "methods_appendix.docx") as archive:
        root = ET.fromstring(archive.read("word/document.xml"))  # noqa: S314 - the same
        links = archive.read("word/_rels/document.xml.rels").decode("utf-8")
        assert not any(name.endswith(("vbaProject.bin", ".exe")) for name in archive.namelist())
    text = squeezed("".join(part.text or "" for part in root.iter(f"{word}t")))
    assert [one for one in SHORT if bare(printable(one)) not in bare(text)] == []
    fields = [part.get(f"{word}instr", "") for part in root.iter(f"{word}fldSimple")]
    fields += [part.text or "" for part in root.iter(f"{word}instrText")]
    assert [one for one in fields if not re.match(r" *(?:SEQ|REF|PAGE|TOC) ?", one)] == []
    outside = re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', links)
    assert [one for one in outside if not one.startswith("https://doi.org/")] == []


def bare(text: str) -> str:
    """Return text without spaces, its marks joined with their letters as pandoc joins them."""
    return unicodedata.normalize("NFC", text.replace(" ", ""))


def test_in_a_pdf_nothing_acts(strangers: Ran) -> None:
    raw = (strangers.results / "methods_appendix.pdf").read_bytes()
    parts = [raw]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue  # a font or a picture, packed otherwise
    assert len(parts) > 10
    acts = [act for part in parts for act in ACTIVE.findall(part)]
    assert [act for act in acts if not act.startswith((b"/URI(https://doi.org/", b"/URI/"))] == []


def test_markdown_read_by_others_holds_no_commands(strangers: Ran) -> None:
    for name in ("methods_appendix.md", "checklists.md"):
        text = (strangers.results / name).read_text(encoding="utf-8")
        for reader in ("gfm", "markdown"):
            back = pandoc(text, ["--from", reader, "--to", "json"]).decode("utf-8")
            kinds = set(re.findall(r'"t":"(\w+)"', back))
            assert not kinds & {"RawInline", "RawBlock", "Image", "Cite", "Note"}, (name, reader)
            links = re.findall(r'"Link","c":\[.*?\],\["([^"]*)",""\]\]', back)
            assert not any(link.startswith("javascript") for link in links)
    text = (strangers.results / "methods_appendix.md").read_text(encoding="utf-8")
    plain = pandoc(text, ["--from", "gfm", "--to", "plain", "--wrap", "none"]).decode("utf-8")
    assert [one for one in SHORT if bare(printable(one)) not in bare(squeezed(plain))] == []


def test_in_tex_a_name_is_text(strangers: Ran) -> None:
    text = (strangers.results / "methods_appendix.tex").read_text(encoding="utf-8")
    body = text.partition(r"\begin{document}")[2]
    assert COMMANDS.findall(body) == []
    assert body.count(r"\begin{document}") == 0
    assert r"\textbackslash write18\{touch" in body
    assert r"\textbackslash input\{" in body


def test_in_a_table_no_cell_is_a_formula(strangers: Ran) -> None:
    tables = list(strangers.results.rglob("*.csv"))
    assert tables
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file, strict=True) for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell.lstrip(" "))] == [], path
    shrunk = (strangers.results / "tables" / "shrinkage.csv").read_text(encoding="utf-8")
    assert "'=cmd|" in shrunk
    assert "'+1," in shrunk


def test_in_the_script_of_r_a_name_is_a_string(strangers: Ran) -> None:
    script = (strangers.results / "equivalent.R").read_text(encoding="utf-8")
    found = r_language.read(script)
    assert not found.calls & {"system", "system2", "eval", "parse", "source", "shell", "file"}
    assert [one for one in SHORT if one not in found.strings] == []
    code = [line for line in script.splitlines() if not line.startswith("#")]
    assert [line for line in code if not line.isascii()] == []


def test_in_the_records_a_name_is_as_it_was_typed(strangers: Ran) -> None:
    path = strangers.results / "outcomes" / "healed" / "common_rate.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [study["name"] for study in record["observed"]] == list(NAMES)
