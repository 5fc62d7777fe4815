"""The joint likelihood of ranges and their sum, against the sum over all tables it allows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from metaprop import Studies
from metaprop.engines.exact.surface import likelihood_of
from metaprop.engines.likelihood.cells import Cells
from metaprop.engines.likelihood.convolution import Tilted, log_within
from metaprop.engines.likelihood.known_sum import KnownSum

if TYPE_CHECKING:
    from metaprop.assumptions.model import Family

FAMILIES: tuple[Family, ...] = ("logit-normal", "beta-binomial")
NEAR = 12.0  # nats from the best node: farther out a study carries no posterior mass
SAME = 1e-7  # the logit-normal's own rule, per table, near
TABLE = Studies.of(list("abcde"), ["1+", "?", "0-2", 3, "?"], [4, 3, 9, 7, 3], known_total="8-9")


def nodes() -> tuple[np.ndarray, np.ndarray]:
    location = np.linspace(-6.0, 4.0, 11)[None, :] + np.zeros((5, 1))
    return location, np.array([-9.0, -2.0, -0.5, 0.5, 1.5])[:, None]


@pytest.mark.parametrize("family", FAMILIES)
def test_ranges_with_a_sum_are_all_tables_that_it_allows(family: Family) -> None:
    location, log_spread = nodes()
    joint = likelihood_of(family, Cells.of(TABLE), 1.0)(location, log_spread)
    ranges = [range(count.low, count.high + 1) for count in TABLE.counts]
    tables = [y for y in itertools.product(*ranges) if 8 <= sum(y) <= 9]
    each = [
        likelihood_of(family, Cells.of(Studies.of(TABLE.names, y, TABLE.totals)), 1.6)
        for y in tables
    ]
    known = np.logaddexp.reduce([likelihood(location, log_spread) for likelihood in each])
    near = known > known.max() - NEAR
    assert joint[near] == pytest.approx(known[near], abs=SAME)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_shares_of_a_studys_counts_add_up_to_one_at_every_node(family: Family) -> None:
    location, log_spread = nodes()
    likelihood = likelihood_of(family, Cells.of(TABLE), 1.0)
    assert isinstance(likelihood, KnownSum)
    for cell in ((1, 4, 4), (0, 3, 3), (0, 2, 9)):
        shares = likelihood.shares(cell, location, log_spread)
        assert shares.share.sum(axis=0) == pytest.approx(np.ones(location.shape), abs=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_count_leaves_is_the_likelihood_of_the_others_with_that_sum(family: Family) -> None:
    location, log_spread = nodes()
    cells = Cells.of(TABLE)
    likelihood = likelihood_of(family, cells, 1.0)
    assert isinstance(likelihood, KnownSum)
    shares = likelihood.shares((1, 4, 4), location, log_spread)
    joint = likelihood(location, log_spread)
    for place, log_rest in enumerate(shares.log_rest):
        others = cells.without_count(1, 4, 4, shares.first + place)
        rest = likelihood_of(family, others, 1.0)(location, log_spread)
        assert log_rest == pytest.approx(rest - joint, abs=1e-9)


@pytest.mark.parametrize("rate", [1e-200, 1e-9, 0.3, 1.0 - 1e-9])
def test_an_improbable_sum_has_its_probability(rate: float) -> None:
    # binomial counts of 20 studies make a binomial sum
    log_p, log_q = np.log(rate), np.log1p(-rate)
    one = np.array([[log_q], [log_p]])
    tilted = Tilted.towards([one], [20], (14, 14))
    sums = tilted.sums(tilted.times, 14, 14)
    found = 20 * tilted.log_unit[0] + log_within(sums, tilted.tilt, 14)
    known = np.log(38_760.0) + 14 * log_p + 6 * log_q
    assert found[0] == pytest.approx(known, rel=1e-13)


def test_a_likelihood_is_finite_where_no_double_holds_it() -> None:
    location, log_spread = np.array([[-700.0, -60.0, 60.0, 700.0]]), np.array([[-160.0]])
    found = likelihood_of("beta-binomial", Cells.of(TABLE), 1.0)(location, log_spread)
    assert np.isfinite(found).all()
    assert found[0, 0] < found[0, 1] < -300.0


def test_a_sum_tightens_the_ranges_that_make_it_up() -> None:
    table = Studies.of(list("abc"), ["1+", "?", "2-4"], [90, 50, 6], known_total=5)
    tight = Cells.of(table).tightened()
    assert list(zip(tight.low.tolist(), tight.high.tolist(), strict=True)) == [
        (0, 2),
        (1, 3),
        (2, 4),
    ]


@pytest.mark.parametrize("rate", [1e-200, 1e-9, 0.3, 1.0 - 1e-9])
@pytest.mark.parametrize("ends", [(25, 90), (0, 60), (80, 90)])
def test_a_bound_on_a_sum_has_its_probability_however_many_counts_it_leaves_open(
    rate: float, ends: tuple[int, int]
) -> None:
    # two binomial counts make one; where the sum is improbable the tilt is a steep one
    logs = [np.asarray(stats.binom.logpmf(np.arange(n + 1), n, rate))[:, None] for n in (60, 30)]
    tilted = Tilted.towards(logs, [1, 1], ends)
    sums = tilted.sums(tilted.times, *ends)
    found = tilted.log_unit.sum(axis=0) + log_within(sums, tilted.tilt, ends[0])
    known = np.logaddexp.reduce(stats.binom.logpmf(np.arange(ends[0], ends[1] + 1), 90, rate))
    assert found[0] == pytest.approx(known, rel=1e-12, abs=1e-12)
