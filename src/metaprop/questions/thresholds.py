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


def main_threshold(
    direction: Direction, thresholds: Sequence[float], headline: float | None = None
) -> float | None:
    """Return the threshold that titles are about, None if none was asked about.

    The ``headline`` of the data set if it was asked about; else 90 % (10 % where less is better);
    else the middle one.
    """
    if headline in thresholds:
        return headline
    usual = USUAL[good_side(direction)]
    if usual in thresholds or not thresholds:
        return usual if thresholds else None
    return thresholds[len(thresholds) // 2]


def headline_thresholds(
    direction: Direction,
    thresholds: Sequence[float],
    seen: float | None = None,
    headline: float | None = None,
) -> tuple[float, ...]:
    """Return the main threshold and the next one towards the rate that was ``seen``, if any.

    Where nothing was seen it is the next stricter one. A main threshold far from the data says
    little; the next one says more.

    Examples
    --------
    >>> headline_thresholds("higher is better", (0.8, 0.9, 0.95))
    (0.9, 0.95)
    >>> headline_thresholds("lower is better", (0.05, 0.1, 0.2), seen=0.19)
    (0.1, 0.2)
    >>> headline_thresholds("lower is better", (0.05, 0.1, 0.2, 0.3), seen=0.19, headline=0.3)
    (0.3, 0.2)
    """
    main = main_threshold(direction, thresholds, headline)
    if main is None:
        return ()
    upwards = good_side(direction) == "above" if seen is None else seen > main
    others = sorted(t for t in thresholds if (t > main if upwards else t < main))
    return (main, *(others[:1] if upwards else others[-1:]))
