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
from metaprop.engines.nuts.priors import PriorShape, declare, declare_all, numbers
from metaprop.engines.nuts.seen import AnyTable, ByName
from metaprop.engines.nuts.table import Table, is_range, padded_length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from metaprop.assumptions.model import Model
    from metaprop.assumptions.model.families import Family
    from metaprop.engines.nuts.seen import Seen
    from metaprop.evidence.studies import Studies

    type Tensor = Any
    type PymcModel = Any


@dataclass(frozen=True, slots=True)
class Shape:
    """All that a compiled model depends on; whatever else changes is data.

    ``length`` is that of the filled-up table where each study is a parameter, else 0; ``ranges``
    says whether some counts are ranges, known total or not.
    """

    family: Family
    priors: tuple[PriorShape, ...]
    length: int
    ranges: bool

    @classmethod
    def of(cls, model: Model, studies: Studies) -> Shape:
        """Return the shape of a model for studies."""
        length = padded_length(studies.k) if model.family == "logit-normal" else 0
        priors = tuple(PriorShape.of(p.parameter, p.prior) for p in model.parameters)
        return cls(model.family, priors, length, bool(is_range(studies).any()))


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
    import pymc as pm

    with pm.Model(coords={"study": list(studies.names)}) as built:
        parameters = {
            p.parameter: declare(
                PriorShape.of(p.parameter, p.prior),
                pm.Data(f"{p.parameter}_prior", numbers(p.prior)),
            )
            for p in model.parameters
        }
        _FAMILIES[model.family](parameters, ByName(Table.of(studies)))
    return built


def for_any_table(model: Model, table: Table) -> PymcModel:
    """Return the same model so that it takes the data of any table of the same shape."""
    import pymc as pm

    with pm.Model(coords={"study": range(table.total.size)}) as built:
        parameters = dict(
            zip([p.parameter for p in model.parameters], declare_all(model.parameters), strict=True)
        )
        _FAMILIES[model.family](parameters, AnyTable(table))
    return built


def _logit_normal(parameters: Mapping[str, Tensor], seen: Seen) -> None:
    """Declare ``logit p_i ~ Normal(mu, tau^2)``, ``y_i ~ Binomial(n_i, p_i)``."""
    import pymc as pm

    tau = parameters["tau"]
    if "mu" in parameters:
        mu = parameters["mu"]
        pm.Deterministic("typical", pm.math.invlogit(mu))
    else:
        mu = pm.Deterministic("mu", pm.math.logit(parameters["typical"]))
    pm.Deterministic("average", logistic_mean(mu, tau))
    observe_logit_normal(mu, tau, seen)


def observe_logit_normal(mu: Tensor, tau: Tensor, seen: Seen) -> None:
    """Declare the studies and their counts; ``mu`` is one for all studies, or one for each.

    Non-centred, ``logit p_i = mu + tau z_i`` with ``z_i ~ Normal(0, 1)``, where a study says
    little; centred, ``logit p_i = z_i`` with ``z_i ~ Normal(mu, tau^2)``, where it says much.
    """
    import pymc as pm

    centred = seen.centred
    if centred is None:
        z = pm.Normal("z", dims="study")
        logit_p = mu + tau * z
    else:
        where = pm.math.switch
        z = pm.Normal("z", where(centred, mu, 0.0), where(centred, tau, 1.0), dims="study")
        logit_p = where(centred, z, mu + tau * z)
    pm.Deterministic("p", pm.math.invlogit(logit_p), dims="study")
    seen.binomial(logit_p)


def _beta_binomial(parameters: Mapping[str, Tensor], seen: Seen) -> None:
    """Declare ``y_i ~ BetaBinomial(n_i, m kappa, (1 - m) kappa)`` with ``rho = 1/(1 + kappa)``."""
    import pymc as pm

    average = _average(parameters)
    if "kappa" in parameters:
        kappa = parameters["kappa"]
        pm.Deterministic("rho", 1.0 / (1.0 + kappa))
    else:
        rho = parameters["rho"]
        kappa = (1.0 - rho) / rho
    seen.beta_binomial(alpha=average * kappa, beta=(1.0 - average) * kappa)


def _common_rate(parameters: Mapping[str, Tensor], seen: Seen) -> None:
    """Declare ``y_i ~ Binomial(n_i, m)``."""
    import pymc as pm

    seen.binomial(pm.math.logit(_average(parameters)))


def _average(parameters: Mapping[str, Tensor]) -> Tensor:
    import pymc as pm

    if "average" in parameters:
        return parameters["average"]
    return pm.Deterministic("average", pm.math.invlogit(parameters["logit_average"]))


_FAMILIES: Mapping[Family, Callable[[Mapping[str, Tensor], Seen], None]] = {
    "logit-normal": _logit_normal,
    "beta-binomial": _beta_binomial,
    "common-rate": _common_rate,
}


def logistic_mean(mu: Tensor, tau: Tensor) -> Tensor:
    """Return ``E[expit(theta)]`` for ``theta ~ Normal(mu, tau^2)`` as a PyTensor expression.

    The twin of ``core.logistic_mean``; it is accurate to 1e-14 for any ``mu`` and ``tau > 0``.
    """
    import pytensor.tensor as pt

    squares, weights = mixture()
    depth = mu / pt.sqrt(2.0 * (squares + tau**2))
    return 0.5 * pt.dot(weights, pt.erfc(-depth))
