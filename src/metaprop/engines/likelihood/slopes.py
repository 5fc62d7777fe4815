"""A log likelihood with its first and second derivatives, for many studies or data sets at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slopes:
    """A log likelihood and its derivatives by location and spread, arrays of one shape.

    ``location`` is on the log-odds scale: mu (logit-normal) or logit m (beta-binomial). ``spread``
    is tau (logit-normal) or the square root of ``rho / (1 - rho)`` (beta-binomial); 0 is the
    common rate, where the likelihood is even in it: ``by_spread`` is 0 there, and
    ``by_spread_twice / 2`` is the derivative by tau2 or by ``rho / (1 - rho)``.
    """

    value: Floats
    by_location: Floats
    by_spread: Floats
    by_location_twice: Floats
    by_both: Floats
    by_spread_twice: Floats

    @classmethod
    def empty(cls, size: int) -> Slopes:
        """Return room for ``size`` results, to be written into."""
        return cls(*np.empty((6, size)))

    def put(self, rows: NDArray[np.int64], part: Slopes) -> None:
        """Write the results of some rows in their places."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(part, name)
