"""The families of models: what each says, which parameters it takes, in which range they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaprop.core.methods import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

Family = Literal["beta-binomial", "logit-normal", "common-rate"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The names that a family's two priors may be put on; the first of each is the usual one."""

    location: tuple[str, ...]
    heterogeneity: tuple[str, ...]


PARAMETERS: Mapping[Family, Parameters] = {
    "beta-binomial": Parameters(("average", "logit_average"), ("rho", "kappa")),
    "logit-normal": Parameters(("mu", "typical"), ("tau",)),
    "common-rate": Parameters(("average", "logit_average"), ()),
}

SENTENCES: Mapping[Family, str] = {
    "beta-binomial": (
        "Each study has its own rate p_i, drawn from a beta distribution with mean m (the average) "
        "and intraclass correlation rho = 1/(1 + kappa): p_i ~ Beta(m kappa, (1 - m) kappa)."
    ),
    "logit-normal": (
        "Each study has its own rate p_i, whose log odds are drawn from a normal distribution with "
        "mean mu and standard deviation tau: logit p_i ~ Normal(mu, tau^2)."
    ),
    "common-rate": "All studies share one rate m: p_i = m.",
}
"""What each family says of the rates between the studies."""

METHODS: Mapping[Family, Method] = {
    "beta-binomial": Method(
        "Bayesian beta-binomial model",
        "Events were modelled as binomial and the rates of the studies as beta distributed, with "
        "priors on the average rate and on the intraclass correlation.",
        "10.1186/1471-2288-8-58",
    ),
    "logit-normal": Method(
        "Bayesian binomial-normal model",
        "Events were modelled as binomial and the log odds of the studies as normal, with priors "
        "on their mean and on their standard deviation.",
        "10.1002/sim.4040",
    ),
    "common-rate": Method(
        "Bayesian common-rate model",
        "Events were modelled as binomial with one rate for all studies: a yardstick.",
    ),
}
"""Each family as a procedure."""

RANGES: Mapping[str, tuple[float, float]] = {
    "average": (0.0, 1.0),
    "typical": (0.0, 1.0),
    "logit_average": (-math.inf, math.inf),
    "mu": (-math.inf, math.inf),
    "rho": (0.0, 1.0),
    "kappa": (0.0, math.inf),
    "tau": (0.0, math.inf),
    "alpha": (-math.inf, math.inf),
    "sigma_alpha": (0.0, math.inf),
    "lambda": (0.0, math.inf),
    "omega": (0.0, math.inf),
    "beta": (-math.inf, math.inf),
}
"""Where each parameter lies; the support of its prior must lie inside."""

UNITS: Mapping[str, str] = {
    "average": "rate",
    "typical": "rate",
    "logit_average": "log odds",
    "mu": "log odds",
    "rho": "correlation",
    "kappa": "patients",
    "tau": "log odds",
    "alpha": "log odds",
    "sigma_alpha": "log odds",
    "lambda": "log odds",
    "omega": "log odds",
    "beta": "log odds",
}
"""The unit of each parameter; rates and correlations are proportions in [0, 1], not percent."""
