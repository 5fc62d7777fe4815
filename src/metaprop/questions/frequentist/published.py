"""What a publication claims of an outcome, where a data set holds its claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.questions.frequentist.answers import PublishedRate

if TYPE_CHECKING:
    from metaprop.evidence.table import Table

ENDS = ("estimate_percent", "ci_low_percent", "ci_high_percent")
"""Columns of ``claims.csv`` that hold a rate with its interval, in percent."""
WHOLE = 100.0


def published_rate(claims: Table | None, outcome: str) -> PublishedRate | None:
    """Return the rate that is claimed of an outcome; None where there is none with an interval."""
    if claims is None or not set(ENDS) <= set(claims.columns):
        return None
    for row in claims.rows:
        if row.cells["outcome"] == outcome:
            rates = [_rate(row.cells[name]) for name in ENDS]
            if None not in rates:
                estimate, low, high = (rate for rate in rates if rate is not None)
                return PublishedRate(estimate, low, high, row.cells.get("source") or "")
    return None


def _rate(cell: str | None) -> float | None:
    """Return a percentage as a proportion; None if it is none."""
    try:
        rate = float(cell or "") / WHOLE
    except ValueError:
        return None
    return rate if 0.0 <= rate <= 1.0 else None
