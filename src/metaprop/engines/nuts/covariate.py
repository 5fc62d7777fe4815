"""A covariate of the studies as the columns of a regression.

A number enters less its mean over two standard deviations (Gelman 2008, doi:10.1002/sim.3107).
Groups of L kinds enter by L - 1 columns, orthogonal contrasts over the square root of 2, so that
the log odds of any two groups differ by one coefficient's prior, whichever of them comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.errors import OptionError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TO_COMPARE = 2
"""Different values that a covariate must have."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How values become rows: ``centre`` and ``scale`` of a number, ``levels`` of groups.

    ``rows`` (L, c) are those of the levels, empty for a number.
    """

    centre: float
    scale: float
    levels: tuple[str, ...]
    rows: Floats

    @classmethod
    def of(cls, values: Sequence[float | str]) -> Coding:
        """Return the coding of the values of studies, all known.

        Raises
        ------
        OptionError
            All values are the same.
        """
        if len(set(values)) < TO_COMPARE:
            what = "the covariate has the same value in all studies"
            raise OptionError(Problem(what, "covariate", "Leave it out"))
        if all(isinstance(value, str) for value in values):
            levels = tuple(sorted({str(value) for value in values}))
            return cls(0.0, 1.0, levels, _contrasts(len(levels)) / np.sqrt(2.0))
        numbers = _numbers(values)
        if not np.isfinite(numbers).all():
            what = "a value of the covariate is not a finite number"
            raise OptionError(Problem(what, "covariate", "Leave the study out"))
        scale = 2.0 * float(numbers.std(ddof=1))
        return cls(float(numbers.mean()), scale, (), np.zeros((0, 1)))

    def encode(self, values: Sequence[float | str]) -> Floats:
        """Return the rows of values, shape ``(len(values), c)``."""
        if self.levels:
            return self.rows[[self.levels.index(str(value)) for value in values]]
        numbers = _numbers(values)
        return ((numbers - self.centre) / self.scale)[:, None]


def _numbers(values: Sequence[float | str]) -> Floats:
    return np.array([float(value) for value in values])


def _contrasts(levels: int) -> Floats:
    """Return orthonormal columns that sum to zero (Helmert), shape ``(levels, levels - 1)``."""
    matrix = np.zeros((levels, levels - 1))
    for column in range(levels - 1):
        matrix[: column + 1, column] = -1.0
        matrix[column + 1, column] = column + 1.0
    scaled: Floats = matrix / np.linalg.norm(matrix, axis=0)
    return scaled
