"""What ``tests/README.md`` promises is held by tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROW = re.compile(r"^\| (?P<promise>.+?) \| (?P<held>`.+`) \|$", re.MULTILINE)
NAME = re.compile(r"`([\w./]+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str]]:
    """Return every promise with the cell that names its tests."""
    return ROW.findall((HERE / "README.md").read_text(encoding="utf-8"))


def marks_in(path: Path) -> dict[str, list[str]]:
    """Return the tests of a file with the names of their marks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    whole = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]
    shared = [line for line in whole if line.startswith("pytestmark")]
    return {one.name: [*map(ast.unparse, one.decorator_list), *shared] for one in functions}


def test_every_line_of_a_table_is_a_promise_with_tests() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = [line for line in lines if line == "| promise | held by |" or set(line) <= set("|-")]
    assert len(rows()) == len(lines) - len(heads)
    assert len(rows()) > 60
    for promise, held in rows():
        assert NAME.sub("", held).strip(", ") == "", promise


@pytest.mark.parametrize(("promise", "held"), rows(), ids=[promise for promise, _ in rows()])
def test_a_promise_is_held_by_tests_that_exist(promise: str, held: str) -> None:
    found = {(file, name): marks_in(HERE / file).get(name) for file, name in NAME.findall(held)}
    assert [place for place, marks in found.items() if marks is None] == []
    slow = [any("slow" in mark for mark in marks or []) for marks in found.values()]
    assert any(slow) == ("*slow*" in promise) or "pytest.param" in str(found), promise


def test_no_promise_is_made_twice() -> None:
    promises = [promise for promise, _ in rows()]
    assert len(set(promises)) == len(promises)
