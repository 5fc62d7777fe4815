"""A total printed over studies: read by the grammar of a cell, held against the cells' own sum.

``34`` says that the studies had 34 events together, ``30-34`` and ``34+`` bound that sum, ``?``
says nothing. A total that no counts within the cells can reach is a fault, never bent to fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.errors import Problem
from metaprop.evidence.counts import Count, count_fault, read_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.evidence.faults import Faults


@dataclass(frozen=True, slots=True)
class Cover:
    """What cells say about their sum: ``low`` to ``high`` events of ``patients``, all whole."""

    low: int
    high: int
    patients: int

    @classmethod
    def of(cls, low: NDArray, high: NDArray, totals: NDArray) -> Cover:  # type: ignore[type-arg]
        """Add up three int64 arrays of shape ``(k,)``."""
        return cls(int(low.sum()), int(high.sum()), int(totals.sum()))

    def narrowed(self, known: Count | None) -> Count:
        """Return the sums that cells and known total allow together; they must overlap."""
        if known is None:
            return Count(self.low, self.high)
        return Count(max(self.low, known.low), min(self.high, known.high))

    def reaches(self, known: Count) -> bool:
        """Whether some counts within the cells add up to the known total, a range or one number."""
        return known.low <= known.high and known.low <= self.high and self.low <= known.high

    def rest(self, known: Count, dropped: Cover) -> Count:
        """Return what the total says about these cells once those of ``dropped`` are taken out.

        What they had is known only to lie in their range, so an exact total may become a range.
        """
        left = Count(max(0, known.low - dropped.high), max(0, known.high - dropped.low))
        return self.narrowed(left)


def read_known_total(text: str, cover: Cover, faults: Faults, where: str) -> Count | None:
    """Return what a ``known_total`` says, None for ``?``; what is wrong with it goes to faults."""
    cell = text.strip()
    if cell == "?":
        return None
    known = read_count(cell, cover.patients)
    if known is None or not cell:
        faults.note(lambda: _unread(cell, cover.patients, where))
    elif not cover.reaches(known):
        faults.note(lambda: unreachable(known, cover, where))
    else:
        return known
    return None


def unreachable(known: Count, cover: Cover, where: str) -> Problem:
    """Return the fault of a total that the cells cannot add up to."""
    allowed = Count(cover.low, cover.high)
    what = f"the total of {known} events is out of reach: the studies' counts allow {allowed}"
    return Problem(what, where, "Mend the total or the counts; write ? for a total not known")


def _unread(cell: str, patients: int, where: str) -> Problem:
    if not cell:
        return Problem("the total is empty", where, "Write 34, 30-34 or 34+, or leave it out")
    return count_fault(cell, patients, where)
