"""The style of the Word document: pandoc's own reference document, with a journal's manner.

It is made anew each time from pandoc's default, so that no binary file is kept: sizes, black
headings, ruled tables, A4, page numbers. Authors change the styles in Word as they like.
"""

from __future__ import annotations

import io
import re
import zipfile

from metaprop.core.errors import OutputError, Problem
from metaprop.reporting.appendix.pandoc import pandoc

_FOOTER = "word/footer1.xml"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_FONT = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri" />'
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"

_SIZES = {"Title": 32, "Subtitle": 22, "Heading1": 26, "Heading2": 22, "Heading3": 20}
"""Half points."""
_TABLE = """<w:style w:type="table" w:default="1" w:styleId="Table">
<w:name w:val="Table" /><w:semiHidden /><w:unhideWhenUsed /><w:qFormat />
<w:pPr><w:spacing w:before="20" w:after="20" /></w:pPr>
<w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /></w:rPr>
<w:tblPr><w:tblInd w:w="0" w:type="dxa" />
<w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="000000" />
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000" />
<w:insideH w:val="single" w:sz="2" w:space="0" w:color="BFBFBF" /></w:tblBorders>
<w:tblCellMar><w:top w:w="0" w:type="dxa" /><w:left w:w="57" w:type="dxa" />
<w:bottom w:w="0" w:type="dxa" /><w:right w:w="57" w:type="dxa" /></w:tblCellMar></w:tblPr>
<w:trPr><w:cantSplit /></w:trPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b /></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000" /></w:tcBorders></w:tcPr>
</w:tblStylePr></w:style>"""
_COMPACT = """<w:style w:type="paragraph" w:customStyle="1" w:styleId="Compact">
<w:name w:val="Compact" /><w:basedOn w:val="Normal" /><w:qFormat />
<w:pPr><w:spacing w:before="20" w:after="20" /></w:pPr></w:style>"""
_BODY = """<w:style w:type="paragraph" w:styleId="BodyText"><w:name w:val="Body Text" />
<w:basedOn w:val="Normal" /><w:link w:val="BodyTextChar" /><w:qFormat />
<w:pPr><w:spacing w:before="60" w:after="100" /></w:pPr></w:style>"""
_CAPTION = """<w:style w:type="paragraph" w:customStyle="1" w:styleId="TableCaption">
<w:name w:val="Table Caption" /><w:basedOn w:val="Normal" />
<w:pPr><w:keepNext /><w:spacing w:before="240" w:after="80" /></w:pPr>
<w:rPr><w:sz w:val="18" /></w:rPr></w:style>
<w:style w:type="paragraph" w:customStyle="1" w:styleId="TableNote">
<w:name w:val="Table Note" /><w:basedOn w:val="Normal" />
<w:pPr><w:spacing w:before="40" w:after="40" /></w:pPr>
<w:rPr><w:sz w:val="16" /></w:rPr></w:style>"""
_BIBLIOGRAPHY = """<w:style w:type="paragraph" w:styleId="Bibliography">
<w:name w:val="Bibliography" /><w:basedOn w:val="Normal" /><w:qFormat />
<w:pPr><w:keepLines /><w:spacing w:before="0" w:after="60" /></w:pPr></w:style>"""
_REPLACED = {
    "Table": _TABLE,
    "Compact": _COMPACT,
    "BodyText": _BODY,
    "TableCaption": _CAPTION,
    "Bibliography": _BIBLIOGRAPHY,
}
_PAGE = (
    f'<w:sectPr xmlns:r="{_R}"><w:footerReference w:type="default" r:id="rId90" />'
    '<w:pgSz w:w="11906" w:h="16838" /><w:pgMar w:top="1247" w:right="1247" w:bottom="1247" '
    'w:left="1247" w:header="708" w:footer="624" w:gutter="0" /></w:sectPr>'
)
_NUMBER = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr xmlns:w="{_W}"><w:p><w:pPr>'
    '<w:jc w:val="center" /></w:pPr><w:r><w:fldChar w:fldCharType="begin" /></w:r><w:r>'
    '<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar '
    'w:fldCharType="end" /></w:r></w:p></w:ftr>'
)


def reference_docx() -> bytes:
    """Return the document whose styles pandoc takes."""
    default = pandoc("", ["--print-default-data-file", "reference.docx"])
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(default)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8")
            _add(new, name, _changed(name, text))
        _add(new, _FOOTER, _NUMBER)
    return made.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _FIRST_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text.encode("utf-8"))


def _changed(name: str, text: str) -> str:
    """Return one part of the archive as we want it."""
    match name:
        case "word/styles.xml":
            return _styles(text)
        case "word/document.xml":
            return re.sub(r"<w:sectPr>.*?</w:sectPr>", _PAGE, text, flags=re.DOTALL)
        case "[Content_Types].xml":
            kind = f'<Override PartName="/{_FOOTER}" ContentType="{_OFFICE}.footer+xml" />'
            return text.replace("</Types>", f"{kind}</Types>")
        case "word/_rels/document.xml.rels":
            link = f'<Relationship Type="{_R}/footer" Id="rId90" Target="footer1.xml" />'
            return text.replace("</Relationships>", f"{link}</Relationships>")
        case _:
            return text


def _styles(text: str) -> str:
    text = re.sub(r'(<w:sz(?:Cs)? w:val=")24"', r'\g<1>20"', text, count=2)
    text = re.sub(r"<w:rFonts [^>]*/>", _FONT, text)
    for name, style in _REPLACED.items():
        found = _style(name, text)
        text = text.replace(found, style)
    for name, size in _SIZES.items():
        found = _style(name, text)
        text = text.replace(found, _plain(found, size))
    return text


def _style(name: str, text: str) -> str:
    """Return one style of the default; pandoc's styles have had these names since its version 2."""
    whole = rf'<w:style (?:(?!</w:style>).)*?w:styleId="{name}">.*?</w:style>'
    found = re.search(whole, text, flags=re.DOTALL)
    if found is None:
        raise OutputError(Problem(f"pandoc has no style {name}", "methods appendix", "Report it"))
    return found[0]


def _plain(style: str, size: int) -> str:
    """Return the style of a heading in black, of a size in half points."""
    style = re.sub(r"<w:color [^>]*/>", "", style)
    return re.sub(r'(<w:sz(?:Cs)? w:val=")\d+"', rf'\g<1>{size}"', style)
