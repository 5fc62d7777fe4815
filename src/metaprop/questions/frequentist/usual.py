"""The usual method study by study: estimate, interval, weight, as in a classical forest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.engines.frequentist.quantiles import normal_width
from metaprop.engines.frequentist.transforms import rate_of
from metaprop.questions.frequentist.answers import UsualForest, UsualStudy
from metaprop.questions.frequentist.comparison import USUAL
from metaprop.questions.frequentist.pooling import pool_by, two_step

if TYPE_CHECKING:
    from metaprop.evidence.studies import Studies


def usual_forest(studies: Studies, level: float) -> UsualForest:
    """Return every study as the usual method takes it, with what it makes of all of them.

    Parameters
    ----------
    studies
        k >= 1 studies of one outcome, every count exact.
    level
        Of every interval, in (0, 1).

    Returns
    -------
    UsualForest
        Rates in [0, 1]. A study's interval is ``expit(y -+ z sqrt(v))`` of its logit ``y`` with
        variance ``v = 1 / (events + a) + 1 / (others + a)``, ``a`` being what was added.
    """
    pooled = two_step(studies, USUAL, level)
    found = pooled.effects
    half = normal_width(level) * np.sqrt(found.variance)
    estimate = np.where(found.mask, found.estimate, np.nan)
    ends = [rate_of(estimate + side * half, USUAL.scale, None) for side in (0.0, -1.0, 1.0)]
    added = np.broadcast_to(np.asarray(found.added, dtype=np.float64), estimate.shape)
    counts = (studies.events.tolist(), studies.totals.tolist())
    numbers = (*ends, pooled.weights, added)
    rows = zip(studies.names, *counts, *(column.tolist() for column in numbers), strict=True)
    return UsualForest(tuple(UsualStudy(*row) for row in rows), pool_by(studies, USUAL, level))
