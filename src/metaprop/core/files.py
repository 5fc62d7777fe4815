"""Files: read text, hash, and write a folder whole or not at all; what they mean is not known."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import InputError, OutputError, Problem
from metaprop.core.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 32 * 2**20
"""Largest file that is read, in bytes (32 MB)."""

_HEADS = {
    b"PK\x03\x04": "It looks like an Excel workbook or a zip archive: export it as CSV UTF-8",
    b"\xff\xfe": "It looks like UTF-16: save it again as CSV UTF-8",
    b"\xfe\xff": "It looks like UTF-16: save it again as CSV UTF-8",
}
_TEXT_REMEDY = "Save it as plain text in UTF-8"


def read_text(path: str | os.PathLike[str], *, error: type[InputError]) -> str:
    r"""Return the text of a file in UTF-8, with or without a byte order mark.

    Parameters
    ----------
    path
        The file; a pipe is read too.
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
    raw = _read_bytes(path, error)
    where = visible(path)
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
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # A pipe has no size, and a file may grow: one byte too many is looked for as well.
            raw = b"" if size > MAX_BYTES else file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        remedy = "Check the spelling and the folder that you are in"
        raise error(Problem("there is no such file", where, remedy)) from None
    except (OSError, ValueError) as fault:
        raise error(_unreadable(fault, where)) from None
    if max(size, len(raw)) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES // 2**20} MB"
        raise error(Problem(what, where, "Keep only the rows and columns that are needed"))
    return raw


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


def write_folder(
    target: str | os.PathLike[str],
    fill: Callable[[Path], None],
    *,
    keep: tuple[str, ...] = (),
    marker: str = "manifest.json",
) -> None:
    """Replace a folder by a newly written one, whole or not at all.

    ``fill`` writes into an empty folder beside the target, which is renamed to the target when
    everything is on the disk. Whatever fails before that, the old folder stands as it was. What a
    killed run left behind is put right by the next. Of two runs at once the later one stays.

    Parameters
    ----------
    target
        The folder to write; missing parents are made.
    fill
        Called once with the path of the empty folder; writes everything below it.
    keep
        Names of entries of the old folder that live on in the new one, unless ``fill`` wrote them.
    marker
        Name of a file that tells a folder of ours. A folder that holds something but not this
        file is somebody else's, and is not replaced.

    Raises
    ------
    OutputError
        The folder cannot be written, is a symbolic link, or is not ours to replace. Exceptions of
        ``fill`` that are no ``OSError`` pass as they are.
    """
    try:
        path = _named(Path(target))
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            _check_ours(path, marker)
            _recover(path, keep)
            fresh = _beside(path, "new")
            fresh.mkdir()
            busy = _hold(fresh)
        with busy, _removed_on_failure(fresh):
            fill(fresh)
            _flush(fresh)
            with _locked(path.parent):
                _check_ours(path, marker)
                _swap(fresh, path, keep)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        message = f"{visible(target)}: the results could not be written ({reason})."
        raise OutputError(f"{message} What stood there before is untouched.") from fault


def _named(target: Path) -> Path:
    """Return the absolute path of the target, refused where no folder can be swapped."""
    path = target.absolute()
    if path.name in ("", "..") or Path.cwd().is_relative_to(path):
        remedy = "Name a folder that you are not in."
        raise OutputError(f"{visible(target)}: this is no place for results. {remedy}")
    return path


def _check_ours(path: Path, marker: str) -> None:
    """Refuse to replace what is not a folder of results."""
    shown = visible(path)
    if path.is_symlink():
        raise OutputError(f"{shown}: this is a symbolic link. Name the folder itself.")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{shown}: a file stands there. Name a folder, or move the file away.")
    if path.is_dir() and not (path / marker).exists() and any(path.iterdir()):
        remedy = "Name a new or empty folder: what stands there would be deleted."
        raise OutputError(f"{shown}: this folder holds files, but no {marker}. {remedy}")


def _beside(target: Path, role: str) -> Path:
    """Return an unused name beside the target, so that a rename does not leave the disk."""
    return target.with_name(f".{target.name}.{role}-{secrets.token_hex(6)}")


def _swap(fresh: Path, target: Path, keep: tuple[str, ...]) -> None:
    """Put ``fresh`` in the target's place; every step is undone if a later one fails."""
    old = _beside(target, "old")
    with ExitStack() as undo:
        if target.exists():
            _move(target, old, undo)
        _move(fresh, target, undo)
        _carry_over(old, target, keep, undo)
        _flush_entry(target.parent)
        undo.pop_all()
    shutil.rmtree(old, ignore_errors=True)


def _move(source: Path, destination: Path, undo: ExitStack) -> None:
    source.rename(destination)
    undo.callback(destination.rename, source)


def _carry_over(old: Path, target: Path, keep: tuple[str, ...], undo: ExitStack) -> None:
    """Move the entries to keep from the old folder to the new one, where it lacks them."""
    for name in keep:
        if (old / name).exists() and not (target / name).exists():
            _move(old / name, target / name, undo)


def _recover(target: Path, keep: tuple[str, ...]) -> None:
    """Put right what a killed run left: an old folder moved aside, new ones half written."""
    for old in sorted(target.parent.glob(f".{_literal(target.name)}.old-*")):
        if not target.exists():
            old.rename(target)
            continue
        with ExitStack() as undo:
            _carry_over(old, target, keep, undo)
            undo.pop_all()
        shutil.rmtree(old, ignore_errors=True)
    for new in target.parent.glob(f".{_literal(target.name)}.new-*"):
        if _abandoned(new):
            shutil.rmtree(new, ignore_errors=True)


def _literal(name: str) -> str:
    """Return a pattern that matches just this name."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextmanager
def _removed_on_failure(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _flush(folder: Path) -> None:
    """Wait until everything below the folder is on the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _flush_entry(Path(parent, name))
        _flush_entry(Path(parent))


if sys.platform == "win32":

    def _flush_entry(_path: Path) -> None:
        """Do nothing: Windows gives no handle on a folder."""

    def _hold(_folder: Path) -> ExitStack:
        """Do nothing: unique names alone keep two runs apart."""
        return ExitStack()

    def _abandoned(_folder: Path) -> bool:
        """Say no: without locks nobody knows whether the folder's run still lives."""
        return False

    @contextmanager
    def _locked(_folder: Path) -> Iterator[None]:
        """Do nothing: of two runs at once, the later one stays."""
        yield

else:
    import fcntl

    def _flush_entry(path: Path) -> None:
        """Wait until a file, or the list of entries of a folder, is on the disk."""
        with _descriptor(path) as entry:
            os.fsync(entry)

    def _hold(folder: Path) -> ExitStack:
        """Lock a folder until the stack is closed or the process ends; OSError if it is locked."""
        with ExitStack() as stack:
            fcntl.flock(stack.enter_context(_descriptor(folder)), fcntl.LOCK_EX | fcntl.LOCK_NB)
            return stack.pop_all()

    def _abandoned(folder: Path) -> bool:
        """Return whether no living run is filling the folder: it would hold the lock."""
        with suppress(OSError), _hold(folder):
            return True
        return False

    @contextmanager
    def _locked(folder: Path) -> Iterator[None]:
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
