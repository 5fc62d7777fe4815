"""Do study covariates explain the rates? Meta-regression in the binomial-normal model.

    logit p_i ~ Normal(x_i' beta, tau2),   y_i ~ Binomial(n_i, p_i)

Subgroups are the special case of one column for each group, with a tau2 that they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from metaprop.core.errors import InputError, Problem
from metaprop.core.methods import Method
from metaprop.core.scales import expit
from metaprop.core.wording import listed, visible
from metaprop.engines.frequentist.one_step.design import Regression, best_regression
from metaprop.engines.frequentist.one_step.extremes import one_sided_exact
from metaprop.engines.frequentist.one_step.fitting import check_options
from metaprop.engines.frequentist.one_step.rates import rate_logit
from metaprop.engines.frequentist.one_step.records import Limits, RateEstimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

META_REGRESSION = Method(
    "one-step meta-regression",
    "Study covariates entered a binomial-normal model on the log-odds scale by maximum "
    "likelihood; together they were tested by the likelihood ratio.",
    "10.1002/sim.4040",
)
INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """Twice a gain in log likelihood, its degrees of freedom, P by chi-square."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class MetaRegression:
    """A meta-regression: p coefficients on the log-odds scale, in the order of ``names``.

    ``coefficients``, ``se``, ``low``, ``high`` have shape ``(p,)``: infinite, with NaN around
    them, where the data let a coefficient run off. ``tau2`` in [0, inf) is what the covariates
    leave; ``tau2_without`` what there is without them. ``test`` is of all covariates but the
    intercept, None without one.
    """

    names: tuple[str, ...]
    coefficients: Floats
    se: Floats
    low: Floats
    high: Floats
    level: float
    tau2: float
    tau2_without: float
    log_likelihood: float
    test: LikelihoodRatio | None
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One group of studies: its typical and average rate, the shared tau2 estimated with all."""

    label: str
    k: int
    typical: RateEstimate
    average: float


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Groups of studies in one model, and the test that they have the same log-odds."""

    groups: tuple[Subgroup, ...]
    tau2: float
    test: LikelihoodRatio
    messages: tuple[str, ...]


def fit_meta_regression(
    studies: Studies, covariates: Floats, names: Sequence[str], *, level: float = 0.95
) -> MetaRegression:
    """Fit a binomial-normal meta-regression by maximum likelihood.

    Parameters
    ----------
    studies
        One outcome in k studies, every count exact.
    covariates
        Shape ``(k, q)``, one column for each covariate, finite; an intercept is added.
    names
        Of the q covariates.
    level
        Nominal coverage of the Wald intervals, in (0, 1).

    Raises
    ------
    InputError
        A count is a range or not reported; or the covariates do not fit the studies: wrong shape,
        not finite, or linearly dependent (also with the intercept).
    OptionError
        The level is not between 0 and 1.
    """
    design = np.column_stack([np.ones(studies.k), np.reshape(covariates, (studies.k, -1))])
    every = (INTERCEPT, *names)
    _check(studies, design, every, level)
    full = best_regression(studies.events, studies.totals, design)
    null = best_regression(studies.events, studies.totals, design[:, :1])
    test = _ratio(full, null, len(names)) if names else None
    return _report(full, null.tau**2, every, level, test)


def fit_subgroups(studies: Studies, labels: Sequence[str], *, level: float = 0.95) -> Subgroups:
    """Fit one log-odds for each group of studies, with a tau2 that they share.

    Parameters
    ----------
    studies
        One outcome in k studies, every count exact.
    labels
        The group of each study, length k, at least two different ones.
    level
        Nominal coverage of the Wald intervals, in (0, 1).

    Raises
    ------
    InputError
        A count is a range or not reported; fewer than two groups; not one label for each study.
    OptionError
        The level is not between 0 and 1.
    """
    groups = sorted(set(labels))
    if len(labels) != studies.k or len(groups) < 2:  # noqa: PLR2004 - two groups to compare
        what = f"{len(labels)} labels of {len(groups)} groups for {studies.k} studies"
        raise InputError(Problem(what, "labels", "Give each study one of two or more groups"))
    member = np.array([[float(label == group) for group in groups] for label in labels])
    _check(studies, member, tuple(groups), level)
    full = best_regression(studies.events, studies.totals, member)
    null = best_regression(studies.events, studies.totals, np.ones((studies.k, 1)))
    test = _ratio(full, null, len(groups) - 1)
    report = _report(full, null.tau**2, tuple(groups), level, test)
    rows = [_subgroup(report, full.tau, i, member[:, i], studies) for i in range(len(groups))]
    return Subgroups(tuple(rows), full.tau**2, test, report.messages)


