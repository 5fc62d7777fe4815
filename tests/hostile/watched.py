"""A Python that tells what it touches: connections are forbidden, other doings are noted."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_HOOK = """
import json, os, socket, sys

LOG = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
TALKING = {{"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.__new__"}}
ASKING = {{"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}}
STARTING = {{"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile"}}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

def note(kind, what):
    os.write(LOG, (json.dumps([kind, str(what)]) + "\\n").encode())

def family(event, args):
    return args[1] if event == "socket.__new__" else args[0].family

def hook(event, args):
    if event in ASKING or event in TALKING and family(event, args) != socket.AF_UNIX:
        note("network", (event, *map(str, args)))
        raise PermissionError(1, "no network in this test")
    if event in STARTING:
        note("started", args[0])
    elif event == "open" and isinstance(args[2], int) and args[2] & WRITING:
        if not isinstance(args[0], int):
            note("written", os.path.abspath(os.fsdecode(args[0])))
    elif event == "os.mkdir":
        note("written", os.path.abspath(os.fsdecode(args[0])))

sys.addaudithook(hook)
"""


CUT_OFF = ("unshare", "--net")
CUT_OFF_AS_USER = ("unshare", "--map-root-user", "--net")


def without_network() -> tuple[str, ...]:
    """Return what starts a program where there is no network, not even the machine itself."""
    for way in (CUT_OFF, CUT_OFF_AS_USER):
        if shutil.which(way[0]) and subprocess.run([*way, "true"], check=False).returncode == 0:
            return way
    pytest.skip("this system gives no process a network of its own")


@dataclass(frozen=True, slots=True)
class Watched:
    """An environment whose Pythons, helpers included, tell what they touch."""

    env: dict[str, str]
    log: Path

    def noted(self, kind: str) -> list[str]:
        """Return what was noted of one kind: ``network``, ``started`` or ``written``."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [what for found, what in map(json.loads, lines) if found == kind]


def watch(place: Path) -> Watched:
    """Return such an environment, its hook and its log kept in a folder."""
    hooks = place / "hooks"
    hooks.mkdir(parents=True)
    log = place / "log.jsonl"
    (hooks / "sitecustomize.py").write_text(_HOOK.format(log=str(log)), encoding="utf-8")
    return Watched({"PYTHONPATH": str(hooks), "PYTHONDONTWRITEBYTECODE": "1"}, log)
