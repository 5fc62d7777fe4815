"""What the studies say by themselves, all together."""

from metaprop import Studies
from metaprop.questions.observed import totals_of


def studies(known_total: int | str | None) -> Studies:
    return Studies.of(["A", "B", "C"], ["1+", "?", 3], [5, 4, 9], known_total=known_total)


def test_without_a_total_all_events_are_what_the_counts_allow() -> None:
    totals = totals_of(studies(None))
    assert (totals.low, totals.high, totals.patients, totals.crude_rate) == (4, 12, 18, None)


def test_a_known_total_narrows_what_the_counts_allow() -> None:
    totals = totals_of(studies("2-6"))
    assert (totals.low, totals.high, totals.crude_rate) == (4, 6, None)


def test_an_exact_total_has_a_crude_rate() -> None:
    totals = totals_of(studies(9))
    assert (totals.low, totals.high, totals.crude_rate) == (9, 9, 0.5)
