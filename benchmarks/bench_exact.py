"""How fast the exact engine is: on the paper's union data, with more studies, with more priors.

One core, warm, tolerance 1e-6 unless the table says otherwise. Times of different machines and
days cannot be compared; units of work, timed in the same rounds, can.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from time import process_time
from typing import TYPE_CHECKING

import alone  # noqa: F401 - one thread, said before NumPy is loaded
import numpy as np
from stopwatch import ROOT, Session, Timing, measure, show

from metaprop import Model, Prior, Studies, default_models, read_dataset
from metaprop.assumptions.model import with_prior
from metaprop.engines.exact.posterior import ExactPosterior, fit_exact

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = (0.025, 0.5, 0.975)
PRIORS = 1000
DISTINCT = (20, 40, 80, 160, 320)
TARGETS = {"beta_binomial": 300, "logit_normal": 100}
"""Fits per second that the engine must not fall below; 300 is the aim for both."""
PRIORS_TARGET = 1.0
"""Seconds that a thousand priors on one data set may take."""
PATIENCE = 5.0
"""Seconds after which priors are no longer tried one by one, but scaled up."""


def headline(studies: Studies, model: Model, tolerance: float = 1e-6) -> float:
    """Fit, and answer for the average: P(rate > 90 %) and three quantiles."""
    average = fit_exact(studies, model, tolerance=tolerance).average
    for level in LEVELS:
        average.quantile(level)
    return average.probability(above=0.9).value


def everything(studies: Studies, model: Model) -> object:
    """Fit, and answer for every estimand, every study, the next 20 patients and the evidence."""
    posterior = fit_exact(studies, model)
    marginals = [posterior.average, posterior.typical, posterior.new_study]
    marginals += [posterior.study(index) for index in range(studies.k)]
    for marginal in marginals:
        marginal.mean()
        marginal.interval(0.95, "equal-tailed")
        marginal.probability(above=0.9)
    if posterior.heterogeneity is not None:
        posterior.heterogeneity.interval(0.95, "equal-tailed")
    posterior.new_count(20)
    return posterior.log_marginal_likelihood, posterior.quality


def made_up(distinct: int) -> Studies:
    """Return studies of 5 to 60 patients, no two alike: rates spread around 80 %."""
    rng = np.random.default_rng(1)
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < distinct:
        total = int(rng.integers(5, 61))
        pairs[int(rng.binomial(total, rng.beta(8.0, 2.0))), total] = None
    events, totals = zip(*pairs, strict=True)
    return Studies.of([f"study {i}" for i in range(distinct)], events, totals)


def per_second(session: Session) -> list[list[str]]:
    """Return the rows of the first table."""
    rows = []
    for name, timing in session.timings.items():
        model, _, what = name.partition(": ")
        target = TARGETS[model] if what == "average" else None
        verdict = "" if target is None else "met" if 1 / timing.seconds >= target else "missed"
        least = "" if target is None else f"at least {target}"
        rows.append([name, *_cells(timing), f"{1 / timing.seconds:.0f}", least, verdict])
    return rows


def _cells(timing: Timing) -> list[str]:
    return [f"{1e3 * timing.seconds:.2f}", f"{timing.units:.2f}"]


def bench_union(union: Studies, models: tuple[Model, ...]) -> None:
    """Time the headline and everything, on the paper's union data."""
    works = {f"{m.id}: average": partial(headline, union, m) for m in models}
    works |= {f"{m.id}: average at 1e-8": partial(headline, union, m, 1e-8) for m in models}
    session = measure(works, budget=2.0)
    header = ["fit and", "ms", "units", "a second", "asked", ""]
    show("Union in 17 studies, one core", header, per_second(session), session.note())
    whole = {f"{m.id}: everything": partial(everything, union, m) for m in models}
    session = measure(whole, budget=2.0, rounds=3)
    rows = per_second(session)
    show("The same, every estimand and every study", header, rows, session.note())


def bench_size(models: tuple[Model, ...]) -> None:
    """Time the headline against the number of distinct (events, total) pairs."""
    tables = {distinct: made_up(distinct) for distinct in DISTINCT}
    for model in models:
        works = {str(k): partial(headline, table, model) for k, table in tables.items()}
        session = measure(works, budget=0.8, rounds=7)
        timings = list(session.timings.values())
        powers = ["", *(f"{np.log2(b.units / a.units):.2f}" for a, b in pairwise(timings))]
        rows = [
            [name, *_cells(timing), f"{1e3 * timing.units / int(name):.1f}", power]
            for (name, timing), power in zip(session.timings.items(), powers, strict=True)
        ]
        header = ["distinct pairs", "ms", "units", "0.001 units a pair", "grows as pairs to the"]
        show(f"Cost against size, {model.id} (linear: 1.00)", header, rows, session.note())


def priors_of(model: Model) -> list[Model]:
    """Return the model under a thousand priors of the heterogeneity, narrow to wide."""
    if model.family == "logit-normal":
        scales = np.geomspace(0.25, 2.5, PRIORS)
        priors = [("tau", Prior.of("half_normal", scale=float(s))) for s in scales]
    else:
        seconds = np.geomspace(2.0, 40.0, PRIORS)
        priors = [("rho", Prior.of("beta", alpha=1.0, beta=float(b))) for b in seconds]
    return [with_prior(model, parameter, prior) for parameter, prior in priors]


def chance(model: Model, fitted: Callable[[Model], ExactPosterior]) -> float:
    """Return P(average > 90 %) of a fit."""
    return fitted(model).average.probability(above=0.9).value


def seconds_of_all(models: list[Model], fitted: Callable[[Model], ExactPosterior]) -> float:
    """Return the seconds for all models, scaled up from a shuffled part where patience ends."""
    order = np.random.default_rng(0).permutation(len(models)).tolist()
    start = process_time()
    for done, place in enumerate(order, start=1):
        chance(models[place], fitted)
        if process_time() - start > PATIENCE:
            return (process_time() - start) * len(models) / done
    return process_time() - start


def bench_priors(union: Studies, models: tuple[Model, ...]) -> None:
    """Time a thousand priors on one data set, the likelihood reused, beside fits one by one."""
    rows = []
    for model in models:
        base, others = fit_exact(union, model), priors_of(model)
        chance(model, base.with_model)
        anew_fit = partial(fit_exact, union)
        reused, anew = (seconds_of_all(others, f) for f in (base.with_model, anew_fit))
        few = others[:: PRIORS // 20]
        errors = [base.with_model(m).average.probability(above=0.9).error for m in few]
        apart = [abs(chance(m, base.with_model) - chance(m, anew_fit)) for m in few]
        cells = [f"{reused:.2f}", f"{anew:.2f}", f"{anew / reused:.1f}"]
        cells += [f"{max(errors):.0e}", f"{max(apart):.0e}"]
        rows.append([model.id, *cells, "met" if reused <= PRIORS_TARGET else "missed"])
    header = ["model", "reused, s", "anew, s", "ratio", "largest error", "largest difference", ""]
    title = f"P(average > 90 %) under {PRIORS} priors (asked: {PRIORS_TARGET:g} s reused)"
    note = f"what takes more than {PATIENCE:g} s is scaled up; error and difference over 20 priors"
    show(title, header, rows, note)


def main() -> None:
    """Print the tables, one after the other."""
    union = read_dataset(ROOT / "data" / "kalantar2026").outcomes["union"].studies
    models = default_models()
    bench_union(union, models)
    bench_size(models)
    bench_priors(union, models)


if __name__ == "__main__":
    main()
