"""Sets of counts by their Q: two halves of the studies, of which every two are added up.

Q needs no more than three sums over studies, so that of a billion sets only those are pooled whose
Q comes near print. Where there are more, halves are drawn at random: that tells about how many sets
of counts show a line, which no search does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln, chdtri, gammaln

from metaprop.engines.frequentist.effects import effects
from metaprop.questions.audit.vectors import AT_ONCE, NEAR, all_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from metaprop.questions.audit.settings import Choice
    from metaprop.questions.audit.vectors import Target

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOST_POOLED, MOST_SIFTED = 60_000, 2_000_000_000
"""Sets of counts that are pooled one and all, and that are sifted by their Q first."""
MOST_HALF = 2_000_000
"""Sets of counts of one half."""
DRAWN = 20_000
"""Sets that are drawn of each half, so that four hundred million are sifted."""
SPREAD = 0.08
"""Intraclass correlation of the rates that halves are drawn with: wider than small reviews are."""


@dataclass(frozen=True, slots=True)
class _Half:
    """Sets of counts of some listed studies: their ``columns`` (h,), ``vectors`` (N, h).

    ``sums`` are the three of ``_parts``, shape (3, N); ``chance`` is the log of how often each was
    drawn, 0 where none was left to chance.
    """

    columns: Ints
    vectors: Ints
    sums: Floats
    chance: Floats


@dataclass(frozen=True, slots=True)
class Sifted:
    """Sets of counts (B, m) whose Q comes near print; ``weight`` (B,) is how many each stands for.

    All of them stand for themselves where none was left to chance.
    """

    vectors: Ints
    weight: Floats


def can_be_sifted(target: Target, choice: Choice) -> bool:
    """Return whether no set has to be left out: there are few, or few whose Q comes near."""
    if target.tables <= MOST_POOLED:
        return True
    if not can_be_drawn(target, choice) or target.tables > MOST_SIFTED:
        return False
    return max(_sizes(target)) <= MOST_HALF


def can_be_drawn(target: Target, choice: Choice) -> bool:
    """Return whether Q can be told from sums, and print says enough of it."""
    tells = any(one is not None and one.relation == "is" for one in target.printed[3:])
    return tells and _parts(target, choice) is not None


def sifted(target: Target, choice: Choice) -> Iterator[Ints]:
    """Yield the sets that are worth pooling: all, or of many those whose Q comes near."""
    parts = None if target.tables <= MOST_POOLED else _parts(target, choice)
    if parts is None:
        yield from all_vectors(target)
        return
    first, second = (_every(target, columns, parts) for columns in _columns(target))
    for found in _near(target, (first, second), parts, NEAR):
        yield found.vectors


def drawn(
    target: Target, choice: Choice, rate: float, rng: np.random.Generator
) -> Iterator[Sifted]:
    """Yield sets whose Q prints as it does, of halves that are drawn at random around a rate."""
    parts = _parts(target, choice)
    if parts is None:
        return
    rate = min(max(rate, 0.02), 0.98)
    first, second = (_some(target, columns, parts, rate, rng) for columns in _columns(target))
    yield from _near(target, (first, second), parts, 0.0)


def _columns(target: Target) -> tuple[Ints, Ints]:
    """Return the places of the listed studies in two halves of about as many sets of counts."""
    sizes = target.most + 1 - target.least
    halves: tuple[list[int], list[int]] = ([], [])
    logs = [0.0, 0.0]
    for place in np.argsort(-sizes, kind="stable").tolist():
        less = int(logs[1] < logs[0])
        halves[less].append(place)
        logs[less] += float(np.log(sizes[place]))
    first, second = (np.array(sorted(half), dtype=np.int64) for half in halves)
    return first, second


def _sizes(target: Target) -> list[int]:
    sizes = (target.most + 1 - target.least).astype(object)
    return [int(np.prod(sizes[columns])) for columns in _columns(target)]


def _every(target: Target, columns: Ints, parts: Parts) -> _Half:
    shape = (target.most[columns] + 1 - target.least).tolist()
    places = np.arange(int(np.prod(shape)))
    vectors = np.stack(np.unravel_index(places, shape), axis=-1) + target.least
    return _Half(columns, vectors, _sums(vectors, columns, parts), np.zeros(len(vectors)))


def _some(
    target: Target, columns: Ints, parts: Parts, rate: float, rng: np.random.Generator
) -> _Half:
    """Return sets drawn at random: the events of each study are beta-binomial around the rate."""
    size = 1.0 / SPREAD - 1.0
    drawn_ones, chance = [], np.zeros(DRAWN)
    for most in target.most[columns].tolist():
        y = np.arange(target.least, most + 1)
        log = _beta_binomial(y, most, rate * size, (1.0 - rate) * size)
        log -= np.logaddexp.reduce(log)
        picked = rng.choice(y.size, size=DRAWN, p=np.exp(log))
        drawn_ones.append(y[picked])
        chance += log[picked]
    vectors = np.stack(drawn_ones, axis=-1)
    return _Half(columns, vectors, _sums(vectors, columns, parts), chance + np.log(DRAWN))


def _beta_binomial(y: Ints, n: int, a: float, b: float) -> Floats:
    log: Floats = betaln(y + a, n - y + b) - gammaln(y + 1.0) - gammaln(n - y + 1.0)
    return log


def _sums(vectors: Ints, columns: Ints, parts: Parts) -> Floats:
    return np.array([table[vectors, columns].sum(axis=1) for table, _ in parts])


def _near(
    target: Target, halves: tuple[_Half, _Half], parts: Parts, steps: float
) -> Iterator[Sifted]:
    """Yield every two halves whose Q together is within so many steps of print."""
    low, high = _near_q(target, steps)
    few, many = sorted(halves, key=lambda half: len(half.vectors))
    rest = np.array([other for _, other in parts])
    found: list[tuple[Ints, Ints]] = []
    held = 0
    room = np.empty_like(many.sums)
    for place in range(len(few.vectors)):
        weight, first, second = np.add(many.sums, (few.sums[:, place] + rest)[:, None], out=room)
        first *= first
        first /= weight
        second -= first
        near = np.flatnonzero((second >= low) & (second <= high))
        found.append((np.full(near.size, place), near))
        held += near.size
        if held > AT_ONCE:
            yield _joined(target, few, many, found)
            found, held = [], 0
    yield _joined(target, few, many, found)


def _joined(target: Target, few: _Half, many: _Half, found: Sequence[tuple[Ints, Ints]]) -> Sifted:
    ours, theirs = (np.concatenate([row[i] for row in found]) for i in range(2))
    vectors = np.empty((ours.size, len(target.listed)), dtype=np.int64)
    vectors[:, few.columns], vectors[:, many.columns] = few.vectors[ours], many.vectors[theirs]
    return Sifted(vectors, np.exp(-few.chance[ours] - many.chance[theirs]))


def _near_q(target: Target, steps: float) -> tuple[float, float]:
    """Return the Q between which I2 and P print as they do, or within so many steps of it."""
    df = target.totals.size - 1.0
    low, high = 0.0, np.inf
    i2, p = target.printed[3:]
    if i2 is not None:
        room = steps * i2.step
        most = min(i2.high + room, 1.0)
        high = df / (1.0 - most) if most < 1.0 else np.inf
        low = df / (1.0 - i2.low + room) if i2.low > room else 0.0
    if p is not None and p.relation == "is":
        room = steps * p.step
        low = max(low, float(chdtri(df, min(p.high + room, 1.0))))
        high = min(high, float(chdtri(df, max(p.low - room, 0.0))))
    return low, high


type Parts = tuple[tuple[Floats, float], ...]


def _parts(target: Target, choice: Choice) -> Parts | None:
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
