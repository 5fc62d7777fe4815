"""The numbers that R wrote, read once; see ``tests/references/make_frequentist.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.engines.frequentist.effects import Effects, effects

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from metaprop.engines.frequentist.options import Correction, Scale, Tau2Method

    Floats = NDArray[np.float64]

R: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "references" / "frequentist.json").read_text(encoding="utf-8")
)
DATA: tuple[str, ...] = tuple(R["data"])
METAFOR: dict[str, Scale] = {
    "PR": "raw",
    "PLN": "log",
    "PLO": "logit",
    "PAS": "arcsine",
    "PFT": "freeman-tukey",
}
META: dict[str, Scale] = {
    "PRAW": "raw",
    "PLN": "log",
    "PLOGIT": "logit",
    "PAS": "arcsine",
    "PFT": "freeman-tukey",
}
TAU2: dict[str, Tau2Method] = {
    "DL": "dl",
    "REML": "reml",
    "ML": "ml",
    "PM": "pm",
    "SJ": "sj",
    "HE": "he",
    "HS": "hs",
    "EB": "eb",
}
CORRECTIONS: tuple[Correction, ...] = ("only0", "all", "if0all", "none")
EXACT = 1e-8
"""Closed forms, relative above 1: R's 17 digits were kept to 12."""


def numbers(value: Any) -> Floats:
    """Return what R wrote as floats: null is NaN, "Inf" infinity, an empty record NaN."""
    values = value if isinstance(value, list) else [value]
    return np.array([np.nan if one is None or one == {} else float(one) for one in values])


def counts(data: str) -> tuple[Floats, Floats]:
    """Return events and totals of a data set."""
    return numbers(R["data"][data]["events"]), numbers(R["data"][data]["n"])


def metafor_effects(data: str, scale: str, correction: Correction) -> Effects:
    """Return the effects that R's escalc made, with 0.5 added."""
    return effects(*counts(data), METAFOR[scale], correction, 0.5, "metafor")


def distance(ours: ArrayLike, theirs: object) -> float:
    """Return the largest difference, relative above 1; inf where only one of two is a number."""
    here, there = np.broadcast_arrays(np.asarray(ours, dtype=float).ravel(), numbers(theirs))
    if (np.isnan(here) != np.isnan(there)).any():
        return float("inf")
    with np.errstate(invalid="ignore"):
        apart = np.abs(here - there) / (1.0 + np.abs(there))
    return float(np.max(np.where(np.isnan(here) | (here == there), 0.0, apart)))
