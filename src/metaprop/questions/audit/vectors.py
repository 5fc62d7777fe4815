"""Whole numbers of events that may stand behind a line, and how far they miss it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from metaprop.evidence.printed import Printed
    from metaprop.questions.audit.settings import Choice

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NEAR = 5.0
"""Steps of a last digit beyond the nearest within which other vectors are near too."""
AT_ONCE = 500_000
"""Vectors that are held at a time."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is sought: the printed numbers, the sizes (k,) and the places of the listed studies.

    ``printed`` is in the order of ``space.NUMBERS``. ``least`` are the events that each listed
    study has at least, 0 or 1; the others have none. ``known`` bounds the events of each listed
    study, as other evidence does: it is not searched by, only told beside what is found.
    """

    printed: tuple[Printed | None, ...]
    totals: Ints
    listed: tuple[int, ...]
    least: int
    level: float
    known: tuple[tuple[int, int], ...] = ()

    @property
    def most(self) -> Ints:
        """The most events of each listed study."""
        return self.totals[list(self.listed)]

    @property
    def tables(self) -> int:
        """How many vectors there are."""
        return int(np.prod((self.most + 1 - self.least).astype(object)))

    def events(self, vectors: Ints) -> Ints:
        """Return the events of all studies, shape (B, k), for those of the listed ones (B, m)."""
        events = np.zeros((len(vectors), self.totals.size), dtype=np.int64)
        events[:, list(self.listed)] = vectors
        return events

    def agree(self, vectors: Ints) -> NDArray[np.bool_]:
        """Return which vectors (B, m) lie within what is known of the counts, shape (B,)."""
        if not self.known:
            return np.ones(len(vectors), dtype=bool)
        low, high = np.array(self.known).T
        return np.asarray(((vectors >= low) & (vectors <= high)).all(axis=1))


def steps_missed(vectors: Ints, target: Target, choice: Choice) -> Floats:
    """Return by how many steps of its last digit the worst number of each vector misses."""
    one, how = choice.variant, choice.pooling
    with np.errstate(all="ignore"):
        events, totals = target.events(vectors), target.totals
        made = effects(events, totals, one.scale, one.correction, one.amount, one.convention)
        plan = Plan(how.tau2 or "dl", how.interval, how.safeguard, level=target.level)
        pooled = pool(made, plan, tau2=None if how.tau2 else 0.0)
        rates, told = pooled.rates(choice.size), pooled.heterogeneity
    values = (rates.estimate, rates.ci_low, rates.ci_high, told.i2, told.p_value)
    return _worst(values, target.printed)


def _worst(values: Sequence[Floats], printed: Sequence[Printed | None]) -> Floats:
    rows = []
    for value, one in zip(values, printed, strict=True):
        if one is not None:
            far = np.where(one.shows(value), 0.0, one.missed_by(value))
            rows.append(np.nan_to_num(far, nan=np.inf))
    return np.asarray(np.max(rows, axis=0))


def all_vectors(target: Target) -> Iterator[Ints]:
    """Yield every vector, some at a time, shape (B, m)."""
    shape = tuple((target.most + 1 - target.least).tolist())
    for start in range(0, target.tables, AT_ONCE):
        places = np.arange(start, min(start + AT_ONCE, target.tables))
        yield np.stack(np.unravel_index(places, shape), axis=-1) + target.least
