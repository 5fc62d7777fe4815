"""One estimate and its variance for every study, on one of five scales."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from metaprop.core.errors import OptionError
from metaprop.engines.frequentist.options import (
    Convention,
    Correction,
    Scale,
    amount_problems,
    choice_problems,
)
from metaprop.engines.frequentist.tables import Tables
from metaprop.engines.frequentist.transforms import FORWARD, UNCORRECTED

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effects:
    """Estimates of k studies on one scale, shape (..., k), with what made them.

    ``estimate`` and ``variance`` are on the scale; a study that cannot be used there (no finite
    estimate, or no positive variance) has estimate 0 and variance inf, so that it weighs nothing,
    and is False in ``used`` (None where every study is used). ``added`` is what the correction
    added to both cells of each study (a float where it is the same everywhere). ``count`` are the
    studies used, shape (...).
    """

    tables: Tables
    scale: Scale
    convention: Convention
    estimate: Floats
    variance: Floats
    added: Floats | float
    used: NDArray[np.bool_] | None
    count: Floats

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which studies are used, shape (..., k)."""
        return np.ones(self.estimate.shape, dtype=bool) if self.used is None else self.used

    def take(self, studies: NDArray[np.intp]) -> Effects:
        """Return some of the studies: an index of shape (m,), or (j, m) for j choices at once.

        Their corrections stay as they were made in the whole table.
        """
        tables = Tables(self.tables.events[..., studies], self.tables.totals[..., studies])
        used = None if self.used is None else self.used[..., studies]
        estimate = self.estimate[..., studies]
        full = np.full(estimate.shape[:-1], float(estimate.shape[-1]))
        return replace(
            self,
            tables=tables,
            estimate=estimate,
            variance=self.variance[..., studies],
            added=self.added[..., studies] if isinstance(self.added, np.ndarray) else self.added,
            used=used,
            count=full if used is None else used.sum(axis=-1).astype(np.float64),
        )

    @property
    def corrected(self) -> NDArray[np.bool_]:
        """Which studies something was added to, shape (..., k)."""
        return np.broadcast_to(np.asarray(self.added) > 0.0, self.estimate.shape)

    @property
    def phantom_events(self) -> Floats:
        """Events that nobody had, shape (...): what was added in all; as many non-events."""
        return np.broadcast_to(np.asarray(self.added), self.estimate.shape).sum(axis=-1)


def effects(
    events: ArrayLike,
    totals: ArrayLike,
    scale: Scale = "logit",
    correction: Correction = "only0",
    amount: float = 0.5,
    convention: Convention = "meta",
) -> Effects:
    """Return each study's estimate and variance on a scale.

    Parameters
    ----------
    events, totals
        Counts, shape (..., k).
    scale
        ``logit``: log(y / (n - y)); ``log``: log(y / n); ``raw``: y / n; ``arcsine``:
        asin(sqrt(y / n)); ``freeman-tukey``: half the sum of asin(sqrt(y / (n + 1))) and
        asin(sqrt((y + 1) / (n + 1))).
    correction, amount
        ``amount`` is added to events and non-events of studies with an empty cell (``only0``),
        of all studies (``all``), of all studies of a data set with an empty cell (``if0all``),
        or of none.
    convention
        How a corrected study is read where the R packages differ. On ``log``, ``meta`` takes
        (y + a) / (n + a) and ``metafor`` (y + a) / (n + 2a); on ``raw``, ``meta`` corrects the
        variance only; on the two arcsine scales ``meta`` corrects nothing.

    Raises
    ------
    TableError
        The counts are no studies.
    OptionError
        A choice is none of the allowed ones; all faults at once.
    """
    if not 0.0 <= amount < np.inf or (scale, convention) not in FORWARD or correction not in _RULES:
        raise OptionError(
            [
                *choice_problems(scale, get_args(Scale), "scale"),
                *choice_problems(correction, get_args(Correction), "correction"),
                *amount_problems(amount),
                *choice_problems(convention, get_args(Convention), "convention"),
            ]
        )
    tables = Tables.of(events, totals)
    if (scale, convention) in UNCORRECTED:
        correction = "none"
    added = added_counts(tables, correction, amount)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, variance = FORWARD[scale, convention](tables.events, tables.totals, added)
    return _kept(tables, scale, convention, (estimate, variance), added)


_RULES = get_args(Correction)


def added_counts(tables: Tables, correction: Correction, amount: float) -> Floats | float:
    """Return what a correction adds to both cells of every study; a float if the same for all."""
    if correction == "none" or amount == 0.0:
        return 0.0
    if correction == "all":
        return amount
    empty = (tables.events == 0.0) | (tables.events == tables.totals)
    if correction == "if0all":
        empty = np.broadcast_to(empty.any(axis=-1, keepdims=True), empty.shape)
    return np.where(empty, amount, 0.0)


def _kept(
    tables: Tables,
    scale: Scale,
    convention: Convention,
    pair: tuple[Floats, Floats],
    added: Floats | float,
) -> Effects:
    """Return the effects with the studies that cannot be used taken out."""
    estimate, variance = pair
    used = (variance > 0.0) & (variance < np.inf)
    k = float(used.shape[-1])
    if used.all():
        count = np.full(used.shape[:-1], k)
        return Effects(tables, scale, convention, estimate, variance, added, None, count)
    used &= np.isfinite(estimate)
    estimate, variance = np.where(used, estimate, 0.0), np.where(used, variance, np.inf)
    count = used.sum(axis=-1).astype(np.float64)
    return Effects(tables, scale, convention, estimate, variance, added, used, count)
