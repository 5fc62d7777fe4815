"""Read ``dataset.toml``: what a data set is, and which outcomes it reports.

The only room of ``evidence`` that loads pydantic; ``dataset`` opens it when a folder is read.
"""

from __future__ import annotations

import tomllib
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from metaprop.evidence.faults import Faults, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Direction = Literal["higher is better", "lower is better"]

MAX_PASSPORT = 2**20
"""Characters of a ``dataset.toml``; a longer one is not a passport."""


def _one_line(text: str) -> str:
    """Return the text with its white space as single spaces; refuse signs that nobody sees."""
    text = " ".join(text.split())
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ValueError("a text holds no control characters")
    return text


def _increasing(rates: list[float]) -> list[float]:
    if any(low >= high for low, high in pairwise(rates)):
        raise ValueError("thresholds increase from each to the next")
    return rates


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_one_line),
]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Rate = Annotated[float, Field(gt=0, lt=1)]
Thresholds = Annotated[list[Rate], Field(min_length=1, max_length=50), AfterValidator(_increasing)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class OutcomeEntry(_Strict):
    """``[outcomes.<id>]``: thresholds are rates in (0, 1)."""

    label: Line
    direction: Direction
    thresholds: Thresholds


class ColumnEntry(_Strict):
    """``[columns.<name>]``: what a column of ``studies.csv`` holds; no unit for words."""

    meaning: Line
    unit: Line | None = None


class Passport(_Strict):
    """``dataset.toml``."""

    title: Line
    question: Line
    citation: Line | None = None
    doi: Line | None = None
    outcomes: Annotated[dict[Key, OutcomeEntry], Field(min_length=1)]
    columns: dict[str, ColumnEntry] = Field(default_factory=dict)


def read_passport(text: str, faults: Faults) -> Passport | None:
    """Return the passport, or None after noting every fault with its key, value and remedy."""
    document = _parsed(text, faults)
    if document is None:
        return None
    try:
        return Passport.model_validate(document)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            faults.add(*_fault(detail, faults.where))
        return None


def _parsed(text: str, faults: Faults) -> dict[str, Any] | None:
    if len(text) > MAX_PASSPORT:
        remedy = "Keep only the keys that data/README.md names"
        faults.add(f"it is longer than {MAX_PASSPORT:,} characters", faults.where, remedy)
        return None
    try:
        return tomllib.loads(text)
    except RecursionError:
        faults.add("it is nested too deeply", faults.where, "Keep to the keys of data/README.md")
    except ValueError as error:  # also an integer of thousands of digits
        reason = " ".join(str(error).split())[:200]
        remedy = "Mend the TOML: text in double quotes, key = value"
        faults.add(f"it is not TOML ({reason})", faults.where, remedy)
    return None


def _fault(detail: ErrorDetails, where: str) -> tuple[str, str, str]:
    """Return pydantic's finding as what, where and remedy."""
    keys = [key for key in detail["loc"] if isinstance(key, str) and key != "[key]"]
    place = f"{where}, key {'.'.join(key if key.isidentifier() else shown(key) for key in keys)}"
    place += "".join(f", value {key + 1}" for key in detail["loc"] if isinstance(key, int))
    what, remedy = _wording(detail, keys)
    return what.format(value=shown(detail["input"])), place, remedy


def _wording(detail: ErrorDetails, keys: list[str]) -> tuple[str, str]:
    """Return what is wrong, with {value} for the value, and what to do about it."""
    kind = detail["type"]
    if kind == "missing":
        return "the key is missing", "Add it"
    if kind == "extra_forbidden":
        remedy = f"Remove it, or use one of these: {', '.join(_siblings(keys))}"
        return "there is no such key (its value is {value})", remedy
    if kind == "value_error":
        return "{value} is not allowed", f"Mind that {detail['ctx']['error']}"
    if kind in _WORDINGS:
        return _WORDINGS[kind]
    remedy = detail["msg"].removeprefix("Input ").removeprefix("Value ")
    return "{value} is not allowed", f"It {remedy}"


_WORDINGS = {
    "literal_error": (
        "{value} is not allowed",
        "Write " + " or ".join(f'"{choice}"' for choice in get_args(Direction)),
    ),
    "string_pattern_mismatch": (
        "{value} is no name of an outcome",
        "Use small letters, digits and underscores, beginning with a letter",
    ),
    "greater_than": ("{value} is no rate between 0 and 1", "Write 0.90 for 90 %"),
    "less_than": ("{value} is no rate between 0 and 1", "Write 0.90 for 90 %"),
    "finite_number": ("{value} is no rate between 0 and 1", "Write 0.90 for 90 %"),
    "string_too_short": ("the text is empty", "Write it, or leave out the key"),
}


def _siblings(keys: list[str]) -> list[str]:
    """Return the keys that may stand where an unknown one was found."""
    entries: dict[str, type[BaseModel]] = {"outcomes": OutcomeEntry, "columns": ColumnEntry}
    return list((entries[keys[0]] if len(keys) > 1 else Passport).model_fields)
