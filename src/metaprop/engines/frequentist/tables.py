"""Tables of counts as arrays: one data set of k studies, or many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import Problem, TableError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

MOST_LISTED = 20
"""Faults listed one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Events and totals, shape (..., k) each: whole numbers, 0 <= events <= totals, 1 <= totals.

    The last axis runs over the k >= 1 studies of a data set, those before over data sets.
    """

    events: Floats
    totals: Floats

    @classmethod
    def of(cls, events: ArrayLike, totals: ArrayLike) -> Tables:
        """Check counts and keep them as floats.

        Raises
        ------
        TableError
            There is no study, the shapes differ, or a count is impossible; all faults at once.
        """
        y, n = _floats(events, "events"), _floats(totals, "totals")
        if y.shape != n.shape:
            y, n = _broadcast(y, n)
        if y.ndim == 0 or y.shape[-1] == 0:
            remedy = "Give one number for each study along the last axis"
            raise TableError(Problem("there is no study", "events", remedy))
        with np.errstate(invalid="ignore"):
            fine = (y >= 0.0) & (y <= n) & (n >= 1.0) & (n < np.inf)
            fine &= (np.floor(y) == y) & (np.floor(n) == n)
        if not fine.all():
            raise TableError(_faults(y, n, fine))
        return cls(y, n)

    @property
    def k(self) -> int:
        """The number of studies in each data set."""
        return int(self.events.shape[-1])


def _floats(values: ArrayLike, where: str) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        remedy = "Give an array of whole numbers; ranges need the exact engine"
        raise TableError(Problem("not every count is one number", where, remedy)) from None


def _broadcast(y: Floats, n: Floats) -> tuple[Floats, Floats]:
    if y.shape[-1:] == n.shape[-1:]:
        try:
            shape = np.broadcast_shapes(y.shape, n.shape)
            return np.broadcast_to(y, shape), np.broadcast_to(n, shape)
        except ValueError:
            pass
    what = f"events of shape {y.shape} and totals of shape {n.shape}"
    raise TableError(Problem(what, "totals", "Give one total for every count of events"))


def _faults(y: Floats, n: Floats, fine: NDArray[np.bool_]) -> list[Problem]:
    """Return one problem for each impossible study, the first ones spelt out."""
    places = np.argwhere(~fine)
    problems = [
        _fault(float(y[tuple(at)]), float(n[tuple(at)]), _place(at.tolist()))
        for at in places[:MOST_LISTED]
    ]
    more = len(places) - len(problems)
    if more:
        problems.append(Problem(f"{more:,} more counts are impossible", "studies", "Check them"))
    return problems


def _fault(y: float, n: float, where: str) -> Problem:
    if not (np.isfinite(y) and np.isfinite(n)):
        return Problem(f"{y:g} of {n:g} is no finite count", where, "Leave the study out")
    if y != np.floor(y) or n != np.floor(n):
        return Problem(f"{y:g} of {n:g} is no whole number", where, "Give counts of patients")
    if n < 1:
        return Problem(f"a total of {n:g}", where, "Give at least one patient")
    if y < 0:
        return Problem(f"{y:g} events", where, "Give a count that is not negative")
    remedy = "Check both numbers"
    return Problem(f"{y:g} events are more than the {n:g} patients", where, remedy)


def _place(at: list[int]) -> str:
    *tables, study = (index + 1 for index in at)
    return f"{'table ' + ', '.join(map(str, tables)) + ', ' if tables else ''}study {study}"
