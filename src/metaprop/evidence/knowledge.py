"""What is known of each count: exactly, at least, within a range, or nothing at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from metaprop.evidence.counts import Count
    from metaprop.evidence.dataset import Outcome
    from metaprop.evidence.folder import Basis

Grade = Literal["exact", "at least", "range", "read as none", "nothing"]
"""How much is known: a silence that is read as a zero is no exact count."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How many studies of one outcome are known how well; the five add up to all of them.

    ``read_as_none`` are those of which nothing is said, and which count as zero all the same.
    """

    exact: int
    at_least: int
    ranges: int
    read_as_none: int
    nothing: int


def grade(count: Count, total: int, basis: Basis) -> Grade:
    """Return how much is known of the events among ``total`` patients.

    Examples
    --------
    >>> from metaprop.evidence.counts import Count
    >>> grade(Count(0, 0), 9, "reported"), grade(Count(0, 0), 9, "silent")
    ('exact', 'read as none')
    """
    if count.exact:
        return "read as none" if basis == "silent" else "exact"
    if count.high < total:
        return "range"
    return "at least" if count.low else "nothing"


def grades(outcome: Outcome) -> tuple[Grade, ...]:
    """Return how much is known of each study, in their order."""
    studies = outcome.studies
    rows = zip(studies.counts, studies.totals.tolist(), outcome.bases, strict=True)
    return tuple(grade(*row) for row in rows)


def knowledge(outcome: Outcome) -> Knowledge:
    """Return how many studies of an outcome are known how well."""
    found = Counter(grades(outcome))
    return Knowledge(
        found["exact"],
        found["at least"],
        found["range"],
        found["read as none"],
        found["nothing"],
    )
