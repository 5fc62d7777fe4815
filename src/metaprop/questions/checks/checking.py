"""Check a model against one outcome, and a prior by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.errors import OptionError, Problem
from metaprop.engines.exact.posterior import fit_exact
from metaprop.evidence.studies import Studies
from metaprop.questions.checks.answers import FitCheck, PriorCheck
from metaprop.questions.checks.information import patients_worth
from metaprop.questions.checks.left_out import by_chance, surprises, too_many
from metaprop.questions.checks.replicated import predictive_checks
from metaprop.questions.checks.uniformity import pit_check
from metaprop.questions.checks.verdict import verdict
from metaprop.questions.options import option_problems
from metaprop.questions.summaries import Question, curves_of, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.assumptions.model import Model

REPLICATES = 4_000
FEWEST_REPLICATES = 100
TOLERANCE = 1e-4
"""Of the next study before any data: its mass at 0 and 100 % would ask for ever finer grids."""


def check_fit(  # noqa: PLR0913 - the one door of the room; all but two have names and defaults
    studies: Studies,
    model: Model,
    *,
    level: float = 0.95,
    seed: int = 0,
    replicates: int = REPLICATES,
    outcome: str = "events",
    label: str = "",
) -> FitCheck:
    """Return whether a model, once fitted, makes tables like the observed one.

    Parameters
    ----------
    studies
        One outcome in k >= 1 studies; ranges and missing counts are taken as such.
    model
        A family with its priors; it is fitted by the exact engine.
    level
        Of predictive intervals and of the band of the PIT values, in (0, 1).
    seed, replicates
        Of the replicated tables: 0 or more, and at least 100.
    outcome, label
        The outcome's id and its name in words, kept in the record.

    Returns
    -------
    FitCheck
        Six statistics with their posterior predictive P values, every study against the others,
        the evenness of the PIT values, and a verdict.

    Raises
    ------
    OptionError
        An argument is outside its domain.

    Examples
    --------
    >>> from metaprop import Studies, check_fit, default_models
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 1], totals=[9, 15, 11])
    >>> check = check_fit(studies, default_models()[0])
    >>> check.studies[0].name, round(check.studies[0].two_sided, 3)
    ('C', 0.015)
    """
    problems = option_problems((), level, "equal-tailed", "exact", None)
    if replicates < FEWEST_REPLICATES:
        what = f"{replicates!r} replicates are too few"
        problems.append(Problem(what, "replicates", f"Use {FEWEST_REPLICATES} or more"))
    if seed < 0:
        problems.append(Problem(f"{seed!r} is no seed", "seed", "Use 0 or more"))
    if problems:
        raise OptionError(problems)
    posterior = fit_exact(studies, model)
    checks, unchecked = predictive_checks(posterior, studies, model, level, replicates, seed)
    no_left_out = too_many(posterior)
    found = () if no_left_out else surprises(posterior, level)
    pit = pit_check(found, level, seed) if found else None
    chance = by_chance(found[0].two_sided, len(found)) if found else None
    return FitCheck(
        outcome=outcome,
        label=label,
        model=model.id,
        family=model.family,
        level=level,
        seed=seed,
        replicates=replicates,
        statistics=checks,
        unchecked=unchecked,
        pit=pit,
        studies=found,
        most_surprising=chance,
        no_left_out=no_left_out,
        information=patients_worth(posterior.average),
        quality=verdict(checks, pit, found, chance),
    )


def check_prior(
    model: Model, *, thresholds: Sequence[float] = (), level: float = 0.95
) -> PriorCheck:
    """Return what a model says of the rates before any data.

    Parameters
    ----------
    model
        A family with its priors.
    thresholds
        Rates in (0, 1) whose prior exceedance is asked for.
    level
        Of prior intervals, in (0, 1).

    Returns
    -------
    PriorCheck
        The implied priors of the average, the typical and the next study's rate, and what the
        prior is worth in patients.

    Raises
    ------
    OptionError
        An argument is outside its domain.

    Examples
    --------
    >>> from metaprop import check_prior, default_models
    >>> for model in default_models():
    ...     print(model.id, round(check_prior(model).information.value, 2))
    logit_normal 2.13
    beta_binomial 2.0
    """
    problems = option_problems(thresholds, level, "equal-tailed", "exact", None)
    if problems:
        raise OptionError(problems)
    nothing = Studies.of(["nothing"], ["?"], [1])  # its posterior is the prior
    prior, loose = fit_exact(nothing, model), fit_exact(nothing, model, tolerance=TOLERANCE)
    question = Question(tuple(thresholds), level, "equal-tailed", "full", None)
    rates = (prior.average, loose.typical, loose.new_study)
    summaries = tuple(summarise(rate, question) for rate in rates)
    return PriorCheck(
        model=model.id,
        name=model.name,
        family=model.family,
        level=level,
        estimands=summaries,
        curves=curves_of(rates, summaries),
        information=patients_worth(prior.average),
    )
