"""How often the checks raise a false alarm, and how often they find an error that was put there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from metaprop.evidence.counts import Count
from metaprop.evidence.studies import Studies
from metaprop.questions.audit.counted import settings_findings
from metaprop.questions.audit.held import Held
from metaprop.questions.audit.matching import match
from metaprop.questions.audit.printing import MadeUp, Slip, choose, made_up, slipped, usable
from metaprop.questions.audit.space import one_step_space, two_step_space, zero_space
from metaprop.questions.audit.uncounted import line_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.questions.audit.records import Finding
    from metaprop.questions.audit.space import Space

    Ints = NDArray[np.int64]

Knowledge = Literal["counts", "line"]
"""What the audit has: every count; or the printed line with the sizes, which studies had an event,
and the scale of the review, as other lines of it tell."""

AT_ONCE = 40
"""Lines whose answers are computed together."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of ``lines`` were told to be wrong (or, for no safeguard, worth a look)."""

    kind: Slip | None
    knowledge: Knowledge
    lines: int
    told: int

    @property
    def rate(self) -> float:
        """The share of lines that were told, in [0, 1]; NaN without lines."""
        return self.told / self.lines if self.lines else float("nan")


def rehearse(
    totals: Ints,
    reviews: int,
    lines: int,
    rng: np.random.Generator,
    slips: Sequence[Slip] = get_args(Slip),
) -> tuple[Tally, ...]:
    """Audit made-up reviews of studies of these sizes: honest ones, then one error in each line.

    Parameters
    ----------
    totals
        Patients of each study, shape (k,).
    reviews, lines
        How many reviews, each with one way to pool, and the lines of each.
    rng
        Draws rates, counts, ways to pool, and errors.
    slips
        Kinds of errors.

    Returns
    -------
    tuple of Tally
        For honest lines (``kind`` None) and each kind of error, with counts and without: how many
        lines got a verdict worse than reproduced.
    """
    honest = _honest(totals, reviews, lines, rng)
    zero = zero_space(totals)
    found = [*_tallies(None, honest, zero)]
    for slip in slips:
        wrong = [one for line in honest if (one := slipped(line, slip, rng)) is not None]
        found += _tallies(slip, wrong, zero)
    return tuple(found)


def _honest(totals: Ints, reviews: int, lines: int, rng: np.random.Generator) -> list[MadeUp]:
    found = []
    for _ in range(reviews):
        choice = choose(rng)
        made = [made_up(totals, choice, rng) for _ in range(lines)]
        found += [line for line in made if usable(line)]
    return found


def _tallies(kind: Slip | None, lines: Sequence[MadeUp], zero: Space) -> tuple[Tally, ...]:
    counted, alone = 0, 0
    for start in range(0, len(lines), AT_ONCE):
        some = lines[start : start + AT_ONCE]
        space = two_step_space(np.array([line.events for line in some]), some[0].totals)
        for place, line in enumerate(some):
            counted += _told(kind, with_counts(line, space.table(place), zero))
            alone += _told(kind, without_counts(line, zero))
    return Tally(kind, "counts", len(lines), counted), Tally(kind, "line", len(lines), alone)


def with_counts(line: MadeUp, space: Space, zero: Space) -> tuple[Finding, ...]:
    """Return what is found of a line whose counts are all known."""
    names = [f"{row}" for row in range(line.totals.size)]
    studies = Studies.of(names, line.events, line.totals)
    found = match(space, line.claim)
    if not found.found:
        space = space.joined(one_step_space(studies))
        found = match(space, line.claim)
    home = line.choice.variant.scale
    held = Held(line.claim, "made up", studies, space=space, match=found, zero=zero, home=home)
    return (*settings_findings(held), *line_findings(held))


def without_counts(line: MadeUp, zero: Space) -> tuple[Finding, ...]:
    """Return what is found of a line where print tells only which studies had an event."""
    names = [f"{row}" for row in range(line.totals.size)]
    cells = [
        Count(1, total) if y else Count(0, 0)
        for y, total in zip(line.events.tolist(), line.totals.tolist(), strict=True)
    ]
    studies = Studies.of(names, cells, line.totals)
    home = line.choice.variant.scale
    return tuple(line_findings(Held(line.claim, "made up", studies, zero=zero, home=home)))


def _told(kind: Slip | None, findings: tuple[Finding, ...]) -> bool:
    if any(found.alarm for found in findings):
        return True
    looks = {"safeguard", "information"}
    return kind == "no safeguard" and any(f.notable and f.check in looks for f in findings)
