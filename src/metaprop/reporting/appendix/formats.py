"""One document in five formats, and its references as BibTeX; the same bytes each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

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
STYLE = "references.csl"
"""How references are set."""
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


@dataclass(frozen=True, slots=True)
class _Kind:
    """How pandoc writes one format."""

    writer: str
    manner: Manner
    options: tuple[str, ...]


_KINDS: dict[str, _Kind] = {
    "docx": _Kind("docx+native_numbering", Manner(break_before_tables=_RAW_WORD), ()),
    "typst": _Kind("typst", Manner(sticky=True, break_before_tables=_RAW_TYPST), ("--standalone",)),
    "html": _Kind("html5", Manner(numbered=True), ("--standalone", "--mathml", *_BELOW_THE_TITLE)),
    "md": _Kind(
        "gfm+tex_math_dollars-raw_html-tex_math_gfm",
        Manner(numbered=True, caption_above=True, hard_spaces=False, linked=False),
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
    option, file, content = _beside(name)
    return pandoc(
        tree(document, entries(cited(document)), kind.manner),
        [
            *("--from", "json", "--to", kind.writer, "--output", "-"),
            *("--citeproc", "--csl", STYLE),
            *kind.options,
            *(option, file),
        ],
        {STYLE: (TEMPLATES / STYLE).read_bytes(), file: content},
    )


def _beside(name: str) -> tuple[str, str, bytes]:
    """Return a format's own template: the option that names it, its name, and what it holds."""
    if name == "docx":
        return "--reference-doc", "reference.docx", reference_docx()
    if name == "typst":
        return "--template", "appendix.typ", (TEMPLATES / "appendix.typ").read_bytes()
    if name == "html":
        style = (TEMPLATES / "appendix.css").read_text(encoding="utf-8")
        page = (TEMPLATES / "appendix.html").read_text(encoding="utf-8")
        return "--template", "page.html", page.replace("$style$", style).encode("utf-8")
    if name == "md":
        return "--template", "page.md", b"# $title$\n\n$body$\n"
    return "--include-in-header", "header.tex", (TEMPLATES / "header.tex").read_bytes()
