"""Which whole numbers could stand behind a line: a test of consistency, never a source of data.

Studies that print names beside the line have at least one event, the others none; where it names
all, any study may have none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.questions.audit.halves import can_be_drawn, can_be_sifted, drawn, sifted
from metaprop.questions.audit.vectors import NEAR, steps_missed
from metaprop.questions.audit.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from metaprop.questions.audit.settings import Choice
    from metaprop.questions.audit.vectors import Target

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RECONSTRUCTION = Method(
    "reconstruction as a test",
    "Whole numbers of events were sought that pool to the printed line: whether there are any, and "
    "how far their totals spread. None of them was used as data.",
)


QUICK = (None, "dl")
"""Estimators of tau2 without iterations."""
FAR = 10.0 * NEAR
"""Steps beyond the nearest within which a vector is pooled by other choices too."""


TIMES = 3
"""How often halves are drawn: their scatter is the error of what they tell."""


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """What was found: of ``tried`` vectors ``rounding`` different ones show every printed digit.

    ``exhaustive`` is whether none was left out, so that ``rounding`` is their number; else at least
    so many. ``tables`` is how many vectors there are, ``about`` how many of them show the line as
    far as vectors drawn at random tell, with its standard error; both None where none were drawn.
    ``near`` vectors miss the line by no more than ``NEAR`` steps of a last digit beyond
    the nearest: ``low`` and ``high`` are the least and most events in all of them, ``agreeing`` of
    them fit what is known of the counts. ``nearest`` is the total of the nearest, which misses by
    ``steps`` when pooled by ``choice``.
    """

    choice: Choice
    tried: int
    exhaustive: bool
    rounding: int
    near: int
    agreeing: int
    low: int
    high: int
    nearest: int
    steps: float
    tables: int
    about: float | None
    about_error: float | None


@dataclass(frozen=True, slots=True)
class _Found:
    """Different vectors (B, m), how far each misses (B,), and by which of the choices (B,).

    ``tried`` are those that were pooled, some of them more than once.
    """

    vectors: Ints
    far: Floats
    by: Ints
    tried: int


def reconstruct(
    target: Target, choices: Sequence[Choice], rng: np.random.Generator
) -> Reconstruction:
    """Return what whole numbers under the listed studies say of a line pooled by any of choices."""
    exhaustive = all(can_be_sifted(target, choice) for choice in choices)
    found = _together(_sifted(target, choices)) if exhaustive else None
    about: tuple[float | None, float | None] = (None, None)
    if found is None or not found.far.size:
        found = _together(_walked(target, choices, rng))
        lead = _quickest(choices)
        if not exhaustive and can_be_drawn(target, choices[lead]):
            rate = float(found.vectors.sum(axis=1).mean() / target.most.sum())
            seen, about = _drawn(target, choices[lead], rate, rng)
            rows = [(*row, lead) for row in seen]
            tried = found.tried + sum(len(row[0]) for row in seen)
            found = replace(_together([(found.vectors, found.far, found.by), *rows]), tried=tried)
    order = np.argsort(found.far, kind="stable")
    steps = float(found.far[order[0]])
    near = found.vectors[order[: int((found.far <= steps + NEAR).sum())]]
    totals = near.sum(axis=1)
    return Reconstruction(
        choice=choices[found.by[order[0]]],
        tried=target.tables if exhaustive else found.tried,
        exhaustive=exhaustive,
        rounding=int((found.far == 0.0).sum()),
        near=len(near),
        agreeing=int(target.agree(near).sum()),
        low=int(totals.min()),
        high=int(totals.max()),
        nearest=int(totals[0]),
        steps=steps,
        tables=target.tables,
        about=about[0],
        about_error=about[1],
    )


def _sifted(target: Target, choices: Sequence[Choice]) -> Iterator[tuple[Ints, Floats, int]]:
    """Yield the vectors whose Q comes near, which hangs on the variant alone, by every choice."""
    for variant in dict.fromkeys(choice.variant for choice in choices):
        own = [place for place, choice in enumerate(choices) if choice.variant == variant]
        for vectors in sifted(target, choices[own[0]]):
            for place in own:
                if len(vectors):
                    yield vectors, steps_missed(vectors, target, choices[place]), place


def _walked(
    target: Target, choices: Sequence[Choice], rng: np.random.Generator
) -> Iterator[tuple[Ints, Floats, int]]:
    """Yield where a walk comes by under the quickest choice; what is near it by the others too."""
    lead = _quickest(choices)
    rows = [(vectors, far, lead) for vectors, far in walked(target, choices[lead], rng)]
    yield from rows
    found = _together(rows)
    for place, choice in enumerate(choices):
        if place != lead:
            yield found.vectors, steps_missed(found.vectors, target, choice), place


def _quickest(choices: Sequence[Choice]) -> int:
    return min(range(len(choices)), key=lambda i: choices[i].pooling.tau2 not in QUICK)


def _drawn(
    target: Target, choice: Choice, rate: float, rng: np.random.Generator
) -> tuple[list[tuple[Ints, Floats]], tuple[float, float]]:
    """Return what random halves come by, and about how many vectors show the line (with error).

    Each vector that shows it stands for as many as it was unlikely to be drawn.
    """
    rows: list[tuple[Ints, Floats]] = []
    counts = np.zeros(TIMES)
    for turn in range(TIMES):
        for some in drawn(target, choice, rate, rng):
            if len(some.vectors):
                far = steps_missed(some.vectors, target, choice)
                counts[turn] += some.weight[far == 0.0].sum()
                rows.append((some.vectors, far))
    return rows, (float(counts.mean()), float(counts.std(ddof=1) / math.sqrt(TIMES)))


def _together(found: Iterable[tuple[Ints, Floats, int | Ints]]) -> _Found:
    """Return the different vectors that are not far, each by the choice that it suits best."""
    rows = list(found)
    if not rows:
        return _Found(np.zeros((0, 1), np.int64), np.zeros(0), np.zeros(0, np.int64), 0)
    vectors = np.concatenate([row[0] for row in rows])
    far = np.concatenate([row[1] for row in rows])
    by = np.concatenate([np.broadcast_to(row[2], len(row[0])) for row in rows])
    kept = np.flatnonzero(far <= far.min() + FAR)
    kept = kept[np.argsort(far[kept], kind="stable")]
    unique, first = np.unique(vectors[kept], axis=0, return_index=True)
    return _Found(unique, far[kept][first], by[kept][first], len(far))
