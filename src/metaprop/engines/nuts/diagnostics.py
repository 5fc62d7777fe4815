"""Can the draws be trusted? R-hat, effective sample sizes, divergences, energy.

Limits: Vehtari et al. 2021, doi:10.1214/20-BA1221 (R-hat below 1.01 and at least 400 effective
draws, bulk and tail); Betancourt 2016, arXiv:1604.00695 (energy).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaprop.core.estimates import Quality
from metaprop.core.methods import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from metaprop.core.estimates import Status

    Floats = NDArray[np.float64]

CONVERGENCE = Method(
    "Convergence of chains",
    "Convergence was judged by rank-normalised R-hat, bulk and tail effective sample sizes, "
    "divergent transitions and the energy fraction of missing information.",
    "10.1214/20-BA1221",
)
R_HAT, R_HAT_FAILED = 1.01, 1.05
EFFECTIVE, EFFECTIVE_FAILED = 400.0, 100.0
DIVERGED_FAILED = 0.01
"""Share of divergent draws beyond which a fit has failed."""
ENERGY = 0.3
"""Energy fraction of missing information below which the tails may be unexplored."""


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """The worst over every quantity that is reported, with the name of the quantity.

    ``r_hat`` is 1 where chains agree; ``bulk`` and ``tail`` are effective numbers of draws among
    the ``draws`` of all chains; ``divergences`` counts draws; ``energy`` is the least of the
    chains' energy fractions of missing information, about 1 where all is well.
    """

    r_hat: float
    r_hat_of: str
    bulk: float
    bulk_of: str
    tail: float
    tail_of: str
    divergences: int
    energy: float
    draws: int


def diagnose(values: Mapping[str, Floats], stats: Mapping[str, Floats]) -> Diagnostics:
    """Return the diagnostics of draws by name, each of shape ``(chains, draws)``."""
    from arviz_stats.base import array_stats

    names = [name for name, array in values.items() if np.ptp(array) > 0.0]
    stacked = np.stack([values[name] for name in names], axis=-1)
    axes = {"chain_axis": 0, "draw_axis": 1}
    r_hat = array_stats.rhat(stacked, **axes)
    bulk = array_stats.ess(stacked, method="bulk", **axes)
    tail = array_stats.ess(stacked, method="tail", prob=(0.05, 0.95), **axes)
    worst, least, thinnest = int(np.argmax(r_hat)), int(np.argmin(bulk)), int(np.argmin(tail))
    return Diagnostics(
        r_hat=float(r_hat[worst]),
        r_hat_of=names[worst],
        bulk=float(bulk[least]),
        bulk_of=names[least],
        tail=float(tail[thinnest]),
        tail_of=names[thinnest],
        divergences=int(np.sum(stats["diverging"])),
        energy=float(np.min(array_stats.bfmi(stats["energy"], **axes))),
        draws=int(stacked.shape[0] * stacked.shape[1]),
    )


def quality_of(found: Diagnostics) -> Quality:
    """Return whether the draws can be trusted, why not, and what to do."""
    faults = _faults(found)
    if not faults:
        return Quality(
            "ok",
            f"R-hat at most {found.r_hat:.4f}, effective draws at least {found.bulk:,.0f} (bulk) "
            f"and {found.tail:,.0f} (tail), no divergences.",
        )
    failed = any(status == "failed" for status, _, _ in faults)
    message = "; ".join(message for _, message, _ in faults)
    remedies = dict.fromkeys(remedy for _, _, remedy in faults)
    return Quality("failed" if failed else "caution", f"{message}.", "; ".join(remedies))


def _faults(found: Diagnostics) -> list[tuple[Status, str, str]]:
    faults: list[tuple[Status, str, str]] = []

    def add(*, failed: bool, message: str, remedy: str) -> None:
        faults.append(("failed" if failed else "caution", message, remedy))

    longer = "Use the exact engine, or sample with more draws"
    if not found.r_hat < R_HAT:
        add(
            failed=not found.r_hat < R_HAT_FAILED,
            message=f"the chains disagree: R-hat {found.r_hat:.3f} for {found.r_hat_of}",
            remedy=longer,
        )
    for size, name, kind in (
        (found.bulk, found.bulk_of, "bulk"),
        (found.tail, found.tail_of, "tail"),
    ):
        if not size >= EFFECTIVE:
            add(
                failed=not size >= EFFECTIVE_FAILED,
                message=f"only {size:.0f} effective draws ({kind}) for {name}",
                remedy=longer,
            )
    if found.divergences:
        add(
            failed=found.divergences > DIVERGED_FAILED * found.draws,
            message=f"{found.divergences} of {found.draws:,} draws diverged",
            remedy="Use the exact engine, or a prior with less mass on extreme heterogeneity",
        )
    if not found.energy >= ENERGY:
        message = f"the energy fraction of missing information is {found.energy:.2f}"
        add(failed=False, message=message, remedy=longer)
    return faults
