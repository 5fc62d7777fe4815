"""Which whole numbers may stand behind a line, and how many."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop.evidence.printed import Printed
from metaprop.questions.audit.halves import MOST_SIFTED, can_be_sifted, sifted
from metaprop.questions.audit.printing import claim_of
from metaprop.questions.audit.reconstruction import reconstruct
from metaprop.questions.audit.settings import Choice, Pooling, Variant
from metaprop.questions.audit.vectors import NEAR, Target, all_vectors, steps_missed

if TYPE_CHECKING:
    from metaprop.engines.frequentist.options import Tau2Method

PLAIN = Choice(Variant("logit", "meta", "only0", 0.5), Pooling("dl", "hartung-knapp", "none"))
STANDARD_ERRORS = 4.0


def printed(*rates: float, digits: int = 2) -> tuple[Printed, Printed, Printed]:
    a, b, c = (Printed(f"{100 * rate:.{digits}f}", 100.0) for rate in rates)
    return a, b, c


@pytest.fixture
def few_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metaprop.questions.audit.halves.DRAWN", 2000)


@pytest.mark.parametrize(
    "totals", [(9, 12, 15, 20), (15, 21, 23, 30, 11, 14), (15, 21, 23, 30, 11, 14, 20, 25)]
)
@pytest.mark.usefixtures("few_are_drawn")
def test_a_reconstruction_holds_the_counts_that_made_the_line(totals: tuple[int, ...]) -> None:
    events = np.array([1 + i % 3 for i in range(len(totals))])
    n = np.array(totals)
    claim = claim_of(events, n, PLAIN, 2)
    numbers = (claim.estimate, claim.ci_low, claim.ci_high, claim.i2, claim.q_p)
    target = Target(numbers, n, tuple(range(len(totals))), 1, 0.95)
    found = reconstruct(target, [PLAIN], np.random.default_rng(3))
    assert found.exhaustive is (target.tables <= MOST_SIFTED)
    assert found.rounding >= 1
    assert found.low <= events.sum() <= found.high
    assert found.steps == 0.0


def test_few_vectors_are_tried_one_and_all() -> None:
    n = np.array([2, 3])
    printed_line = (*printed(0.5, 0.2, 0.8), None, None)
    for least, tried in ((1, 6), (0, 12)):
        target = Target(printed_line, n, (0, 1), least, 0.95)
        found = reconstruct(target, [PLAIN], np.random.default_rng(0))
        assert found.tried == tried == len(list(product(range(least, 3), range(least, 4))))


def test_the_same_seed_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metaprop.questions.audit.walking.STEPS", 20)
    n = np.full(9, 30)
    target = Target((*printed(0.2, 0.15, 0.26), None, None), n, tuple(range(9)), 1, 0.95)
    first, second = (reconstruct(target, [PLAIN], np.random.default_rng(5)) for _ in range(2))
    assert first == second
    assert not first.exhaustive


@pytest.mark.parametrize("tau2", ["dl", "reml"])
def test_sifting_by_q_leaves_out_no_vector_that_is_near(
    tau2: Tau2Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metaprop.questions.audit.halves.MOST_POOLED", 0)
    choice = Choice(PLAIN.variant, Pooling(tau2, "hartung-knapp", "none"))
    n = np.array([6, 9, 7, 12, 20, 15])
    claim = claim_of(np.array([4, 1, 5, 2, 0, 0]), n, choice, 1)
    numbers = (claim.estimate, claim.ci_low, claim.ci_high, claim.i2, claim.q_p)
    target = Target(numbers, n, (0, 1, 2, 3), 0, 0.95)
    assert can_be_sifted(target, choice)
    (every,) = all_vectors(target)
    near = every[steps_missed(every, target, choice) <= NEAR]
    kept = {tuple(row) for some in sifted(target, choice) for row in some.tolist()}
    assert {tuple(row) for row in near.tolist()} <= kept
    assert (4, 1, 5, 2) in kept
    assert len(kept) < len(every) / 2


def test_every_set_is_sifted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    n = np.array([6, 9, 7, 12, 20, 15])
    wide = Printed("0.5", 1.0)
    target = Target((*printed(0.2, 0.1, 0.3), None, wide), n, (0, 2, 3, 5), 1, 0.95)
    every = {tuple(row) for some in sifted(target, PLAIN) for row in some.tolist()}
    monkeypatch.setattr("metaprop.questions.audit.halves.MOST_POOLED", 0)
    monkeypatch.setattr("metaprop.questions.audit.halves.NEAR", 100.0)  # P from 0 to 1: all
    kept = [tuple(row) for some in sifted(target, PLAIN) for row in some.tolist()]
    assert len(kept) == len(every) == target.tables
    assert set(kept) == every


def test_sets_drawn_at_random_tell_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    n = np.array([9, 6, 7, 8, 5])
    claim = claim_of(np.array([5, 1, 1, 4, 0]), n, PLAIN, 0)
    assert claim.q_p is not None
    p = Printed(f"{claim.q_p.value:.1f}", 1.0)
    estimate = Printed(f"{100 * claim.estimate.value:.0f}", 100.0)
    target = Target((estimate, None, None, None, p), n, tuple(range(5)), 0, 0.95)
    all_of_them = reconstruct(target, [PLAIN], np.random.default_rng(0))
    assert all_of_them.exhaustive
    assert all_of_them.rounding > 50
    monkeypatch.setattr("metaprop.questions.audit.halves.MOST_POOLED", 0)
    monkeypatch.setattr("metaprop.questions.audit.halves.MOST_SIFTED", 0)
    monkeypatch.setattr("metaprop.questions.audit.halves.DRAWN", 200)
    monkeypatch.setattr("metaprop.questions.audit.reconstruction.TIMES", 30)
    some = reconstruct(target, [PLAIN], np.random.default_rng(0))
    assert not some.exhaustive
    assert some.about is not None
    assert some.about_error is not None
    assert 0.0 < some.about_error < 0.2 * all_of_them.rounding
    away = abs(some.about - all_of_them.rounding)
    assert away < STANDARD_ERRORS * some.about_error
    assert some.rounding <= all_of_them.rounding


def test_where_print_does_not_tell_q_nothing_is_said_of_how_many() -> None:
    n = np.full(9, 30)
    target = Target((*printed(0.2, 0.15, 0.26), None, None), n, tuple(range(9)), 1, 0.95)
    assert not can_be_sifted(target, PLAIN)
    assert reconstruct(target, [PLAIN], np.random.default_rng(5)).about is None
