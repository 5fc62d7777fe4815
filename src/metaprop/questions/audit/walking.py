"""Sets of counts near a line, where there are too many to try all: chains walk downhill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.questions.audit.vectors import steps_missed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from metaprop.questions.audit.settings import Choice
    from metaprop.questions.audit.vectors import Target

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CHAINS, STEPS = 150, 400
"""Of a walk: how many chains there are, and how far each goes."""
WARM, COLD = 1.0, 0.1
"""Temperatures of a walk, on the log of one more than the steps by which a vector misses."""


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
