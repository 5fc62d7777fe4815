"""Rates and their logits, in forms that lose nothing near 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def log_expit(logit: ArrayLike) -> NDArray[np.float64]:
    """Return ``log p`` for ``p = 1 / (1 + exp(-logit))``; any shape, no overflow."""
    return np.asarray(special.log_expit(np.asarray(logit, dtype=np.float64)))


def softplus(x: ArrayLike) -> NDArray[np.float64]:
    """Return ``log(1 + exp(x))`` without overflow; any shape."""
    return -log_expit(np.negative(x))


def logit(p: ArrayLike) -> NDArray[np.float64]:
    """Return ``log(p / (1 - p))`` of rates in [0, 1]; -inf and inf at the ends."""
    return np.asarray(special.logit(np.asarray(p, dtype=np.float64)))


def expit(x: ArrayLike) -> NDArray[np.float64]:
    """Return ``1 / (1 + exp(-x))``; any shape."""
    return np.asarray(special.expit(np.asarray(x, dtype=np.float64)))
