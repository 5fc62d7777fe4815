"""The joint posterior of several outcomes of the same studies, and ``fit_joint``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.core.estimates import Estimate
from metaprop.core.methods import Method
from metaprop.engines.nuts.diagnostics import diagnose, quality_of
from metaprop.engines.nuts.joint_model import JointShape, build_joint
from metaprop.engines.nuts.joint_rates import average_rates, new_rates
from metaprop.engines.nuts.joint_table import JointTable
from metaprop.engines.nuts.joint_tree import build_joint_tree
from metaprop.engines.nuts.marginals import SampledMarginal
from metaprop.engines.nuts.priors import PACKED, packed
from metaprop.engines.nuts.sampling import Settings, compiled_once, draw, trace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import JointModel
    from metaprop.core.estimates import Quality
    from metaprop.engines.nuts.diagnostics import Diagnostics
    from metaprop.engines.nuts.sampling import Trace
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

JOINT = Method(
    "Joint model of several outcomes",
    "Outcomes of one group were modelled together: their log odds share a centre across outcomes "
    "and an effect of the study, so that outcomes about which little is known borrow from the "
    "others. Dependence of outcomes within a patient was not modelled.",
    "10.1002/sim.4172",
)


@dataclass(frozen=True, slots=True)
class Ranks:
    """How types are ordered by their average rates; rank 1 is the most frequent.

    ``probabilities[c, r]`` is P(type c has rank r + 1), shape ``(C, C)``, ``mean`` the expected
    rank of each, shape ``(C,)``; ``error`` is the largest Monte Carlo standard error among the
    probabilities.
    """

    probabilities: Floats
    mean: Floats
    error: float


class JointPosterior:
    """The joint posterior by draws; errors are Monte Carlo standard errors.

    ``types`` and ``studies`` are the names of outcomes and studies, in the order of all arrays.
    """

    def __init__(
        self, table: JointTable, model: JointModel, trace: Trace, settings: Settings
    ) -> None:
        """Work out the rates that follow from the draws."""
        self._table = table
        self.types = table.types
        self.studies = table.studies
        self.model = model
        self.settings = settings
        self._trace = trace
        self._average = average_rates(trace.values)
        self._new = new_rates(trace.values, np.random.default_rng([settings.seed, 0]))

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """How well the chains mixed, over every quantity that is reported."""
        values = {p.parameter: self._trace.values[p.parameter] for p in self.model.parameters}
        for c, name in enumerate(self.types):
            values[f"average[{name}]"] = self._average[..., c]
            values[f"new_study[{name}]"] = self._new[..., c]
        for i, name in enumerate(self.studies):
            values[f"u[{name}]"] = self._trace.values["u"][..., i]
        return diagnose(values, self._trace.stats)

    @property
    def quality(self) -> Quality:
        """Whether the fit can be trusted."""
        return quality_of(self.diagnostics)

    def average(self, type_name: str) -> SampledMarginal:
        """Return the mean rate of a type over the population of studies, ``E[p_c]``."""
        return SampledMarginal("average", self._average[..., self.types.index(type_name)])

    def new_study(self, type_name: str) -> SampledMarginal:
        """Return the rate of a type in a study like these, not yet seen."""
        return SampledMarginal("new_study", self._new[..., self.types.index(type_name)])

    def parameter(self, name: str) -> Floats:
        """Return the draws of a parameter of the model, shape ``(chains, draws)``."""
        return self._trace.values[name]

    @property
    def averages(self) -> Floats:
        """The draws of the average rates of all types, shape ``(chains, draws, C)``."""
        return self._average

    def more_frequent(self, one: str, other: str) -> Estimate:
        """Return the probability that a type's average rate is above another's."""
        a, b = self.types.index(one), self.types.index(other)
        if a == b:
            return Estimate.without_value("A type is not more frequent than itself.")
        # of two types the earlier is asked, so that P(A > B) and P(B > A) make exactly one
        first, second = min(a, b), max(a, b)
        apart = SampledMarginal("average", self._average[..., first] - self._average[..., second])
        found = apart.probability(above=0.0)
        return found if a < b else Estimate(1.0 - found.value, found.error)

    @cached_property
    def ranks(self) -> Ranks:
        """The ranks of the types by their average rates, 1 for the most frequent."""
        order = np.argsort(np.argsort(-self._average, axis=-1), axis=-1)
        count = len(self.types)
        shares = np.stack([np.mean(order == r, axis=(0, 1)) for r in range(count)], axis=1)
        places = [SampledMarginal("average", order[..., c].astype(float)) for c in range(count)]
        errors = [
            place.probability(above=r + 0.5).error for place in places for r in range(count - 1)
        ]
        return Ranks(shares, 1.0 + order.mean(axis=(0, 1)), float(max(errors)))

    @cached_property
    def tree(self) -> Any:  # noqa: ANN401 - xarray.DataTree, whose library is not loaded here
        """The fit as an ArviZ DataTree: see ``engines.nuts.joint_tree`` for its groups."""
        rates = {"average": self._average, "new_study": self._new}
        return build_joint_tree(self._table, self.model, self._trace, rates, self.settings)


def fit_joint(
    outcomes: Mapping[str, Studies],
    model: JointModel,
    settings: Settings | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> JointPosterior:
    """Return the joint posterior of several outcomes by NUTS.

    Parameters
    ----------
    outcomes
        Two or more outcomes by name; studies are matched by their names, and need not be in all.
        Ranges are taken as such; a count that is not reported says nothing.
    model
        The joint model with its priors.
    settings
        Chains, draws and seed; None takes the defaults.
    on_stage
        Called with ``"compiling"``, if that is needed, and ``"sampling"`` as each begins.

    Raises
    ------
    OptionError
        Fewer than two outcomes, nothing known of any, a known total, or too many counts.

    Examples
    --------
    >>> from metaprop import Studies
    >>> from metaprop.assumptions.model import default_joint_model
    >>> fit_joint({"wound": Studies.of(["A"], [1], [9])}, default_joint_model())
    Traceback (most recent call last):
    ...
    metaprop.core.errors.OptionError: the joint model: 1 outcome is no group. Give at least two ...
    """
    settings = settings or Settings()
    table = JointTable.of(outcomes)
    data = table.packed() | {PACKED: packed(model.parameters)}
    shape = JointShape.of(model, table)
    kept = [*(p.parameter for p in model.parameters), "level", "u"]
    compiled = compiled_once(shape, lambda: build_joint(model, table), kept, on_stage)
    found = draw(compiled, data, settings, on_stage)
    lengths = {"type": len(table.types), "study": len(table.studies)}
    return JointPosterior(table, model, trace_of(found, lengths), settings)
