"""Each study against what the others predict for it, its own rate integrated out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.methods import Method
from metaprop.questions.checks.answers import StudySurprise
from metaprop.questions.observed import counts_of

if TYPE_CHECKING:
    from metaprop.engines.exact.posterior import ExactPosterior
    from metaprop.engines.posterior import CountTable

LEFT_OUT = Method(
    "Leave-one-out predictive probabilities",
    "Each study's count was held against its predictive distribution given the other studies, "
    "its own rate integrated out, by quadrature.",
    "10.1002/sim.1403",
)
MOST_COUNTS = 20_000
"""Counts whose probabilities are worked out, over all distinct studies: some seconds."""


def too_many(posterior: ExactPosterior) -> str | None:
    """Return why studies are not left out one by one, None where they are."""
    studies = posterior.studies
    if studies.k == 1:
        return "There is one study: no others predict it."
    distinct = set(counts_of(studies))
    counts = sum(total + 1 for _, _, total in distinct)
    if counts > MOST_COUNTS:
        return (
            f"{counts:,} counts of {len(distinct):,} different studies would have to be predicted; "
            f"the limit is {MOST_COUNTS:,}."
        )
    return None


def surprises(posterior: ExactPosterior, level: float) -> tuple[StudySurprise, ...]:
    """Return every study that reports something, the most surprising first."""
    studies = posterior.studies
    predicted: dict[tuple[int, int, int], CountTable] = {}
    found = []
    for index, cell in enumerate(counts_of(studies)):
        if cell[:2] == (0, cell[2]):
            continue
        if cell not in predicted:
            predicted[cell] = posterior.left_out_count(index)
        found.append(_surprise(studies.names[index], cell, predicted[cell], level))
    return tuple(sorted(found, key=lambda study: study.two_sided))


def _surprise(
    name: str, cell: tuple[int, int, int], predicted: CountTable, level: float
) -> StudySurprise:
    low, high, total = cell
    probabilities = predicted.probabilities / predicted.probabilities.sum()
    upto = np.minimum(np.cumsum(probabilities), 1.0)
    tail = 0.5 * (1.0 - level)
    return StudySurprise(
        name=name,
        low=low,
        high=high,
        total=total,
        expected_low=int(np.searchsorted(upto, tail)),
        expected_high=min(int(np.searchsorted(upto, 1.0 - tail)), total),
        below=float(upto[low - 1]) if low > 0 else 0.0,
        upto=float(upto[high]) if high < total else 1.0,
        error=float(min(1.0, predicted.error * (total + 1))),
    )


def by_chance(smallest: float, studies: int) -> float:
    """Return the probability that the least of so many independent P values is as small.

    ``1 - (1 - p)^k`` (Sidak).
    """
    return float(-np.expm1(studies * np.log1p(-min(smallest, 1.0 - 1e-16))))
