"""Letters that stand together again and again are told once, and stay where they were."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from metaprop.reporting.pages.syllables import OFTEN, syllables

if TYPE_CHECKING:
    from metaprop.reporting.pages.syllables import Line

WORDS = ("interval", "average", "rate", "of", "the", "study", "logit-normal", "credible")


def line_of(words: list[str], rng: np.random.Generator) -> Line:
    """Return letters at places that are rounded, as a figure has them; spaces are no letters."""
    places = enumerate(" ".join(words))
    return tuple((letter, 120 * i + int(rng.integers(2))) for i, letter in places if letter != " ")


def spelt_out(told: Line, parts: dict[str, Line]) -> Line:
    return tuple(
        (letter, x + more)
        for one, x in told
        for letter, more in (spelt_out(parts[one], parts) if one in parts else ((one, 0),))
    )


@pytest.fixture(scope="module")
def lines() -> Counter[Line]:
    rng = np.random.default_rng(7)
    picked = [list(rng.choice(WORDS, size=8)) for _ in range(60)]
    return Counter(line_of(words, rng) for words in picked)


def test_every_letter_is_where_it_was(lines: Counter[Line]) -> None:
    spelt, parts = syllables(lines)
    assert spelt.keys() == lines.keys()
    for line, told in spelt.items():
        back = spelt_out(told, parts)
        assert [letter for letter, _ in back] == [letter for letter, _ in line]
        moved = [abs(x - y) for (_, x), (_, y) in zip(back, line, strict=True)]
        assert max(moved) <= 4  # of 120 from a letter to the next: each round may add one


def test_what_is_told_once_is_much_less_and_never_told_for_nothing(lines: Counter[Line]) -> None:
    spelt, parts = syllables(lines)
    letters = sum(len(line) * often for line, often in lines.items())
    told = sum(len(spelt[line]) * often for line, often in lines.items())
    assert told + sum(map(len, parts.values())) < letters / 3
    used = Counter(name for line in (*spelt.values(), *parts.values()) for name, _ in line)
    assert min(used[name] for name in parts) > 1


def test_a_name_is_told_before_it_is_used(lines: Counter[Line]) -> None:
    known: set[str] = set()
    _, parts = syllables(lines)
    for name, told in parts.items():
        assert all(one in known or one not in parts for one, _ in told)
        known.add(name)


def test_what_seldom_comes_again_stays_as_it_is() -> None:
    line: Line = (("a", 0), ("b", 100))
    assert syllables(Counter({line: OFTEN - 1})) == ({line: line}, {})
