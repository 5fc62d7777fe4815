"""One outcome in several studies: an immutable, validated record."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import InputError, Problem, TableError
from metaprop.evidence.counts import MAX_TOTAL, Count
from metaprop.evidence.faults import Faults, shown
from metaprop.evidence.known_total import Cover, read_known_total, unreachable
from metaprop.evidence.roll import Roll

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """What is known about one outcome in ``k`` studies, in the order of the table.

    ``names`` are distinct and not empty; they are untrusted text, to be escaped where printed.
    ``low``, ``high`` and ``totals`` are read-only int64 arrays of shape ``(k,)``, counts of
    patients with ``0 <= low <= high <= totals`` and ``1 <= totals``; ``low < high`` where the
    count is a range or not reported. ``known_total`` is what is known about the events of all
    studies together beyond their own counts, None for nothing; counts within ``low`` and ``high``
    can add up to it.

    Examples
    --------
    >>> from metaprop import Studies
    >>> studies = Studies.of(["A", "B"], events=[9, 14], totals=[9, 15])
    >>> studies.k, studies.events, round(studies.crude_rate, 3)
    (2, array([ 9, 14]), 0.958)
    """

    names: tuple[str, ...]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    totals: NDArray[np.int64]
    known_total: Count | None = None

    def __post_init__(self) -> None:
        """Take copies that nobody can write to, and refuse what is no set of studies."""
        for field in ("low", "high", "totals"):
            object.__setattr__(self, field, _frozen(getattr(self, field)))
        k = len(self.names)
        fits = self.low.shape == self.high.shape == self.totals.shape == (k,) and bool(
            np.all((self.low >= 0) & (self.low <= self.high) & (self.high <= self.totals))
            and np.all((self.totals >= 1) & (self.totals <= MAX_TOTAL))
        )
        if not (k and fits and len(set(self.names)) == k):
            what = "the names, counts and totals do not make a set of studies"
            raise TableError(Problem(what, "Studies", "Build it with Studies.of, which says why"))
        if self.known_total is not None and not self._cover.reaches(self.known_total):
            raise TableError(unreachable(self.known_total, self._cover, "known_total"))

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        events: Sequence[int | str | Count] | NDArray[np.integer],
        totals: Sequence[int | str] | NDArray[np.integer],
        *,
        known_total: int | str | Count | None = None,
    ) -> Studies:
        """Return studies from three sequences of length k, checked like the rows of a file.

        ``events`` are whole numbers, cells such as ``"1+"``, or ``Count``; so is ``known_total``,
        the events of all studies together, None where nothing is known but the counts.

        Raises
        ------
        TableError
            With every fault of every study, or of the total if the studies have none.

        Examples
        --------
        >>> Studies.of(["A", "B"], [3, "1+"], [5, 8]).high
        array([3, 8])
        >>> Studies.of(["A", "B"], ["1+", "?"], [5, 8], known_total=4).known_total
        Count(low=4, high=4)
        """
        faults = Faults("studies")
        lengths = {len(names), len(events), len(totals)}
        if len(lengths) > 1:
            what = f"{len(names)} names, {len(events)} events and {len(totals)} totals"
            faults.add(what, faults.where, "Give one of each for every study")
            faults.raise_any(TableError)
        roll = Roll(faults, lambda row, role: f"study {row:,}, {role}")
        for row, cells in enumerate(zip(names, events, totals, strict=True), start=1):
            roll.add(row, *map(_cell, cells))
        studies = studies_of(roll)
        return studies if known_total is None else studies.with_known_total(known_total)

    def with_known_total(self, known_total: int | str | Count | None) -> Studies:
        """Return the same studies with another total, None or ``"?"`` for none.

        Raises
        ------
        TableError
            If the total is outside the grammar of a cell, or no counts can add up to it.
        """
        faults = Faults("studies")
        known = known_total if isinstance(known_total, Count) else None
        if isinstance(known_total, (Integral, str)):
            known = read_known_total(_cell(known_total), self._cover, faults, "known_total")
        faults.raise_any(TableError)
        return Studies(self.names, *self._arrays, known)

    def where(self, kept: Sequence[bool] | NDArray[np.bool_]) -> Studies:
        """Return the studies that a mask of shape ``(k,)`` keeps, at least one, in their order.

        A known total loses what the others had: where their counts are ranges, so is the rest.

        Raises
        ------
        TableError
            If the mask keeps none.

        Examples
        --------
        >>> studies = Studies.of(["A", "B", "C"], ["1+", "0-2", 3], [5, 8, 9], known_total=6)
        >>> studies.where([True, False, True]).known_total
        Count(low=4, high=6)
        """
        mask = np.asarray(kept, dtype=bool)
        if not mask.any():
            raise TableError(Problem("no study is left", "studies", "Keep at least one"))
        names = tuple(name for name, keep in zip(self.names, mask.tolist(), strict=True) if keep)
        mine = Studies(names, self.low[mask], self.high[mask], self.totals[mask])
        if self.known_total is None:
            return mine
        dropped = Cover.of(*(values[~mask] for values in self._arrays))
        return mine.with_known_total(mine._cover.rest(self.known_total, dropped))

    def __eq__(self, other: object) -> bool:
        """Return whether both say the same about the same studies in the same order."""
        if not isinstance(other, Studies):
            return NotImplemented
        return (self.names, self.known_total) == (other.names, other.known_total) and all(
            np.array_equal(mine, theirs)
            for mine, theirs in zip(self._arrays, other._arrays, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]  # equal arrays, no hash: as for arrays themselves

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild on unpickling, so that the arrays of the copy are read-only too."""
        return Studies, (self.names, *self._arrays, self.known_total)

    @property
    def _arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        return self.low, self.high, self.totals

    @property
    def _cover(self) -> Cover:
        return Cover.of(*self._arrays)

    @property
    def k(self) -> int:
        """The number of studies."""
        return len(self.names)

    @property
    def counts(self) -> tuple[Count, ...]:
        """What is known about the events of each study."""
        return tuple(map(Count, self.low.tolist(), self.high.tolist()))

    @property
    def exact(self) -> bool:
        """Whether every count is known exactly."""
        return bool(np.array_equal(self.low, self.high))

    @property
    def silent(self) -> bool:
        """Whether nothing is known: no study reports a count, and no total narrows them."""
        return bool(self.unreported.all()) and self.binding_total is None

    @property
    def unreported(self) -> NDArray[np.bool_]:
        """Which studies say nothing of their own events, shape ``(k,)``."""
        silent: NDArray[np.bool_] = (self.low == 0) & (self.high == self.totals)
        return silent

    @property
    def events(self) -> NDArray[np.int64]:
        """The events of each study, shape ``(k,)``.

        Raises
        ------
        InputError
            If a count is a range or not reported; one problem for each such study.
        """
        if self.exact:
            return self.low
        faults = Faults("studies")
        for row in np.flatnonzero(self.low < self.high).tolist():
            what = f"{shown(self.names[row])} has {Count(int(self.low[row]), int(self.high[row]))}"
            remedy = "This needs an exact count; ask for an analysis that takes ranges"
            faults.add(f"{what} events of {self.totals[row]}", f"study {row + 1:,}", remedy)
        raise InputError(faults.problems)

    @property
    def total_events(self) -> Count:
        """What is known about the events of all studies together, from counts and known total."""
        return self._cover.narrowed(self.known_total)

    @property
    def binding_total(self) -> Count | None:
        """The known total as far as it says more than the counts do; None where it does not.

        What a likelihood needs: a range narrower than the sums that the counts allow by
        themselves, whose counts all can be reached. With exact counts it is always None.
        """
        total = self.total_events
        return None if total == self._cover.narrowed(None) else total

    @property
    def crude_rate(self) -> float | None:
        """All events over all patients, in [0, 1]; None unless counts or total say how many."""
        events = self.total_events
        return events.low / int(self.totals.sum()) if events.exact else None


def studies_of(roll: Roll) -> Studies:
    """Return the studies that a roll has collected, or raise TableError with all its faults."""
    roll.check()
    roll.faults.raise_any(TableError)
    low, high, totals = (np.frombuffer(column, dtype=np.int64) for column in roll.columns)
    return Studies(tuple(roll.names), low, high, totals)


def _cell(value: object) -> str:
    """Return a value as the cell that would stand in a file; a float shows its decimals."""
    return str(int(value)) if isinstance(value, Integral) else str(value)


def _frozen(values: ArrayLike) -> NDArray[np.int64]:
    """Return a copy over immutable bytes: not even ``setflags`` makes it writeable again."""
    return np.frombuffer(np.asarray(values, dtype=np.int64).tobytes(), dtype=np.int64)
