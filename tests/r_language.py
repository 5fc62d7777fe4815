"""A small reader of R: strings, comments, brackets, calls; enough to see what a script would do."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<open>[(\[{])|(?P<close>[)\]}])"""
    r"""|(?P<number>\d+\.?\d*(?:e[+-]?\d+)?)|(?P<name>[A-Za-z.][\w.]*(?:::[A-Za-z.][\w.]*)?)"""
    r"""|(?P<sign><-|==|!=|<=|>=|[-+*/^~$|=,<>:])|(?P<space>\s+)""",
    re.DOTALL,
)
ESCAPE = re.compile(r'\\(?:(["\\])|u([0-9a-f]{4})|U([0-9a-f]{8}))')
PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Read:
    strings: tuple[str, ...]
    calls: frozenset[str]
    comments: tuple[str, ...]


def decode(literal: str) -> str:
    """Return what R makes of a string literal; any other escape than ours is an error."""
    inside = literal[1:-1]
    assert "\\" not in ESCAPE.sub("", inside)
    assert "\n" not in inside
    return ESCAPE.sub(lambda m: m[1] or chr(int(m[2] or m[3], 16)), inside)


def read(script: str) -> Read:
    """Read a script to its end; a sign that is none of R's, or a bracket left open, is an error."""
    at, stack = 0, []
    strings, comments, calls, last = [], [], set(), ""
    while at < len(script):
        found = TOKEN.match(script, at)
        assert found is not None, script[at : at + 40]
        kind, text, at = found.lastgroup, found[0], found.end()
        if kind == "open":
            stack.append(PAIRS[text])
            if text == "(" and last:
                calls.add(last)
        elif kind == "close":
            assert stack.pop() == text
        elif kind == "string":
            strings.append(decode(text))
        elif kind == "comment":
            comments.append(text)
        last = text if kind == "name" else ""
    assert not stack
    return Read(tuple(strings), frozenset(calls), tuple(comments))
