"""The joint fit as an ArviZ DataTree.

posterior     the four parameters, level (alpha_c), u, average and new_study of each type
prior         the same from the priors, without the studies (no u)
log_prior     of each of the four parameters             sample_stats  of the sampler
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.engines.nuts import joint_rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import JointModel
    from metaprop.engines.nuts.joint_table import JointTable
    from metaprop.engines.nuts.sampling import Settings, Trace

    type Dataset = Any
    type Tree = Any

PRIOR_DRAWS = 10_000
BY_TYPE = ("level", "average", "new_study")
"""Variables with one value for each type."""


def build_joint_tree(
    table: JointTable,
    model: JointModel,
    trace: Trace,
    rates: Mapping[str, NDArray[np.float64]],
    settings: Settings,
) -> Tree:
    """Return the DataTree of a joint fit; ``rates`` are draws by name, ``(chains, draws, C)``."""
    import xarray as xr

    rng = np.random.default_rng([settings.seed, 1])
    names = [p.parameter for p in model.parameters]
    values = {name: trace.values[name] for name in (*names, "level", "u")}
    prior = joint_rates.prior_values(model, len(table.types), PRIOR_DRAWS, rng)
    prior["average"] = joint_rates.average_rates(prior)
    prior["new_study"] = joint_rates.new_rates(prior, rng)
    log_prior = {p.parameter: p.prior.log_density(values[p.parameter]) for p in model.parameters}
    groups = {
        "posterior": _dataset({**values, **rates}, table),
        "prior": _dataset({name: array[None] for name, array in prior.items()}, table),
        "log_prior": _dataset(log_prior, table),
        "sample_stats": _dataset(trace.stats, table),
    }
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = {
        "model": model.id,
        "family": "joint",
        "inference_library": "nutpie",
        "tuning_steps": settings.tune,
        "target_accept": settings.target_accept,
        "seed": settings.seed,
    }
    return tree


def _dataset(arrays: Mapping[str, NDArray[Any]], table: JointTable) -> Dataset:
    """Return arrays as an xarray data set: chain and draw first, then types or studies."""
    import xarray as xr

    names = {"type": np.array(table.types, dtype=str), "study": np.array(table.studies, dtype=str)}
    variables = {}
    for name, array in arrays.items():
        last = ("type",) if name in BY_TYPE else ("study",) if name == "u" else ()
        variables[name] = (("chain", "draw", *last), array)
    used = {dim for dims, _ in variables.values() for dim in dims}
    return xr.Dataset(variables, coords={dim: names[dim] for dim in names if dim in used})
