"""Numbers as they are printed: the one place where a number becomes text.

All rates are proportions in [0, 1] inside; percent exists only on paper. Which number is printed,
and in which sentence, is decided in ``reporting``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

UNDEFINED = "undefined"
"""What is printed for a number that does not exist (NaN)."""

# A rate that leaves [0, 1] by less than this is rounding error of the engine, not a wrong number.
_SLACK = 1e-6
# So near to 0 or 1 that every number of digits rounds it away.
_NEARLY_NOTHING = 1e-15
# Beyond these a number is printed with an exponent.
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-4, 1e7


def percent(rate: float, digits: int = 1) -> str:
    """Return a rate or probability in [0, 1] in percent, with ``digits`` decimals.

    What is not certain is never printed as if it were: a rate below 1 is never 100.0 %, and one
    above 0 never 0.0 %.

    Raises
    ------
    ValueError
        The rate lies outside [0, 1] by more than rounding error.

    Examples
    --------
    >>> percent(0.98799)
    '98.8 %'
    >>> percent(0.99999)
    '> 99.9 %'
    >>> percent(0.0001, digits=0)
    '< 1 %'
    """
    if math.isnan(rate):
        return UNDEFINED
    if not -_SLACK <= rate <= 1 + _SLACK:
        raise ValueError(f"{rate} is no rate: rates lie between 0 and 1")
    text = f"{100 * min(max(rate, 0.0), 1.0):.{digits}f}"
    step = 10.0**-digits
    if rate < 1 and float(text) == 100:  # noqa: PLR2004 - the whole of a percentage
        return f"> {100 - step:.{digits}f} %"
    if rate > 0 and float(text) == 0:
        return f"< {step:.{digits}f} %"
    return f"{text} %"


def inferred(rate: float, digits: int = 1) -> str:
    """Return a rate or probability that was inferred, in percent: it is never certain.

    A posterior probability nearer to 1 than doubles can tell is 1 in the machine, and ``> 99.9 %``
    on paper. What was observed goes through ``percent``: 9 of 9 patients are 100.0 %.

    Examples
    --------
    >>> inferred(1.0), inferred(0.0), inferred(0.5)
    ('> 99.9 %', '< 0.1 %', '50.0 %')
    """
    if -_SLACK <= rate <= 0:
        return percent(_NEARLY_NOTHING, digits)
    if 1 <= rate <= 1 + _SLACK:
        return percent(1 - _NEARLY_NOTHING, digits)
    return percent(rate, digits)


def threshold(rate: float) -> str:
    """Return a rate that a person asked for, in percent, with the digits that were typed.

    Examples
    --------
    >>> threshold(0.9), threshold(0.925), threshold(0.29)
    ('90 %', '92.5 %', '29 %')
    """
    # 100 * 0.29 is not 29: fifteen digits drop what doubles add, and keep what was typed.
    return f"{float(f'{100 * rate:.13g}'):.15g} %"


def interval(low: float, high: float, digits: int = 1) -> str:
    """Return an interval of inferred rates in percent.

    Examples
    --------
    >>> interval(0.9138, 0.98698)
    '91.4 % to 98.7 %'
    """
    return f"{inferred(low, digits)} to {inferred(high, digits)}"


def number(value: float, digits: int = 3) -> str:
    """Return a number that is no rate, to ``digits`` significant digits.

    Examples
    --------
    >>> number(1.2345), number(-15.18006), number(0.00012345), number(123456.7)
    ('1.23', '-15.2', '0.000123', '123457')
    >>> number(1.1), number(1e-9), number(float("nan"))
    ('1.10', '1.00e-09', 'undefined')
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    if value == 0:
        return "0"
    if not _SMALLEST_PLAIN <= abs(value) < _LARGEST_PLAIN:
        return f"{value:.{digits - 1}e}"
    # The exponent after rounding, so that 0.9999 is 1.00 and not 1.000.
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return f"{value:.{max(digits - 1 - exponent, 0)}f}"


def number_interval(low: float, high: float, digits: int = 3) -> str:
    """Return an interval of numbers that are no rates.

    Examples
    --------
    >>> number_interval(0.0412, 1.7234)
    '0.0412 to 1.72'
    """
    return f"{number(low, digits)} to {number(high, digits)}"


def counted(count: int, one: str, many: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(17, "study", "studies"), counted(1, "study", "studies")
    ('17 studies', '1 study')
    """
    return f"{count} {one if count == 1 else many}"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return the items as a list in a sentence.

    Examples
    --------
    >>> listed(["exact", "nuts"], "or"), listed(["a", "b", "c"])
    ('exact or nuts', 'a, b and c')
    """
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def visible(text: str | os.PathLike[str]) -> str:
    r"""Return what a person typed, or a path, safe to print: control characters are spelt out.

    Examples
    --------
    >>> visible("Smith\x1b[31m")
    'Smith\\x1b[31m'
    """
    letters = str(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in letters)
