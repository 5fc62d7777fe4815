"""How often the checks raise a false alarm, and how often they find an error that was put there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
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
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from metaprop.questions.audit.records import Check, Finding
    from metaprop.questions.audit.space import Space

    Ints = NDArray[np.int64]

Knowledge = Literal["counts", "line"]
"""What the audit has: every count; or the printed line with the sizes, which studies had an event,
and the scale of the review, as other lines of it tell."""

LOOKS: dict[Slip, frozenset[Check]] = {
    "no safeguard": frozenset({"safeguard", "information"}),
    "wrong k": frozenset({"heterogeneity"}),
}
"""Errors that are no contradiction in print: here a finding that is worth a look counts too."""
AT_ONCE = 40
"""Lines whose answers are computed together."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of ``lines`` were told not to fit (or, of ``LOOKS``, worth a look)."""

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
    zero = zero_space(totals)
    tallies: dict[tuple[Slip | None, Knowledge], Tally] = {
        (kind, knowledge): Tally(kind, knowledge, 0, 0)
        for kind in (None, *slips)
        for knowledge in get_args(Knowledge)
    }
    for line, space in _answered(_honest(totals, reviews, lines, rng)):
        answers = _Answers(line, space)
        for kind in (None, *slips):
            version = line if kind is None else slipped(line, kind, rng)
            if version is None:
                continue
            for knowledge, findings in (
                ("counts", with_counts(version, answers, zero)),
                ("line", without_counts(version, zero)),
            ):
                old = tallies[kind, knowledge]  # type: ignore[index]  # one of the two
                told = old.told + _told(kind, findings)
                tallies[kind, knowledge] = replace(old, lines=old.lines + 1, told=told)  # type: ignore[index]  # the same
    return tuple(tallies.values())


def _honest(totals: Ints, reviews: int, lines: int, rng: np.random.Generator) -> list[MadeUp]:
    found = []
    for _ in range(reviews):
        choice = choose(rng)
        made = [made_up(totals, choice, rng) for _ in range(lines)]
        found += [line for line in made if usable(line)]
    return found


def _answered(lines: Sequence[MadeUp]) -> Iterator[tuple[MadeUp, Space]]:
    """Yield each line with the two-step answers to its counts, some of which are found together."""
    for start in range(0, len(lines), AT_ONCE):
        some = lines[start : start + AT_ONCE]
        space = two_step_space(np.array([line.events for line in some]), some[0].totals)
        for place, line in enumerate(some):
            yield line, space.table(place)


class _Answers:
    """All answers to the counts of one line; an error in print changes none of them."""

    def __init__(self, line: MadeUp, two_step: Space) -> None:
        names = [f"{row}" for row in range(line.totals.size)]
        self.studies = Studies.of(names, line.events, line.totals)
        self.two_step = two_step

    @cached_property
    def all(self) -> Space:
        """Those of models fitted in one step too, which take longer than all others together."""
        return self.two_step.joined(one_step_space(self.studies))


def with_counts(line: MadeUp, answers: _Answers, zero: Space) -> Iterator[Finding]:
    """Yield what is found of a line whose counts are all known; whoever asks may stop early."""
    space = answers.two_step
    found = match(space, line.claim)
    if not found.found:
        space = answers.all
        found = match(space, line.claim)
    home, studies = line.choice.variant.scale, answers.studies
    held = Held(line.claim, "made up", studies, space=space, match=found, zero=zero, home=home)
    yield from settings_findings(held)
    yield from line_findings(held)


def without_counts(line: MadeUp, zero: Space) -> Iterator[Finding]:
    """Yield what is found of a line where print tells only which studies had an event."""
    names = [f"{row}" for row in range(line.totals.size)]
    cells = [
        Count(1, total) if y else Count(0, 0)
        for y, total in zip(line.events.tolist(), line.totals.tolist(), strict=True)
    ]
    studies = Studies.of(names, cells, line.totals)
    home = line.choice.variant.scale
    yield from line_findings(Held(line.claim, "made up", studies, zero=zero, home=home))


def _told(kind: Slip | None, findings: Iterable[Finding]) -> bool:
    """Return whether a line was told not to fit, or, of some errors, to be worth a look."""
    looks = LOOKS.get(kind, frozenset()) if kind else frozenset()
    return any(one.alarm or (one.notable and one.check in looks) for one in findings)
