"""Small-study effects of one outcome, each statistic beside what chance makes of it.

Reviews are simulated under the binomial-normal model fitted to the outcome, at the sizes of its
studies: in them nothing depends on size, no study is missing, and cells are as often empty as the
model says. What a statistic is there, it is by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted, number
from metaprop.engines.frequentist.effects import Effects, effects
from metaprop.engines.frequentist.one_step.fitting import fit_one_step
from metaprop.engines.frequentist.one_step.maximum import fit_many
from metaprop.engines.frequentist.one_step.simulation import (
    Population,
    simulate_events,
    simulate_refitted,
)
from metaprop.questions.frequentist.adjusted import adjusted_rates
from metaprop.questions.frequentist.answers import SmallStudy, SmallStudyResult
from metaprop.questions.frequentist.funnel import funnel_limits
from metaprop.questions.frequentist.statistics import STATISTICS, Chance, stands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.one_step.records import OneStepFit
    from metaprop.evidence.studies import Studies
    from metaprop.questions.frequentist.answers import SmallStudyTest

NO_EVIDENCE = (
    "Asymmetry in single-arm proportions is not evidence of selection: the estimate and its "
    "standard error are functions of the same count, and a correction moves a small study with an "
    "empty cell further than a large one."
)
NO_FIT = (
    "There is no bootstrap: the fitted model describes no heterogeneity from which reviews could "
    "be drawn."
)
UNKNOWN = Chance(float("nan"), float("nan"), float("nan"), float("nan"))
ONE_SIDED: frozenset[SmallStudyTest] = frozenset({"trim-and-fill"})


def small_study(
    studies: Studies, level: float, rng: np.random.Generator, simulations: int
) -> SmallStudy:
    """Return every statistic of small-study effects with its bootstrap.

    Parameters
    ----------
    studies
        One outcome, every count exact.
    level
        Of the intervals of adjusted rates.
    rng
        Source of chance.
    simulations
        Simulated reviews, at least 1, for each of the two bootstraps.
    """
    fit = fit_one_step(studies, "binomial-normal", level=level)
    observed = effects(studies.events, studies.totals)
    drawn = _drawn(fit, studies, rng, simulations)
    results = tuple(_results(observed, drawn))
    return SmallStudy(
        tests=results,
        adjusted=adjusted_rates(
            observed, effects(studies.events, studies.totals, correction="all"), level
        ),
        funnel=funnel_limits(fit, studies),
        sentences=_sentences(studies, results, drawn),
    )


def _drawn(
    fit: OneStepFit, studies: Studies, rng: np.random.Generator, simulations: int
) -> tuple[Effects, Effects] | None:
    """Return reviews under the fit, and reviews under refits to such reviews; None without fit."""
    if fit.state != "regular":
        return None
    totals = studies.totals
    first = simulate_events(Population.of(fit), totals, simulations, rng)
    again = simulate_refitted(fit_many("binomial-normal", first, totals), totals, rng)
    return effects(first, totals), effects(again, totals)


def _results(
    observed: Effects, drawn: tuple[Effects, Effects] | None
) -> Iterator[SmallStudyResult]:
    whole = np.flatnonzero(~observed.corrected)
    inside = observed.take(whole) if whole.size else None
    for test, ask in STATISTICS.items():
        found, said = ask(observed), []
        statistic = float(found.statistic)
        chances = (UNKNOWN, UNKNOWN)
        if drawn is None:
            said.append(NO_FIT)
        else:
            sided = test in ONE_SIDED
            first, again = (stands(statistic, ask(one).statistic, one_sided=sided) for one in drawn)
            chances = (first, again)
        without = np.nan if inside is None else float(ask(inside).statistic)
        yield SmallStudyResult(
            test=test,
            statistic=statistic,
            p_value=float(found.p_value),
            p_bootstrap=chances[0].p_value,
            bootstrap_error=chances[0].error,
            p_refitted=chances[1].p_value,
            refitted_error=chances[1].error,
            expected=chances[0].median,
            without_empty=without,
            share=chances[0].share,
            simulations=0 if drawn is None else int(drawn[0].count.size),
            messages=(*found.messages, *said),
        )


def _sentences(
    studies: Studies,
    results: tuple[SmallStudyResult, ...],
    drawn: tuple[Effects, Effects] | None,
) -> tuple[str, ...]:
    """Return what asymmetry means here, and how much of it is there without any selection."""
    if drawn is None:
        return (NO_EVIDENCE, NO_FIT)
    empty = _empty(studies.events, studies.totals)
    usual = float(np.median(drawn[0].corrected.sum(axis=-1)))
    first = (
        f"{int(empty.sum())} of {counted(studies.k, 'study', 'studies')} have an empty cell; in "
        f"reviews of these sizes simulated without any selection the median is {usual:g}."
    )
    egger = results[0]
    if np.isnan(egger.statistic):
        return (NO_EVIDENCE, first)
    made = "the empty cells and the sizes make" if usual > 0.0 else "the sizes make"
    second = (
        f"Egger's t is {number(egger.statistic)}; its median in those reviews is "
        f"{number(egger.expected)}: so much {made} by themselves."
    )
    return (NO_EVIDENCE, first, second)


def _empty(events: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((events == 0) | (events == totals))
