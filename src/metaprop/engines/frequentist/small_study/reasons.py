"""Why a test of small-study effects has no answer, or one to be taken with care."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

LEAST = 3
"""Studies below which no such test exists."""
USUAL = 10
"""Studies below which guidelines advise against it."""

TOO_FEW = "Fewer than three studies: no test of small-study effects exists"
SAME_SIZE = "All studies have the same precision or size: small ones cannot differ from large ones"
NO_VARIATION = "All studies have the same estimate: nothing can go with size"
FEW = "Fewer than ten studies: such a test has little power, and guidelines advise against it"
NO_SELECTION = (
    "Asymmetry in single-arm proportions is not evidence of selection: the estimate and its "
    "standard error are functions of the same count"
)
EMPTY_CELLS = (
    "Studies with an empty cell carry a correction that depends on their size: part of the "
    "asymmetry is made by it"
)


def constant(values: Floats, used: Bools) -> Bools:
    """Return whether all values used are the same but for rounding, shape (...)."""
    high = np.where(used, values, -np.inf).max(axis=-1)
    low = np.where(used, values, np.inf).min(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(high - low <= 1e-12 * np.maximum(np.abs(high), np.abs(low)))


def told(pairs: Iterable[tuple[str, Bools]]) -> tuple[str, ...]:
    """Return the sentences that hold anywhere; for many data sets, with how many."""
    return tuple(
        f"{text}." if where.ndim == 0 else f"{text} ({int(where.sum()):,} of {where.size:,})."
        for text, where in ((text, np.asarray(where)) for text, where in pairs)
        if where.any()
    )
