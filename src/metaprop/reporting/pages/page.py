"""The report as one file: every section, every figure, no address outside it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.reporting.names import printable
from metaprop.reporting.pages.answer import answer_section
from metaprop.reporting.pages.assumed import assumed_section
from metaprop.reporting.pages.blocks import Section
from metaprop.reporting.pages.claims import claims_section
from metaprop.reporting.pages.covariates import covariates_section
from metaprop.reporting.pages.curves import curve_data
from metaprop.reporting.pages.fits import fits_section
from metaprop.reporting.pages.hangs import hangs_section
from metaprop.reporting.pages.joint import joint_section
from metaprop.reporting.pages.made import made_section
from metaprop.reporting.pages.observed import observed_section
from metaprop.reporting.pages.outcomes import others_section, slider_section, studies_section
from metaprop.reporting.pages.pictures import read_pictures
from metaprop.reporting.pages.rebuilt import rebuilt_section
from metaprop.reporting.pages.usual import usual_section

if TYPE_CHECKING:
    from metaprop.reporting.pages.pictures import Pictures
    from metaprop.reporting.stored import Results

REPORT = "report.html"
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the page shows; ``data`` are the curves of the slider, as JSON."""

    title: str
    question: str
    citation: str
    sections: tuple[Section, ...]
    data: str


def write_page(results: Results, folder: Path) -> None:
    """Write the report of a folder of results into it.

    Raises
    ------
    DatasetError
        If a figure is missing, or does not say its finding in words.
    """
    page = prepare_page(results, read_pictures(folder))
    (folder / REPORT).write_text(render(page), encoding="utf-8", newline="\n")


def prepare_page(results: Results, pictures: Pictures) -> Page:
    """Return everything that the page shows, every figure of the folder among it.

    Of the figures of all analyses sorted only that of the first outcome: the others are told.
    """
    evidence = results.beside.evidence
    sections = [
        answer_section(results),
        slider_section(results, pictures),
        studies_section(results, pictures),
        others_section(results, pictures),
        joint_section(results, pictures),
        usual_section(results, pictures),
        hangs_section(results, pictures),
        covariates_section(results, pictures),
        fits_section(results, pictures),
        claims_section(results, pictures),
        rebuilt_section(results, pictures),
        observed_section(results),
        assumed_section(results, pictures),
        _rest(pictures),
        made_section(results),
    ]
    return Page(
        title=printable(results.analysis.title or results.analysis.dataset),
        question="" if evidence is None else printable(evidence.question),
        citation="" if evidence is None else printable(evidence.citation or ""),
        sections=tuple(section for section in sections if section is not None),
        data=curve_data(results.analysis),
    )


def _rest(pictures: Pictures) -> Section | None:
    """Return the figures that no section has taken."""
    left = pictures.matching("")
    return Section("figures", "Other figures", "Figures", left) if left else None


def render(page: Page) -> str:
    """Return the page as HTML; every text in it is escaped, and it may load nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def raw(name: str) -> Markup:
        # our own files, nothing that a user typed
        return Markup((TEMPLATES / name).read_text(encoding="utf-8").strip())  # noqa: S704

    def address(text: str) -> Markup:
        # made by us of hexadecimal and safe signs: escaped twice it would be a third longer
        return Markup(text.replace("&", "&amp;").replace('"', "%22"))  # noqa: S704

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["address"] = address
    # a percentage is not torn apart at the end of a line
    environment.filters["whole"] = lambda text: text.replace(" %", "\u00a0%")
    style, script = raw("report.css"), raw("report.js")
    # JSON in which no < is left
    data = Markup(page.data)  # noqa: S704
    return environment.get_template("report.html").render(
        page=page, style=style, script=script, data=data, policy=policy(style, script)
    )


def policy(style: str, script: str) -> str:
    """Return the rule that lets a browser run our style and script, and load nothing at all."""
    return (
        "default-src 'none'; img-src data: blob:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )


def _digest(text: str) -> str:
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"
