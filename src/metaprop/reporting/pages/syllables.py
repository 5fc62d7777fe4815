"""Letters that stand together again and again, told once: pairs, then pairs of pairs.

This is byte-pair encoding of the lines of a figure (Gage 1994), in which a letter is drawn at its
place: two letters are the same pair if they are as far apart.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    type Line = tuple[tuple[str, int], ...]
    type Pair = tuple[str, str, int]

OFTEN = 3
"""Times that a pair stands in the lines, from which on it is tried as one."""
USE, NAMED = 25, 15
"""Bytes of a letter at its place, and of giving several a name."""
ROUNDS = 8
"""A pair of the last round may have 256 letters."""


def syllables(lines: Counter[Line]) -> tuple[dict[Line, Line], dict[str, Line]]:
    """Return each line with names for what it shares, and what each name stands for.

    A line is letters with their places from its left end; what a name stands for comes before
    every use of it.
    """
    spelt, parts = {line: line for line in lines}, dict[str, "Line"]()
    for place in range(ROUNDS):
        counted = _pairs(spelt, lines)
        like = _alike(counted)
        numbers: Counter[Pair] = Counter()
        for pair, number in counted.items():
            numbers[like[pair]] += number
        often = {pair: numbers[one] for pair, one in like.items() if numbers[one] >= OFTEN}
        if not often:
            break
        names = {pair: f"part-{place}-{i}" for i, pair in enumerate(numbers)}
        known = {pair: names[like[pair]] for pair in often}
        spelt = {line: _merged(told, often, known) for line, told in spelt.items()}
        parts |= {names[like[pair]]: _both(like[pair]) for pair in often}
    return _worth_it(spelt, parts, lines)


def _pairs(spelt: Mapping[Line, Line], lines: Counter[Line]) -> Counter[Pair]:
    counted: Counter[Pair] = Counter()
    for line, told in spelt.items():
        for (a, left), (b, right) in pairwise(told):
            counted[a, b, right - left] += lines[line]
    return counted


def _alike(counted: Counter[Pair]) -> dict[Pair, Pair]:
    """Return for each pair the most frequent one that differs by no more than rounding."""
    found: dict[Pair, Pair] = {}
    chosen: set[Pair] = set()
    for pair, _ in counted.most_common():
        a, b, apart = pair
        near = ((a, b, apart + step) for step in (0, -1, 1))
        found[pair] = next((one for one in near if one in chosen), pair)
        chosen.add(found[pair])
    return found


def _both(pair: Pair) -> Line:
    a, b, apart = pair
    return ((a, 0), (b, apart))


def _merged(told: Line, often: Mapping[Pair, int], names: Mapping[Pair, str]) -> Line:
    """Return a line in which pairs have become one, of two that overlap the more frequent."""
    numbers = [often.get((a, b, y - x), 0) for (a, x), (b, y) in pairwise(told)] + [0, 0]
    made = []
    place = 0
    while place < len(told):
        name, left = told[place]
        if numbers[place] > 0 and numbers[place] >= numbers[place + 1]:
            other, right = told[place + 1]
            made.append((names[name, other, right - left], left))
            place += 2
        else:
            made.append((name, left))
            place += 1
    return tuple(made)


def _worth_it(
    spelt: dict[Line, Line], parts: dict[str, Line], lines: Counter[Line]
) -> tuple[dict[Line, Line], dict[str, Line]]:
    """Return lines and parts without the parts that save nothing, the shortest first.

    What is spelt out makes the parts longer in which it stands, and others less used.
    """
    before = len(parts)
    for name in list(parts):
        uses = sum(_count(name, told) * lines[line] for line, told in spelt.items())
        uses += sum(_count(name, told) for told in parts.values())
        if (uses - 1) * USE * len(parts[name]) <= NAMED + USE * uses:
            gone = parts.pop(name)
            spelt = {line: _spelt_out(told, name, gone) for line, told in spelt.items()}
            parts = {other: _spelt_out(told, name, gone) for other, told in parts.items()}
    return (spelt, parts) if len(parts) == before else _worth_it(spelt, parts, lines)


def _count(name: str, told: Iterable[tuple[str, int]]) -> int:
    return sum(one == name for one, _ in told)


def _spelt_out(told: Line, name: str, gone: Line) -> Line:
    if not _count(name, told):
        return told
    found = ((x, gone if one == name else ((one, 0),)) for one, x in told)
    return tuple((letter, x + more) for x, letters in found for letter, more in letters)
