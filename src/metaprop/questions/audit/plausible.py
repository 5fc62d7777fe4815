"""What a reconstruction says of one claim, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.wording import counted
from metaprop.questions.audit.matching import printed_numbers
from metaprop.questions.audit.reconstruction import Target, reconstruct
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.settings import Choice, Pooling, Variant, described, two_step
from metaprop.questions.audit.shape import symmetric_on

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
    if held.studies is None or not held.listed or held.exact is not None or held.line is None:
        return
    # Where print names every study, it names those that were pooled, with an event or without.
    least = 0 if len(held.listed) == held.studies.k else 1
    printed = printed_numbers(held.claim)
    target = Target(printed, held.studies.totals, held.listed, least, held.claim.level)
    scales = {ruler.scale for ruler in symmetric_on(held.line, held.mean_sizes)}
    # A line says by its shape on which of the scales it was pooled, if it says anything.
    fitting = [choice for choice in tried if choice.variant.scale in scales] or tried
    found = [reconstruct(target, choice, np.random.default_rng(SEED)) for choice in fitting]
    yield _finding(held, target, min(found, key=lambda one: (one.steps, -one.rounding)))


def _finding(held: Held, target: Target, found: Reconstruction) -> Finding:
    claim = held.claim
    how = "at least " if not found.exhaustive and found.rounding else ""
    vectors = counted(found.rounding, "set of counts rounds", "sets of counts round")
    if not found.rounding:
        vectors = "no set of counts that was tried rounds"
    span = f"between {found.low} and {found.high} events"
    if found.low == found.high:
        span = f"{found.low} events"
    setting = described([two_step(found.choice)])[0]
    where = f"{how}{vectors} to every printed digit"
    near = "" if found.rounding else f" (the nearest misses by {found.steps:.1f} last digits)"
    among = f"with an event in each of the {len(target.listed)} studies named and in no other"
    if not target.least:
        among = "with events in any study"
    sentence = (
        f"Pooled by {setting}, {among}, {where}{near}: {span}, per-study counts not identified."
    )
    fine: Verdict = "reproduced with a setting" if found.rounding else "cannot be checked"
    numbers = (
        Number("sets of counts tried", "", found.tried, "count"),
        Number("sets that show the line", "", found.rounding, "count"),
        Number("fewest events", "", found.low, "count"),
        Number("most events", "", found.high, "count"),
        Number("events of the nearest", "", found.nearest, "count"),
    )
    return Finding(
        *(claim.outcome, claim.source, "reconstruction", fine, "weak", sentence, numbers),
        settings=(setting,),
    )
