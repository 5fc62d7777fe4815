"""A folder of results from a stranger: its records are read as data, and point nowhere."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from hostile.command import MOST_MEMORY, metaprop, seen, several
from hostile.watched import watch, without_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostile.command import Ended
    from hostile.conftest import Ran

pytestmark = pytest.mark.xdist_group("strangers")

DEEP = "[" * 10_000 + "]" * 10_000
OUTCOME = "outcomes/healed/common_rate.json"
NUMBER = ("model", "estimands", 0, "interval", "low")


def with_number(text: str, number: str) -> str:
    """Return a record in which one number is written as a stranger likes."""
    record: Any = json.loads(text)
    inner = record
    for key in NUMBER[:-1]:
        inner = inner[key]
    inner[NUMBER[-1]] = "HERE"
    return json.dumps(record).replace('"HERE"', number)


DAMAGED: dict[str, tuple[str, Callable[[str], str], str]] = {
    "deep": (OUTCOME, lambda _: DEEP, ""),
    "deep_inside": (OUTCOME, lambda text: with_number(text, DEEP), ""),
    "huge": (OUTCOME, lambda text: with_number(text, "9" * 10_000), "no JSON"),
    "large": (OUTCOME, lambda text: with_number(text, "9" * 4_000), "of type float"),
    "beyond": (OUTCOME, lambda text: with_number(text, "1e400"), "of type float"),
    "infinite": (OUTCOME, lambda text: with_number(text, "-Infinity"), "is no number"),
    "none": (OUTCOME, lambda text: with_number(text, "NaN"), "is no number"),
    "no_rate": (OUTCOME, lambda text: with_number(text, "5.0"), "5.0 is no rate"),
    "binary": ("evidence.json", lambda _: "\0", "binary"),
    "upwards": (
        "manifest.json",
        lambda text: text.replace('"healed"', '"../../../../etc/passwd"'),
        "there is no such file",
    ),
    "another": ("manifest.json", lambda _: '{"schema": [[[[1]]]]}', "schema is [[[[1]]]]"),
    "a_list": ("sensitivity.json", lambda _: "[1, 2]", "schema is None"),
    "empty": ("assumptions.json", lambda _: "", "no JSON"),
}


@pytest.fixture(scope="module")
def ended(strangers: Ran, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Return how a report of each damaged folder fared; none of them changed."""
    place = tmp_path_factory.mktemp("damaged")
    for name, (file, change, _) in DAMAGED.items():
        shutil.copytree(strangers.results, place / name)
        path = place / name / file
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    before = seen(place)
    commands = [["report", "--documents", name] for name in DAMAGED]
    found = dict(zip(DAMAGED, several(commands, place), strict=True))
    assert seen(place) == before
    return found


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_record_is_refused_in_words(ended: dict[str, Ended], name: str) -> None:
    assert ended[name].refused, ended[name]
    assert ended[name].cheap
    assert DAMAGED[name][2] in ended[name].err


def test_all_of_it_together_took_little_memory(ended: dict[str, Ended]) -> None:
    assert max(one.peak for one in ended.values()) < MOST_MEMORY


def test_what_lies_beside_is_neither_followed_nor_copied_and_no_network_is_needed(
    strangers: Ran, tmp_path: Path
) -> None:
    results = tmp_path / "strangers"
    shutil.copytree(strangers.results, results)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "letter.txt").write_text("not yours", encoding="utf-8")
    (results / "letters").symlink_to("../secret")
    (results / "zeros.png").symlink_to("/dev/zero")
    os.mkfifo(results / "pipe.svg")
    (results / "methods_appendix.pdf").unlink()
    watched = watch(tmp_path / "watched")
    command = ("report", "--documents", "strangers")
    done = metaprop(*command, cwd=tmp_path, env=watched.env, under=without_network())
    assert done.code == 0, done
    assert watched.noted("network") == []
    for name in ("methods_appendix.pdf", "report.html"):
        assert (results / name).read_bytes() == (strangers.results / name).read_bytes()
    assert not any((results / name).is_symlink() for name in ("letters", "zeros.png"))
    assert not (results / "pipe.svg").exists()
    assert seen(tmp_path / "secret").keys() == {"letter.txt"}
    kept = {name for name in seen(results) if not name.endswith((".html", ".docx", ".pdf"))}
    assert {name for name in seen(strangers.results) if name in kept} == kept
