"""Choose an engine, fit, and return what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from metaprop.core.errors import OptionError, Problem
from metaprop.core.wording import listed
from metaprop.engines.exact.posterior import fit_exact
from metaprop.engines.posterior import Engine

if TYPE_CHECKING:
    from metaprop.assumptions.model import Model
    from metaprop.engines.posterior import Posterior
    from metaprop.evidence.studies import Studies

STANDING: tuple[Engine, ...] = ("exact",)
"""The engines that answer so far."""
TOLERANCES = (1e-8, 1e-3)
"""The least and the largest error that can be asked for."""


def fit(
    studies: Studies, model: Model, *, engine: Engine = "exact", tolerance: float = 1e-6
) -> Posterior:
    """Return the posterior of a model given the studies of one outcome.

    Parameters
    ----------
    studies
        Events and totals of k >= 1 studies, ranges and missing counts included.
    model
        A family with its priors: see ``read_model``.
    engine
        ``"exact"``: deterministic quadrature, with an error bound beside every number.
    tolerance
        Absolute error aimed at for probabilities and quantiles of rates, 1e-8 to 1e-3.

    Returns
    -------
    Posterior
        Its estimands (``average``, ``typical``, ``new_study``, ``study(i)``) are proportions in
        [0, 1]; ``heterogeneity`` is tau (log-odds scale) or rho (intraclass correlation).

    Raises
    ------
    OptionError
        The engine or the tolerance is not one that can be asked for.

    Examples
    --------
    >>> from metaprop import Studies, default_models, fit
    >>> studies = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
    >>> posterior = fit(studies, default_models()[0])
    >>> round(posterior.average.probability(above=0.8).value, 4)
    0.8883
    """
    problems = _problems(engine, tolerance)
    if problems:
        raise OptionError(problems)
    return fit_exact(studies, model, tolerance=tolerance)


def engine_problems(engine: str) -> list[Problem]:
    """Return what is wrong with the name of an engine: nothing, or one fault."""
    if engine in STANDING:
        return []
    known = engine in get_args(Engine)
    what = f"the engine {engine!r} is not there yet" if known else f"no engine is called {engine!r}"
    return [Problem(what, "engine", f"Use {listed(STANDING, 'or')}")]


def _problems(engine: str, tolerance: float) -> list[Problem]:
    problems = engine_problems(engine)
    low, high = TOLERANCES
    if not low <= tolerance <= high:
        remedy = f"Use a number from {low:g} to {high:g}"
        problems.append(Problem(f"{tolerance!r} cannot be asked for", "tolerance", remedy))
    return problems
