"""What both engines return: a posterior whose marginals answer the same questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from metaprop.core.estimates import Estimate, Interval, IntervalKind, Quality

Estimand = Literal["average", "typical", "new_study", "study", "tau", "rho"]
Engine = Literal["exact", "nuts"]
EngineChoice = Literal["exact", "nuts", "both"]
"""``both``: the exact engine answers, and NUTS is held against it."""


class Marginal(Protocol):
    """The posterior of one quantity: a rate in [0, 1], ``tau`` in (0, inf) or ``rho`` in (0, 1).

    Examples
    --------
    >>> from metaprop import Studies, default_models, fit
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> next_study = fit(studies, default_models()[0]).new_study
    >>> round(next_study.mean().value, 3), round(next_study.quantile(0.5).value, 3)
    (0.89, 0.926)
    >>> next_study.survival([0.8, 0.9]).round(3)
    array([0.879, 0.64 ])
    """

    @property
    def estimand(self) -> Estimand:
        """Which quantity this is."""
        ...

    def mean(self) -> Estimate:
        """Return the posterior mean; ``undefined`` where it does not exist."""
        ...

    def quantile(self, level: float) -> Estimate:
        """Return the value below which the quantity lies with probability ``level`` in (0, 1)."""
        ...

    def interval(self, level: float, kind: IntervalKind) -> Interval:
        """Return the credible interval that holds ``level`` in (0, 1), of the kind asked for."""
        ...

    def probability(self, *, above: float) -> Estimate:
        """Return the posterior probability that the quantity exceeds ``above``."""
        ...

    def survival(self, at: ArrayLike) -> NDArray[np.float64]:
        """Return P(quantity > t) for each t of ``at``: same shape, values in [0, 1]."""
        ...

    def density(self, at: ArrayLike) -> NDArray[np.float64]:
        """Return the posterior density of the quantity, on its own scale, at each t of ``at``."""
        ...

    def draws(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return ``n`` independent draws of the quantity, shape ``(n,)``."""
        ...


@dataclass(frozen=True, slots=True)
class CountTable:
    """Posterior predictive of the events among the next ``patients`` in one new study.

    ``probabilities[y]`` is P(exactly y events), shape ``(patients + 1,)``; ``error`` bounds the
    absolute numerical error of each.
    """

    patients: int
    probabilities: NDArray[np.float64]
    error: float


class Posterior(Protocol):
    """The posterior of one model given one set of studies, whichever engine it came from.

    Examples
    --------
    >>> from metaprop import Studies, default_models, fit
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> posterior = fit(studies, default_models()[1])
    >>> posterior.engine, posterior.quality.status, posterior.heterogeneity.estimand
    ('exact', 'ok', 'rho')
    >>> [round(rate.mean().value, 3) for rate in (posterior.average, posterior.study(0))]
    [0.889, 0.934]
    """

    @property
    def engine(self) -> Engine:
        """Which engine answered."""
        ...

    @property
    def quality(self) -> Quality:
        """Whether the fit can be trusted."""
        ...

    @property
    def average(self) -> Marginal:
        """Mean rate over the population of studies, ``E[p]``."""
        ...

    @property
    def typical(self) -> Marginal:
        """Rate of the median study."""
        ...

    @property
    def new_study(self) -> Marginal:
        """Rate in a study like these, not yet seen."""
        ...

    @property
    def heterogeneity(self) -> Marginal | None:
        """``tau`` (logit-normal) or ``rho`` (beta-binomial); None for the common rate."""
        ...

    def study(self, index: int) -> Marginal:
        """Return the posterior of the rate of study ``index`` (0-based, order of the table)."""
        ...

    def new_count(self, patients: int) -> CountTable:
        """Return the predictive distribution of the events among ``patients`` of a new study."""
        ...

    @property
    def log_marginal_likelihood(self) -> Estimate | None:
        """Log of the marginal likelihood, binomial coefficients included; None where unknown."""
        ...

    def draws(self, n: int, rng: np.random.Generator) -> Mapping[str, NDArray[np.float64]]:
        """Return ``n`` joint draws of the hyperparameters and estimands, each of shape ``(n,)``."""
        ...
