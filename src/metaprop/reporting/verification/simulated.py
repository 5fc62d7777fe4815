"""A stored calibration beside a smaller one of the same seed, made comparable.

Closed forms are simulated again in full and must come back. Models of the counts and ranks are
simulated for the first reviews only, which are among the stored ones: what is counted may not be
more than is stored, and shares and means differ by chance, of which both state the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metaprop.core.estimates import Estimate
from metaprop.questions.calibration.asking import Effort

if TYPE_CHECKING:
    from metaprop.questions.calibration.records import (
        Calibration,
        Held,
        ModelRanks,
        Ranks,
        Score,
        Simulated,
    )

CLOSED = frozenset({"two steps", "one rate"})
"""Kinds of methods that see every review."""
MODELLED, RANKED = 40, 400
"""Reviews of each truth, and of each prior, that are simulated again: about half a minute."""


@dataclass(frozen=True, slots=True)
class HeldScore:
    """A method that models the counts, in one scenario: every share and mean with its error.

    ``whole`` is the sum of the shares that hold the truth, lie below and lie above: 1.
    """

    label: str
    kind: str
    estimand: str
    answered: Estimate
    width: Estimate
    bias: tuple[Estimate, Estimate]
    coverage: tuple[Estimate, Estimate]
    below: tuple[Estimate, Estimate]
    above: tuple[Estimate, Estimate]
    whole: tuple[float, float]
    truth: tuple[float, float]


@dataclass(frozen=True, slots=True)
class HeldScenario:
    """One truth; ``label`` names it."""

    label: str
    scores: tuple[HeldScore, ...]


@dataclass(frozen=True, slots=True)
class HeldRanks:
    """Ranks of one quantity: the ECDF with its errors, and counts by bin.

    ``counts`` of the smaller calibration are the larger of its own and the stored ones, so that
    they differ where it counts more in a bin than is stored.
    """

    label: str
    at: tuple[float, ...]
    ecdf: tuple[Estimate, ...]
    counts: tuple[int, ...]
    failed: int
    all_counted: bool


def effort_again(found: Calibration) -> Effort:
    """Return how many reviews are simulated again of a stored calibration."""
    scores = [score for scenario in found.scenarios[:1] for score in scenario.scores]
    closed = max((one.replicates for one in scores if one.kind in CLOSED), default=0)
    modelled = max((one.replicates for one in scores if one.kind not in CLOSED), default=0)
    ranked = max((one.replicates for one in found.ranks if one.engine == "exact"), default=0)
    return Effort(closed, min(modelled, MODELLED), min(ranked, RANKED))


def closed_part(found: Calibration) -> Calibration:
    """Return a calibration with what is simulated again in full."""
    scenarios = (
        replace(one, scores=tuple(score for score in one.scores if score.kind in CLOSED))
        for one in found.scenarios
    )
    return replace(found, scenarios=tuple(scenarios), ranks=())


def held_scores(found: Calibration) -> tuple[HeldScenario, ...]:
    """Return the methods that see the first reviews only."""
    return tuple(
        HeldScenario(
            f"{one.truth.family} {one.truth.rate:g} {one.truth.spread:g}",
            tuple(_score(score) for score in one.scores if score.kind not in CLOSED),
        )
        for one in found.scenarios
    )


def _score(one: Score) -> HeldScore:
    held = (one.own, one.average)
    return HeldScore(
        label=one.label,
        kind=one.kind,
        estimand=one.estimand,
        answered=_share(one.answered, one.replicates),
        width=_estimate(one.width),
        bias=_both(held, "bias"),
        coverage=_both(held, "coverage"),
        below=_both(held, "below"),
        above=_both(held, "above"),
        whole=(_whole(one.own), _whole(one.average)),
        truth=(one.own.truth, one.average.truth),
    )


def _both(held: tuple[Held, Held], name: str) -> tuple[Estimate, Estimate]:
    own, average = (_estimate(getattr(one, name)) for one in held)
    return own, average


def _whole(one: Held) -> float:
    return one.coverage.value + one.below.value + one.above.value


def _estimate(one: Simulated) -> Estimate:
    if math.isnan(one.value):
        return Estimate.without_value("no review was answered")
    return Estimate(one.value, one.error)


def _share(count: int, of: int) -> Estimate:
    """Return a share with an error that is not 0 where all or none are counted."""
    q = (count + 1.0) / (of + 2.0)
    return Estimate(count / of, math.sqrt(q * (1.0 - q) / of))


def held_ranks(
    stored: Calibration, now: Calibration
) -> tuple[tuple[HeldRanks, ...], tuple[HeldRanks, ...]]:
    """Return the ranks by the exact engine of both calibrations, of as many as both have."""
    pairs = [
        (ours, theirs, *both)
        for ours, theirs in zip(_exact(stored), _exact(now), strict=True)
        for both in zip(ours.ranks, theirs.ranks, strict=True)
    ]
    before = tuple(_ranks(ours, one, one.counts, ours.failed) for ours, _, one, _ in pairs)
    after = tuple(
        _ranks(
            theirs,
            other,
            tuple(map(max, one.counts, other.counts)),
            max(ours.failed, theirs.failed),
        )
        for ours, theirs, one, other in pairs
    )
    return before, after


def _exact(found: Calibration) -> list[ModelRanks]:
    return [one for one in found.ranks if one.engine == "exact"]


def _ranks(model: ModelRanks, one: Ranks, counts: tuple[int, ...], failed: int) -> HeldRanks:
    shares = tuple(_share(round(share * one.replicates), one.replicates) for share in one.ecdf)
    counted = sum(one.counts) == one.replicates
    return HeldRanks(f"{model.model} {one.quantity}", one.at, shares, counts, failed, counted)
