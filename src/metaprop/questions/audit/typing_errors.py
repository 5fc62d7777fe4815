"""Typing errors of one digit, or of two digits that changed places, taken back; zeros filled in."""

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


def unfilled(printed: str) -> str | None:
    """Return a number without its last digit if that is a 0 which may have been filled in.

    A program that shows 21.5 is often printed as 21.50 beside numbers of two decimals.

    Examples
    --------
    >>> unfilled("21.50"), unfilled("21.55"), unfilled("100.0"), unfilled("0.00")
    ('21.5', None, None, None)
    """
    head, _, tail = printed.partition(".")
    least = 2  # a number without decimals has none that was filled in
    if len(tail) < least or not tail.endswith("0") or not float(printed):
        return None
    return f"{head}.{tail[:-1]}"


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
