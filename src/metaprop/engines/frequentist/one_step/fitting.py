"""One data set, one model, every answer: estimates, Wald and profile-likelihood intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from metaprop.core.errors import OptionError, Problem
from metaprop.core.scales import logit
from metaprop.core.wording import listed
from metaprop.engines.frequentist.one_step.extremes import answer_extreme
from metaprop.engines.frequentist.one_step.family import Model, family_of
from metaprop.engines.frequentist.one_step.inside import answer_inside
from metaprop.engines.frequentist.one_step.maximum import (
    BETA_BINOMIAL,
    BINOMIAL_NORMAL,
    fit_many,
)
from metaprop.engines.frequentist.one_step.records import (
    EXACT,
    PROFILE,
    WALD,
    Distribution,
    Heterogeneity,
    LogOdds,
    OneStepFit,
    RateEstimate,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.maximum import Maxima
    from metaprop.evidence.studies import Studies

    Ints = NDArray[np.int64]

UNSETTLED = "The search for the best fit did not settle: do not use these numbers."


def fit_one_step(
    studies: Studies,
    model: Model = "binomial-normal",
    *,
    level: float = 0.95,
    distribution: Distribution = "normal",
) -> OneStepFit:
    """Fit a one-step model by maximum likelihood.

    Parameters
    ----------
    studies
        One outcome in k >= 1 studies, every count exact.
    model
        ``"binomial-normal"`` (Stijnen, Hamza, Ozdemir 2010, doi:10.1002/sim.4040): events are
        binomial, log-odds of studies Normal(mu, tau2); or ``"beta-binomial"`` (Young-Xu, Chan
        2008, doi:10.1186/1471-2288-8-58): rates of studies Beta with mean m and intraclass
        correlation rho.
    level
        Nominal coverage of the intervals, in (0, 1).
    distribution
        Of Wald intervals: ``"normal"``, or ``"t"`` with k - 1 degrees of freedom.

    Returns
    -------
    OneStepFit
        Rates as proportions in [0, 1]; the location on the log-odds scale.

    Raises
    ------
    InputError
        A count is a range or not reported.
    OptionError
        The model, the level or the distribution is not one that can be asked for.

    Examples
    --------
    >>> from metaprop import Studies
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 6], totals=[9, 15, 11])
    >>> fit = fit_one_step(studies, "beta-binomial")
    >>> round(fit.average.estimate, 3), round(fit.heterogeneity.estimate, 3)
    (0.828, 0.198)
    """
    check_options(model, level, distribution)
    events = studies.events[None, :]
    return fit_reviews(events, studies.totals, model, level=level, distribution=distribution)[0]


def fit_reviews(
    events: Ints,
    totals: Ints,
    model: Model = "binomial-normal",
    *,
    level: float = 0.95,
    distribution: Distribution = "normal",
) -> tuple[OneStepFit, ...]:
    """Fit a one-step model to many reviews of the same k studies, all steps of all at once.

    Parameters
    ----------
    events
        Shape ``(B, k)``, counts with ``0 <= events <= totals``.
    totals
        Shape ``(k,)``, at least 1.
    model, level, distribution
        As of ``fit_one_step``, whose answers these are: they differ by rounding at the most.
    """
    maxima = fit_many(model, events, totals)
    patients = int(totals.sum())
    fits = [_bare(maxima, row, totals.size, patients, level) for row in range(events.shape[0])]
    regular = np.flatnonzero(maxima.state == "regular")
    if regular.size:
        family = family_of(model, events[regular], totals)
        crude = logit(events[regular].sum(axis=1) / patients)
        bare = [fits[row] for row in regular]
        for row, fit in zip(regular, answer_inside(family, bare, crude, distribution), strict=True):
            fits[row] = fit
    return tuple(
        fit if fit.state == "regular" else answer_extreme(fit, own, totals)
        for fit, own in zip(fits, events, strict=True)
    )


def check_options(model: str, level: float = 0.95, distribution: str = "normal") -> None:
    """Raise OptionError for a model, level or distribution that cannot be asked for."""
    problems = []
    for where, value, known in (
        ("model", model, get_args(Model)),
        ("distribution", distribution, get_args(Distribution)),
    ):
        if value not in known:
            problems.append(
                Problem(f"no such {where}: {value!r}", where, f"Use {listed(known, 'or')}")
            )
    if not 0.0 < level < 1.0:
        remedy = "Use a number between 0 and 1, 0.95 for instance"
        problems.append(Problem(f"{level!r} is no level", "level", remedy))
    if problems:
        raise OptionError(problems)


def _bare(maxima: Maxima, row: int, k: int, patients: int, level: float) -> OneStepFit:
    """Return the fit of one data set that has its state and likelihoods, and no answers yet."""
    nothing = float("nan")
    normal = maxima.model == "binomial-normal"
    blank = RateEstimate("average", nothing, None, None, None)
    own = BINOMIAL_NORMAL if normal else BETA_BINOMIAL
    state = str(maxima.state[row])
    return OneStepFit(
        model=maxima.model,
        state=state,  # type: ignore[arg-type]
        k=k,
        patients=patients,
        location=LogOdds(float(maxima.location[row]), None, None, None),
        spread=float(maxima.spread[row]),
        average=blank,
        typical=blank,
        heterogeneity=Heterogeneity("tau2" if normal else "rho", nothing, None, None, None),
        log_likelihood=float(maxima.log_likelihood[row]),
        log_likelihood_common=float(maxima.common[row]),
        level=level,
        methods=(own, WALD, PROFILE) if state == "regular" else (own, PROFILE, EXACT),
        messages=() if maxima.settled[row] else (UNSETTLED,),
    )
