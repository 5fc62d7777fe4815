"""What a reconstruction says of one claim, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted, number
from metaprop.questions.audit.reconstruction import reconstruct
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.settings import Choice, Pooling, Variant, described, two_step
from metaprop.questions.audit.shape import symmetric_on
from metaprop.questions.audit.symmetry import without_filling
from metaprop.questions.audit.vectors import NEAR, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.engines.frequentist.options import Tau2Method
    from metaprop.questions.audit.held import Held
    from metaprop.questions.audit.reconstruction import Reconstruction
    from metaprop.questions.audit.records import Verdict

SEED = 20260101
"""Where the searches start: the same answer on every day."""
PLAIN = Variant("logit", "meta", "only0", 0.5)
DOUBLE_ARCSINE = Variant("freeman-tukey", "meta", "none", 0.0)
ESTIMATORS: tuple[Tau2Method, ...] = ("reml", "dl")
POOLINGS = (
    *(Pooling(tau2, "hartung-knapp", "none") for tau2 in ESTIMATORS),
    *(Pooling(tau2, "z", "none") for tau2 in ESTIMATORS),
)


def recipes(home: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the ways to pool that are tried: those that reproduced other lines, then usual ones.

    Of those, each interval with the two usual estimators of tau2; and the same on the double
    arcsine, which print may use beside the logit.
    """
    known = [
        Choice(choice.variant, choice.pooling)
        for choice in home
        if choice.pooling.tau2 in ESTIMATORS and choice.variant.convention == "meta"
    ]
    tried = known or [Choice(PLAIN, pooling) for pooling in POOLINGS]
    other = [replace(choice, variant=DOUBLE_ARCSINE) for choice in tried]
    return tuple(dict.fromkeys([*tried, *other]))


def reconstruction_findings(held: Held, tried: Sequence[Choice]) -> Iterator[Finding]:
    """Yield between how many and how many events a line that cannot be recomputed points to."""
    studies, line = held.studies, held.line
    if studies is None or not held.listed or held.exact is not None or line is None:
        return
    estimate, low, high = without_filling(line)
    printed = (estimate, low, high, held.claim.i2, held.claim.q_p)
    # Where print names every study, it names those that were pooled, with an event or without.
    least = 0 if len(held.listed) == studies.k else 1
    bounds = list(zip(studies.low.tolist(), studies.high.tolist(), strict=True))
    known = tuple(bounds[place] for place in held.listed)
    target = Target(printed, studies.totals, held.listed, least, held.claim.level, known)
    scales = {ruler.scale for ruler in symmetric_on((estimate, low, high), held.mean_sizes)}
    # A line says by its shape on which of the scales it was pooled, if it says anything.
    fitting = [choice for choice in tried if choice.variant.scale in scales] or tried
    yield _finding(held, target, reconstruct(target, fitting, np.random.default_rng(SEED)))


def _finding(held: Held, target: Target, found: Reconstruction) -> Finding:
    claim = held.claim
    setting = described([two_step(found.choice)])[0]
    among = f"with an event in each of the {len(target.listed)} studies named and in no other"
    if not target.least:
        among = "with events in any study"
    sentence = f"{_span(found)}: {among}, {_rounding(found)}; pooled by {setting}."
    if not found.agreeing:
        sentence += " None of these agrees with what is known of the counts."
    fine: Verdict = "reproduced with a setting" if found.rounding else "cannot be checked"
    numbers = (
        Number("sets of counts tried", "", found.tried, "count"),
        Number("sets that show the line", "", found.rounding, "count"),
        Number("sets of counts in all", "", found.tables, "number"),
        *_estimated(found),
        Number("sets that are near", "", found.near, "count"),
        Number("near sets that agree with known counts", "", found.agreeing, "count"),
        Number("fewest events", "", found.low, "count"),
        Number("most events", "", found.high, "count"),
        Number("events of the nearest", "", found.nearest, "count"),
    )
    return Finding(
        *(claim.outcome, claim.source, "reconstruction", fine, "weak", sentence, numbers),
        settings=(setting,),
    )


def _span(found: Reconstruction) -> str:
    """Return the totals of the sets that are near, which is all that such a search can tell."""
    span = f"Between {found.low} and {found.high} events"
    if found.low == found.high:
        span = f"About {found.low} events"
    return f"{span}, per-study counts not identified"


def _rounding(found: Reconstruction) -> str:
    """Return how many sets of counts show the line, or how near they come."""
    every = f"all {found.tried:,} sets of counts"
    if not found.exhaustive:
        every = f"{found.tried:,} sets of counts that were tried"
    near = counted(found.near, "set misses", "sets miss")
    told = f"{found.rounding:,} of {every}"
    if not found.rounding:
        told = f"none of {every}"
    shows = "show" if found.rounding > 1 else "shows"
    nearest = "" if found.rounding else f"the nearest misses by {found.steps:.1f} last digits, "
    return (
        f"{told} {shows} every printed digit ({nearest}{near} by no more than "
        f"{found.steps + NEAR:.1f}){_how_many(found)}"
    )


def _how_many(found: Reconstruction) -> str:
    """Return how many of all sets show the line, where not all were tried."""
    if found.exhaustive:
        return ""
    if not found.about or found.about_error is None:
        return f"; how many of all {number(found.tables)} do is not known"
    about, error = (f"{_two_digits(value):,.0f}" for value in (found.about, found.about_error))
    return (
        f"; as far as sets drawn at random tell, about {about} of all {number(found.tables)} do "
        f"(standard error {error})"
    )


def _estimated(found: Reconstruction) -> tuple[Number, ...]:
    if found.about is None or found.about_error is None:
        return ()
    return (
        Number("sets that show the line, estimated", "", found.about, "number"),
        Number("standard error of their number", "", found.about_error, "number"),
    )


def _two_digits(value: float) -> float:
    return float(f"{value:.1e}")
