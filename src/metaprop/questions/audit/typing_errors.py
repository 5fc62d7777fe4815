"""Typing errors of one digit, or of two digits that changed places, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["swapped digits", "one digit"]

DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Repair:
    """One number typed otherwise: what it is, as printed, and as it may have been meant."""

    name: str
    printed: str
    meant: str
    kind: Kind

    @property
    def words(self) -> str:
        """The repair in words."""
        return f"{self.meant} for {self.printed} ({self.name}, {self.kind})"


def one_typo(name: str, printed: str, meant: str) -> Repair | None:
    """Return the one typing error between two numbers; None where it takes more, or none.

    Examples
    --------
    >>> one_typo("estimate", "5.60", "5.06").kind
    'swapped digits'
    >>> one_typo("estimate", "5.60", "5.61").kind
    'one digit'
    """
    if len(printed) != len(meant):
        return None
    differ = [i for i, pair in enumerate(zip(printed, meant, strict=True)) if len(set(pair)) > 1]
    if any(not (printed[i] + meant[i]).isdigit() for i in differ):
        return None
    if len(differ) == 1:
        return Repair(name, printed, meant, "one digit")
    if len(differ) != 2 or printed[differ[0] + 1 : differ[1]] not in {"", "."}:  # noqa: PLR2004 - a pair
        return None
    first, second = differ
    if (printed[first], printed[second]) != (meant[second], meant[first]):
        return None
    return Repair(name, printed, meant, "swapped digits")


def typos(printed: str) -> Iterator[str]:
    """Yield every number that one typing error may have turned into ``printed``: swaps first."""
    places = [i for i, sign in enumerate(printed) if sign != "."]
    for first, second in pairwise(places):
        if printed[first] != printed[second]:
            letters = list(printed)
            letters[first], letters[second] = letters[second], letters[first]
            yield "".join(letters)
    for place in places:
        for digit in DIGITS:
            if digit != printed[place]:
                yield printed[:place] + digit + printed[place + 1 :]
