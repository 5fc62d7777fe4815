"""How long a marginal is taken from finer grids, when that ends, and how good it is then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metaprop.core.estimates import Quality
from metaprop.engines.exact.marginals import LatticeMarginal
from metaprop.engines.exact.mixture import Mixture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metaprop.engines.exact.grid import Grid
    from metaprop.engines.exact.mixture import Answer

LOOSE = 1e-3
"""An error above this is no rounding matter: the fit has failed."""
LEVELS = 5
"""Refinements tried before an error is reported as it is."""
HARDLY = 0.7
"""A finer grid that leaves more than this share of the error is the last."""
MOST_REFINED = 200_000_000
"""Nodes of a grid times those of a marginal beyond which neither is made finer: some ten seconds.

Priors with the tails of a Cauchy distribution reach so far that a fine grid is a huge one.
"""
FINER = 0.7**-3
"""By how much that product grows with each refinement."""
TURNED = 10
"""By how much dearer a node is where the average is a coordinate: each takes a root."""


def finest[M: LatticeMarginal | Mixture](
    build_at: Callable[[int], M],
    laid: Callable[[int], Grid | None],
    tolerance: float,
    rounding: float,
) -> M:
    """Return a marginal, from finer grids until its distribution function is accurate.

    ``build_at`` returns it at a level of refinement, ``laid`` the grid of a level that it was taken
    from. ``rounding`` is the error of the log likelihood that no grid mends.
    """
    best = build_at(0)
    for level in range(1, LEVELS):
        if best.worst_error() <= tolerance or _too_large(best, laid(level - 1)):
            break
        if isinstance(best, LatticeMarginal) and _is_rounding(best, rounding):
            break
        finer = build_at(level)
        gained = finer.worst_error() < HARDLY * best.worst_error()
        best = min(best, finer, key=lambda found: found.worst_error())
        if not gained:  # what is left is rounding, which finer grids do not mend
            break
    return best


def accurate[T](
    answer_at: Callable[[int], T],
    error_of: Callable[[T], float],
    tolerance: float,
    rounding: float,
) -> T:
    """Return an answer from finer grids until its error is within a tolerance, or rounding."""
    for level in range(LEVELS):
        answer = answer_at(level)
        error = error_of(answer)
        if error <= tolerance or error - rounding < 0.5 * error:
            break
    return answer


def _is_rounding(marginal: LatticeMarginal, rounding: float) -> bool:
    """Return whether most of an error is what so many patients leave to rounding."""
    rest = replace(marginal, beyond=max(marginal.beyond - rounding, 0.0)).worst_error()
    return rest < 0.5 * marginal.worst_error()


def _too_large(marginal: Answer, built: Grid | None) -> bool:
    """Return whether the next refinement of a marginal would take too long.

    ``built`` is the grid that the marginal was taken from, and no other: an answer does not depend
    on what was asked before.
    """
    dearer = TURNED if isinstance(marginal, Mixture) else 1
    return built is not None and dearer * FINER * built.mass.size * marginal.size > MOST_REFINED


def graded(rates: Sequence[Answer], tolerance: float) -> Quality:
    """Return whether the largest error of some marginals is within a tolerance."""
    error = min(1.0, max(rate.worst_error() for rate in rates))
    if error <= tolerance:
        return Quality("ok", f"Numerical error of probabilities at most {error:.0e}.")
    return Quality(
        "caution" if error < LOOSE else "failed",
        f"Numerical error of probabilities up to {error:.0e}, above {tolerance:.0e}.",
        "Read the error beside each number; look for totals typed wrong by a factor of a "
        "thousand, or a prior that all but contradicts the data",
    )
