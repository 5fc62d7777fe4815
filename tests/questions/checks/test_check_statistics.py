from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from metaprop import Studies
from metaprop.questions.checks.statistics import STATISTICS, Allowed

TABLES = {
    "exact": Studies.of(["A", "B", "C"], [0, 4, 3], [3, 4, 5]),
    "ranges": Studies.of(["A", "B", "C", "D"], ["?", "1+", "0-2", 4], [3, 4, 5, 4]),
    "few": Studies.of(["A", "B", "C"], ["?", "?", "1+"], [3, 2, 4], known_total=2),
    "many": Studies.of(["A", "B", "C"], ["?", "0-1", "1+"], [3, 2, 4], known_total=7),
    "total a range": Studies.of(["A", "B", "C"], ["?", "?", "?"], [3, 2, 4], known_total="2-3"),
}


def tables_allowed(studies: Studies) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    ranges = [range(low, high + 1) for low, high in zip(studies.low, studies.high, strict=True)]
    tables = np.array(list(product(*ranges)))
    total = studies.total_events
    return tables[(tables.sum(axis=1) >= total.low) & (tables.sum(axis=1) <= total.high)]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_bounds_are_those_over_every_table_that_the_counts_allow(
    name: str, statistic: str
) -> None:
    studies = TABLES[name]
    found = STATISTICS[statistic].bounds(Allowed.of(studies))  # type: ignore[index]
    values = STATISTICS[statistic].of(tables_allowed(studies), studies.totals)  # type: ignore[index]
    if statistic == "sd_of_rates" and not studies.exact:
        assert found is None
    else:
        assert found == pytest.approx((values.min(), values.max()), abs=1e-12)
