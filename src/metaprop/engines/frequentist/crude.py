"""All patients taken as one study: the crude pooled rate, with an exact interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.engines.frequentist.options import StudyInterval, check_level
from metaprop.engines.frequentist.study_intervals import study_intervals
from metaprop.engines.frequentist.tables import Tables

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

CRUDE = Method(
    "crude pooled rate",
    "The crude rate is all events over all patients, as if all studies had one rate (tau = 0).",
)
ONE_SIDED = "{} The interval is one-sided: its whole error lies at one end."
NO_EVENT = ONE_SIDED.format("No patient had an event.")
ALL_EVENTS = ONE_SIDED.format("Every patient had an event.")
TAU_ZERO = "The interval holds only if all studies have one rate (tau = 0)."


@dataclass(frozen=True, slots=True)
class CrudeRate:
    """All events over all patients, in [0, 1], with its interval, shape (...) each.

    ``low`` is 0 where there is no event and ``high`` is 1 where all had one: the interval is then
    one-sided at the same level. ``messages`` say so.
    """

    events: Floats
    totals: Floats
    rate: Floats
    low: Floats
    high: Floats
    level: float
    messages: tuple[str, ...]


def crude_rate(
    events: ArrayLike,
    totals: ArrayLike,
    method: StudyInterval = "clopper-pearson",
    level: float = 0.95,
) -> CrudeRate:
    """Return the crude rate of k studies, shape (..., k), with an interval that is exact if asked.

    At 0 or n events the whole error goes to the one end that is open: 1 - level there, so that
    the limit is tighter than that of the two-sided interval.

    Raises
    ------
    TableError
        The counts are no studies.
    OptionError
        No interval has this name, or the level is none.
    """
    check_level(level)
    tables = Tables.of(events, totals)
    y, n = tables.events.sum(axis=-1), tables.totals.sum(axis=-1)
    two = study_intervals(y[..., None], n[..., None], method, level)
    low, high = two.low[..., 0], two.high[..., 0]
    if method == "clopper-pearson":
        limit = (1.0 - level) ** (1.0 / n)
        low, high = np.where(y == n, limit, low), np.where(y == 0, 1.0 - limit, high)
    said = [TAU_ZERO, *[NO_EVENT] * bool(np.any(y == 0)), *[ALL_EVENTS] * bool(np.any(y == n))]
    return CrudeRate(y, n, np.asarray(y / n), low, high, level, tuple(said))
