"""Do the studies share one rate? The likelihood-ratio test in both models, by bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from metaprop.engines.frequentist.one_step.heterogeneity_test import heterogeneity_test
from metaprop.questions.frequentist.answers import CommonRateTest

if TYPE_CHECKING:
    import numpy as np

    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.evidence.studies import Studies

MODELS: tuple[tuple[Literal["glmm", "beta-binomial"], Model], ...] = (
    ("glmm", "binomial-normal"),
    ("beta-binomial", "beta-binomial"),
)


def common_rate_tests(
    studies: Studies, rng: np.random.Generator, simulations: int
) -> tuple[CommonRateTest, ...]:
    """Return the test of tau = 0 (rho = 0) in each model of the counts."""
    return tuple(_test(studies, *names, rng, simulations) for names in MODELS)


def _test(
    studies: Studies,
    name: Literal["glmm", "beta-binomial"],
    model: Model,
    rng: np.random.Generator,
    simulations: int,
) -> CommonRateTest:
    found = heterogeneity_test(studies, model, rng, simulations=simulations)
    return CommonRateTest(
        name,
        found.statistic,
        found.p_mixture,
        found.p_bootstrap,
        found.bootstrap_error,
        found.simulations,
        found.messages,
    )
