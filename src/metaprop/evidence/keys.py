"""Read a small TOML by a form in pydantic: every fault with its key, its value and a remedy.

``passport`` and ``reading_head`` say what their forms are; the kinds of values stand here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from metaprop.core.toml import TooDeepError, parse_toml
from metaprop.evidence.faults import control_character, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from metaprop.evidence.faults import Faults

MAX_TEXT = 2**20
"""Characters of a TOML; a longer one says nothing that a data set needs."""

type Wordings = Mapping[str, tuple[str, str]]
"""What is wrong ({value} for the value) and the remedy, by key or by kind of pydantic's error."""


def _one_line(text: str) -> str:
    """Return the text with its white space as single spaces; refuse signs that nobody sees."""
    text = " ".join(text.split())
    if control_character(text) is not None:
        raise ValueError("a text holds no control characters")
    return text


def _written(value: object) -> object:
    """Return a whole number as the cell that says it."""
    return str(value) if type(value) is int and abs(value) < _LONGEST else value


_LONGEST = 10**20
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_one_line),
]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Cell = Annotated[Line, BeforeValidator(_written)]
"""What a cell of counts may hold; a bare whole number is one."""


class Strict(BaseModel):
    """A table of a TOML: no other keys, no value bent to fit."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def read_keys[Form: Strict](
    text: str,
    form: type[Form],
    faults: Faults,
    *,
    entries: Mapping[str, type[Strict]],
    wordings: Wordings,
) -> Form | None:
    """Return a TOML by its form, or None after noting every fault with key, value and remedy.

    ``entries`` are the forms of the tables below a key, named to whoever writes an unknown key.
    """
    document = _parsed(text, faults)
    if document is None:
        return None
    try:
        return form.model_validate(document)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            keys = [key for key in detail["loc"] if isinstance(key, str) and key != "[key]"]
            siblings = entries.get(keys[0], form) if len(keys) > 1 else form
            what, remedy = _wording(detail, keys, list(siblings.model_fields), wordings)
            what = what.format(value=shown(detail["input"]))
            faults.add(what, _place(detail, keys, faults.where), remedy)
        return None


def _parsed(text: str, faults: Faults) -> dict[str, Any] | None:
    if len(text) > MAX_TEXT:
        remedy = "Keep only the keys that data/README.md names"
        faults.add(f"it is longer than {MAX_TEXT:,} characters", faults.where, remedy)
        return None
    try:
        return parse_toml(text)
    except TooDeepError:
        faults.add("it is nested too deeply", faults.where, "Keep to the keys of data/README.md")
    except ValueError as error:  # also an integer of thousands of digits
        reason = " ".join(str(error).split())[:200]
        remedy = "Mend the TOML: text in double quotes, key = value"
        faults.add(f"it is not TOML ({reason})", faults.where, remedy)
    return None


def _place(detail: ErrorDetails, keys: list[str], where: str) -> str:
    place = f"{where}, key {'.'.join(key if key.isidentifier() else shown(key) for key in keys)}"
    return place + "".join(f", value {key + 1}" for key in detail["loc"] if isinstance(key, int))


def _wording(
    detail: ErrorDetails, keys: list[str], siblings: list[str], wordings: Wordings
) -> tuple[str, str]:
    """Return what is wrong, with {value} for the value, and what to do about it."""
    kind = detail["type"]
    if kind == "missing":
        return "the key is missing", "Add it"
    if kind == "extra_forbidden":
        remedy = f"Remove it, or use one of these: {', '.join(siblings)}"
        return "there is no such key (its value is {value})", remedy
    if kind == "value_error":
        return "{value} is not allowed", f"Mind that {detail['ctx']['error']}"
    if kind == "string_too_short":
        return "the text is empty", "Write it, or leave out the key"
    known = wordings.get(f"{keys[-1]}: {kind}" if keys else kind) or wordings.get(kind)
    if known:
        return known
    remedy = detail["msg"].removeprefix("Input ").removeprefix("Value ")
    return "{value} is not allowed", f"It {remedy}"
