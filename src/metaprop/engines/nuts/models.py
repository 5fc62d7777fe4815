"""The models of the design as PyMC has them: each function reads as its model.

The beta-binomial has the studies' rates integrated out; the logit-normal is non-centred, and
centred for studies large enough to tell their own rate (Papaspiliopoulos, Roberts and Skoeld 2007,
doi:10.1214/088342307000000014): both without the funnel in which a sampler diverges. All numbers
are data, to be exchanged without compiling again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.core.logistic_mean import mixture
from metaprop.engines.nuts.priors import PriorShape, declare
from metaprop.engines.nuts.table import Table
from metaprop.engines.nuts.total_op import log_total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import Model
    from metaprop.assumptions.model.families import Family
    from metaprop.evidence.studies import Studies

    type Tensor = Any
    type PymcModel = Any


@dataclass(frozen=True, slots=True)
class Shape:
    """All that a compiled model depends on; whatever else changes is data."""

    family: Family
    location: PriorShape
    heterogeneity: PriorShape | None
    length: int
    known_total: bool

    @classmethod
    def of(cls, model: Model, length: int, *, known_total: bool) -> Shape:
        """Return the shape of a model for tables filled up to ``length``."""
        shapes = [PriorShape.of(p.parameter, p.prior) for p in model.parameters]
        spread = shapes[1] if len(shapes) > 1 else None
        return cls(model.family, shapes[0], spread, length, known_total)


def pymc_model(studies: Studies, model: Model) -> PymcModel:
    """Return a model with its studies as a PyMC model, to be sampled, changed or built upon.

    Parameters
    ----------
    studies
        One outcome in k >= 1 studies; the coordinate ``study`` has their names.
    model
        Family and priors.

    Returns
    -------
    pymc.Model
        Free variables are named as in the model file; the events are observed as ``events`` where
        they are counts, and enter by the potential ``ranges`` where they are ranges, or by
        ``known_total`` where their sum is known. ``average`` and ``typical`` are rates.

    Raises
    ------
    OptionError
        The table is too long, or its ranges too wide, for a sampler.

    Examples
    --------
    >>> from metaprop import Studies, default_models, pymc_model
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> model = pymc_model(studies, default_models()[0])
    >>> [variable.name for variable in model.free_RVs]
    ['mu', 'tau', 'z']
    """
    table = Table.of(studies)
    return build(model, table, studies.names, any_table=False)


def build(model: Model, table: Table, names: Sequence[object], *, any_table: bool) -> PymcModel:
    """Return the PyMC model of a family: for this table, or so that it takes any table's data."""
    import pymc as pm

    shape = Shape.of(model, table.total.size, known_total=table.beyond is not None)
    families = {
        "logit-normal": _logit_normal,
        "beta-binomial": _beta_binomial,
        "common-rate": _common_rate,
    }
    with pm.Model(coords={"study": list(names)}) as built:
        location = declare(shape.location, model.location.prior)
        spread = None
        if shape.heterogeneity is not None and model.heterogeneity is not None:
            spread = declare(shape.heterogeneity, model.heterogeneity.prior)
        arrays = table.data(whole=any_table)
        data = {name: pm.Data(name, value) for name, value in arrays.items()}
        families[model.family](shape, location, spread, data)
    return built


def _logit_normal(shape: Shape, location: Tensor, tau: Tensor, data: dict[str, Tensor]) -> None:
    """Declare ``logit p_i ~ Normal(mu, tau^2)``, ``y_i ~ Binomial(n_i, p_i)``."""
    import pymc as pm

    if shape.location.parameter == "mu":
        mu = location
        pm.Deterministic("typical", pm.math.invlogit(mu))
    else:
        mu = pm.Deterministic("mu", pm.math.logit(location))
    pm.Deterministic("average", logistic_mean(mu, tau))
    observe_logit_normal(mu, tau, data)


