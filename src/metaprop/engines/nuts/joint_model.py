"""The joint model of several outcomes as PyMC has it.

    logit p_ic = alpha_c + lambda u_i + v_ic

Non-centred throughout: every alpha_c, u_i and v_ic is a standard normal times its spread, so that
no funnel opens where a spread is near 0. All numbers are data, as in ``models``; the logs of the
binomial coefficients too, which would otherwise be most of the work of each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaprop.engines.nuts.joint_table import STUDIES, TYPES, JointTable, round_up
from metaprop.engines.nuts.priors import PriorShape, declare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metaprop.assumptions.model import JointModel

    type Tensor = Any
    type PymcModel = Any


@dataclass(frozen=True, slots=True)
class JointShape:
    """All that a compiled joint model depends on: priors, and filled-up numbers of everything."""

    priors: tuple[PriorShape, ...]
    types: int
    studies: int
    cells: int

    @classmethod
    def of(cls, model: JointModel, table: JointTable) -> JointShape:
        """Return the shape of a model for a table."""
        return cls(
            tuple(PriorShape.of(p.parameter, p.prior) for p in model.parameters),
            round_up(len(table.types), TYPES),
            round_up(len(table.studies), STUDIES),
            table.type_of.size,
        )


def build_joint(model: JointModel, table: JointTable) -> PymcModel:
    """Return the PyMC model, so that it takes any table of the same shape as data.

    Free variables are the four parameters, ``a`` (types), ``u`` (studies) and ``v`` (cells), the
    latter three standard normal; exact counts and ranges enter by potentials of these names.
    """
    import pymc as pm

    shape = JointShape.of(model, table)
    coords = {"type": shape.types, "study": shape.studies, "cell": shape.cells}
    with pm.Model(coords={name: range(n) for name, n in coords.items()}) as built:
        alpha, sigma, shared, omega = (
            declare(one, p.prior) for one, p in zip(shape.priors, model.parameters, strict=True)
        )
        data = {name: pm.Data(name, value) for name, value in table.data().items()}
        level = pm.Deterministic("level", alpha + sigma * pm.Normal("a", dims="type"), dims="type")
        u, v = pm.Normal("u", dims="study"), pm.Normal("v", dims="cell")
        logit_p = level[data["type_of"]] + shared * u[data["study_of"]] + omega * v
        _observe(logit_p, data)
    return built


def _observe(logit_p: Tensor, data: Mapping[str, Tensor]) -> None:
    """Add the binomial log likelihood: ``log choose(n, y) + y logit p - n log(1 + exp(logit p))``.

    Of a range, the log of the sum over the counts that it allows.
    """
    import pymc as pm

    exact = data["choose"] + data["counted"] * logit_p - data["total"] * pm.math.log1pexp(logit_p)
    pm.Potential("counts", exact.sum())
    at = logit_p[data["range_cell"]]
    each = data["range_choose"] + data["range_counts"] * at[:, None]
    ranges = pm.math.logsumexp(each, axis=1).ravel() - data["range_total"] * pm.math.log1pexp(at)
    pm.Potential("ranges", ranges.sum())
