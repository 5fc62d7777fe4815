"""A verification in words: what holds, what does not, what changed; one table of each kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core import wording
from metaprop.reporting.names import printable, shorten
from metaprop.reporting.verification.conclusions import (
    cell_changes,
    changed_sentences,
    conclusions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaprop.questions.answers import Analysis
    from metaprop.reporting.evidence import Evidence
    from metaprop.reporting.verification.walking import Difference

_VISIBLE = 0.05
"""Percentage points below which a change does not show in a percentage with one decimal."""
_LONGEST = 76
"""Characters of a path in a record, in the table."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was held against what.

    ``numbers`` were compared in ``parts``; ``left`` names the parts that were not made anew, each
    with the reason.
    """

    parts: tuple[str, ...]
    numbers: int
    differences: tuple[Difference, ...]
    left: tuple[str, ...]


def input_changes(stored: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Return the files that are not what they were: ``changed``, ``new`` or ``gone``."""
    found = {}
    for name in sorted({*stored, *now}):
        if stored.get(name) != now.get(name):
            kind = "new" if name not in stored else "gone" if name not in now else "changed"
            found[name] = kind
    return found


def told(found: Verified) -> list[str]:
    """Return what was compared, every difference in one table, and what was left out."""
    lines = [f"{found.numbers} numbers were made anew and compared: {', '.join(found.parts)}."]
    if found.differences:
        lines += ["", *difference_table(found.differences), ""]
    lines += [f"Not made anew: {reason}." for reason in found.left]
    return lines


def difference_table(differences: Sequence[Difference]) -> list[str]:
    """Return every difference as an aligned row: where, stored, now, distance, allowed."""
    head = ("record", "number", "stored", "now", "distance", "allowed")
    rows: list[tuple[str, ...]] = [head]
    for one in differences:
        far = "" if math.isnan(one.distance) else wording.number(one.distance)
        may = "" if math.isnan(one.distance) else wording.number(one.allowed)
        where = shorten(printable(one.where), _LONGEST)
        words = (shorten(printable(text), 40) for text in (one.stored, one.now))
        rows.append((printable(one.part), where, *words, far, may))
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of words as lines whose columns stand under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def changes_told(
    before: Analysis,
    after: Analysis,
    evidence: tuple[Evidence | None, Evidence | None],
    inputs: Mapping[str, str],
) -> list[str]:
    """Return what another evidence, or another model, changed in the conclusions.

    ``evidence`` is that of the stored results and that of now.
    """
    lines = ["Inputs are not those of the stored results:"]
    lines += [f"  {printable(name)}: {kind}" for name, kind in inputs.items()]
    cells = cell_changes(*evidence)
    if not cells:
        lines += ["", "No count of a study differs."]
    else:
        head = ("outcome", "study", "before", "now")
        rows = [(c.outcome, c.study, c.before or "-", c.after or "-") for c in cells]
        table = [tuple(map(printable, row)) for row in (head, *rows)]
        lines += ["", "Counts that differ:", *aligned(table)]
    lines += ["", *_moved(before, after)]
    for old, new in changed_sentences(before, after):
        lines += ["", f"Before: {old}", f"Now:    {new}"]
    lines += _coming_and_going(before, after)
    return lines


def _moved(before: Analysis, after: Analysis) -> list[str]:
    """Return the conclusions that moved as far as can be printed, and how many did not."""
    every = conclusions(before, after)
    moved = [one for one in every if abs(one.points) >= _VISIBLE]
    lines = [f"{len(moved)} of {len(every)} conclusions moved by {_VISIBLE} points or more."]
    if moved:
        head = ("outcome", "model", "", "before", "now", "points")
        rows = [
            (
                *map(printable, (one.outcome, one.model, one.what)),
                *map(wording.inferred, (one.before, one.after)),
                f"{one.points:+.1f}",
            )
            for one in moved
        ]
        lines += aligned([head, *rows])
    return lines


def _coming_and_going(before: Analysis, after: Analysis) -> list[str]:
    """Return the outcomes, and the models, that only one of the two analyses has."""
    lines = []
    for kind, ours, theirs in (
        ("Outcome", *(_ids(one.outcomes) for one in (before, after))),
        ("Model", *(_models(one) for one in (before, after))),
    ):
        lines += [f"{kind} that is gone: {printable(name)}" for name in ours if name not in theirs]
        lines += [f"{kind} that is new: {printable(name)}" for name in theirs if name not in ours]
    return lines


def _ids(items: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(getattr(item, "id", "")) for item in items)


def _models(analysis: Analysis) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.id for one in analysis.outcomes for m in one.models))