def observe_logit_normal(mu: Tensor, tau: Tensor, data: dict[str, Tensor]) -> None:
    """Declare the studies and their counts; ``mu`` is one for all studies, or one for each.

    Non-centred, ``logit p_i = mu + tau z_i`` with ``z_i ~ Normal(0, 1)``, where a study says
    little; centred, ``logit p_i = z_i`` with ``z_i ~ Normal(mu, tau^2)``, where it says much.
    """
    import pymc as pm

    if "centred" in data:
        w = data["centred"]  # 1: centred, 0: non-centred
        z = pm.Normal("z", mu=w * mu, sigma=tau**w, dims="study")
        logit_p = mu + tau ** (1.0 - w) * (z - w * mu)
    else:
        z = pm.Normal("z", dims="study")
        logit_p = mu + tau * z
    pm.Deterministic("p", pm.math.invlogit(logit_p), dims="study")
    total, counted = data["total"], data["counted"]
    pm.Binomial("events", n=total, logit_p=logit_p, observed=counted, dims="study")
    if "range_study" in data:
        at_study = logit_p[data["range_study"]][:, None]
        _observe_ranges(pm.Binomial.dist(n=data["range_total"][:, None], logit_p=at_study), data)


def _beta_binomial(shape: Shape, location: Tensor, spread: Tensor, data: dict[str, Tensor]) -> None:
    """Declare ``y_i ~ BetaBinomial(n_i, m kappa, (1 - m) kappa)`` with ``rho = 1/(1 + kappa)``."""
    import pymc as pm

    average = _average(shape, location)
    if shape.heterogeneity is not None and shape.heterogeneity.parameter == "kappa":
        kappa = spread
        pm.Deterministic("rho", 1.0 / (1.0 + kappa))
    else:
        kappa = (1.0 - spread) / spread
    alpha, beta = average * kappa, (1.0 - average) * kappa
    total, counted = data["total"], data["counted"]
    pm.BetaBinomial("events", n=total, alpha=alpha, beta=beta, observed=counted, dims="study")
    if "range_study" in data:
        _observe_ranges(
            pm.BetaBinomial.dist(n=data["range_total"][:, None], alpha=alpha, beta=beta), data
        )


def _common_rate(shape: Shape, location: Tensor, _spread: Tensor, data: dict[str, Tensor]) -> None:
    """Declare ``y_i ~ Binomial(n_i, m)``."""
    import pymc as pm

    average = _average(shape, location)
    pm.Binomial("events", n=data["total"], p=average, observed=data["counted"], dims="study")
    if "range_study" in data:
        _observe_ranges(pm.Binomial.dist(n=data["range_total"][:, None], p=average), data)


def _average(shape: Shape, location: Tensor) -> Tensor:
    import pymc as pm

    if shape.location.parameter == "average":
        return location
    return pm.Deterministic("average", pm.math.invlogit(location))


def _observe_ranges(distribution: Tensor, data: dict[str, Tensor]) -> None:
    """Add the log probability that each range's count is one of those that it allows.

    Where a total is known, that of counts within the ranges that add up to it.
    """
    import pymc as pm

    each = pm.logp(distribution, data["range_counts"]) + data["range_allowed"]
    if "beyond" in data:
        pm.Potential("known_total", log_total(each, data["beyond"]))
        return
    pm.Potential("ranges", pm.math.logsumexp(each, axis=1).sum())


def logistic_mean(mu: Tensor, tau: Tensor) -> Tensor:
    """Return ``E[expit(theta)]`` for ``theta ~ Normal(mu, tau^2)`` as a PyTensor expression.

    The twin of ``core.logistic_mean``; it is accurate to 1e-14 for any ``mu`` and ``tau > 0``.
    """
    import pytensor.tensor as pt

    squares, weights = mixture()
    depth = mu / pt.sqrt(2.0 * (squares + tau**2))
    return 0.5 * pt.dot(weights, pt.erfc(-depth))
