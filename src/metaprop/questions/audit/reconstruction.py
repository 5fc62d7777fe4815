"""Which whole numbers could stand behind a line: a test of consistency, never a source of data.

Studies that print names beside the line have at least one event, the others none; where it names
all, any study may have none. Few vectors are
tried one and all; of many, a search from seeded starts tries some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.effects import effects
from metaprop.engines.frequentist.plan import Plan
from metaprop.engines.frequentist.pooling import pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.evidence.printed import Printed
    from metaprop.questions.audit.settings import Choice

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RECONSTRUCTION = Method(
    "reconstruction as a test",
    "Whole numbers of events were sought that pool to the printed line: whether there are any, and "
    "how far their totals spread. None of them was used as data.",
)
MOST_TRIED = 60_000
"""Vectors that are tried one and all."""
STARTS = 20
MOST_STEPS = 40
"""Of a search: where it starts from, and how far each start may go."""
NEAR = 25
"""Nearest vectors that are kept where none rounds to the line."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is sought: the printed numbers, the sizes (k,) and the places of the listed studies.

    ``least`` are the events that each of these has at least, 0 or 1.
    """

    printed: tuple[Printed | None, ...]
    totals: Ints
    listed: tuple[int, ...]
    least: int
    level: float

    @property
    def most(self) -> Ints:
        """The most events of each listed study."""
        return self.totals[list(self.listed)]

    @property
    def tables(self) -> int:
        """How many vectors there are."""
        return int(np.prod((self.most + 1 - self.least).astype(object)))


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """What was found: ``rounding`` vectors that show every digit, of ``tried``.

    ``exhaustive`` is whether all were tried, so that ``rounding`` is their number; else at least
    so many. ``low`` and ``high`` are the least and most events in all of these vectors, or, where
    there is none, of the ``NEAR`` nearest; ``nearest`` is the total of the nearest, which misses
    the line by ``steps`` steps of a last digit at most.
    """

    choice: Choice
    tried: int
    exhaustive: bool
    rounding: int
    low: int
    high: int
    nearest: int
    steps: float


def reconstruct(target: Target, choice: Choice, rng: np.random.Generator) -> Reconstruction:
    """Return what whole numbers under the listed studies say of a line pooled by one choice."""
    exhaustive = target.tables <= MOST_TRIED
    tried = _Tried(target, choice)
    if exhaustive:
        tried.all()
    else:
        tried.search(rng)
    return tried.told(exhaustive=exhaustive)


class _Tried:
    """The vectors tried so far with how far each misses the line."""

    def __init__(self, target: Target, choice: Choice) -> None:
        self.target = target
        self.choice = choice
        self.seen: dict[bytes, float] = {}

    def all(self) -> None:
        """Try every vector."""
        least = self.target.least
        shape = (self.target.most + 1 - least).tolist()
        every = np.indices(shape).reshape(len(shape), -1).T + least
        self.distances(every.astype(np.int64))

    def search(self, rng: np.random.Generator) -> None:
        """Walk downhill from each start, one event or one exchange at a time."""
        most = self.target.most
        rate = self._rate_listed()
        least = self.target.least
        now = np.clip(rng.binomial(most, rate, size=(STARTS, most.size)), least, most)
        best = self.distances(now)
        moves = _moves(most.size)
        for _ in range(MOST_STEPS):
            next_ones = now[:, None, :] + moves
            inside = ((next_ones >= least) & (next_ones <= most)).all(axis=-1)
            found = np.full(inside.shape, np.inf)
            found[inside] = self.distances(next_ones[inside])
            place = found.argmin(axis=1)
            value = found[np.arange(STARTS), place]
            better = value < best
            if not better.any():
                return
            now[better] = next_ones[np.arange(STARTS), place][better]
            best = np.where(better, value, best)

    def _rate_listed(self) -> Floats:
        """Return a rate of the listed studies that makes about the printed events in all."""
        estimate = self.target.printed[0]
        rate = 0.1 if estimate is None else estimate.value
        share = rate * float(self.target.totals.sum()) / float(self.target.most.sum())
        return np.full(self.target.most.size, min(max(share, 0.02), 0.98))

    def distances(self, vectors: Ints) -> Floats:
        """Return how far each vector misses the line, and remember it."""
        if not len(vectors):
            return np.zeros(0)
        events = np.zeros((len(vectors), self.target.totals.size), dtype=np.int64)
        events[:, list(self.target.listed)] = vectors
        largest = _largest_steps(events, self.target, self.choice)
        for vector, far in zip(vectors, largest.tolist(), strict=True):
            self.seen[vector.tobytes()] = far
        return largest

    def told(self, *, exhaustive: bool) -> Reconstruction:
        """Return what the vectors tried so far say."""
        far = np.array(list(self.seen.values()))
        vectors = np.array([np.frombuffer(one, dtype=np.int64) for one in self.seen])
        order = np.argsort(far, kind="stable")
        rounding = int((far == 0.0).sum())
        kept = order[: rounding or NEAR]
        totals = vectors[kept].sum(axis=1)
        return Reconstruction(
            choice=self.choice,
            tried=far.size,
            exhaustive=exhaustive,
            rounding=rounding,
            low=int(totals.min()),
            high=int(totals.max()),
            nearest=int(totals[0]),
            steps=float(far[order[0]]),
        )


def _moves(m: int) -> Ints:
    """Return one event more or less, and one event from here to there, shape (moves, m)."""
    one = np.eye(m, dtype=np.int64)
    exchanged = (one[:, None, :] - one[None, :, :]).reshape(-1, m)
    return np.concatenate([one, -one, exchanged[np.any(exchanged != 0, axis=1)]])


def _largest_steps(events: Ints, target: Target, choice: Choice) -> Floats:
    """Return by how many steps of its last digit the worst number of each line is missed."""
    variant, pooling = choice.variant, choice.pooling
    with np.errstate(all="ignore"):
        made = effects(
            events,
            target.totals,
            variant.scale,
            variant.correction,
            variant.amount,
            variant.convention,
        )
        plan = Plan(pooling.tau2 or "dl", pooling.interval, pooling.safeguard, level=target.level)
        pooled = pool(made, plan, tau2=None if pooling.tau2 else 0.0)
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
