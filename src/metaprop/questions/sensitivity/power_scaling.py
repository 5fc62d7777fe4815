"""Prior and likelihood raised to powers: ArviZ's diagnostic on draws, held against the exact one.

Only the top-level priors are scaled, never the distribution between studies. ArviZ reweights the
draws; whether the weights can be trusted (Pareto k) is checked here, since its diagnostic does not
say so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.core.estimates import Quality
from metaprop.core.methods import Method
from metaprop.engines.exact.shared import SharedNodes, wide
from metaprop.questions.sensitivity.asking import chance
from metaprop.questions.sensitivity.powers import powered_model
from metaprop.questions.sensitivity.records import PowerScaled, PowerSensitivity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.marginals import LatticeMarginal
    from metaprop.evidence.studies import Studies
    from metaprop.questions.sensitivity.asking import Asked
    from metaprop.questions.sensitivity.records import Component

    Floats = NDArray[np.float64]
    type Tree = Any

POWER_SCALING = Method(
    "Power-scaling sensitivity",
    "Prior and likelihood were raised to powers near 1 and the posterior reweighted (ArviZ); the "
    "result was held against the posterior under the scaled components by quadrature.",
    "10.1007/s11222-023-10366-5",
)
NEAR = (0.99, 1.01)
"""Powers of the diagnostic: ArviZ's own."""
FAR = (0.8, 1.25)
"""Powers at which probabilities are compared."""
TOLERANCE = 1e-6
TRUSTED = 0.7
"""Largest Pareto k of weights that can be trusted."""
APART = 4.0
"""Standard errors between draws and quadrature from which a caution is given."""
GRID = 4001
"""Points over which distribution functions are compared."""
OUTER = 1e-6


def power_scaling(
    tree: Tree, studies: Studies, model: Model, asked: Asked
) -> tuple[PowerSensitivity, ...]:
    """Return the sensitivity of the average rate to its prior and to its likelihood.

    Parameters
    ----------
    tree
        ArviZ DataTree of the fit by NUTS, with the groups ``log_prior`` and ``log_likelihood``.
    studies, model
        What was fitted.
    asked
        The first of its thresholds is the one whose probability is compared.
    """
    exact = _Exact(model, SharedNodes(studies, wide(model), TOLERANCE))
    components: tuple[Component, ...] = ("prior", "likelihood")
    return tuple(_sensitivity(tree, exact, one, asked) for one in components)


@dataclass(frozen=True, slots=True)
class _Exact:
    """The posterior of the average rate by quadrature, with either component scaled."""

    model: Model
    nodes: SharedNodes

    def average(self, component: Component, power: float) -> LatticeMarginal | None:
        """Return it, or None where a power of a prior has no name in the grammar."""
        if component == "likelihood":
            return self.nodes.average(self.model, power)
        scaled = powered_model(self.model, power)
        return None if scaled is None else self.nodes.average(scaled)

    def sensitivity(self, component: Component) -> float | None:
        """Return what ``arviz.psense`` estimates: the mean slope of the distance by log2 power."""
        base = self.nodes.average(self.model)
        slopes = []
        for power in NEAR:
            scaled = self.average(component, power)
            if scaled is None:
                return None
            slopes.append(shift(base, scaled) / abs(math.log2(power)))
        return float(np.mean(slopes))


def shift(base: LatticeMarginal, other: LatticeMarginal) -> float:
    """Return the cumulative Jensen-Shannon distance between two rates, in [0, 1].

    The larger of that of the rates and that of their complements, as in Kallioinen et al. 2024.
    """
    ends = [base.quantile(level).value for level in (OUTER, 1.0 - OUTER)]
    at = np.linspace(ends[0], ends[1], GRID)
    above, others = base.survival(at), other.survival(at)
    pairs = ((1.0 - above, 1.0 - others), (above, others))
    return max(_jensen_shannon(p, q, at) for p, q in pairs)


