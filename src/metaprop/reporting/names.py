"""Text that somebody typed, made safe for the place where it lands: a file name, a cell, a line."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_NAME = 60
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


MOST_MARKS = 4
"""Marks over or under one letter."""
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_TOWER = re.compile(f"({_MARK}{{{MOST_MARKS}}}){_MARK}+")


def slug(text: str) -> str:
    """Return a file name without suffix for an id: the id itself where it is plain.

    Anything but small letters, digits, ``_`` and ``-`` is replaced, and eight characters of a hash
    keep two ids apart that would otherwise share a file (also where a disk ignores case).
    """
    if _PLAIN.fullmatch(text) and not _RESERVED.fullmatch(text):
        return text
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    cleaned = re.sub(r"[^a-z0-9]+", "_", ascii_text).strip("_")[:40]
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{cleaned}-{digest}" if cleaned else f"unnamed-{digest}"


def printable(text: str) -> str:
    """Return text on one line without control, direction-changing or unpaired characters.

    Marks that stand over or under a letter are kept as far as a language has them: a tower of them
    would cover the lines around.
    """
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    kept = (c for c in spaced if unicodedata.category(c) not in {"Cf", "Cs"})
    return " ".join(_TOWER.sub(r"\1", "".join(kept)).split())


def shorten(text: str, longest: int = LONGEST_NAME) -> str:
    """Return text of at most ``longest`` characters, the middle cut out if longer."""
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head].rstrip()}…{text[-(longest - 1 - head) :].lstrip()}"


def csv_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, by an apostrophe before it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
