"""Which of the thresholds that were asked about an answer is told by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.questions.answers import Direction

Side = Literal["above", "below"]
USUAL: dict[Side, float] = {"above": 0.9, "below": 0.1}
"""The threshold that titles are about, where it was asked about."""


def good_side(direction: Direction) -> Side:
    """Return which side of a threshold is the good one."""
    return "above" if direction == "higher is better" else "below"


def main_threshold(direction: Direction, thresholds: Sequence[float]) -> float | None:
    """Return the threshold that titles are about: 90 % (10 % where less is better), or the middle.

    None if no threshold was asked about.
    """
    usual = USUAL[good_side(direction)]
    if usual in thresholds or not thresholds:
        return usual if thresholds else None
    return thresholds[len(thresholds) // 2]


def headline_thresholds(direction: Direction, thresholds: Sequence[float]) -> tuple[float, ...]:
    """Return the main threshold and the next stricter one of those asked about, if there is one.

    Examples
    --------
    >>> headline_thresholds("higher is better", (0.8, 0.9, 0.95))
    (0.9, 0.95)
    >>> headline_thresholds("lower is better", (0.1, 0.2))
    (0.1,)
    """
    main = main_threshold(direction, thresholds)
    if main is None:
        return ()
    above = good_side(direction) == "above"
    stricter = sorted(t for t in thresholds if (t > main if above else t < main))
    return (main, *(stricter[:1] if above else stricter[-1:]))
