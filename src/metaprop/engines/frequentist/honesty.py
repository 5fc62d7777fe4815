"""What a reader must be told: where a two-step answer is made by the method and not by the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted
from metaprop.engines.frequentist.mean_interval import all_equal
from metaprop.engines.frequentist.quantiles import normal_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from metaprop.engines.frequentist.effects import Effects
    from metaprop.engines.frequentist.plan import Plan
    from metaprop.engines.frequentist.rates import Rates
    from metaprop.engines.frequentist.weighing import Weighed

    Floats = NDArray[np.float64]
    Told = tuple[str, NDArray[np.bool_]]

NEARLY_ALL = 0.99
"""An interval of rates wider than this says next to nothing."""

FREEMAN_TUKEY = (
    "The Freeman-Tukey double arcsine has no single inverse for studies of different sizes: the "
    "rate depends on the size chosen for it, and can lie outside the rates of all studies"
)
NO_STUDY = (
    "No study has a usable estimate on this scale without a correction: there is nothing to pool"
)
ONE_STUDY = (
    "One study: the variance between studies cannot be estimated, and the interval is that "
    "study's own normal interval on this scale; take its exact interval"
)
ALL_ZERO = (
    "No study has an event: an estimate above 0 is made by the correction or the transformation, "
    "not by the data, which give an upper limit only; take the exact one-sided interval of the "
    "crude rate"
)
ALL_EVENTS = (
    "Every patient had an event: an estimate below 1 is made by the correction or the "
    "transformation, not by the data, which give a lower limit only; take the exact one-sided "
    "interval of the crude rate"
)
ALL_EQUAL = (
    "All studies have the same estimate: Hartung and Knapp's standard error is 0 and its interval "
    "does not exist; ask for interval z or a safeguard"
)
NO_KENWARD_ROGER = (
    "Kenward and Roger's standard error does not exist for these studies; ask for another interval"
)
NARROWER = (
    "The Hartung-Knapp interval is narrower than the classic one, because the studies scatter "
    "less than their variances say; ask for a safeguard"
)
NEXT_TO_NOTHING = (
    "The interval spans nearly all rates: these studies do not tell the pooled rate on this scale"
)
NO_PREDICTION = (
    "Too few studies for this prediction interval: its degrees of freedom are not positive"
)
LEFT_OUT = "Studies without a usable estimate on this scale are left out"
ADDED = "Events and non-events that nobody observed are added to some studies"


def messages_of(
    effects: Effects, plan: Plan, weighed: Weighed, half_width: Floats, rates: Rates
) -> tuple[str, ...]:
    """Return what must be said about a pooled estimate; for many data sets, about how many.

    ``half_width`` is that of the interval on the scale, ``rates`` are the answers in [0, 1].
    """
    told = [
        *_data(effects),
        *_method(effects, plan, weighed, half_width),
        *_answer(effects, rates),
        *_correction(effects),
    ]
    return tuple(_sentence(text, where) for text, where in told if where.any())


def _data(effects: Effects) -> Iterator[Told]:
    events, totals = effects.tables.events, effects.tables.totals
    yield NO_STUDY, effects.count == 0.0
    yield ONE_STUDY, effects.count == 1.0
    yield ALL_ZERO, (events == 0.0).all(axis=-1)
    yield ALL_EVENTS, (events == totals).all(axis=-1)
    if effects.scale == "freeman-tukey":
        yield FREEMAN_TUKEY, (totals != totals[..., :1]).any(axis=-1)


def _method(effects: Effects, plan: Plan, weighed: Weighed, half_width: Floats) -> Iterator[Told]:
    several = effects.count > 1.0
    if plan.interval == "hartung-knapp" and plan.safeguard == "none":
        yield ALL_EQUAL, several & all_equal(effects, weighed)
        with np.errstate(divide="ignore"):
            usual = normal_width(plan.level) / np.sqrt(weighed.total)
        yield NARROWER, several & (half_width < usual)
    if plan.interval == "kenward-roger":
        yield NO_KENWARD_ROGER, several & np.isnan(half_width)


def _answer(effects: Effects, rates: Rates) -> Iterator[Told]:
    width = rates.ci_high - rates.ci_low
    yield NEXT_TO_NOTHING, width > NEARLY_ALL
    several = effects.count > 1.0
    yield NO_PREDICTION, several & np.isnan(rates.prediction_low) & ~np.isnan(width)


def _correction(effects: Effects) -> Iterator[Told]:
    """Say what was added and what was left out."""
    k = effects.estimate.shape[-1]
    yield LEFT_OUT, (effects.count < k) & (effects.count > 0.0)
    added = effects.phantom_events
    if added.ndim:
        yield ADDED, added > 0.0
    else:
        studies = counted(int(effects.corrected.sum()), "study", "studies")
        times = f"{float(added):g} events and as many non-events"
        yield f"{times} that nobody observed are added, in {studies}", added > 0.0


def _sentence(text: str, where: NDArray[np.bool_]) -> str:
    if where.ndim == 0:
        return f"{text}."
    return f"{text} ({int(where.sum()):,} of {where.size:,} data sets)."
