"""TOML that a stranger wrote: parsed by the standard library, refused where that costs too much."""

from __future__ import annotations

import re
import tomllib
from typing import Any

DEEPEST = 32
"""Most parts of a dotted key: what is stored of it grows with the square of them."""

_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""' + r"|'''.*?'''" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_PART = r"[\w-]*+[ \t]*+\.[ \t]*+"
# Looked for only where a key may begin: else a long word would be gone through from each letter.
_DEEP_KEY = re.compile(rf"(?<![\w \t-])(?:{_PART}){{{DEEPEST}}}")


class TooDeepError(ValueError):
    """Tables, lists or keys of a TOML that are nested beyond reason."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that a TOML holds.

    Raises
    ------
    TooDeepError
        Its tables, lists or keys are nested too deeply.
    ValueError
        It is not TOML, or holds an integer of thousands of digits.

    Examples
    --------
    >>> parse_toml("a.b = 1")
    {'a': {'b': 1}}
    """
    if _DEEP_KEY.search(_QUOTED.sub("", text)):
        raise TooDeepError(f"a key has more than {DEEPEST} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TooDeepError("tables or lists are nested too deeply") from None
