"""Models: what is assumed of the rates before any data are seen, read from ``models/*.toml``."""

from metaprop.assumptions.model.families import (
    PARAMETERS,
    UNITS,
    Family,
)
from metaprop.assumptions.model.joint import JOINT_PARAMETERS, JointModel
from metaprop.assumptions.model.reading import (
    default_joint_model,
    default_models,
    is_joint,
    read_joint_model,
    read_model,
    shipped_models,
)
from metaprop.assumptions.model.records import Model, ParameterPrior, with_prior

__all__ = [
    "JOINT_PARAMETERS",
    "PARAMETERS",
    "UNITS",
    "Family",
    "JointModel",
    "Model",
    "ParameterPrior",
    "default_joint_model",
    "default_models",
    "is_joint",
    "read_joint_model",
    "read_model",
    "shipped_models",
    "with_prior",
]
