"""Frozen records to JSON and back, led by the type hints of the records; knows no schema.

Numbers are rounded to twelve significant digits and errors upwards to two, so that results differ
between machines as little as the arithmetic allows and no error is understated. JSON has no NaN and
no infinity: a value that does not exist and an error without bound are both ``null``.
"""

from __future__ import annotations

import json
import math
import sys
import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

DIGITS = 12
ERROR_DIGITS = 2
LONGEST_LINE = 120


class MismatchError(ValueError):
    """A JSON value does not fit the type that a record wants; ``key`` is the path to it."""

    def __init__(self, key: str, wanted: str, found: object) -> None:
        """Keep the path and say what was wanted and found."""
        self.key = key
        super().__init__(f"{key or 'the whole file'} should be {wanted}, found {found!r:.60}")


def encode(value: object, key: str = "") -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return a record as dicts, lists, strings and rounded numbers, in the order of its fields."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name), f.name) for f in fields(value)}
    if isinstance(value, (tuple, list)):
        return [encode(item, key) for item in value]
    if isinstance(value, dict):
        return {str(name): encode(item, str(name)) for name, item in value.items()}
    if isinstance(value, float):
        return _rounded_up(value) if key == "error" else _rounded(value)
    return value


def _rounded(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _rounded_up(error: float) -> float | None:
    if not math.isfinite(error):
        return None
    if error <= 0.0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(error)) - ERROR_DIGITS + 1)
    text = f"{math.ceil(round(error / step, 6)) * step:.{ERROR_DIGITS}g}"
    return float(text)


def decode[T](wanted: type[T], value: object) -> T:
    """Return the record of type ``wanted`` that a JSON value describes.

    Raises
    ------
    MismatchError
        If a key is unknown, or missing and without a default, or a value is of another type.
    """
    record: T = _decode(wanted, value, "")
    return record


def _decode(wanted: Any, value: object, key: str) -> Any:  # noqa: ANN401 - a type hint, a JSON value
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        inner = next(option for option in get_args(wanted) if option is not types.NoneType)
        return None if value is None else _decode(inner, value, key)
    if origin is Literal:
        if value not in get_args(wanted):
            raise MismatchError(key, f"one of {', '.join(map(str, get_args(wanted)))}", value)
        return value
    if origin is tuple:
        return tuple(_decode(get_args(wanted)[0], item, key) for item in _list(value, key))
    if origin is dict:
        inner = get_args(wanted)[1]
        return {name: _decode(inner, item, f"{key}.{name}") for name, item in _dict(value, key)}
    if is_dataclass(wanted):
        return _record(wanted, value, key)
    return _scalar(wanted, value, key)


def _record(wanted: Any, value: object, key: str) -> Any:  # noqa: ANN401
    given = dict(_dict(value, key))
    hints = _hints(wanted)
    if not hints.keys() - _optional(wanted) <= given.keys() <= hints.keys():
        raise MismatchError(key, f"an object with the keys {', '.join(hints)}", sorted(given))
    path = f"{key}." if key else ""
    return wanted(
        **{name: _decode(hints[name], value, path + name) for name, value in given.items()}
    )


@cache
def _optional(wanted: Any) -> frozenset[str]:  # noqa: ANN401
    """Return the fields that results written before there was such a field may lack."""
    known = (field for field in fields(wanted) if field.default is not MISSING)
    return frozenset(field.name for field in known)


@cache
def _hints(wanted: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the type of every field; looked up once for each kind of record."""
    hints = get_type_hints(wanted)
    return {field.name: hints[field.name] for field in fields(wanted)}


def _scalar(wanted: type, value: object, key: str) -> object:
    if wanted is float and value is None:
        return math.inf if key.rpartition(".")[2] == "error" else math.nan
    if wanted in (float, int) and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _finite(wanted, value, key)
    if type(value) is not wanted:
        raise MismatchError(
            key, {"str": "a text"}.get(wanted.__name__, f"of type {wanted.__name__}"), value
        )
    return value


def _finite(wanted: type, value: float, key: str) -> float:
    """Return a number as the type that is wanted; one that doubles cannot hold is refused."""
    if not abs(value) <= sys.float_info.max or (wanted is int and isinstance(value, float)):
        raise MismatchError(key, f"of type {wanted.__name__}", value)
    number: float = wanted(value)
    return number


def _list(value: object, key: str) -> list[object]:
    if not isinstance(value, list):
        raise MismatchError(key, "a list", value)
    return value


def _dict(value: object, key: str) -> list[tuple[str, object]]:
    if not isinstance(value, dict):
        raise MismatchError(key, "an object", value)
    return list(value.items())


def dumps(value: object, indent: str = "") -> str:
    """Return JSON in which every list and object of plain values stands on one line."""
    inside = indent + " "
    if isinstance(value, dict) and not _fits(value, indent):
        keys = (json.dumps(key, ensure_ascii=False) for key in value)
        items = [f"{key}: {dumps(v, inside)}" for key, v in zip(keys, value.values(), strict=True)]
        return "{\n" + ",\n".join(inside + item for item in items) + f"\n{indent}}}"
    if isinstance(value, list) and value and not all(map(_is_scalar, value)):
        return "[\n" + ",\n".join(inside + dumps(v, inside) for v in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _fits(value: dict[str, object], indent: str) -> bool:
    """Return whether an object inside another holds plain values only and fits on one line."""
    if not indent or not all(map(_is_scalar, value.values())):
        return not value
    return len(json.dumps(value)) <= LONGEST_LINE
