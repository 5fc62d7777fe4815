"""The references that procedures and priors name by DOI, for a reference list and for BibTeX.

They stand in ``references.json`` (CSL); some twenty were held against bibliographies, others come
from knowledge. A DOI that is not there is printed as an address and never guessed at.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Entry = dict[str, Any]
"""One reference as CSL has it, with its id and DOI."""
REFERENCES = Path(__file__).parent / "templates" / "references.json"
_DOI = re.compile(r"10\.\d{4,9}/[^\s,;\"']+")
_SENTENCE_END = ".)"


@cache
def library() -> dict[str, Entry]:
    """Return every reference that is known, by its DOI."""
    text = REFERENCES.read_text(encoding="utf-8")
    return {entry["DOI"]: entry for entry in json.loads(text)}


def known(doi: str) -> bool:
    """Return whether a DOI has an entry."""
    return doi in library()


def entries(dois: Iterable[str]) -> list[Entry]:
    """Return the entries of DOIs that have one, in their order."""
    return [library()[doi] for doi in dois if known(doi)]


def dois_in(text: str) -> tuple[str, ...]:
    """Return the DOIs in a text, without the sign that ends its sentence.

    Examples
    --------
    >>> dois_in("Roever et al. 2021, doi:10.1002/jrsm.1475; Gelman 2006, doi:10.1214/06-BA117A.")
    ('10.1002/jrsm.1475', '10.1214/06-BA117A')
    """
    return tuple(found.rstrip(_SENTENCE_END) for found in _DOI.findall(text))


_FIELDS = {
    "title": "title",
    "container-title": "journal",
    "publisher": "publisher",
    "volume": "volume",
    "issue": "number",
    "page": "pages",
    "DOI": "doi",
}
"""What BibTeX calls the fields of CSL."""


def bibtex(entry: Entry) -> str:
    """Return a reference as an entry of BibTeX; titles keep their capitals."""
    people = " and ".join(f"{one['family']}, {one['given']}" for one in entry["author"])
    fields = {"author": people, "year": str(entry["issued"]["date-parts"][0][0])}
    fields |= {ours: entry[theirs] for theirs, ours in _FIELDS.items() if theirs in entry}
    fields["title"] = f"{{{fields['title']}}}"
    if "pages" in fields:
        fields["pages"] = fields["pages"].replace("-", "--")
    kind = "book" if entry["type"] == "book" else "article"
    lines = "".join(f"  {name} = {{{_escaped(text)}}},\n" for name, text in fields.items())
    return f"@{kind}{{{entry['id']},\n{lines}}}\n"


def _escaped(text: str) -> str:
    """Return text with the signs that TeX would take for its own."""
    return re.sub(r"(?<!\\)([%&#_$])", r"\\\1", text)
