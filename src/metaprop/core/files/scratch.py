"""Folders for what is needed only while a process works; what a killed one left is cleared up."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import OutputError
from metaprop.core.files.locks import hold

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = ".metaprop-scratch-"
_OURS = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")
_ATTEMPTS = 5


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder that only this process uses; it is removed at the end.

    The folder is locked as long as its process lives. Those that are not are what killed processes
    left, and are removed first.

    Raises
    ------
    OutputError
        No folder can be made: there is no place for temporary files, or it is full.
    """
    try:
        place = Path(tempfile.gettempdir())
        _clear_up(place)
        folder, lock = _made(place)
    except OSError as fault:
        remedy = "Make room, or name another place in the variable TMPDIR."
        reason = fault.strerror or str(fault)
        what = f"No folder for temporary files could be made ({reason})."
        raise OutputError(f"{what} {remedy}") from None
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _made(place: Path) -> tuple[Path, ExitStack]:
    """Return a new folder and its lock; where a disk knows no locks, without one."""
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        # Between these two lines another process may take it for an abandoned one.
        with suppress(OSError), hold(folder) as lock:
            if folder.exists():
                return folder, lock.pop_all()
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place)), ExitStack()


@cache
def _clear_up(place: Path) -> None:
    """Remove the folders of this user whose processes are gone; once in a process is enough."""
    with os.scandir(place) as entries:
        found = [Path(entry) for entry in entries if _is_ours(entry)]
    for folder in found:
        # The lock is kept meanwhile: nobody begins to use what is being removed.
        with suppress(OSError), hold(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    if not (_OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)):
        return False
    user = getattr(os, "getuid", lambda: None)()
    return user is not None and entry.stat(follow_symlinks=False).st_uid == user
