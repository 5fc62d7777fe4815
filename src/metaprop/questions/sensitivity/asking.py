"""One outcome's posterior under one model, asked again under many other priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.core.estimates import Estimate
from metaprop.engines.exact.grouped import fit_grouped
from metaprop.engines.exact.grouped_nodes import GroupedNodes
from metaprop.engines.exact.posterior import fit_exact
from metaprop.engines.exact.shared import FINER, SharedNodes, wide, wide_location
from metaprop.engines.exact.unreported import PartlyReported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.assumptions.model import Model
    from metaprop.assumptions.priors import Prior
    from metaprop.engines.exact.mixture import Answer
    from metaprop.engines.posterior import Marginal
    from metaprop.evidence.studies import Studies
    from metaprop.questions.thresholds import Side

    Nodes = SharedNodes | GroupedNodes

TOLERANCE = 1e-4
"""Error that nodes are laid for: a hundredth of a percentage point."""
MUCH_FINER = 1.5
"""Level of refinement where priors much narrower than the shared one decide."""
ENOUGH = 1e-3
"""A bound on the error below this needs no other nodes: far less than any choice moves."""
ROUGHLY = 5e-3
"""A bound above this is mended by a fit of its own; below it is told."""
DIGITS = 7
"""Decimals that are kept: many more than the errors leave meaning to."""
LOOSE = 1e-3
"""Error aimed at by such a fit: heavy tails would cost seconds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every posterior: the thresholds, their good side, the interval's level."""

    headline: tuple[float, ...]
    side: Side
    level: float = 0.95


def chance(marginal: Marginal, threshold: float, side: Side) -> Estimate:
    """Return the probability that a rate lies on the good side of a threshold."""
    above = marginal.probability(above=threshold)
    return above if side == "above" else Estimate(1.0 - above.value, above.error)


class Prepared:
    """The likelihood of an outcome under one family, computed once for all priors.

    Where the shared nodes do not suit a prior, so that a probability asked for would be off by more
    than ``ENOUGH``, nodes are laid for its prior on heterogeneity, and where these do not either
    it is fitted by itself: ``refitted`` counts how often the likelihood was computed again.
    ``error`` is the largest error of a probability so far.
    """

    def __init__(
        self,
        studies: Studies,
        model: Model,
        asked: Asked,
        odds: float = 1.0,
        groups: Sequence[str] | None = None,
    ) -> None:
        """Take the evidence and the model whose family and default priors hold.

        ``odds`` of an event where a study does not report, over those where it does; ``groups`` of
        studies that share a random effect, None where none do.
        """
        self.studies = studies
        self.model = model
        self.asked = asked
        self.odds = odds
        self.groups = groups
        self.refitted = 0
        self.error = 0.0
        self._shared = self._laid(wide(model))
        if self._error(self._shared.average(model)) > TOLERANCE:  # the studies say little
            self._shared = self._laid(wide(model), MUCH_FINER)
        self._own: dict[Prior, Nodes] = {}

    def _laid(self, laid_for: Model, level: float = FINER) -> Nodes:
        """Return nodes that are laid for the priors of a model."""
        if self.groups is not None:
            return GroupedNodes(self.studies, laid_for, self.groups, TOLERANCE, level)
        return SharedNodes(self.studies, laid_for, TOLERANCE, level, self.odds)

    def average(self, model: Model) -> Answer:
        """Return the average rate under other priors."""
        best = self._shared.average(model)
        others = self._others(model)
        while self._error(best) > ENOUGH and (nodes := next(others, None)) is not None:
            best = min(best, nodes.average(model), key=self._error)
        if self._error(best) > ROUGHLY:
            self.refitted += 1
            best = self._alone(model)
        return best

    def _alone(self, model: Model) -> Answer:
        if self.groups is not None:
            return fit_grouped(self.studies, model, self.groups, tolerance=LOOSE).average
        fitted = fit_exact(self.studies, model, tolerance=LOOSE)
        return fitted.average if self.odds == 1.0 else PartlyReported(fitted, self.odds).average

    def _others(self, model: Model) -> Iterator[Nodes]:
        """Yield nodes laid for priors of the same distribution, then some for this prior itself."""
        if model.heterogeneity is None:
            return
        prior = model.heterogeneity.prior
        yield from [
            nodes for other, nodes in self._own.items() if other.distribution == prior.distribution
        ]
        if prior not in self._own:
            self.refitted += 1
            self._own[prior] = self._laid(wide_location(model))
            yield self._own[prior]

    def probabilities(self, average: Marginal) -> tuple[float, ...]:
        """Return the probabilities at the headline thresholds, and keep the largest error."""
        found = [chance(average, threshold, self.asked.side) for threshold in self.asked.headline]
        self.error = max([self.error, *(estimate.error for estimate in found)])
        return tuple(round(min(max(estimate.value, 0.0), 1.0), DIGITS) for estimate in found)

    def under(self, model: Model) -> tuple[float, ...]:
        """Return the probabilities at the headline thresholds under other priors."""
        return self.probabilities(self.average(model))

    def _error(self, average: Answer) -> float:
        """Return the largest error of what is asked: probabilities, or all where none is."""
        asked = [chance(average, t, self.asked.side).error for t in self.asked.headline]
        return max(asked) if asked else average.worst_error()
