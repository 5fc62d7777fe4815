"""Do the two engines agree? Every number compared in standard errors, one gate for a whole run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from scipy import special

from metaprop.core.methods import Method
from metaprop.questions.answers import Agreement, Comparison
from metaprop.questions.summaries import marginals_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaprop.core.estimates import Estimate
    from metaprop.engines.posterior import Marginal, Posterior

ENGINES_AGREE = Method(
    "Agreement of two engines",
    "Each posterior was computed twice, by deterministic quadrature and by the No-U-Turn sampler; "
    "probabilities were compared in Monte Carlo standard errors.",
)
FALSE_ALARM = 1e-4
"""Probability that a whole run raises an alarm though its engines agree."""
RARE = 10.0
"""Effective draws on the rarer side below which a probability is compared by a binomial tail."""
LEVELS = (0.025, 0.25, 0.5, 0.75, 0.975)
"""Quantiles of the exact engine at which probabilities are compared."""


class Sampled(Protocol):
    """A marginal that is known by draws."""

    def probability(self, *, above: float) -> Estimate: ...  # noqa: D102 - as in Marginal
    def effective_draws(self, *, above: float) -> float: ...  # noqa: D102


def compare(
    exact: Posterior, sampled: Posterior, names: Sequence[str], above: Sequence[float]
) -> tuple[Comparison, ...]:
    """Return every comparison of two posteriors of one model and the same studies.

    Parameters
    ----------
    exact, sampled
        The posteriors; those of ``sampled`` are known by draws.
    names
        Of the k studies, whose own rates are compared too.
    above
        Rates in (0, 1) whose exceedance was asked for.
    """
    pairs = zip(marginals_of(exact), marginals_of(sampled), strict=True)
    found = [c for ours, theirs in pairs for c in _marginal(ours, theirs, None, above)]
    for index, name in enumerate(names):
        found += _marginal(exact.study(index), sampled.study(index), name, ())
    return tuple(found)


def judge(comparisons: Sequence[Comparison], false_alarm: float) -> Agreement:
    """Return the agreement of one fit, with the probability of a false alarm given to it."""
    gate = false_alarm / len(comparisons)
    worst = min(comparisons, key=lambda c: c.p_value)
    largest = max(_in_standard_errors(c) for c in comparisons)
    return Agreement(len(comparisons), largest, worst, gate, worst.p_value >= gate)


def _in_standard_errors(c: Comparison) -> float:
    distance = abs(c.sampled - c.exact)
    return distance / c.standard_error if c.standard_error > 0.0 else 0.0


def _marginal(
    exact: Marginal, sampled: Marginal, study: str | None, above: Sequence[float]
) -> Iterator[Comparison]:
    """Yield the comparisons of one quantity, at exact quantiles and at what was asked.

    Probabilities alone: the Monte Carlo error of a mean is not to be trusted where a rare tail
    makes most of it, as for the next study after a hundred thousand patients without an event.
    """
    draws: Sampled = sampled  # type: ignore[assignment]  # the caller's promise
    is_rate = exact.estimand not in ("tau", "rho")
    points = [exact.quantile(level).value for level in LEVELS]
    points += list(above) if is_rate else []
    for at in points:
        if at > 0.0 and not (is_rate and at >= 1.0):  # else rounded to the end of the scale
            yield _probability(exact, draws, study, at)


def _probability(exact: Marginal, sampled: Sampled, study: str | None, at: float) -> Comparison:
    ours, theirs = exact.probability(above=at), sampled.probability(above=at)
    size = sampled.effective_draws(above=at)
    p = min(max(ours.value, 0.0), 1.0)
    error = math.sqrt(p * (1.0 - p) / size)
    numbers = (ours.value, ours.error, theirs.value, error)
    p_value = _p_value(theirs.value, p, size, (error, ours.error))
    return Comparison(exact.estimand, study, at, *numbers, p_value)


def _p_value(share: float, p: float, size: float, errors: tuple[float, float]) -> float:
    error, bound = errors
    if size * min(p, 1.0 - p) >= RARE:
        return two_sided(share - p, error, bound)
    return _binomial(share, p, size, bound)


def p_value_again(one: Comparison) -> float:
    """Return the p-value that follows from the other numbers of a comparison."""
    p, error = min(max(one.exact, 0.0), 1.0), one.standard_error
    if error == 0.0:  # no draws can be on the other side
        return one.p_value
    return _p_value(one.sampled, p, p * (1.0 - p) / error**2, (error, one.exact_error))


def two_sided(difference: float, standard_error: float, bound: float) -> float:
    """Return the p-value of a normal difference of which ``bound`` may be numerical error."""
    beyond = max(abs(difference) - bound, 0.0)
    if beyond == 0.0:
        return 1.0
    return float(2.0 * special.ndtr(-beyond / standard_error)) if standard_error > 0.0 else 0.0


def _binomial(share: float, p: float, size: float, bound: float) -> float:
    """Return the two-sided binomial p-value of a share of ``size`` effective draws.

    Tails are incomplete beta functions, so that ``size`` need not be whole. The probability is
    moved by its numerical error towards what was seen.
    """
    seen = round(share * size)
    low, high = max(p - bound, 0.0), min(p + bound, 1.0)
    at_least = 1.0 if seen == 0 else float(special.betainc(seen, size - seen + 1.0, high))
    at_most = 1.0 if seen >= size else float(special.betaincc(seen + 1.0, size - seen, low))
    return min(1.0, 2.0 * min(at_least, at_most))
