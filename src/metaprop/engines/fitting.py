"""Choose an engine, fit, and return what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args, overload

from metaprop.core.errors import OptionError, Problem
from metaprop.core.wording import listed
from metaprop.engines.exact import grouped
from metaprop.engines.exact.posterior import fit_exact
from metaprop.engines.exact.unreported import PartlyReported
from metaprop.engines.posterior import Engine, EngineChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.engines.exact.grouped import GroupedPosterior
    from metaprop.engines.exact.posterior import ExactPosterior
    from metaprop.engines.nuts.posterior import NutsPosterior
    from metaprop.evidence.studies import Studies

TOLERANCES = (1e-8, 1e-3)
"""The least and the largest error that can be asked for."""
GROUPED = 1e-5
"""Error aimed at at each share of the variance between groups: far below what is printed."""
DRAWS = (100, 1_000_000)
"""The fewest and the most draws kept from each chain."""


@overload
def fit(
    studies: Studies, model: Model, *, engine: Literal["exact"] = "exact", tolerance: float = 1e-6
) -> ExactPosterior: ...
@overload
def fit(
    studies: Studies,
    model: Model,
    *,
    engine: Literal["nuts"],
    seed: int = 0,
    draws: int = 2500,
    on_stage: Callable[[str], None] | None = None,
) -> NutsPosterior: ...
def fit(  # noqa: PLR0913 - the one door to both engines; all but two have names and defaults
    studies: Studies,
    model: Model,
    *,
    engine: Engine = "exact",
    tolerance: float = 1e-6,
    seed: int = 0,
    draws: int = 2500,
    on_stage: Callable[[str], None] | None = None,
) -> ExactPosterior | NutsPosterior:
    """Return the posterior of a model given the studies of one outcome.

    Parameters
    ----------
    studies
        Events and totals of k >= 1 studies, ranges and missing counts included.
    model
        A family with its priors: see ``read_model``.
    engine
        ``"exact"``: deterministic quadrature, with an error bound beside every number; ``"nuts"``:
        Hamiltonian Monte Carlo in PyMC, with a Monte Carlo error beside every number, and with the
        draws as an ArviZ DataTree (``.tree``).
    tolerance
        Of the exact engine: absolute error aimed at for probabilities and quantiles of rates, 1e-8
        to 1e-3.
    seed, draws
        Of NUTS: what decides its random numbers (0 or more), and how many draws are kept from each
        of four chains, 100 to 1,000,000.
    on_stage
        Of NUTS: called with ``"compiling"`` and ``"sampling"`` as each begins.

    Returns
    -------
    Posterior
        Its estimands (``average``, ``typical``, ``new_study``, ``study(i)``) are proportions in
        [0, 1]; ``heterogeneity`` is tau (log-odds scale) or rho (intraclass correlation).

    Raises
    ------
    OptionError
        An option is not one that can be asked for, or NUTS cannot take so large a table.

    Examples
    --------
    >>> from metaprop import Studies, default_models, fit
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> posterior = fit(studies, default_models()[0])
    >>> round(posterior.average.probability(above=0.8).value, 4)
    0.8883
    """
    problems = [
        *_engine_problems(engine, get_args(Engine)),
        *_number_problem("tolerance", tolerance, TOLERANCES),
        *_number_problem("draws", draws, DRAWS),
        *_number_problem("seed", seed, (0, 2**63 - 1)),
    ]
    if problems:
        raise OptionError(problems)
    if engine == "exact":
        return fit_exact(studies, model, tolerance=tolerance)
    from metaprop.engines.nuts.posterior import fit_nuts
    from metaprop.engines.nuts.sampling import Settings

    return fit_nuts(studies, model, Settings(draws=draws, seed=seed), on_stage)


def fit_partly_reported(studies: Studies, model: Model, odds: float) -> PartlyReported:
    """Return the posterior of a population in which studies that do not report have other odds.

    Parameters
    ----------
    studies
        Those that do not report an outcome (cells ``?``) among them; without a known total.
    model
        A family with its priors: how rates vary among the studies that report.
    odds
        The odds of an event in a study that does not report, over those in one that does, > 0.

    Returns
    -------
    PartlyReported
        ``average`` and ``new_study``, over both kinds of studies in the share seen.

    Raises
    ------
    OptionError
        A known total binds cells that do not report: their odds are in its likelihood.
    """
    if studies.binding_total is not None:
        what = "a known total binds studies that do not report"
        raise OptionError(Problem(what, "known_total", "Leave it out: known_total = None"))
    return PartlyReported(fit_exact(studies, model), odds)


def fit_grouped(studies: Studies, model: Model, groups: Sequence[str]) -> GroupedPosterior:
    """Return the posterior of a logit-normal model whose groups of studies share an effect.

    See ``metaprop.engines.exact.grouped.fit_grouped``.
    """
    return grouped.fit_grouped(studies, model, groups, tolerance=GROUPED)


def engine_problems(engine: str) -> list[Problem]:
    """Return what is wrong with the choice of engines: nothing, or one fault."""
    return _engine_problems(engine, get_args(EngineChoice))


def _engine_problems(engine: str, allowed: tuple[str, ...]) -> list[Problem]:
    if engine in allowed:
        return []
    return [Problem(f"no engine is called {engine!r}", "engine", f"Use {listed(allowed, 'or')}")]


def _number_problem(name: str, value: float, ends: tuple[float, float]) -> list[Problem]:
    low, high = ends
    if low <= value <= high:
        return []
    remedy = f"Use a number from {low:g} to {high:g}"
    return [Problem(f"{value!r} cannot be asked for", name, remedy)]
