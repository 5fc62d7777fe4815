"""What a system gives to keep runs apart: locks that die with their process, swaps in one step."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HERE = -100
"""AT_FDCWD: a path that is not absolute is taken from the folder one is in."""
_EXCHANGE = 2
"""RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS."""


def exchange(one: Path, other: Path) -> None:
    """Let two entries of a disk change places in one step, so that neither is ever missing.

    Raises
    ------
    OSError
        One of them is not there, or the system or the disk knows no such step.
    """
    import ctypes

    names = os.fsencode(one), os.fsencode(other)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            code = system.renamex_np(*names, _EXCHANGE)
        else:
            code = system.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE)
    except (AttributeError, TypeError):  # no such function, or no such library
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    if code != 0:
        reason = ctypes.get_errno()
        raise OSError(reason, os.strerror(reason))


if sys.platform == "win32":

    def flush_entry(_path: Path) -> None:
        """Do nothing: Windows gives no handle on a folder."""

    def hold(_folder: Path) -> ExitStack:
        """Do nothing: unique names alone keep two runs apart."""
        return ExitStack()

    def abandoned(_folder: Path) -> bool:
        """Say no: without locks nobody knows whether the folder's run still lives."""
        return False

    @contextmanager
    def locked(_folder: Path) -> Iterator[None]:
        """Do nothing: of two runs at once, the later one stays."""
        yield

else:
    import fcntl

    def flush_entry(path: Path) -> None:
        """Wait until a file, or the list of entries of a folder, is on the disk."""
        with _descriptor(path) as entry:
            os.fsync(entry)

    def hold(folder: Path) -> ExitStack:
        """Lock a folder until the stack is closed or the process ends; OSError if it is locked."""
        with ExitStack() as stack:
            fcntl.flock(stack.enter_context(_descriptor(folder)), fcntl.LOCK_EX | fcntl.LOCK_NB)
            return stack.pop_all()

    def abandoned(folder: Path) -> bool:
        """Return whether no living run is filling the folder: it would hold the lock."""
        with suppress(OSError), hold(folder):
            return True
        return False

    @contextmanager
    def locked(folder: Path) -> Iterator[None]:
        """Wait for the lock of a folder; the system frees it when a process is killed."""
        with _descriptor(folder) as entry:
            fcntl.flock(entry, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _descriptor(path: Path) -> Iterator[int]:
        entry = os.open(path, os.O_RDONLY)
        try:
            yield entry
        finally:
            os.close(entry)
