"""A project that runs badly: killed, cut off, in a hurry; and what must stand there afterwards."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hostile.command import LIGHT, MODULE, TABLE, begun, metaprop, seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hostile.command import Ended

OLD = {"manifest.json": '{\n "schema": "old"', "tables/old.csv": "a,b\n1,2\n"}
ALONE = 30.0
"""Seconds in which a process without its parent must be gone, on a machine as busy as may be."""


@dataclass(slots=True)
class Victim:
    """A project whose runs are killed: where it is, what is run, what it holds when all is well."""

    place: Path
    python: tuple[str, ...]
    options: tuple[str, ...]
    tmp: Path = field(init=False)
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.tmp = self.place / "tmp"
        self.tmp.mkdir()
        self.env = {"TMPDIR": str(self.tmp)}
        (self.place / "trees.csv").write_text(TABLE, encoding="utf-8")

    @property
    def results(self) -> Path:
        return self.place / "results"

    @property
    def command(self) -> tuple[str, ...]:
        return ("run", "trees.csv", "models", "--simulate", "0", *self.options)

    def run(self, env: Mapping[str, str] | None = None, python: Sequence[str] = ()) -> Ended:
        """Run to the end, whatever that is."""
        surroundings = {**self.env, **(env or {})}
        return metaprop(
            *self.command, cwd=self.place, env=surroundings, python=python or self.python
        )

    def whole(self) -> tuple[dict[str, str], float]:
        """Run to the end; return what stands there then, and how many seconds it took."""
        began = time.monotonic()
        done = self.run()
        assert done.code == 0, done
        assert done.err == ""
        return self.stands(), time.monotonic() - began

    def stands(self) -> dict[str, str]:
        return seen(self.results / "trees")

    def kill(self, after: float) -> bool:
        """Run, and kill it after so many seconds; return whether it had not ended before."""
        process = begun(*self.command, cwd=self.place, env=self.env, python=self.python)
        time.sleep(after)
        alive = process.poll() is None
        process.kill()
        process.wait()
        left = list(_left(process.pid))
        assert left == [], left
        return alive

    def clean(self) -> None:
        """Nothing is left but the results."""
        assert [path.name for path in self.results.iterdir()] == ["trees"]
        assert list(self.tmp.iterdir()) == []


def _left(session: int) -> Iterator[str]:
    """Yield what still runs in a session, after a while in which it may notice and end."""
    given_up = time.monotonic() + ALONE
    while (found := list(_of(session))) and time.monotonic() < given_up:
        time.sleep(0.05)
    yield from found


def _of(session: int) -> Iterator[str]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                words = (path / "stat").read_text().rpartition(")")[2].split()
                if words[0] != "Z" and int(words[3]) == session:
                    yield (path / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # it has ended meanwhile


def victim(place: Path, root: Path, *options: str, light: bool, models: Sequence[str]) -> Victim:
    (place / "models").mkdir()
    for name in models:
        text = (root / "models" / f"{name}.toml").read_text(encoding="utf-8")
        (place / "models" / f"{name}.toml").write_text(text, encoding="utf-8")
    script = place / "light.py"
    script.write_text(LIGHT, encoding="utf-8")
    return Victim(place, (str(script),) if light else MODULE, options)


def write_old(folder: Path) -> dict[str, str]:
    """Let other results stand there, as an older run would have left them."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in OLD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return seen(folder)
