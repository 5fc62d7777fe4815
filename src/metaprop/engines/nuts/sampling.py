"""Compile a model once for each shape, exchange its data, sample.

Compilation takes seconds and sampling tenths of them: compiled models are kept for the life of the
process, and a new table or other numbers in a prior are data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.core.scales import expit, logit
from metaprop.engines.nuts.models import Shape, for_any_table
from metaprop.engines.nuts.priors import PACKED, packed
from metaprop.engines.nuts.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.nuts.table import Numbers
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

_COMPILED: dict[Hashable, Any] = {}
"""What has been compiled in this process."""
CORES = 2
"""Chains that run at the same time."""
ATTEMPTS, FAR_SEED = 3, 1_000_003
"""How often chains are drawn where one is stuck, and how far apart the seeds are."""
COLLAPSED = 1e-8
"""A chain with a smaller step does not move."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is sampled: ``draws`` kept from each of ``chains``, after ``tune`` discarded.

    ``target_accept`` is the mean acceptance probability that the step size is tuned to; ``seed``
    decides every random number of a fit.
    """

    chains: int = 4
    tune: int = 1000
    draws: int = 2500
    target_accept: float = 0.95
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """What the sampler returns.

    ``values`` and ``stats`` map a variable's name to an array of shape ``(chains, draws, ...)``;
    studies that only filled the table are gone.
    """

    values: dict[str, Floats]
    stats: dict[str, NDArray[Any]]


STATS = {
    "diverging": "diverging",
    "energy": "energy",
    "depth": "tree_depth",
    "n_steps": "n_steps",
    "step_size": "step_size",
    "logp": "lp",
    "mean_tree_accept": "acceptance_rate",
    "maxdepth_reached": "reached_max_treedepth",
}
"""The sampler's statistics that are kept, under the names that ArviZ knows."""


def is_compiled(studies: Studies, model: Model) -> bool:
    """Return whether a fit needs no compilation."""
    return Shape.of(model, studies) in _COMPILED


def sample(
    studies: Studies,
    model: Model,
    settings: Settings,
    on_stage: Callable[[str], None] | None = None,
) -> Trace:
    """Return draws from the posterior of a model given studies.

    ``on_stage`` is called with ``"compiling"``, if that is needed, and with ``"sampling"``.

    Raises
    ------
    OptionError
        The table is too long, or its ranges too wide, for a sampler.
    """
    shape = Shape.of(model, studies)
    table = Table.of(studies, shape.length or None)
    compiled = _compiled(model, table, shape, on_stage)
    data = table.packed() | {PACKED: packed(model.parameters)}
    found = draw(compiled, data, settings, on_stage)
    trace = trace_of(found, {"study": studies.k})
    if "z" in trace.values:
        values = trace.values
        mu = values["mu"] if "mu" in values else logit(values["typical"])
        values["p"] = rates_from(values.pop("z"), mu[..., None], values["tau"], table)
    return trace


def rates_from(z: Floats, mu: Floats, tau: Floats, table: Table) -> Floats:
    """Return each study's rate from the draws of ``z``, as ``models`` has it: faster than there.

    ``mu`` has shape ``(chains, draws, 1)``, or k for the 1 where each study has its own.
    """
    centred = table.centred[: z.shape[-1]] > 0.0
    return expit(np.where(centred, z, mu + tau[..., None] * z))


def make_ready(studies: Studies, model: Model) -> None:
    """Compile what a fit needs, unless it is there."""
    shape = Shape.of(model, studies)
    _compiled(model, Table.of(studies, shape.length or None), shape, None)


def forget() -> None:
    """Drop every compiled model."""
    _COMPILED.clear()


def _compiled(
    model: Model, table: Table, shape: Shape, on_stage: Callable[[str], None] | None
) -> Any:  # noqa: ANN401 - a compiled model
    kept = [p.parameter for p in model.parameters]
    kept += ["z"] if model.family == "logit-normal" else []
    return compiled_once(shape, lambda: for_any_table(model, table), kept, on_stage)


def compiled_once(
    shape: Hashable,
    built: Callable[[], Any],
    kept: Sequence[str],
    on_stage: Callable[[str], None] | None = None,
) -> Any:  # noqa: ANN401 - the sampler's compiled model
    """Return the compiled model of a shape; ``built`` makes the PyMC model if it is not yet known.

    Variables other than those ``kept`` are neither compiled nor computed.
    """
    if shape not in _COMPILED:
        if on_stage is not None:
            on_stage("compiling")
        _COMPILED[shape] = compile_model(built(), kept)
    return _COMPILED[shape]


def compile_model(built: Any, kept: Sequence[str]) -> Any:  # noqa: ANN401 - PyMC's and nutpie's
    """Return a PyMC model compiled, which takes seconds."""
    import nutpie

    return nutpie.compile_pymc_model(built, var_names=list(kept))


def draw(
    compiled: Any,  # noqa: ANN401 - as above
    data: Mapping[str, Numbers],
    settings: Settings,
    on_stage: Callable[[str], None] | None = None,
) -> Any:  # noqa: ANN401 - the sampler's DataTree
    """Return the draws of a compiled model, given its data.

    A chain may run into a wall in its warm-up, its step size collapses, and it never moves again:
    then all chains are drawn once more from another seed that follows from the first.
    """
    import nutpie

    if on_stage is not None:
        on_stage("sampling")
    used = {variable.name for variable in compiled.shared_var_keys}
    ready = compiled.with_data(**{name: array for name, array in data.items() if name in used})
    for attempt in range(ATTEMPTS):
        found = nutpie.sample(
            ready,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=CORES,
            seed=settings.seed + attempt * FAR_SEED,
            target_accept=settings.target_accept,
            progress_bar=False,
        )
        if np.min(found["sample_stats"]["step_size"].values[:, -1]) > COLLAPSED:
            break
    return found


def trace_of(found: Any, lengths: Mapping[str, int]) -> Trace:  # noqa: ANN401 - as above
    """Return the arrays of a trace, cut to ``lengths``: what only filled the table is gone."""
    values = {}
    for name, variable in found["posterior"].data_vars.items():
        kept = variable.isel({dim: slice(n) for dim, n in lengths.items() if dim in variable.dims})
        values[str(name)] = np.asarray(kept.values, dtype=np.float64)
    stats = found["sample_stats"]
    kept = {ours: np.asarray(stats[theirs].values) for theirs, ours in STATS.items()}
    return Trace(values, kept)
