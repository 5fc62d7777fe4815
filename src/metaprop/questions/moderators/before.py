"""What the prior of a coefficient says of the difference of two average rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.scales import expit, logit
from metaprop.engines.nuts.replicates import Hyper, average_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.assumptions.model import RegressionModel

    Floats = NDArray[np.float64]

DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Before:
    """Draws from the priors: mu and tau of shape ``(N,)``, beta of shape ``(N, c)``."""

    mu: Floats
    tau: Floats
    beta: Floats

    @classmethod
    def of(cls, model: RegressionModel, columns: int, seed: int) -> Before:
        """Draw from the priors of a model with so many columns."""
        rng = np.random.default_rng([seed, 3])
        location, tau, beta = (p.prior for p in model.parameters)
        mu = np.asarray(location.draws(DRAWS, rng))
        if model.location.parameter == "typical":
            mu = logit(mu)
        spread = np.asarray(tau.draws(DRAWS, rng))
        return cls(mu, spread, np.asarray(beta.draws(DRAWS * columns, rng)).reshape(DRAWS, columns))

    def average(self, row: Floats) -> Floats:
        """Return the average rate at a row of the design, shape ``(N,)``."""
        return average_rate(Hyper("logit-normal", self.mu + self.beta @ row, self.tau))

    def log_odds_ratio(self, step: Floats) -> Floats:
        """Return the log odds ratio over a step of the design, shape ``(N,)``."""
        found: Floats = self.beta @ step
        return found


def reach(start: float, log_odds_ratio: Floats, level: float) -> tuple[float, float]:
    """Return to where the ends of a log odds ratio's interval move a rate."""
    tail = 0.5 * (1.0 - level)
    low, high = np.quantile(log_odds_ratio, [tail, 1.0 - tail])
    moved = expit(logit(np.array([start, start])) + np.array([low, high]))
    return float(moved[0]), float(moved[1])
