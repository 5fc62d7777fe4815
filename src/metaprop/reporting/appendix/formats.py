"""One document in five formats, and its references as BibTeX; the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from metaprop.core.files import scratch_folder
from metaprop.reporting.appendix.blocks import cited
from metaprop.reporting.appendix.pandoc import pandoc, typst_pdf
from metaprop.reporting.appendix.references import bibtex, entries
from metaprop.reporting.appendix.syntax import Manner, tree
from metaprop.reporting.appendix.wordstyle import reference_docx

if TYPE_CHECKING:
    from metaprop.reporting.appendix.blocks import Document

Suffix = Literal["docx", "pdf", "html", "md", "tex"]
SUFFIXES: tuple[Suffix, ...] = ("docx", "pdf", "html", "md", "tex")
NAME = "methods_appendix"
BIBLIOGRAPHY = "references.bib"
TEMPLATES = Path(__file__).parent / "templates"
STYLE = TEMPLATES / "references.csl"
"""How references are written."""
_BELOW_THE_TITLE = ("--shift-heading-level-by", "1")
"""Where the title is a heading too, those of the text stand below it."""
_RAW_TYPST = {"t": "RawBlock", "c": ["typst", "#pagebreak()"]}
_RAW_TEX = {"t": "RawBlock", "c": ["latex", "\\clearpage"]}
_SMALL_TEX = (
    {"t": "RawBlock", "c": ["latex", "\\begingroup\\footnotesize"]},
    {"t": "RawBlock", "c": ["latex", "\\endgroup"]},
)
_RAW_WORD = {
    "t": "RawBlock",
    "c": ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'],
}


_COMMANDS = re.compile(r"([\\@&]|:(?=//)|(?<=www)\.)")
"""Plain text in the Markdown that we write; TeX, citations, HTML and links in that of others."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How pandoc writes one format."""

    writer: str
    manner: Manner
    options: tuple[str, ...]


_KINDS: dict[str, _Kind] = {
    "docx": _Kind("docx+native_numbering", Manner(break_before_tables=_RAW_WORD), ()),
    "typst": _Kind("typst", Manner(sticky=True, break_before_tables=_RAW_TYPST), ("--standalone",)),
    "html": _Kind(
        "html5",
        Manner(numbered=True, scrolled=True),
        ("--standalone", "--mathml", *_BELOW_THE_TITLE),
    ),
    "md": _Kind(
        "gfm+tex_math_dollars-raw_html-tex_math_gfm",
        Manner(
            numbered=True, caption_above=True, hard_spaces=False, linked=False, escaped=_COMMANDS
        ),
        ("--wrap", "none", "--standalone", *_BELOW_THE_TITLE),
    ),
    "tex": _Kind(
        "latex",
        Manner(break_before_tables=_RAW_TEX, around_notes=_SMALL_TEX),
        (
            "--standalone",
            *("-V", "documentclass=article", "-V", "fontsize=10pt", "-V", "papersize=a4"),
            *("-V", "geometry=margin=2.2cm", "-V", "colorlinks=true"),
        ),
    ),
}


def write_document(document: Document, folder: Path) -> None:
    """Write a document in every format, and its references, into an existing folder.

    Raises
    ------
    OutputError
        If pandoc or Typst fails.
    """
    for suffix in SUFFIXES:
        (folder / f"{NAME}.{suffix}").write_bytes(written(document, suffix))
    (folder / BIBLIOGRAPHY).write_bytes(bibliography(document))


def written(document: Document, suffix: Suffix) -> bytes:
    """Return a document in one format."""
    if suffix == "pdf":
        return typst_pdf(_by_pandoc(document, "typst").decode("utf-8"))
    return _by_pandoc(document, suffix)


def bibliography(document: Document) -> bytes:
    """Return the references that a document cites as BibTeX."""
    return "\n".join(map(bibtex, entries(cited(document)))).encode("utf-8")


def _by_pandoc(document: Document, name: str) -> bytes:
    kind = _KINDS[name]
    with scratch_folder() as scratch:
        own = _beside(name, scratch)
        return pandoc(
            tree(document, entries(cited(document)), kind.manner),
            [
                *("--from", "json", "--to", kind.writer, "--output", "-"),
                *("--citeproc", "--csl", STYLE.name),
                *kind.options,
                *own,
            ],
            beside=[STYLE],
        )


def _beside(name: str, scratch: Path) -> list[str]:
    """Return the options that name a format's own template, made in a scratch folder if need be."""
    if name == "docx":
        (scratch / "reference.docx").write_bytes(reference_docx())
        return ["--reference-doc", str(scratch / "reference.docx")]
    if name == "typst":
        return ["--template", str(TEMPLATES / "appendix.typ")]
    if name == "html":
        style = (TEMPLATES / "appendix.css").read_text(encoding="utf-8")
        page = (TEMPLATES / "appendix.html").read_text(encoding="utf-8")
        (scratch / "page.html").write_text(page.replace("$style$", style), encoding="utf-8")
        return ["--template", str(scratch / "page.html")]
    if name == "md":
        (scratch / "page.md").write_text("# $title$\n\n$body$\n", encoding="utf-8")
        return ["--template", str(scratch / "page.md")]
    return ["--include-in-header", str(TEMPLATES / "header.tex")]
