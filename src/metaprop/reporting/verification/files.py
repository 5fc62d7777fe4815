"""Files of a folder of results held against the same files drawn again from its records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.reporting.verification.walking import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBERS = frozenset({".csv", ".json", ".md", ".R", ".bib"})
"""Suffixes of files whose bytes hang on numbers and words alone, not on who draws."""
KEPT = ("draws", "figures/sampler")
"""What is not drawn from records but kept from the draws."""


def files_of(folder: Path) -> tuple[str, ...]:
    """Return the files of a folder that are drawn from records, by their path within it."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(name for name in found if not name.startswith(KEPT)))


def files_apart(
    folder: Path, fresh: Path, names: tuple[str, ...], *, pictures: bool = True
) -> tuple[Difference, ...]:
    """Return the files that are not what their records draw.

    Parameters
    ----------
    folder, fresh
        The results, and the same drawn again.
    names
        Which are compared, by their path within both.
    pictures
        Whether to compare pictures and documents, too: another version of what draws them may
        draw them otherwise.
    """
    asked = [n for n in names if pictures or (fresh / n).suffix in NUMBERS]
    return tuple(found for name in asked for found in _apart(folder / name, fresh / name, name))


def _apart(stored: Path, now: Path, name: str) -> Iterator[Difference]:
    if not stored.is_file():
        yield Difference(name, "the file", "is not there", "is drawn", math.nan, 0.0)
    elif not now.is_file():
        yield Difference(name, "the file", "stands there", "no record draws it", math.nan, 0.0)
    elif stored.read_bytes() != now.read_bytes():
        yield _first(stored, now, name)


def _first(stored: Path, now: Path, name: str) -> Difference:
    """Return the first line that is another one; of a picture, that it is another one."""
    try:
        ours, theirs = (path.read_text(encoding="utf-8").splitlines() for path in (stored, now))
    except UnicodeDecodeError:
        return Difference(name, "the file", "as it is", "is drawn otherwise", math.nan, 0.0)
    longest = max(len(ours), len(theirs))
    pairs = ((_line(ours, i), _line(theirs, i)) for i in range(longest))
    place, (one, other) = next((i, pair) for i, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    start = max(next((i for i, c in enumerate(one) if other[i : i + 1] != c), 0) - 12, 0)
    return Difference(name, f"line {place}", one[start:], other[start:], math.nan, 0.0)


def _line(lines: list[str], place: int) -> str:
    return lines[place] if place < len(lines) else "no such line"
