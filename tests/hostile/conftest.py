"""One run on a stranger's data set, looked at from many sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from hostile.command import metaprop, seen
from hostile.strangers import write_strangers
from hostile.watched import watch

if TYPE_CHECKING:
    from pathlib import Path

    from hostile.command import Ended
    from hostile.watched import Watched


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: the folder around, the folder of results, how it ended, what it touched."""

    place: Path
    results: Path
    ended: Ended
    watched: Watched
    before: dict[str, str]
    after: dict[str, str]


def run_strangers(place: Path, scratch: Path, *, exact: bool) -> Ran:
    """Run a stranger's data set with every text hostile; ``scratch`` is for temporary files."""
    write_strangers(place, exact=exact)
    watched = watch(scratch / "watched")
    temporary = scratch / "tmp"
    temporary.mkdir()
    before = seen(place)
    command = ("run", "strangers", "models", "--engine", "exact", "--simulate", "0", "--jobs", "1")
    ended = metaprop(*command, cwd=place, env={**watched.env, "TMPDIR": str(temporary)})
    assert list(temporary.iterdir()) == []
    after = seen(place, "results")
    return Ran(place, place / "results" / "strangers", ended, watched, before, after)


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a run on a stranger's data set, of one model, without frequentist methods."""
    folders = (tmp_path_factory.mktemp(name) for name in ("place", "scratch"))
    return run_strangers(*folders, exact=False)
