"""Weighted linear regression of the studies' estimates, one data set or many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SINGULAR = 1e-12
"""Columns that explain each other up to this share leave no coefficient of their own."""


@dataclass(frozen=True, slots=True)
class LinearFit:
    """A regression with weights w on p columns.

    ``coefficients`` (..., p); ``covariance`` (..., p, p), the inverse of X'WX; ``residuals``
    (..., k); ``q``, the weighted sum of their squares, and ``df`` = studies used - p, shape (...).
    All NaN where the columns explain each other.
    """

    coefficients: Floats
    covariance: Floats
    residuals: Floats
    q: Floats
    df: Floats

    @property
    def se(self) -> Floats:
        """Standard errors if the weights are right, shape (..., p)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1))

    @property
    def scaled_se(self) -> Floats:
        """Standard errors from the scatter of the residuals, shape (..., p); NaN without df."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(self.df > 0.0, self.q / self.df, np.nan)
        return np.sqrt(scale)[..., None] * self.se


def linear_fit(estimate: Floats, weights: Floats, design: Floats, count: Floats) -> LinearFit:
    """Return the weighted regression of estimates (..., k) on a design (..., k, p).

    ``weights`` are 0 for studies that are not used; ``count`` (...) are those that are.
    """
    coefficients, covariance = solve(estimate, weights, design)
    fitted = np.matvec(design, coefficients)
    residuals = np.where(weights > 0.0, estimate - fitted, 0.0)
    q = np.vecdot(weights, residuals * residuals)
    return LinearFit(coefficients, covariance, residuals, q, count - design.shape[-1])


def solve(estimate: Floats, weights: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and the inverse of X'WX; NaN where it is singular."""
    weighed = design * weights[..., None]
    cross = np.matmul(np.swapaxes(design, -1, -2), weighed)
    size = np.sqrt(np.diagonal(cross, axis1=-2, axis2=-1))
    scale = np.where(size > 0.0, size, 1.0)
    even = cross / (scale[..., :, None] * scale[..., None, :])
    fine = np.linalg.eigvalsh(even)[..., 0] > SINGULAR
    p = design.shape[-1]
    inverse = np.linalg.inv(np.where(fine[..., None, None], even, np.eye(p)))
    inverse = inverse / (scale[..., :, None] * scale[..., None, :])
    inverse = np.where(fine[..., None, None], inverse, np.nan)
    return np.matvec(inverse, np.matvec(np.swapaxes(weighed, -1, -2), estimate)), inverse
