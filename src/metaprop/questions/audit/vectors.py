"""Whole numbers of events that may stand behind a line: which are tried, and how far they miss it.

Where they are few enough, all are tried: of so many, only those whose Q comes near print are pooled
in full, since Q needs no more than sums over studies. Of more, chains walk downhill at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri

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
MOST_POOLED, MOST_SIFTED = 60_000, 10_000_000
"""Vectors that are pooled one and all, and that are sifted by their Q first."""
AT_ONCE = 500_000
CHAINS, STEPS = 150, 400
"""Of a walk: how many chains there are, and how far each goes."""
WARM, COLD = 1.0, 0.1
"""Temperatures of a walk, on the log of one more than the steps by which a vector misses."""


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


def can_be_sifted(target: Target, choice: Choice) -> bool:
    """Return whether no vector has to be left out: there are few, or few whose Q comes near."""
    if target.tables <= MOST_POOLED:
        return True
    tells = any(one is not None and one.relation == "is" for one in target.printed[3:])
    return tells and target.tables <= MOST_SIFTED and _parts(target, choice) is not None


def sifted(target: Target, choice: Choice) -> Iterator[Ints]:
    """Yield the vectors that are worth pooling: all, or of many those whose Q comes near."""
    few = target.tables <= MOST_POOLED
    return all_vectors(target) if few else by_q(target, choice)


def by_q(target: Target, choice: Choice) -> Iterator[Ints]:
    """Yield the vectors whose Q comes near print, some at a time: no other misses by so little."""
    low, high = _near_q(target)
    parts = _parts(target, choice)
    columns = np.arange(len(target.listed))
    for vectors in all_vectors(target):
        if parts is None:
            yield vectors
            continue
        weight, first, second = (part[vectors, columns].sum(axis=1) + rest for part, rest in parts)
        q = second - first**2 / weight
        yield vectors[(q >= low) & (q <= high)]


def _near_q(target: Target) -> tuple[float, float]:
    """Return the Q between which I2 and P print as they do, or nearly: within ``NEAR`` steps."""
    df = target.totals.size - 1.0
    low, high = 0.0, np.inf
    i2, p = target.printed[3:]
    if i2 is not None:
        room = NEAR * i2.step
        most = min(i2.high + room, 1.0)
        high = df / (1.0 - most) if most < 1.0 else np.inf
        low = df / (1.0 - i2.low + room) if i2.low > room else 0.0
    if p is not None and p.relation == "is":
        room = NEAR * p.step
        low = max(low, float(chdtri(df, min(p.high + room, 1.0))))
        high = min(high, float(chdtri(df, max(p.low - room, 0.0))))
    return low, high


def _parts(target: Target, choice: Choice) -> tuple[tuple[Floats, float], ...] | None:
    """Return the sums behind Q: for each of three, by events (n + 1, m) and of the other studies.

    Three sums over studies: weights, weights times estimates, weights times their squares. None
    where a study's estimate hangs on the others, or a study may drop out.
    """
    one, k = choice.variant, target.totals.size
    if one.correction == "if0all":
        return None
    every = np.minimum(np.arange(target.totals.max() + 1)[:, None], target.totals)
    with np.errstate(all="ignore"):
        made = effects(every, target.totals, one.scale, one.correction, one.amount, one.convention)
        weight = 1.0 / made.variance
    if not np.isfinite(weight * made.estimate).all():
        return None
    others = np.setdiff1d(np.arange(k), target.listed)
    sums = (weight, weight * made.estimate, weight * made.estimate**2)
    return tuple((part[:, list(target.listed)], float(part[0, others].sum())) for part in sums)


def walked(
    target: Target, choice: Choice, rng: np.random.Generator
) -> Iterator[tuple[Ints, Floats]]:
    """Yield the vectors that chains come by, with the steps by which they miss, colder and colder.

    A move changes one study's events, or those of two, by one or two; one that misses by less is
    taken, one that misses by more sometimes, and more rarely as it gets colder (simulated
    annealing).
    """
    now = _starts(target, rng)
    miss = steps_missed(now, target, choice)
    yield now, miss
    for step in range(STEPS):
        heat = WARM * (COLD / WARM) ** (step / (STEPS - 1))
        moved = _moved(now, target, rng)
        far = steps_missed(moved, target, choice)
        taken = np.log1p(far) - np.log1p(miss) < heat * rng.exponential(size=CHAINS)
        now, miss = np.where(taken[:, None], moved, now), np.where(taken, far, miss)
        yield moved, far


def _starts(target: Target, rng: np.random.Generator) -> Ints:
    """Return where chains start: rates of the studies spread about the printed one."""
    estimate, most = target.printed[0], target.most
    rate = 0.1 if estimate is None else estimate.value
    share = rate * float(target.totals.sum()) / float(most.sum())
    share = min(max(share, 0.02), 0.98)
    rates = rng.beta(1.0, (1.0 - share) / share, size=(CHAINS, most.size))
    return np.clip(rng.binomial(most, rates), target.least, most)


def _moved(now: Ints, target: Target, rng: np.random.Generator) -> Ints:
    moved, rows = now.copy(), np.arange(CHAINS)
    for chance in (1.0, 0.6):
        by = rng.choice([-2, -1, 1, 2], size=CHAINS) * (rng.random(CHAINS) < chance)
        moved[rows, rng.integers(target.most.size, size=CHAINS)] += by
    return np.clip(moved, target.least, target.most)
