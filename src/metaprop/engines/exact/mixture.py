"""A rate whose posterior is a mixture: marginals, each with its weight, answer together.

The weights are known, or come from a rule of quadrature; then a coarser rule's weights say how far
they may be off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.estimates import Estimate, Interval
from metaprop.core.scales import expit, logit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from metaprop.core.estimates import IntervalKind
    from metaprop.engines.exact.marginals import LatticeMarginal
    from metaprop.engines.posterior import Estimand

    Floats = NDArray[np.float64]

type Answer = LatticeMarginal | Mixture
"""The posterior of one quantity by quadrature."""

POINTS, ROUNDS = 33, 8
"""A quantile is looked for among so many logits between two, so many times: to 32^-8 of a range."""
LEAST, GREATEST = -700.0, 36.0
"""Logits beyond which a double does not tell a rate from 0 and from 1."""
TAILS = 401
"""Lower tails among which that of the shortest interval is looked for."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Marginals of one quantity (``parts``) and their weights, shape ``(P,)``, which sum to 1.

    ``coarse`` are the weights of the coarser rule, shape ``(P,)``; the weights again where they are
    known. What the two make of an answer differs by the error that is added to the parts' own.
    """

    parts: tuple[Answer, ...]
    weights: Floats
    coarse: Floats

    @classmethod
    def of(cls, parts: tuple[Answer, ...], weights: Floats) -> Mixture:
        """Return a mixture whose weights are known."""
        return cls(parts, weights, weights)

    @property
    def estimand(self) -> Estimand:
        """Which quantity this is."""
        return self.parts[0].estimand

    @property
    def size(self) -> int:
        """How many nodes all parts have."""
        return sum(part.size for part in self.parts)

    def mean(self) -> Estimate:
        """Return the posterior mean; ``undefined`` where that of a part does not exist."""
        means = [part.mean() for part in self.parts]
        for mean in means:
            if mean.undefined is not None:
                return mean
        return self._mixed(means)

    def quantile(self, level: float) -> Estimate:
        """Return the rate below which the quantity lies with probability ``level`` in [0, 1]."""
        ends = [part.quantile(level).value for part in self.parts]
        low, high = min(ends), max(ends)
        outermost = expit(np.array([LEAST, GREATEST]))
        beyond = 1.0 - self.survival(outermost)
        if not 0.0 < level < 1.0:
            return Estimate(high if level > 0.0 else low, 0.0)
        if not beyond[0] < level <= beyond[1]:
            return self._outermost(level, low, high, beyond)
        value = low
        if low < high:
            value = self._between(level, *np.clip([low, high], *outermost))
        density = float(self.density(np.array([value]))[0])
        above = self.probability(above=value)
        error = above.error + abs(1.0 - above.value - level)
        return Estimate(value, error / density if density > 0.0 else np.inf)

    def _outermost(self, level: float, low: float, high: float, beyond: Floats) -> Estimate:
        """Return a quantile that no double tells from an end, or that nothing is known of."""
        end = int(level > beyond[1])
        inwards = abs(float(beyond[end]) - level)
        outermost = float(expit(np.array([LEAST, GREATEST]))[end])
        unsure = self.probability(above=outermost).error > inwards
        return Estimate((low, high)[end], 1.0 if unsure else float(np.spacing(high)))

    def _between(self, level: float, low: float, high: float) -> float:
        """Return a quantile that lies between two rates, neither of them 0 or 1."""
        first, last = float(logit(low)), float(logit(high))
        for _ in range(ROUNDS):
            places = np.linspace(first, last, POINTS)
            right = int(np.searchsorted(1.0 - self.survival(expit(places)), level))
            right = min(max(right, 1), POINTS - 1)
            first, last = float(places[right - 1]), float(places[right])
        return float(expit(0.5 * (first + last)))

    def interval(self, level: float, kind: IntervalKind) -> Interval:
        """Return the credible interval that holds ``level`` in (0, 1), of the kind asked for."""
        lower = 0.5 * (1.0 - level) if kind == "equal-tailed" else self._shortest(level)
        low, high = self.quantile(lower), self.quantile(lower + level)
        return Interval(low.value, high.value, level, kind, max(low.error, high.error))

    def probability(self, *, above: float) -> Estimate:
        """Return the posterior probability that the quantity exceeds ``above``."""
        found = self._mixed([part.probability(above=above) for part in self.parts])
        return replace(found, value=min(found.value, 1.0))  # weights may add up to 1 and a bit

    def survival(self, at: ArrayLike) -> Floats:
        """Return P(quantity > t) for each t of ``at``: same shape, values in [0, 1]."""
        return np.minimum(self._summed(lambda part: part.survival(at)), 1.0)

    def density(self, at: ArrayLike) -> Floats:
        """Return the posterior density of the quantity, on its own scale, at each t of ``at``."""
        return self._summed(lambda part: part.density(at))

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Return ``n`` independent draws, shape ``(n,)``."""
        counts = rng.multinomial(n, self.weights)
        drawn = [part.draws(int(c), rng) for part, c in zip(self.parts, counts, strict=True)]
        return rng.permutation(np.concatenate(drawn))

    def worst_error(self) -> float:
        """Return the largest error of probabilities and of quantiles in the bulk."""
        middle = [self.quantile(level) for level in (0.05, 0.5, 0.95)]
        whole = max(self.probability(above=one.value).error for one in middle)
        return max([whole, *(one.error for one in middle)])

    def _mixed(self, answers: list[Estimate]) -> Estimate:
        values = np.array([answer.value for answer in answers])
        errors = np.array([answer.error for answer in answers])
        rule = abs(float(values @ (self.weights - self.coarse)))
        return Estimate(float(values @ self.weights), float(errors @ self.weights) + rule)

    def _summed(self, answer: Callable[[Answer], Floats]) -> Floats:
        return np.tensordot(self.weights, np.stack([answer(part) for part in self.parts]), axes=1)

    def _shortest(self, level: float) -> float:
        """Return the lower tail of the shortest interval that holds ``level``."""
        tails = np.linspace(0.0, 1.0 - level, TAILS)
        ends = [self.quantile(tail + level).value - self.quantile(tail).value for tail in tails]
        return float(tails[int(np.argmin(ends))])
