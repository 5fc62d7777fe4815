"""The real command line in processes of its own: what it said, what it cost, what it touched."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

MOST_MEMORY = 2**30
"""Bytes that an answer may take, result or error."""
LONGEST = 10.0
"""Seconds of processor time that an answer may take; a wall clock says little on a busy machine."""
PATIENCE = 300.0
"""Seconds after which a process counts as hung, on a machine as busy as may be."""
_ADDRESSES = 6 * 2**30
"""Bytes of address space: what goes far wrong shall not take the machine with it."""
MODULE = ("-m", "metaprop")
LIGHT = """
import sys
from metaprop.cli import main
from metaprop.core.workers import Plan
from metaprop.reporting import report

# What takes most of the time, and is written as the rest is.
report.write_documents = lambda _: None
report.plan_drawing = lambda *_: Plan((), lambda _: None)
if __name__ == "__main__":
    main(sys.argv[1:])
"""
"""The command line without figures and documents, as a script: helpers read it, too."""
TABLE = "study,events,total\nAsh,9,9\nBirch,14+,15\nCedar,10,11\n"
"""Three studies; of one the count is a bound, so that no frequentist method answers."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: exit code, words, peak of memory in bytes, processor time in seconds."""

    code: int
    out: str
    err: str
    peak: int
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether it ended as bad input must: exit code 1, one message, nothing on the output."""
        said = self.err.startswith("Error: ") and "Traceback" not in self.err
        return self.code == 1 and not self.out and said

    @property
    def cheap(self) -> bool:
        """Whether it stayed within what an answer may cost."""
        return self.peak < MOST_MEMORY and self.seconds < LONGEST


def begun(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    python: Sequence[str] = MODULE,
    under: Sequence[str] = (),
    out: IO[bytes] | int = subprocess.DEVNULL,
    err: IO[bytes] | int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Begin a command in a session of its own; ``env`` is added to the environment.

    ``under`` is a program that starts it, with its options.
    """

    def restrict() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))

    return subprocess.Popen(
        [*under, sys.executable, *python, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        preexec_fn=restrict,  # noqa: PLW1509 - the tests have no threads that it could harm
        start_new_session=True,
    )


def metaprop(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    python: Sequence[str] = MODULE,
    under: Sequence[str] = (),
) -> Ended:
    """Run the command line in a process of its own, and measure it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = begun(*arguments, cwd=cwd, env=env, python=python, under=under, out=out, err=err)
        usage, peak = _waited(process)
        said = [_read(file) for file in (out, err)]
    return Ended(process.returncode, said[0], said[1], peak, usage.ru_utime + usage.ru_stime)


def _waited(process: subprocess.Popen[bytes]) -> tuple[resource.struct_rusage, int]:
    """Return what a process has used, and its peak of memory in bytes."""
    given_up, peak = time.monotonic() + PATIENCE, 0
    while True:
        peak = max(peak, _high_water(process.pid))
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage, peak
        if time.monotonic() > given_up:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            pytest.fail(f"{process.args!r} did not end within {PATIENCE:.0f} seconds")
        time.sleep(0.01)


def _high_water(pid: int) -> int:
    """Return the peak of memory so far; what the system adds up counts the parent's own, too."""
    try:
        lines = Path("/proc", str(pid), "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return 1024 * next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")


_SEVERAL = """
import contextlib, io, json, pathlib, sys, time, traceback
from metaprop.cli import main
from metaprop.core.files import reading
reading.PATIENCE = 0.2

for arguments in json.loads(sys.argv[1]):
    out, err, began, code = io.StringIO(), io.StringIO(), time.process_time(), -1
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(arguments)
    except SystemExit as left:
        code = left.code
    except BaseException:
        err.write(traceback.format_exc())
    status = pathlib.Path("/proc/self/status").read_text()
    peak = 1024 * int(status.partition("VmHWM:")[2].split()[0])
    seconds = time.process_time() - began
    print(json.dumps([code, out.getvalue(), err.getvalue(), peak, seconds]), flush=True)
"""


def several(commands: Sequence[Sequence[str | Path]], cwd: Path | None = None) -> list[Ended]:
    """Run command lines one after another in one process, which pays for NumPy once.

    The peak of memory is that of all so far.
    """
    asked = json.dumps([[str(word) for word in command] for command in commands])
    done = metaprop(asked, cwd=cwd, python=("-c", _SEVERAL))
    assert done.code == 0, done.err
    return [Ended(*json.loads(line)) for line in done.out.splitlines()]


def seen(folder: Path, *without: str) -> dict[str, str]:
    """Return every entry below a folder with the hash of what it holds; nothing is followed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] not in without:
            found[name] = _held(path)
    return found


def _held(path: Path) -> str:
    if path.is_symlink():
        return f"to {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
