"""One document in five formats: text stays text, tables are tables, the same bytes each time."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from evil import EVIL
from metaprop.core.errors import OutputError
from metaprop.reporting.appendix.blocks import (
    Column,
    Document,
    Equation,
    ReferenceList,
    Table,
    TableNumber,
    cells,
    cited,
    paragraph,
)
from metaprop.reporting.appendix.document import write_appendix
from metaprop.reporting.appendix.formats import (
    BIBLIOGRAPHY,
    NAME,
    STYLE,
    SUFFIXES,
    bibliography,
    written,
)
from metaprop.reporting.appendix.pandoc import pandoc, typst_pdf
from metaprop.reporting.appendix.references import library

if TYPE_CHECKING:
    from metaprop.reporting.appendix.formats import Suffix
    from metaprop.reporting.stored import Results

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, whole: Results) -> Path:
    """Return a folder with the whole appendix of the results with evil names."""
    made = tmp_path_factory.mktemp("appendix")
    write_appendix(whole, made)
    return made


class Page(HTMLParser):
    """The text of a page, and its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " "))


def body(folder: Path) -> ET.Element:
    with zipfile.ZipFile(folder / f"{NAME}.docx") as archive:
        return ET.fromstring(archive.read("word/document.xml"))  # noqa: S314 - made a moment ago


def test_all_files_are_there(folder: Path) -> None:
    names = {f"{NAME}.{suffix}" for suffix in SUFFIXES} | {BIBLIOGRAPHY}
    assert {path.name for path in folder.iterdir()} == names


def test_in_html_names_are_text_and_formulas_are_mathml(folder: Path) -> None:
    page = Page()
    page.feed((folder / f"{NAME}.html").read_text(encoding="utf-8"))
    text = squeezed(page.text)
    assert all(name in text for name in EVIL)
    assert not page.tags & {"script", "b", "img", "link", "iframe"}
    assert {"math", "table", "caption", "h1", "h2"} <= page.tags


def test_in_word_names_are_text_equations_are_equations_captions_count(folder: Path) -> None:
    root = body(folder)
    text = squeezed("".join(part.text or "" for part in root.iter(f"{WORD}t")))
    assert all(name in text for name in EVIL)
    assert list(root.iter(f"{MATHS}oMath"))
    tables = list(root.iter(f"{WORD}tbl"))
    fields = [f.get(f"{WORD}instr", "") for f in root.iter(f"{WORD}fldSimple")]
    assert len(tables) == len([field for field in fields if field.startswith("SEQ Table")])


def test_word_opens_with_our_styles(folder: Path) -> None:
    with zipfile.ZipFile(folder / f"{NAME}.docx") as archive:
        assert b"PAGE" in archive.read("word/footer1.xml")
        assert b'w:styleId="TableNote"' in archive.read("word/styles.xml")
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_no_path_of_this_machine_stands_in_a_word_document(folder: Path) -> None:
    with zipfile.ZipFile(folder / f"{NAME}.docx") as archive:
        held = b"".join(archive.read(entry) for entry in archive.infolist())
    assert STYLE.name.encode() in held
    assert str(STYLE.parent).encode() not in held


def test_a_negative_number_has_a_minus_and_a_range_its_hyphen() -> None:
    table = Table("one", "", (Column("x", 1.0),), (cells("−0.5 [-1.2 to 2-4], CD-19 (-3)"),))
    made = written(Document("T", (paragraph(TableNumber("one")),), (table,)), "md").decode("utf-8")
    assert "−0.5 [−1.2 to 2-4], CD-19 (−3)" in made.replace("\\", "")


def test_markdown_read_back_has_the_names_as_text(folder: Path) -> None:
    text = (folder / f"{NAME}.md").read_text(encoding="utf-8")
    reader = ["--from", "gfm+tex_math_dollars", "--to", "plain", "--wrap", "none"]
    back = squeezed(pandoc(text, reader).decode("utf-8"))
    assert [name for name in EVIL if name not in back] == []


def test_in_tex_every_sign_of_its_own_is_escaped(folder: Path) -> None:
    text = squeezed((folder / f"{NAME}.tex").read_text(encoding="utf-8"))
    for name in (
        r"\textless script\textgreater alert(1)\textless/script\textgreater",
        r"\$\textbackslash input\{x\}\$",
        r"\#eval(",
        r"{[}@rover2021{]}",
        r"a\textbar b *c* \_d\_",
        r"\% \& \textasciitilde{} \^{} \{f\} \textbackslash g",
    ):
        assert name in text
    assert r"\input{x}" not in text


def test_a_pdf_is_one_with_its_own_fonts_and_no_day(folder: Path) -> None:
    made = (folder / f"{NAME}.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert b"FontFile" in made or b"/ObjStm" in made
    assert not re.search(rb"/CreationDate ?\(D:20", made)


@pytest.mark.parametrize("suffix", ["docx", "pdf", "html", "md", "tex"])
def test_the_same_document_gives_the_same_bytes(suffix: Suffix) -> None:
    columns = (Column("<i>", 0.5), Column("#n", 0.5, "right"))
    table = Table("one", "A *caption*", columns, (cells(EVIL[1], "3"),))
    blocks = (paragraph("See ", TableNumber("one")), Equation(r"x^2"), ReferenceList())
    document = Document(EVIL[0], blocks, (table,))
    assert written(document, suffix) == written(document, suffix)


def test_the_bibliography_is_read_by_others_as_it_was_meant(whole: Results) -> None:
    from metaprop.reporting.appendix.document import appendix

    document = appendix(whole)
    told = bibliography(document).decode("utf-8")
    read = json.loads(pandoc(told, ["--from", "bibtex", "--to", "csljson"]))
    assert {entry["DOI"] for entry in read} == set(cited(document))
    for entry in read:
        ours = library()[entry["DOI"]]
        assert entry["title"].lower() == ours["title"].lower()
        assert [one["family"] for one in entry["author"]] == [a["family"] for a in ours["author"]]
        assert entry["issued"]["date-parts"][0][0] == ours["issued"]["date-parts"][0][0]


def test_a_tool_that_fails_is_an_error_of_ours() -> None:
    with pytest.raises(OutputError, match="pandoc failed"):
        pandoc("", ["--to", "no-such-format"])
    with pytest.raises(OutputError, match="Typst failed"):
        typst_pdf("#nothing-of-this-name()")
