"""A number as it stands in print: its digits say how much of it is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Relation = Literal["is", "below", "above"]

_NUMBER = re.compile(r"([<>]?)\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)")
_RELATIONS: dict[str, Relation] = {"": "is", "<": "below", ">": "above"}
_SLACK = 1e-9
"""Of one step in the last digit: what doubles add to a number that lies between two prints."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A number in print: ``text`` (digits without its sign), ``digits`` after the point.

    ``per`` is what one stands for in print (100 for percent, 1 for P values), so that ``value``,
    ``low`` and ``high`` are on the scale of the quantity itself: proportions in [0, 1].
    """

    text: str
    per: float
    relation: Relation = "is"

    @property
    def digits(self) -> int:
        """The digits after the point."""
        return len(self.text.partition(".")[2])

    @property
    def step(self) -> float:
        """One step in the last digit, on the scale of the quantity."""
        return float(10.0**-self.digits / self.per)

    @property
    def value(self) -> float:
        """The number itself, on the scale of the quantity."""
        return float(self.text) / self.per

    @property
    def low(self) -> float:
        """The smallest value that prints so, whichever way a half is rounded."""
        if self.relation == "below":
            return 0.0
        return self.value if self.relation == "above" else self.value - 0.5 * self.step

    @property
    def high(self) -> float:
        """The largest value that prints so, whichever way a half is rounded."""
        if self.relation == "above":
            return float("inf")
        return self.value if self.relation == "below" else self.value + 0.5 * self.step

    def shows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Return which values, on the scale of the quantity, round to every printed digit."""
        found = np.asarray(values, dtype=np.float64)
        slack = _SLACK * self.step
        return np.asarray((found >= self.low - slack) & (found <= self.high + slack))

    def missed_by(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return how far values lie outside what prints so, in steps of the last digit."""
        found = np.asarray(values, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            below, above = self.low - found, found - self.high
        return np.asarray(np.maximum(np.maximum(below, above), 0.0) / self.step)

    def written(self, value: float) -> str:
        """Return a value on the scale of the quantity with as many digits as the printed one."""
        return f"{self.per * value:.{self.digits}f}"

    def typed(self, text: str) -> Printed:
        """Return the same number with other digits."""
        return Printed(text, self.per, self.relation)

    def complement(self) -> Printed:
        """Return one less the number, with the same digits."""
        return self.typed(f"{self.per - float(self.text):.{self.digits}f}")

    def __str__(self) -> str:
        """Return the number as printed, with its sign."""
        return {"is": "", "below": "< ", "above": "> "}[self.relation] + self.text


def read_printed(cell: str, per: float) -> Printed | None:
    """Return the number of a cell such as ``92.4`` or ``<0.01``; None if it is none.

    Examples
    --------
    >>> number = read_printed("92.4", per=100.0)
    >>> round(number.low, 6), round(number.high, 6), bool(number.shows(0.92409))
    (0.9235, 0.9245, True)
    """
    match = _NUMBER.fullmatch(cell.strip())
    if match is None:
        return None
    return Printed(match[2], per, _RELATIONS[match[1]])
