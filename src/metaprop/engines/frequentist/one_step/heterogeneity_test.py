"""Do the studies differ at all? The likelihood-ratio test of a common rate.

Under a common rate the heterogeneity lies on the edge of what is possible, and the statistic is
in large samples 0 half of the time and chi-square (1 df) the other half. With few, small studies
near 0 % or 100 % that mixture is unreliable; a bootstrap from the common rate, refitted in each
simulated review, needs no large sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.core.scales import logit
from metaprop.core.wording import counted
from metaprop.engines.frequentist.one_step.fitting import check_options
from metaprop.engines.frequentist.one_step.maximum import fit_many
from metaprop.engines.frequentist.one_step.simulation import Population, simulate_events

if TYPE_CHECKING:
    from metaprop.engines.frequentist.one_step.family import Model
    from metaprop.evidence.studies import Studies

BATCH = 1000
"""Simulated reviews that are fitted at once."""
TIE = 1e-8
"""Statistics this near are equal: counts are discrete, and ties are common."""
UNTOLD = float("nan")

LIKELIHOOD_RATIO = Method(
    "likelihood-ratio test of heterogeneity",
    "A common rate was tested by the likelihood ratio, with P from a parametric bootstrap that "
    "refits both models in each simulated review; the 50:50 mixture of chi-square distributions "
    "is given beside it.",
    "10.1080/01621459.1987.10478472",
)


@dataclass(frozen=True, slots=True)
class HeterogeneityTest:
    """The likelihood-ratio test of a common rate in one model.

    ``statistic`` is twice the gain in log likelihood; ``p_mixture`` from the 50:50 mixture,
    ``p_bootstrap`` from ``simulations`` reviews, with its Monte Carlo standard error
    ``bootstrap_error``. P values are NaN where the test is not possible.
    """

    model: Model
    statistic: float
    p_mixture: float
    p_bootstrap: float
    bootstrap_error: float
    simulations: int
    messages: tuple[str, ...]


def mixture_p(statistic: float) -> float:
    """Return P(at least the statistic) for 0 and chi-square (1 df) in equal shares."""
    return 1.0 if statistic <= 0.0 else 0.5 * float(special.chdtrc(1.0, statistic))


def heterogeneity_test(
    studies: Studies, model: Model, rng: np.random.Generator, *, simulations: int = 1000
) -> HeterogeneityTest:
    """Test whether the studies share one rate.

    Parameters
    ----------
    studies
        One outcome, every count exact.
    model
        What the studies follow if they differ.
    rng
        Source of chance of the bootstrap.
    simulations
        Simulated reviews, at least 1. P is ``(1 + those at least as extreme) / (1 + all)``.

    Raises
    ------
    InputError
        A count is a range or not reported.
    OptionError
        The model is not one of the two, or there are no simulations.
    """
    check_options(model)
    if simulations < 1:
        what = f"{simulations} simulated reviews give no P value"
        raise OptionError(Problem(what, "simulations", "Use at least 1, better 1000"))
    events, totals = studies.events, studies.totals
    fitted = fit_many(model, events[None, :], totals)
    statistic = float(fitted.likelihood_ratio[0])
    if fitted.state[0] in {"none", "all", "unreplicated"}:
        reason = "The data cannot show heterogeneity of any size: there is nothing to test."
        return HeterogeneityTest(model, statistic, UNTOLD, UNTOLD, UNTOLD, 0, (reason,))
    common = Population(model, float(logit(events.sum() / totals.sum())), 0.0)
    beyond = 0
    for start in range(0, simulations, BATCH):
        drawn = simulate_events(common, totals, min(BATCH, simulations - start), rng)
        ratio = fit_many(model, drawn, totals).likelihood_ratio
        beyond += int(np.sum(ratio >= statistic - TIE))
    p = (1.0 + beyond) / (1.0 + simulations)
    error = float(np.sqrt(p * (1.0 - p) / simulations))
    advice = (
        "The mixture assumes large studies away from 0 % and 100 %; rely on the bootstrap, of "
        f"{counted(simulations, 'simulated review', 'simulated reviews')} with one common rate."
    )
    mixture = mixture_p(statistic)
    return HeterogeneityTest(model, statistic, mixture, p, error, simulations, (advice,))
