"""What follows from draws of the hyperparameters: typical and new studies, each study, new counts.

All arrays of one call have the same leading shape S, such as ``(chains, draws)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import expit, logit
from metaprop.engines.nuts.table import Table
from metaprop.engines.nuts.totals import blocks, counts_given_total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.assumptions.model.families import Family
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

TINY, BELOW_ONE = np.finfo(np.float64).tiny, 1.0 - np.finfo(np.float64).epsneg
"""The ends of what a rate can be without its logit being infinite."""
NARROWEST = 1e-12
"""A rho below which studies differ by less than 1e-6: beta functions are not asked for more."""


@dataclass(frozen=True, slots=True)
class Hyper:
    """Draws of a family's hyperparameters, shape S each.

    ``location`` is mu (logit-normal) or the average rate; ``spread`` is tau or rho, None for the
    common rate.
    """

    family: Family
    location: Floats
    spread: Floats | None

    @classmethod
    def of(cls, family: Family, values: Mapping[str, Floats]) -> Hyper:
        """Return the hyperparameters from draws by name, whatever the priors were put on."""
        spread = None
        if family == "logit-normal":
            location = values["mu"] if "mu" in values else logit(values["typical"])
            return cls(family, location, values["tau"])
        location = values["average"] if "average" in values else expit(values["logit_average"])
        if family == "beta-binomial":
            spread = values["rho"] if "rho" in values else 1.0 / (1.0 + values["kappa"])
        return cls(family, np.clip(location, TINY, BELOW_ONE), spread)

    def part(self, draws: slice) -> Hyper:
        """Return some of the draws, in a row."""
        spread = None if self.spread is None else self.spread.ravel()[draws]
        return Hyper(self.family, self.location.ravel()[draws], spread)

    @property
    def shapes(self) -> tuple[Floats, Floats]:
        """The two shapes of the beta distribution of a beta-binomial, kept above zero."""
        if self.spread is None:
            raise ValueError("a common rate has no beta distribution")
        rho = np.clip(self.spread, NARROWEST, BELOW_ONE)
        kappa = (1.0 - rho) / rho
        return (
            np.maximum(self.location * kappa, TINY),
            np.maximum((1.0 - self.location) * kappa, TINY),
        )


def average_rate(hyper: Hyper) -> Floats:
    """Return the mean rate over the population of studies, shape S."""
    if hyper.family != "logit-normal" or hyper.spread is None:
        return hyper.location
    flat = hyper.location.reshape(-1, 1)
    log_tau = np.log(np.maximum(hyper.spread.reshape(-1, 1), TINY))
    return expit(logit_average(flat, log_tau)).reshape(hyper.location.shape)


def typical_rate(hyper: Hyper) -> Floats:
    """Return the rate of the median study, shape S."""
    if hyper.family == "logit-normal":
        return expit(hyper.location)
    if hyper.family == "common-rate":
        return hyper.location
    median: Floats = special.betaincinv(*hyper.shapes, 0.5)
    return median


def new_rates(hyper: Hyper, rng: np.random.Generator, studies: int | None = None) -> Floats:
    """Return rates of studies not yet seen: shape S, or S with ``studies`` at its end."""
    tail = () if studies is None else (studies,)
    shape = (*hyper.location.shape, *tail)

    def wide(values: Floats) -> Floats:
        return values.reshape(*values.shape, *(1 for _ in tail))

    if hyper.family == "common-rate" or hyper.spread is None:
        return np.broadcast_to(wide(hyper.location), shape).copy()
    if hyper.family == "logit-normal":
        return expit(wide(hyper.location) + wide(hyper.spread) * rng.standard_normal(shape))
    alpha, beta = hyper.shapes
    return rng.beta(wide(alpha), wide(beta), size=shape)


def replicate(hyper: Hyper, studies: Studies, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return events in studies of these sizes, each with a rate of its own drawn anew: S + (k,)."""
    return rng.binomial(studies.totals, new_rates(hyper, rng, studies.k))


def study_rates(hyper: Hyper, studies: Studies, rng: np.random.Generator) -> Floats:
    """Return each study's own rate where the model has integrated it out, shape S + (k,).

    Given the hyperparameters a study's rate is Beta(m kappa + y, (1 - m) kappa + n - y); for a
    range y is first drawn among the counts that it allows, with a known total among those of all
    ranges that add up to it.
    """
    if hyper.spread is None:
        return new_rates(hyper, rng, studies.k)
    if studies.binding_total is not None:
        return _rates_given_total(hyper, Table.of(studies), rng)
    alpha, beta = hyper.shapes
    rates = np.empty((*hyper.location.shape, studies.k))
    columns = (studies.low.tolist(), studies.high.tolist(), studies.totals.tolist())
    for place, (low, high, total) in enumerate(zip(*columns, strict=True)):
        if (low, high) == (0, total):  # says nothing: a new study
            rates[..., place] = rng.beta(alpha, beta)
            continue
        events = low if low == high else _allowed_count(alpha, beta, (low, high, total), rng)
        rates[..., place] = rng.beta(alpha + events, beta + (total - events))
    return rates


def _allowed_count(
    alpha: Floats, beta: Floats, cell: tuple[int, int, int], rng: np.random.Generator
) -> Floats:
    """Return a count drawn from the beta-binomial within a range, shape S."""
    low, high, total = cell
    y = np.arange(low, high + 1, dtype=np.float64)
    log_p = _log_weights(alpha[..., None], beta[..., None], y, total)
    p = np.exp(log_p - log_p.max(axis=-1, keepdims=True))
    share = np.cumsum(p, axis=-1)
    pick = rng.random(alpha.shape)[..., None] * share[..., -1:]
    return low + np.sum(share < pick, axis=-1, dtype=np.float64)


def _rates_given_total(hyper: Hyper, table: Table, rng: np.random.Generator) -> Floats:
    """Return each study's own rate where a total is known, shape S + (k,)."""
    if table.beyond is None:
        raise ValueError("no total is known")
    alpha, beta = (shape.reshape(-1, 1) for shape in hyper.shapes)
    events = np.tile(table.events.astype(np.float64), (alpha.size, 1))
    totals = table.total.copy()
    totals[table.study] = table.patients
    for part in blocks(alpha.size, table.counts.shape, table.beyond):
        shapes = alpha[part, :, None], beta[part, :, None]
        log_p = _log_weights(*shapes, table.counts, table.patients[:, None]) + table.allowed
        beyond = counts_given_total(log_p, table.beyond, rng)
        events[part, table.study] = table.counts[:, 0] + beyond
    rates = rng.beta(alpha + events, beta + (totals - events))
    return rates.reshape(*hyper.location.shape, -1)


def _log_weights(
    alpha: Floats, beta: Floats, y: NDArray[Any], total: NDArray[np.int64] | int
) -> Floats:
    """Return the log beta-binomial probability of counts but for a factor; all broadcast."""
    choose = -special.betaln(y + 1.0, total - y + 1.0)
    found: Floats = choose + special.betaln(alpha + y, beta + (total - y))
    return found


def prior_hyper(model: Model, n: int, rng: np.random.Generator) -> tuple[Hyper, dict[str, Floats]]:
    """Return ``n`` draws from the priors, and the same by the names of the parameters."""
    drawn = {p.parameter: np.asarray(p.prior.draws(n, rng)) for p in model.parameters}
    return Hyper.of(model.family, drawn), drawn
