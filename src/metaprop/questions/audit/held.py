"""One claim with all that it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.shape import GUESSED_SIZES

if TYPE_CHECKING:
    from metaprop.engines.frequentist.options import Scale
    from metaprop.evidence.claims import Claim
    from metaprop.evidence.printed import Printed
    from metaprop.evidence.studies import Studies
    from metaprop.questions.audit.matching import Match
    from metaprop.questions.audit.records import Check, Sureness, Verdict
    from metaprop.questions.audit.space import Space


@dataclass(frozen=True, slots=True)
class Held:
    """A claim, the studies behind it, and the answers that were computed for them.

    ``studies`` are those pooled, None where no table of counts tells them; ``listed`` are the
    places in it of the studies named beside the line; ``silent`` are the studies whose count is a
    silence of print read as none, which is no count. ``space`` has every answer to the counts
    where all are exact, with its ``match``; ``zero`` those to no event in any study; ``home`` is
    the scale of the lines that could be reproduced from counts, None if there is none.
    """

    claim: Claim
    label: str
    studies: Studies | None = None
    listed: tuple[int, ...] = ()
    silent: int = 0
    space: Space | None = None
    match: Match | None = None
    zero: Space | None = None
    home: Scale | None = None

    @property
    def line(self) -> tuple[Printed, Printed, Printed] | None:
        """Estimate, lower and upper limit; None unless all are printed as numbers."""
        limits = self.claim.interval
        if limits is None or any(one.relation != "is" for one in limits):
            return None
        return self.claim.estimate, *limits

    @property
    def k(self) -> int | None:
        """The number of studies that print names beside the line; None where nothing tells it."""
        if self.claim.studies is not None:
            return self.claim.studies
        if self.claim.listed:
            return len(self.claim.listed)
        return None if self.studies is None else self.studies.k

    @property
    def patients(self) -> int | None:
        """All patients of the studies pooled; None where nothing tells them."""
        if self.studies is not None:
            return int(self.studies.totals.sum())
        return self.claim.patients

    @property
    def exact(self) -> Studies | None:
        """The studies, if every count is known exactly."""
        known = self.studies is not None and self.studies.exact and not self.silent
        return self.studies if known else None

    @property
    def mean_sizes(self) -> tuple[float, ...]:
        """Sizes at which a double arcsine may have been turned back: of all, and of those listed.

        Where no size is known, every size that may be.
        """
        if self.studies is None:
            return GUESSED_SIZES
        totals = self.studies.totals.astype(np.float64)
        parts = [totals, totals[list(self.listed)]] if self.listed else [totals]
        return tuple(dict.fromkeys(size for part in parts for size in _means(part.tolist())))


def _means(sizes: list[float]) -> tuple[float, ...]:
    n = np.array(sizes)
    harmonic, geometric = 1.0 / (1.0 / n).mean(), np.exp(np.log(n).mean())
    return float(harmonic), float(geometric), float(n.mean()), float(n.min()), float(n.max())


def found(
    claim: Claim, check: Check, verdict: Verdict, sure: Sureness, sentence: str, *numbers: Number
) -> Finding:
    """Return a finding about one claim."""
    return Finding(claim.outcome, claim.source, check, verdict, sure, sentence, numbers)