def _check(studies: Studies, design: Floats, names: tuple[str, ...], level: float) -> None:
    """Raise for a level, or for a design, that cannot be fitted to these studies."""
    check_options("binomial-normal", level)
    problems = [*_design_problems(design, names)]
    if bool(np.all((studies.events == 0) | (studies.events == studies.totals))):
        what = "every study is at 0 % or at 100 %"
        remedy = "Compare how many studies of each kind are at each end"
        problems.append(Problem(what, "events", remedy))
    if problems:
        raise InputError(problems)


def _design_problems(design: Floats, names: tuple[str, ...]) -> list[Problem]:
    """Return what is wrong with a design matrix (k, p): nothing, or one fault."""
    if design.shape[1] != len(names):
        what = f"{design.shape[1]} columns, the intercept among them, and {len(names)} names"
        return [Problem(what, "covariates", "Give one name for each column")]
    finite = np.isfinite(design).all(axis=0)
    if not finite.all():
        bad = listed([visible(names[i]) for i in np.flatnonzero(~finite)])
        remedy = "Leave out studies without a value, or the covariate"
        return [Problem(f"missing or infinite values in {bad}", "covariates", remedy)]
    if design.shape[0] <= design.shape[1]:
        what = f"{design.shape[0]} studies for {design.shape[1]} coefficients"
        return [Problem(what, "covariates", "Use fewer covariates or groups than studies")]
    if np.linalg.matrix_rank(design) < design.shape[1]:
        what = f"the columns {listed([visible(name) for name in names])} say the same thing twice"
        return [Problem(what, "covariates", "Leave out one that the others already tell")]
    return []


def _ratio(full: Regression, null: Regression, df: int) -> LikelihoodRatio:
    statistic = max(0.0, 2.0 * (full.log_likelihood - null.log_likelihood))
    return LikelihoodRatio(statistic, df, float(special.chdtrc(df, statistic)))


def _report(
    fit: Regression,
    tau2_without: float,
    names: tuple[str, ...],
    level: float,
    test: LikelihoodRatio | None,
) -> MetaRegression:
    """Return the coefficients with their intervals, and what the data cannot tell."""
    se = np.sqrt(np.diag(fit.covariance))
    reach = float(special.ndtri(0.5 + 0.5 * level)) * se
    messages: list[str] = []
    if not fit.settled:
        messages.append("The search for the best fit did not settle: do not use these numbers.")
    if fit.runs_off.any():
        lost = listed([visible(name) for name, off in zip(names, fit.runs_off, strict=True) if off])
        messages.append(
            f"Events or non-events are missing altogether along {lost}: the coefficient runs off "
            "to infinity. The likelihood-ratio test stands."
        )
    return MetaRegression(
        names,
        fit.coefficients,
        se,
        fit.coefficients - reach,
        fit.coefficients + reach,
        level,
        fit.tau**2,
        tau2_without,
        fit.log_likelihood,
        test,
        tuple(messages),
    )


def _subgroup(
    report: MetaRegression, tau: float, place: int, member: Floats, studies: Studies
) -> Subgroup:
    """Return one group's rates; exact and one-sided where nothing, or all, happened in it."""
    centre, level = float(report.coefficients[place]), report.level
    own = member > 0.0
    label, k = report.names[place], int(own.sum())
    if not np.isfinite(centre):
        exact = one_sided_exact(int(studies.totals[own].sum()), level, every=centre > 0.0)
        rate = float(centre > 0.0)
        return Subgroup(label, k, RateEstimate("typical", rate, None, None, None, exact), rate)
    ends = (float(expit(report.low[place])), float(expit(report.high[place])))
    wald = Limits(*ends, level, "wald")
    typical = RateEstimate("typical", float(expit(centre)), float(report.se[place]), wald, None)
    average = rate_logit("binomial-normal", "average", np.array([centre]), np.array([tau]))
    return Subgroup(label, k, typical, float(expit(average[0])))
