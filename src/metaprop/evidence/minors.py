"""The MINORS scores of a data set as covariates: each item, and the total of those scored.

MINORS: Slim et al. 2003, doi:10.1046/j.1445-2197.2003.02748.x; each item is 0, 1 or 2 points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.evidence.columns import Covariate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.evidence.table import Table

NOT_ITEMS = ("study", "study_id", "source")
POINTS = ("0", "1", "2")
UNIT = "points"


def minors_covariates(minors: Table, names: Sequence[str]) -> tuple[Covariate, ...]:
    """Return the total and every item that is scored somewhere, for the studies named.

    The total is that of the items scored in any study; a study with an empty cell among them, or
    that is not in the table, has none.
    """
    rows = {row.cells["study"]: row.cells for row in minors.rows}
    items = [name for name in minors.columns if name not in NOT_ITEMS]
    scores = {
        item: tuple(_points(rows[name][item]) if name in rows else None for name in names)
        for item in items
    }
    scored = {item: own for item, own in scores.items() if any(v is not None for v in own)}
    if not scored:
        return ()
    totals = tuple(map(_total, zip(*scored.values(), strict=True)))
    total = Covariate("minors_total", "MINORS total", UNIT, "number", totals)
    return (total, *(_item(item, own) for item, own in scored.items()))


def _points(cell: str | None) -> float | None:
    return float(cell) if cell in POINTS and cell is not None else None


def _total(points: tuple[float | None, ...]) -> float | None:
    known = [value for value in points if value is not None]
    return sum(known) if len(known) == len(points) else None


def _item(name: str, points: tuple[float | None, ...]) -> Covariate:
    label = f"MINORS: {name.replace('_', ' ')}"
    return Covariate(f"minors_{name}", label, UNIT, "number", points)
