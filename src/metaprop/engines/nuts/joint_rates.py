"""What follows from draws of the joint model: average rates, and rates of studies not yet seen.

``level`` (alpha_c) has shape S + (C,), the other parameters S, such as ``(chains, draws)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.logistic_mean import logit_average
from metaprop.core.scales import expit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import JointModel

    Floats = NDArray[np.float64]

TINY = np.finfo(np.float64).tiny


def average_rates(values: Mapping[str, Floats]) -> Floats:
    """Return ``E[p_c]``, the mean of ``expit(N(alpha_c, lambda^2 + omega^2))``, shape S + (C,)."""
    level = values["level"]
    spread = np.hypot(values["lambda"], values["omega"]).reshape(-1, 1)
    flat = level.reshape(-1, level.shape[-1])
    return expit(logit_average(flat, np.log(np.maximum(spread, TINY)))).reshape(level.shape)


def new_rates(values: Mapping[str, Floats], rng: np.random.Generator) -> Floats:
    """Return the rates of all types in one study not yet seen for each draw, shape S + (C,)."""
    level = values["level"]
    study = values["lambda"] * rng.standard_normal(level.shape[:-1])
    own = values["omega"][..., None] * rng.standard_normal(level.shape)
    return expit(level + study[..., None] + own)


def prior_values(
    model: JointModel, types: int, n: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Return ``n`` draws of the parameters and of ``level`` from the priors, by name."""
    drawn = {p.parameter: np.asarray(p.prior.draws(n, rng)) for p in model.parameters}
    scatter = drawn["sigma_alpha"][:, None] * rng.standard_normal((n, types))
    return drawn | {"level": drawn["alpha"][:, None] + scatter}
