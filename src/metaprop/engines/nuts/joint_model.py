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
from metaprop.engines.nuts.priors import PriorShape, declare_all
from metaprop.engines.nuts.range_op import binomial_ranges

if TYPE_CHECKING:
    from metaprop.assumptions.model import JointModel

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
    latter three standard normal. The least count of each cell enters by the potential ``counts``,
    ``log choose(n, y) + y logit p - n log(1 + exp(logit p))``, and by ``ranges`` how much more
    probable its range is.
    """
    import pymc as pm

    shape = JointShape.of(model, table)
    coords = {"type": shape.types, "study": shape.studies, "cell": shape.cells}
    with pm.Model(coords={name: range(n) for name, n in coords.items()}) as built:
        alpha, sigma, shared, omega = declare_all(model.parameters)
        data = {name: pm.Data(name, value) for name, value in table.packed().items()}
        type_of, study_of, low, total, choose = (data["cells"][row] for row in range(5))
        level = pm.Deterministic("level", alpha + sigma * pm.Normal("a", dims="type"), dims="type")
        u, v = pm.Normal("u", dims="study"), pm.Normal("v", dims="cell")
        of_study = shared * u[study_of.astype("int64")] + omega * v
        logit_p = level[type_of.astype("int64")] + of_study
        least = choose + low * logit_p - total * pm.math.log1pexp(logit_p)
        pm.Potential("counts", least.sum())
        ranges = data["range_rows"]
        at = logit_p[ranges[0, :-1].astype("int64")]
        pm.Potential("ranges", binomial_ranges(at, ranges))
    return built
