"""Log prior and log likelihood of each draw, as ArviZ's LOO and power-scaling take them.

The likelihood of a study has its rate integrated out, in both families: leaving a study out then
means predicting a new study, and the families can be compared. The log prior is that of the
top-level parameters alone: power-scaling must not touch the distribution between studies.

A known total ties the studies together: their likelihood is then one term, and no study can be
left out of it by reweighing draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import logit
from metaprop.engines.likelihood.beta_binomial import BetaBinomial
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.logit_normal import LogitNormal
from metaprop.engines.nuts.replicates import BELOW_ONE, TINY
from metaprop.engines.nuts.table import Table
from metaprop.engines.nuts.totals import blocks, log_total_probability

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
    said = speaking(studies)
    low, high, totals = (a[said] for a in (studies.low, studies.high, studies.totals))
    return _of_rows(hyper, low, high, totals).reshape(*hyper.location.shape, said.size)


def joint_log_likelihood(hyper: Hyper, studies: Studies) -> Floats:
    """Return the log likelihood of all studies with their known total, rates integrated out: S."""
    table = Table.of(studies)
    if table.beyond is None:
        raise ValueError("no total is known")
    known = table.total > 0
    counted = table.events[known], table.events[known], table.total[known]
    patients = np.repeat(table.patients, table.counts.shape[1])
    ranged = table.counts.ravel(), table.counts.ravel(), patients
    joint = np.empty(hyper.location.size)
    for part in blocks(joint.size, table.counts.shape, table.beyond):
        some = hyper.part(part)
        log_p = _of_rows(some, *ranged).reshape(-1, *table.counts.shape) + table.allowed
        joint[part] = log_total_probability(log_p, table.beyond)
        joint[part] += _of_rows(some, *counted).sum(axis=1)
    return joint.reshape(hyper.location.shape)


def _of_rows(
    hyper: Hyper, low: NDArray[np.int64], high: NDArray[np.int64], total: NDArray[np.int64]
) -> Floats:
    """Return the log likelihood of each row of a table at each draw, shape ``(draws, rows)``."""
    rows = np.stack([low, high, total], axis=1)
    cells, place = np.unique(rows, axis=0, return_inverse=True)
    distinct = Cells(cells[:, 0], cells[:, 1], cells[:, 2], np.ones(len(cells), dtype=np.int64))
    return _each(hyper, distinct)[:, place.ravel()]


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
