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
    default_regression_model,
    is_joint,
    is_regression,
    read_joint_model,
    read_model,
    read_regression_model,
    shipped_models,
)
from metaprop.assumptions.model.records import Model, ParameterPrior, with_prior
from metaprop.assumptions.model.regression import RegressionModel

__all__ = [
    "JOINT_PARAMETERS",
    "PARAMETERS",
    "UNITS",
    "Family",
    "JointModel",
    "Model",
    "ParameterPrior",
    "RegressionModel",
    "default_joint_model",
    "default_models",
    "default_regression_model",
    "is_joint",
    "is_regression",
    "read_joint_model",
    "read_model",
    "read_regression_model",
    "shipped_models",
    "with_prior",
]
