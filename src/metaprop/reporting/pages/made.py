"""How the results were made: the command, the versions, what went in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.names import printable
from metaprop.reporting.pages.blocks import Block, Bullets, Fold, Section, paragraphs, table, text

if TYPE_CHECKING:
    from metaprop.reporting.stored import Results

LIMITS = (
    "One arm at a time: nothing here compares treatments. Studies are taken as exchangeable; "
    "whether small or weak studies bias the whole is looked at, not modelled. The average and the "
    "next study speak of studies like these."
)

NONE = "none is known."


def made_section(results: Results) -> Section:
    """Return how to make these results again."""
    manifest = results.manifest
    versions = table(
        "versions",
        "Versions",
        (("Package", "text"), ("Version", "text")),
        [(text(name), text(version)) for name, version in manifest.versions.items()],
    )
    inputs = table(
        "inputs",
        "Files read",
        (("File", "text"), ("SHA-256", "text")),
        [(text(name), text(digest)) for name, digest in manifest.inputs.items()],
    )
    level = wording.threshold(manifest.level)
    how = (
        f"Made by {manifest.command}. Engine: {manifest.engine}; intervals: {level} "
        f"{manifest.kind}; seed {manifest.seed}. Every number comes from the records that stand "
        "beside this page; metaprop report makes the page from them again."
    )
    evidence = results.beside.evidence
    own = () if evidence is None else evidence.limitations
    registered = "" if evidence is None else f"Registration: {evidence.registration or NONE}"
    blocks: tuple[Block, ...] = (
        Bullets((LIMITS, *map(printable, own))),
        paragraphs(registered, how),
        Fold("Versions and files", (versions, inputs)),
    )
    return Section("made", "Limits, and how this was made", "Limits", blocks)
