"""Walk two records side by side and say where they differ by more than is allowed.

A number with a stated error may move by the two errors together, which may not have grown; one
known by draws by five Monte Carlo standard errors; a number without a stated error by what its kind
of answer is printed to. Words must be the same, but for a last digit within them. What is passed
over is counted and told.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Literal, cast

from metaprop.core.estimates import Estimate, Interval, Quality
from metaprop.questions.answers import ModelAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from _typeshed import DataclassInstance

Kind = Literal["exact", "sampled", "replayed", "printed", "words"]
"""How a number is compared: with its stated error, as draws of another seed, as what the same seed
brings again, as it is printed; or words, letter by letter."""
STANDARD_ERRORS = 5.0
"""Monte Carlo standard errors that draws with another seed may be away: one in 1.7 million."""
PRINTED = 5e-4
"""Half a unit of the first decimal of a percentage: usual formulas and sensitivity."""
AIM = 1e-6
"""What quadrature aims at where no error is stored beside a number, such as a point of a curve."""
GROWN = 10.0
"""Times that a stored error may be what it is now: errors are estimates, but not by magnitudes."""
COARSE = 1e-3
"""A Monte Carlo standard error below this is one of draws enough, whatever it is now."""
_ROUNDING = 1e-11
"""Twelve digits are stored."""
_DECIMAL = re.compile(r"\d+\.\d+")
ELSEWHERE = frozenset({"sampled", "agreement"})
"""Fields that have a comparison of their own."""
_REMARKS = frozenset({"message", "remedy"})
"""Fields that tell how good a fit was: its status is compared."""
OF_THE_DRAWS = frozenset({"diagnostics", "settings", "curves", "new_count", "rank_error"})
"""Fields that belong to the draws which were drawn, and to no others."""
_NAMES = ("id", "name", "study", "family", "group", "outcome", "covariate", "estimand", "section")
_MORE = ("label", "choice", "above", "level", "test", "method", "model", "approach", "check")


@dataclass(frozen=True, slots=True)
class Difference:
    """One number or word that is not what it was.

    ``part`` is the record, ``where`` the path in it; ``distance`` is absolute, NaN for words;
    ``allowed`` what it may be.
    """

    part: str
    where: str
    stored: str
    now: str
    distance: float
    allowed: float


def differences(part: str, stored: object, now: object, kind: Kind) -> tuple[Difference, ...]:
    """Return where two records of one type differ by more than numbers of this kind may.

    Parameters
    ----------
    part
        Name of the record, kept in every difference.
    stored, now
        Records as they stand on the disk and as they were made anew; tuples are matched by the
        names of their items.
    kind
        How the numbers were made. A model that NUTS alone answered is ``sampled`` whatever it says.
    """
    return tuple(_walk(part, "", stored, now, kind))


def count_numbers(record: object, kind: Kind) -> int:
    """Return how many numbers of a record are compared."""
    if isinstance(record, Estimate):
        return 1
    if isinstance(record, Interval):
        return 2
    if isinstance(record, tuple):
        return sum(count_numbers(item, kind) for item in record)
    if is_dataclass(record) and not isinstance(record, type):
        kind = _kind_of(record, kind)
        return sum(count_numbers(getattr(record, name), kind) for name in _compared(record, kind))
    return int(_is_number(record))


def passed_over(record: object, kind: Kind) -> Counter[str]:
    """Return how many numbers of a record are not compared, by the field that they stand in."""
    if isinstance(record, tuple):
        return sum((passed_over(item, kind) for item in record), Counter())
    found: Counter[str] = Counter()
    if is_dataclass(record) and not isinstance(record, type | Estimate | Interval):
        kind = _kind_of(record, kind)
        compared = _compared(record, kind)
        for name in (f.name for f in fields(record)):
            held = getattr(record, name)
            if name in compared:
                found += passed_over(held, kind)
            elif name not in ELSEWHERE:
                found[name] += count_numbers(held, "words")
    return +found


def _kind_of(record: object, kind: Kind) -> Kind:
    return "sampled" if isinstance(record, ModelAnswer) and record.engine == "nuts" else kind


def _walk(part: str, where: str, a: object, b: object, kind: Kind) -> Iterator[Difference]:
    kind = _kind_of(a, kind)
    if type(a) is not type(b) and not (_is_number(a) and _is_number(b)):
        yield Difference(part, where, _shown(a), _shown(b), math.nan, 0.0)
    elif isinstance(a, Estimate):
        yield from _estimate(part, where, a, cast("Estimate", b), kind)
    elif isinstance(a, Interval):
        yield from _interval(part, where, a, cast("Interval", b), kind)
    elif isinstance(a, Quality) and kind == "sampled":
        yield from _failed(part, where, a, cast("Quality", b))
    elif is_dataclass(a) and not isinstance(a, type):
        for name in _compared(a, kind):
            path = f"{where}.{name}" if where else name
            yield from _walk(part, path, getattr(a, name), getattr(b, name), kind)
    elif isinstance(a, tuple):
        yield from _tuples(part, where, a, cast("tuple[object, ...]", b), kind)
    elif where.endswith("error") and isinstance(a, float) and kind != "words":
        yield from _grown(part, where, a, cast("float", b), kind)
    else:
        yield from _plain(part, where, a, b, kind)


def _compared(record: DataclassInstance, kind: Kind) -> tuple[str, ...]:
    """Return the fields of a record that are compared."""
    skipped = ELSEWHERE | _REMARKS | (OF_THE_DRAWS if kind == "sampled" else frozenset())
    return tuple(f.name for f in fields(record) if f.name not in skipped)


def _failed(part: str, where: str, a: Quality, b: Quality) -> Iterator[Difference]:
    """Yield a difference if one of two fits by draws failed: cautions come and go with draws."""
    if (a.status == "failed") != (b.status == "failed"):
        yield Difference(part, f"{where}.status", a.status, b.status, math.nan, 0.0)


def _estimate(part: str, where: str, a: Estimate, b: Estimate, kind: Kind) -> Iterator[Difference]:
    if a.undefined != b.undefined:
        one, other = (_shown(e.value) if e.undefined is None else e.undefined for e in (a, b))
        yield Difference(part, where, one, other, math.nan, 0.0)
    elif a.undefined is None:
        yield from _apart(part, where, a.value, b.value, _allowed(a.error, b.error, a.value, kind))
        yield from _grown(part, f"{where}.error", a.error, b.error, kind)


def _interval(part: str, where: str, a: Interval, b: Interval, kind: Kind) -> Iterator[Difference]:
    for end in ("low", "high"):
        x, y = getattr(a, end), getattr(b, end)
        yield from _apart(part, f"{where}.{end}", x, y, _allowed(a.error, b.error, x, kind))
    yield from _grown(part, f"{where}.error", a.error, b.error, kind)
    if (a.level, a.kind) != (b.level, b.kind):
        one, other = (f"{given.level:g}, {given.kind}" for given in (a, b))
        yield Difference(part, where, one, other, math.nan, 0.0)


def _allowed(stored: float, now: float, value: float, kind: Kind) -> float:
    if kind == "sampled":
        return STANDARD_ERRORS * math.hypot(stored, now)
    if kind == "replayed":
        return AIM * max(abs(value), 1.0)
    return stored + now


def _grown(part: str, where: str, a: float, b: float, kind: Kind) -> Iterator[Difference]:
    """Yield a difference if a stored error is larger than any honest one: it would excuse all."""
    most = max(GROWN * b, COARSE if kind == "sampled" else AIM)
    if not a <= most and not (math.isnan(a) and math.isnan(b)):
        yield Difference(part, where, _shown(a), _shown(b), a - b, most - b)


def _apart(part: str, where: str, a: float, b: float, allowed: float) -> Iterator[Difference]:
    """Yield a difference if two numbers are further apart than is allowed, rounding aside."""
    if math.isnan(a) and math.isnan(b):
        return
    distance = abs(a - b) if a != b else 0.0
    if not distance <= allowed + _ROUNDING * max(abs(a), 1.0):
        yield Difference(part, where, _shown(a), _shown(b), distance, allowed)


def _plain(part: str, where: str, a: object, b: object, kind: Kind) -> Iterator[Difference]:
    if _is_number(a) and (isinstance(a, float) or isinstance(b, float)) and kind != "words":
        x, y = float(cast("float", a)), float(cast("float", b))
        unit = PRINTED if kind == "printed" else AIM
        yield from _apart(part, where, x, y, unit * max(abs(x), 1.0) if math.isfinite(x) else 0.0)
    elif a == b or (a != a and b != b):  # noqa: PLR0124 - NaN is not itself
        return
    elif not (isinstance(a, str) and kind != "words" and same_words(a, str(b))):
        yield Difference(part, where, *_where_apart(_shown(a), _shown(b)), math.nan, 0.0)


def same_words(one: str, other: str) -> bool:
    """Return whether two texts are the same but for the last digit of decimal numbers in them.

    Examples
    --------
    >>> same_words("4.2 of 9 patients", "4.3 of 9 patients"), same_words("4 of 9", "5 of 9")
    (True, False)
    """
    if _DECIMAL.sub("", one) != _DECIMAL.sub("", other):
        return False
    return all(
        len(x) == len(y) and abs(float(x) - float(y)) < 1.5 * 10.0 ** -len(x.partition(".")[2])
        for x, y in zip(_DECIMAL.findall(one), _DECIMAL.findall(other), strict=True)
    )


def _where_apart(one: str, other: str) -> tuple[str, str]:
    """Return two texts from a little before the place where they part, if that is far in."""
    place = next((i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), 0)
    start = max(place - 12, 0)
    return ("…" + one[start:], "…" + other[start:]) if start else (one, other)


def _tuples(
    part: str, where: str, a: Sequence[object], b: Sequence[object], kind: Kind
) -> Iterator[Difference]:
    if a and all(isinstance(item, float) for item in (*a, *b)):
        yield from _numbers(part, where, a, b, kind)
        return
    ours, theirs = _named(a), _named(b)
    for name in dict.fromkeys((*ours, *theirs)):
        path = f"{where}[{name}]"
        if name not in theirs:
            yield Difference(part, path, "stands there", "gone", math.nan, 0.0)
        elif name not in ours:
            yield Difference(part, path, "not there", "new", math.nan, 0.0)
        else:
            yield from _walk(part, path, ours[name], theirs[name], kind)


def _numbers(
    part: str, where: str, a: Sequence[object], b: Sequence[object], kind: Kind
) -> Iterator[Difference]:
    """Yield one difference for a whole row of numbers, such as a curve: the largest.

    A point is allowed what the largest of the row is: the tail of a density is not seen closer.
    """
    if len(a) != len(b):
        yield Difference(part, where, f"{len(a)} points", f"{len(b)} points", math.nan, 0.0)
        return
    numbers = [abs(cast("float", x)) for x in a]
    largest = max((x for x in numbers if math.isfinite(x)), default=1.0)
    found = [
        d
        for i, (x, y) in enumerate(zip(a, b, strict=True))
        for d in _walk(part, f"{where}[{i}]", x, y, kind)
        if not d.distance <= d.allowed * max(largest, 1.0)
    ]
    if found:
        yield max(found, key=lambda d: d.distance)


def _named(items: Sequence[object]) -> Mapping[str, object]:
    """Return items by what they are called, or by their place where that does not tell them."""
    names = [_name(item) for item in items]
    if all(names) and len(set(names)) == len(names):
        return dict(zip(names, items, strict=True))
    return {str(i): item for i, item in enumerate(items)}


def _name(item: object) -> str:
    held = [getattr(item, name, None) for name in (*_NAMES, *_MORE)]
    return " ".join(str(value) for value in held if isinstance(value, (str, float)))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__
    return "none" if value is None else f"{value}"
