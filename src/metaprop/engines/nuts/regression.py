"""Rates that go with one covariate of the studies: the model in PyMC, and its posterior by NUTS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.nuts.covariate import Coding
from metaprop.engines.nuts.diagnostics import diagnose, quality_of
from metaprop.engines.nuts.marginals import SampledMarginal
from metaprop.engines.nuts.models import observe_logit_normal
from metaprop.engines.nuts.priors import PACKED, PriorShape, declare_all, packed
from metaprop.engines.nuts.replicates import Hyper, average_rate
from metaprop.engines.nuts.sampling import Settings, compiled_once, draw, rates_from, trace_of
from metaprop.engines.nuts.seen import AnyTable
from metaprop.engines.nuts.table import Table, padded_length

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import RegressionModel
    from metaprop.core.estimates import Quality
    from metaprop.engines.nuts.diagnostics import Diagnostics
    from metaprop.engines.nuts.sampling import Trace
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]
    type PymcModel = Any

REGRESSION = Method(
    "Bayesian meta-regression",
    "Rates were related to one covariate of the studies at a time by a binomial-normal "
    "meta-regression, sampled by NUTS; the covariate was standardised.",
    "10.1002/sim.3107",
)
COLUMNS = 2
"""Columns are filled up to a multiple of this with zeros, so that few numbers are compiled."""


@dataclass(frozen=True, slots=True)
class RegressionShape:
    """All that a compiled meta-regression depends on.

    Priors, filled-up numbers of studies and columns, whether there are ranges.
    """

    priors: tuple[PriorShape, ...]
    length: int
    columns: int
    ranges: bool


def build_regression(
    model: RegressionModel, table: Table, design: Floats, shape: RegressionShape
) -> PymcModel:
    """Return the PyMC model, so that it takes any table and design of the same shape as data.

    ``design`` has shape ``(length, columns)``; free variables are named as in the model file.
    """
    import pymc as pm

    coords = {"study": range(shape.length), "column": range(shape.columns)}
    with pm.Model(coords=coords) as built:
        location, tau, beta = declare_all(model.parameters, {"beta": "column"})
        x = pm.Data("design", design)
        mu = location
        if shape.priors[0].parameter == "typical":
            mu = pm.Deterministic("mu", pm.math.logit(location))
        observe_logit_normal(mu + pm.math.dot(x, beta), tau, AnyTable(table))
    return built


class RegressionPosterior:
    """The posterior of a meta-regression by draws; errors are Monte Carlo standard errors.

    ``studies`` and ``values`` are those that the covariate is known of.
    """

    def __init__(
        self,
        studies: Studies,
        values: Sequence[float | str],
        model: RegressionModel,
        trace: Trace,
        settings: Settings,
    ) -> None:
        """Keep the draws; nothing is computed yet."""
        self.studies = studies
        self.values = tuple(values)
        self.model = model
        self.settings = settings
        self.coding = Coding.of(values)
        self._trace = trace

    @property
    def coefficients(self) -> Floats:
        """Draws of beta, on the log-odds scale, shape ``(chains, draws, c)``."""
        return self._trace.values["beta"]

    @property
    def tau(self) -> SampledMarginal:
        """What is left between studies, standard deviation of the log odds."""
        return SampledMarginal("tau", self._trace.values["tau"], unit=False)

    def logits(self, value: float | str) -> Floats:
        """Return draws of the typical study's log odds at a value, ``(chains, draws)``."""
        row = self.coding.encode([value])[0]
        found: Floats = self._trace.values["mu"] + self.coefficients @ row
        return found

    def average_draws(self, value: float | str, thin: int = 1) -> Floats:
        """Return draws of the average rate of studies with this value of the covariate."""
        centre = self.logits(value)[:, ::thin]
        return average_rate(Hyper("logit-normal", centre, self._trace.values["tau"][:, ::thin]))

    def average(self, value: float | str) -> SampledMarginal:
        """Return the mean rate over the studies with this value of the covariate."""
        return SampledMarginal("average", self.average_draws(value))

    def study(self, index: int) -> SampledMarginal:
        """Return the posterior of the rate of study ``index`` (0-based)."""
        return SampledMarginal("study", self._trace.values["p"][..., index])

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """How well the chains mixed, over every quantity that is reported."""
        values = {name: self._trace.values[name] for name in ("mu", "tau")}
        for column in range(self.coefficients.shape[-1]):
            values[f"beta[{column}]"] = self.coefficients[..., column]
        for i, name in enumerate(self.studies.names):
            values[f"p[{name}]"] = self._trace.values["p"][..., i]
        return diagnose(values, self._trace.stats)

    @property
    def quality(self) -> Quality:
        """Whether the fit can be trusted."""
        return quality_of(self.diagnostics)


def fit_regression(
    studies: Studies,
    values: Sequence[float | str],
    model: RegressionModel,
    settings: Settings | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> RegressionPosterior:
    """Return the posterior of rates that go with a covariate, by NUTS.

    Parameters
    ----------
    studies
        One outcome in k >= 2 studies; ranges and a known total are taken as such.
    values
        The covariate of each study, all known: numbers, or words that name groups.
    model
        The meta-regression with its priors.
    settings
        Chains, draws and seed; None takes the defaults.
    on_stage
        Called with ``"compiling"``, if that is needed, and ``"sampling"`` as each begins.

    Raises
    ------
    OptionError
        The values do not fit the studies or are all the same, or the table is too long.
    """
    if len(values) != studies.k:
        what = f"{len(values)} values for {studies.k} studies"
        raise OptionError(Problem(what, "covariate", "Give one value for each study"))
    settings = settings or Settings()
    rows = Coding.of(values).encode(values)
    table = Table.of(studies, padded_length(studies.k))
    shape = _shape(model, table, rows.shape[1])
    design = np.zeros((shape.length, shape.columns))
    design[: rows.shape[0], : rows.shape[1]] = rows
    data = table.packed() | {PACKED: packed(model.parameters), "design": design}
    kept = ("mu", "tau", "beta", "z")
    compiled = compiled_once(
        shape, lambda: build_regression(model, table, design, shape), kept, on_stage
    )
    found = draw(compiled, data, settings, on_stage)
    trace = trace_of(found, {"study": studies.k, "column": rows.shape[1]})
    mu = trace.values["mu"][..., None] + trace.values["beta"] @ rows.T
    trace.values["p"] = rates_from(trace.values.pop("z"), mu, trace.values["tau"], table)
    return RegressionPosterior(studies, values, model, trace, settings)


def _shape(model: RegressionModel, table: Table, columns: int) -> RegressionShape:
    priors = tuple(PriorShape.of(p.parameter, p.prior) for p in model.parameters)
    filled = COLUMNS * -(-columns // COLUMNS)
    return RegressionShape(priors, table.total.size, filled, bool(table.study.size))
