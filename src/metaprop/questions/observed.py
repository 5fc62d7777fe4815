"""What the studies say by themselves: counts, totals, each study's own confidence interval."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from scipy.special import betaincinv

from metaprop.core.methods import Method
from metaprop.questions.answers import ConfidenceInterval, ObservedStudy, Totals

if TYPE_CHECKING:
    from metaprop.evidence.studies import Studies


CLOPPER_PEARSON = Method(
    "Clopper-Pearson interval",
    "The observed rate of each study has an exact binomial (Clopper-Pearson) confidence interval.",
    "10.1093/biomet/26.4.404",
)


@lru_cache(maxsize=4096)
def clopper_pearson(events: int, total: int, level: float) -> ConfidenceInterval:
    """Return the exact confidence interval of one study's rate.

    Parameters
    ----------
    events, total
        Events among ``total`` patients, ``0 <= events <= total``, ``total >= 1``.
    level
        Coverage, in (0, 1), reached or exceeded for every true rate.

    Returns
    -------
    ConfidenceInterval
        Quantiles of Beta(y, n - y + 1) and Beta(y + 1, n - y); 0 or 1 where y is 0 or n.

    Notes
    -----
    Clopper and Pearson (1934): see ``CLOPPER_PEARSON``.
    """
    tail = (1.0 - level) / 2.0
    low = float(betaincinv(events, total - events + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, total - events, 1.0 - tail)) if events < total else 1.0
    return ConfidenceInterval(low, high, level, "clopper-pearson")


def counts_of(studies: Studies) -> list[tuple[int, int, int]]:
    """Return least events, most events and patients of each study."""
    columns = (studies.low.tolist(), studies.high.tolist(), studies.totals.tolist())
    return list(zip(*columns, strict=True))


def totals_of(studies: Studies) -> Totals:
    """Return all studies together; a known total narrows what their counts allow."""
    events, patients = studies.total_events, int(studies.totals.sum())
    return Totals(studies.k, patients, events.low, events.high, studies.crude_rate)


def observed_studies(studies: Studies, level: float) -> tuple[ObservedStudy, ...]:
    """Return each study with its rate and confidence interval, where its count is exact."""
    return tuple(
        ObservedStudy(
            name,
            low,
            high,
            total,
            low / total if low == high else None,
            clopper_pearson(low, total, level) if low == high else None,
        )
        for name, (low, high, total) in zip(studies.names, counts_of(studies), strict=True)
    )
