"""The fit as an ArviZ DataTree, so that every ArviZ function works on it.

posterior             hyperparameters, average, typical, new_study, p (each study's rate)
prior                 the same from the priors, without the studies
posterior_predictive  events in studies of the same sizes, each with a rate drawn anew
prior_predictive      the same before any data
log_likelihood        of each study that says something, its rate integrated out; with a known
                      total of all studies together (``joint``), since they are one term
log_prior             of each top-level parameter
sample_stats          of the sampler                 observed_data  events (NaN: a range)
constant_data         total, low, high
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from metaprop.engines.nuts import pointwise, replicates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.engines.nuts.replicates import Hyper
    from metaprop.engines.nuts.sampling import Settings, Trace
    from metaprop.evidence.studies import Studies

    type Dataset = Any
    type Tree = Any

SAMPLED = ("chain", "draw")
PRIOR_DRAWS = 10_000


def build_tree(
    studies: Studies,
    model: Model,
    trace: Trace,
    posterior: Mapping[str, NDArray[np.float64]],
    settings: Settings,
) -> Tree:
    """Return the DataTree of a fit; ``posterior`` maps names to draws, ``(chains, draws, ...)``."""
    import xarray as xr

    hyper = replicates.Hyper.of(model.family, trace.values)
    rng = np.random.default_rng([settings.seed, 1])
    names = np.array(studies.names, dtype=str)
    replicated = replicates.replicate(hyper, studies, rng)
    groups = {
        "posterior": _dataset(posterior, names),
        "posterior_predictive": _dataset({"events": replicated}, names),
        "log_likelihood": _likelihood(hyper, studies, names),
        "log_prior": _dataset(pointwise.log_prior(model, trace.values), names),
        "sample_stats": _dataset(trace.stats, names),
        **_prior_groups(studies, model, names, rng),
        **_data_groups(studies, names),
    }
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = _attributes(model, settings)
    if studies.binding_total is not None:
        tree.attrs["known_total"] = str(studies.binding_total)
    return tree


def _likelihood(hyper: Hyper, studies: Studies, names: NDArray[np.str_]) -> Dataset:
    """Return the log likelihood of each study, or of all together where their total is known."""
    if studies.binding_total is not None:
        return _dataset({"joint": pointwise.joint_log_likelihood(hyper, studies)}, names)
    likelihood = pointwise.log_likelihood(hyper, studies)
    return _dataset({"events": likelihood}, names[pointwise.speaking(studies)])


def _attributes(model: Model, settings: Settings) -> dict[str, str | int | float]:
    return {
        "model": model.id,
        "family": model.family,
        "inference_library": "nutpie",
        "tuning_steps": settings.tune,
        "target_accept": settings.target_accept,
        "seed": settings.seed,
        "replicates": "Each replicated study has a rate of its own, drawn anew.",
        "likelihood": "The log likelihood of a study has its rate integrated out.",
    }


def _prior_groups(
    studies: Studies, model: Model, names: NDArray[np.str_], rng: np.random.Generator
) -> dict[str, Dataset]:
    hyper, drawn = replicates.prior_hyper(model, PRIOR_DRAWS, rng)
    values = drawn | hyperparameters(hyper)
    values["new_study"] = replicates.new_rates(hyper, rng)
    events = replicates.replicate(hyper, studies, rng)
    return {
        "prior": _dataset({name: array[None] for name, array in values.items()}, names),
        "prior_predictive": _dataset({"events": events[None]}, names),
    }


def hyperparameters(hyper: Hyper) -> dict[str, NDArray[np.float64]]:
    """Return the hyperparameters and the rates that follow from them, by name, shape S each."""
    values = {
        "average": replicates.average_rate(hyper),
        "typical": replicates.typical_rate(hyper),
    }
    if hyper.family == "logit-normal":
        values["mu"] = hyper.location
    if hyper.spread is not None:
        values["tau" if hyper.family == "logit-normal" else "rho"] = hyper.spread
    return values


def _data_groups(studies: Studies, names: NDArray[np.str_]) -> dict[str, Dataset]:
    exact = studies.low == studies.high
    events = studies.low if exact.all() else np.where(exact, studies.low, np.nan)
    constant = {"total": studies.totals, "low": studies.low, "high": studies.high}
    return {
        "observed_data": _dataset({"events": events}, names, sampled=()),
        "constant_data": _dataset(constant, names, sampled=()),
    }


def _dataset(
    arrays: Mapping[str, NDArray[Any]], names: NDArray[np.str_], sampled: tuple[str, ...] = SAMPLED
) -> Dataset:
    """Return arrays as an xarray data set: chain and draw first, then studies by their names."""
    import xarray as xr

    variables = {name: ((*sampled, "study")[: array.ndim], array) for name, array in arrays.items()}
    dims = {dim for used, _ in variables.values() for dim in used}
    first = next(iter(arrays.values()))
    coords: dict[str, Any] = {
        dim: np.arange(first.shape[place]) for place, dim in enumerate(sampled)
    }
    if "study" in dims:
        coords["study"] = names
    return xr.Dataset(variables, coords=coords)
