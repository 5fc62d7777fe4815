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
from metaprop.reporting.verification.walking import (
    AIM,
    PRINTED,
    STANDARD_ERRORS,
    count_numbers,
    differences,
    passed_over,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaprop.questions.answers import Analysis
    from metaprop.reporting.evidence import Evidence
    from metaprop.reporting.verification.walking import Difference, Kind

    type Differences = tuple[Difference, ...]

_VISIBLE = 0.05
"""Percentage points below which a change does not show in a percentage with one decimal."""
_LONGEST = 76
"""Characters of a path in a record, in the table."""


HOW: Mapping[Kind, str] = {
    "exact": "the stated errors",
    "sampled": f"{STANDARD_ERRORS:.0f} Monte Carlo standard errors, other seed",
    "replayed": f"the same seed, {AIM:g}",
    "printed": f"what is printed, {PRINTED:g}",
    "words": "every letter",
}
"""Within what the numbers of each kind must come back."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One part that was made anew: how many numbers, within what, and how many differ.

    ``passed`` counts the numbers that were passed over, by the field that they stand in.
    """

    name: str
    within: str
    numbers: int
    differ: int
    passed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was held against what; ``left`` names what was not made anew, each with the reason."""

    parts: tuple[Compared, ...]
    differences: tuple[Difference, ...]
    left: tuple[str, ...]


def compared(name: str, stored: object, now: object, kind: Kind) -> tuple[Compared, Differences]:
    """Return a part that was made anew, and where it differs from what is stored."""
    found = differences(name, stored, now, kind)
    passed = passed_over(stored, kind)
    return Compared(name, HOW[kind], count_numbers(stored, kind), len(found), passed), found


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
    many = sum(part.numbers for part in found.parts)
    head = ("made anew", "numbers", "must come back within", "differ")
    rows = [(p.name, f"{p.numbers:,}", p.within, f"{p.differ or ''}") for p in found.parts]
    lines = [f"{many:,} numbers were made anew and compared.", "", *aligned([head, *rows]), ""]
    if found.differences:
        lines += [*difference_table(found.differences), ""]
    for part in found.parts:
        lines += [
            f"Passed over: {count:,} numbers of {part.name}, {name.replace('_', ' ')}, which "
            "belong to the draws that were drawn."
            for name, count in part.passed.items()
        ]
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