def _jensen_shannon(p: Floats, q: Floats, at: Floats) -> float:
    """Return the distance of two cumulative functions over the same points, shape ``(N,)``."""
    p, q = (np.clip(one, 1e-300, 1.0) for one in (p, q))
    middle = 0.5 * (p + q)
    divergence = p * np.log2(p / middle) + q * np.log2(q / middle)
    whole = float(np.trapezoid(p + q, at))
    return math.sqrt(max(float(np.trapezoid(divergence, at)), 0.0) / whole)


def _sensitivity(tree: Tree, exact: _Exact, component: Component, asked: Asked) -> PowerSensitivity:
    logs = _logs(tree, component)
    if np.ptp(logs) == 0.0:
        flat = f"The log {component} is constant over the draws: no power of it changes anything."
        fine = Quality("ok", flat)
        return PowerSensitivity(exact.model.id, component, None, None, flat, (), fine)
    sampled, reason = diagnostic(tree, component)
    scaled = tuple(_scaled(tree, logs, exact, component, power, asked) for power in FAR)
    found = exact.sensitivity(component)
    return PowerSensitivity(
        exact.model.id, component, sampled, found, reason, scaled, _quality(scaled)
    )


def diagnostic(tree: Tree, component: Component) -> tuple[float | None, str | None]:
    """Return ArviZ's diagnostic of the average rate, or why it has none.

    Parameters
    ----------
    tree
        ArviZ DataTree with the groups ``posterior``, ``log_prior`` and ``log_likelihood``.
    component
        Which of the two is raised to a power.
    """
    import arviz

    try:
        found = arviz.psense(tree, var_names=["average"], group=component, alphas=NEAR)
    except ValueError as error:  # raised where the tails of the weights are all the same
        return None, f"ArviZ: {error}"
    return float(found["average"]), None


def _logs(tree: Tree, component: Component) -> Floats:
    """Return the log of a component at every draw, shape ``(chains, draws)``."""
    total = np.zeros(tree["posterior"]["average"].shape)
    for values in tree[f"log_{component}"].data_vars.values():
        total += np.asarray(values).reshape(*total.shape, -1).sum(axis=-1)
    return total


def _scaled(
    tree: Tree, logs: Floats, exact: _Exact, component: Component, power: float, asked: Asked
) -> PowerScaled:
    """Return one probability by quadrature and by reweighted draws."""
    from arviz_stats.base import array_stats

    from metaprop.engines.nuts.marginals import SampledMarginal

    draws = np.asarray(tree["posterior"]["average"])
    # it takes the negative of the log ratios
    smooth, pareto_k = array_stats.psislw((1.0 - power) * logs.ravel())
    weights = np.exp(smooth - np.max(smooth))
    weights /= weights.sum()
    threshold = asked.headline[0]
    good = draws.ravel() > threshold
    good = good if asked.side == "above" else ~good
    value = float(weights @ good)
    size = SampledMarginal("average", draws).effective_draws(above=threshold)
    inflated = math.sqrt(max(draws.size / size, 1.0))
    error = inflated * math.sqrt(float(weights**2 @ (good - value) ** 2))
    average = exact.average(component, power)
    known = math.nan if average is None else chance(average, threshold, asked.side).value
    return PowerScaled(component, power, known, value, error, float(pareto_k))


def _quality(scaled: tuple[PowerScaled, ...]) -> Quality:
    """Return whether the reweighted draws can be trusted, and agree with quadrature."""
    worst = max(one.pareto_k for one in scaled)
    if worst > TRUSTED:
        message = f"Pareto k of the weights is {worst:.2f}, above {TRUSTED}."
        return Quality("caution", message, "Read the exact answer beside it")
    apart = max(
        (
            abs(one.sampled - one.exact) / one.standard_error
            for one in scaled
            if one.standard_error > 0.0 and not math.isnan(one.exact)
        ),
        default=0.0,
    )
    if apart > APART:
        message = f"Reweighted draws and quadrature are {apart:.1f} standard errors apart."
        return Quality("caution", message, "Read the exact answer; sample more draws")
    return Quality(
        "ok", f"Pareto k at most {worst:.2f}; at most {apart:.1f} standard errors apart."
    )
