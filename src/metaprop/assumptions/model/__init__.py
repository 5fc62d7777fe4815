"""Models: what is assumed of the rates before any data are seen, read from ``models/*.toml``."""

from metaprop.assumptions.model.families import (
    PARAMETERS,
    UNITS,
    Family,
)
from metaprop.assumptions.model.reading import default_models, read_model, shipped_models
from metaprop.assumptions.model.records import Model, ParameterPrior, with_prior

__all__ = [
    "PARAMETERS",
    "UNITS",
    "Family",
    "Model",
    "ParameterPrior",
    "default_models",
    "read_model",
    "shipped_models",
    "with_prior",
]
