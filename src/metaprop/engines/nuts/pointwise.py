"""Log prior and log likelihood of each draw, as ArviZ's LOO and power-scaling take them.

The likelihood of a study has its rate integrated out, in both families: leaving a study out then
means predicting a new study, and the families can be compared. The log prior is that of the
top-level parameters alone: power-scaling must not touch the distribution between studies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import logit
from metaprop.engines.likelihood.beta_binomial import BetaBinomial
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.logit_normal import LogitNormal
from metaprop.engines.nuts.replicates import BELOW_ONE, TINY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.nuts.replicates import Hyper
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]


def log_prior(model: Model, values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the log prior density of each top-level parameter at its draws, shape S each."""
    return {p.parameter: p.prior.log_density(values[p.parameter]) for p in model.parameters}


def speaking(studies: Studies) -> NDArray[np.int64]:
    """Return the places of the studies whose count says something."""
    return np.flatnonzero((studies.low > 0) | (studies.high < studies.totals))


def log_likelihood(hyper: Hyper, studies: Studies) -> Floats:
    """Return each speaking study's log likelihood, its rate integrated out: S + (speaking,)."""
    cells = Cells.of(studies)
    each = _each(hyper, cells)
    place = {cell: i for i, cell in enumerate(_rows(cells.low, cells.high, cells.total))}
    rows = _rows(studies.low, studies.high, studies.totals)
    columns = [place[rows[i]] for i in speaking(studies).tolist()]
    return each[:, columns].reshape(*hyper.location.shape, len(columns))


def _rows(*columns: NDArray[np.int64]) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _each(hyper: Hyper, cells: Cells) -> Floats:
    """Return the log likelihood of each distinct cell at each draw, shape ``(draws, d)``."""
    location = hyper.location.reshape(-1, 1)
    if hyper.family == "logit-normal" and hyper.spread is not None:
        log_tau = np.log(np.maximum(hyper.spread.reshape(-1, 1), TINY))
        return LogitNormal.of(cells).each(location, log_tau)[:, 0, :]
    log_r = np.full_like(location, -np.inf)  # a common rate
    if hyper.spread is not None:
        log_r = logit(np.clip(hyper.spread.reshape(-1, 1), TINY, BELOW_ONE))
    columns = [
        BetaBinomial.of(Cells.single(*cell))(logit(location), log_r)
        for cell in zip(cells.low.tolist(), cells.high.tolist(), cells.total.tolist(), strict=True)
    ]
    return np.concatenate(columns, axis=1) if columns else np.empty((location.size, 0))
