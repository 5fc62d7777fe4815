"""Bayesian meta-analysis of proportions from few, small and extreme studies.

``data/`` is what was observed, ``models/`` is what we assume, this package knows how to reason.

    >>> import metaprop
    >>> studies = metaprop.Studies.of(["A", "B", "C"], events=[9, 20, 11], totals=[9, 21, 12])
    >>> model = metaprop.read_model(metaprop.shipped_models()[0])
    >>> posterior = metaprop.fit(studies, model)
    >>> 0 < posterior.average.probability(above=0.9).value < 1
    True

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metaprop.assumptions.model import Model, default_models, read_model, shipped_models
    from metaprop.assumptions.priors import Prior
    from metaprop.core.errors import MetapropError
    from metaprop.core.estimates import Estimate, Interval
    from metaprop.engines.fitting import fit
    from metaprop.engines.nuts.models import pymc_model
    from metaprop.engines.posterior import Marginal, Posterior
    from metaprop.evidence.dataset import Dataset, read_dataset
    from metaprop.evidence.plain import read_studies
    from metaprop.evidence.studies import Studies
    from metaprop.questions.analysis import analyse
    from metaprop.questions.audit.auditing import audit
    from metaprop.questions.calibration.asking import calibrate
    from metaprop.questions.checks.checking import check_fit, check_prior
    from metaprop.questions.frequentist.answers import PooledRate
    from metaprop.questions.frequentist.pooling import pool
    from metaprop.questions.moderators.asking import ask_moderators
    from metaprop.questions.sensitivity.outcome import sensitivity

    __version__: str

__all__ = [
    "Dataset",
    "Estimate",
    "Interval",
    "Marginal",
    "MetapropError",
    "Model",
    "PooledRate",
    "Posterior",
    "Prior",
    "Studies",
    "analyse",
    "ask_moderators",
    "audit",
    "calibrate",
    "check_fit",
    "check_prior",
    "default_models",
    "fit",
    "pool",
    "pymc_model",
    "read_dataset",
    "read_model",
    "read_studies",
    "sensitivity",
    "shipped_models",
]

_ROOMS = {
    "Dataset": "evidence.dataset",
    "Estimate": "core.estimates",
    "Interval": "core.estimates",
    "Marginal": "engines.posterior",
    "MetapropError": "core.errors",
    "Model": "assumptions.model",
    "PooledRate": "questions.frequentist.answers",
    "Posterior": "engines.posterior",
    "Prior": "assumptions.priors",
    "Studies": "evidence.studies",
    "analyse": "questions.analysis",
    "ask_moderators": "questions.moderators.asking",
    "audit": "questions.audit.auditing",
    "calibrate": "questions.calibration.asking",
    "check_fit": "questions.checks.checking",
    "check_prior": "questions.checks.checking",
    "default_models": "assumptions.model",
    "fit": "engines.fitting",
    "pool": "questions.frequentist.pooling",
    "pymc_model": "engines.nuts.models",
    "read_dataset": "evidence.dataset",
    "read_model": "assumptions.model",
    "read_studies": "evidence.plain",
    "sensitivity": "questions.sensitivity.outcome",
    "shipped_models": "assumptions.model",
}


# A type checker reads the imports above instead, so that a misspelt name is an error for it.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a public name from its room, once."""
        import importlib

        if name == "__version__":
            from importlib import metadata

            value = metadata.version("metaprop")
        elif name in _ROOMS:
            value = getattr(importlib.import_module(f"metaprop.{_ROOMS[name]}"), name)
        else:
            raise AttributeError(f"module 'metaprop' has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted([*__all__, "__version__"])
