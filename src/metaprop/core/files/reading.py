"""Read a file that may be anything: text in UTF-8 of a bearable size, or one clear error."""

from __future__ import annotations

import hashlib
import os
import select
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import InputError, Problem
from metaprop.core.wording import visible

if TYPE_CHECKING:
    import io

MAX_BYTES = 32 * 2**20
"""Largest file that is read, in bytes (32 MB)."""
PATIENCE = 5.0
"""Seconds in which somebody must begin to write into a pipe."""
_BLOCK = 2**20
_PAUSE = 0.05

# Opened so that a pipe without a writer does not keep us; Windows knows no such pipes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_HEADS = {
    b"PK\x03\x04": "It looks like an Excel workbook or a zip archive: export it as CSV UTF-8",
    b"\xff\xfe": "It looks like UTF-16: save it again as CSV UTF-8",
    b"\xfe\xff": "It looks like UTF-16: save it again as CSV UTF-8",
}
_TEXT_REMEDY = "Save it as plain text in UTF-8"


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's text, and the SHA-256 of the very bytes that it was read from (64 digits)."""

    text: str
    sha256: str


def read_text(path: str | os.PathLike[str], *, error: type[InputError]) -> str:
    r"""Return the text of a file in UTF-8, with or without a byte order mark.

    Parameters
    ----------
    path
        The file; a pipe is read too. A pipe's writer may take its time, but there must be one
        within ``PATIENCE``.
    error
        The class raised when the file cannot be read as text.

    Returns
    -------
    str
        The text, line ends as they stand in the file.

    Raises
    ------
    InputError
        Of the class ``error``: missing, a folder, larger than ``MAX_BYTES`` (refused before it is
        read), binary, not UTF-8, or not readable.
    """
    return _decoded(_read_bytes(path, error), visible(path), error)


def read_contents(path: str | os.PathLike[str], *, error: type[InputError]) -> Contents:
    """Return the text of a file with its hash, as ``read_text`` does; a pipe is read only once.

    Raises
    ------
    InputError
        As ``read_text``.
    """
    raw = _read_bytes(path, error)
    return Contents(_decoded(raw, visible(path), error), hashlib.sha256(raw).hexdigest())


def _decoded(raw: bytes, where: str, error: type[InputError]) -> str:
    if b"\x00" in raw or raw.startswith(tuple(_HEADS)):
        remedies = (remedy for head, remedy in _HEADS.items() if raw.startswith(head))
        what = "the file is binary, not text"
        raise error(Problem(what, where, next(remedies, _TEXT_REMEDY)))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        what = f"the byte 0x{fault.object[fault.start]:02x} is not UTF-8"
        raise error(Problem(what, f"{where}, line {line}", _TEXT_REMEDY)) from None


def _read_bytes(path: str | os.PathLike[str], error: type[InputError]) -> bytes:
    """Return the bytes of a file of at most ``MAX_BYTES``."""
    where = visible(path)
    if Path(path).is_dir():
        raise error(Problem("this is a folder, not a file", where, "Name a file inside it"))
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb", buffering=0) as file:
            state = os.fstat(file.fileno())
            # A pipe has no size, and a file may grow: one byte too many is looked for as well.
            raw = b"" if state.st_size > MAX_BYTES else _all(file, stat.S_ISFIFO(state.st_mode))
    except FileNotFoundError:
        remedy = "Check the spelling and the folder that you are in"
        raise error(Problem("there is no such file", where, remedy)) from None
    except _SilentError:
        what = f"nobody wrote into this pipe within {PATIENCE:.0f} seconds"
        raise error(Problem(what, where, "Start what writes into it, or name a file")) from None
    except (OSError, ValueError) as fault:
        raise error(_unreadable(fault, where)) from None
    if max(state.st_size, len(raw)) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES // 2**20} MB"
        raise error(Problem(what, where, "Keep only the rows and columns that are needed"))
    return raw


class _SilentError(Exception):
    """A pipe into which nobody writes."""


def _all(file: io.FileIO, is_pipe: bool) -> bytes:  # noqa: FBT001 - private, called once
    """Return what a file holds, at most ``MAX_BYTES`` and one byte more."""
    parts: list[bytes] = []
    left, given_up = MAX_BYTES + 1, time.monotonic() + PATIENCE
    while left > 0:
        part: bytes | None = file.read(min(left, _BLOCK))
        if part is None:  # a writer is there, and takes its time
            select.select([file], [], [])
        elif part:
            parts.append(part)
            left -= len(part)
        elif parts or not is_pipe:
            break
        elif time.monotonic() < given_up:
            time.sleep(_PAUSE)
        else:
            raise _SilentError
    return b"".join(parts)


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as fault:
        raise InputError(_unreadable(fault, visible(path))) from None


def _unreadable(fault: OSError | ValueError, where: str) -> Problem:
    reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
    return Problem(f"the file cannot be read ({reason})", where, "Check its name and permissions")
