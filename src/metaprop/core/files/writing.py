"""Write a folder whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import OutputError
from metaprop.core.files.locks import abandoned, exchange, flush_entry, hold, locked
from metaprop.core.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


MARKER = "manifest.json"
"""The file that tells a folder of results."""


def write_folder(
    target: str | os.PathLike[str],
    fill: Callable[[Path], None],
    *,
    keep: tuple[str, ...] = (),
    marker: str = MARKER,
    begins: bytes = b"",
    alone: str | None = None,
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
    begins
        What that file begins with: others have a README.txt or a calibration.json, too.
    alone
        A file below an entry that is ours too, where that entry stands alone: what another command
        has put there before.

    Raises
    ------
    OutputError
        The folder cannot be written, is a symbolic link, or is not ours to replace. Exceptions of
        ``fill`` that are no ``OSError`` pass as they are.
    """
    with _told(target):
        path = _named(Path(target))
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.parent):
            _check_ours(path, marker, begins, alone)
            _recover(path, keep)
            fresh = _beside(path, "new")
            fresh.mkdir()
            busy = hold(fresh)
        with busy, _removed_on_failure(fresh):
            fill(fresh)
            _flush(fresh)
            with locked(path.parent):
                _check_ours(path, marker, begins, alone)
                _swap(fresh, path, keep)


def check_place(
    target: str | os.PathLike[str],
    *,
    marker: str = MARKER,
    begins: bytes = b"",
    alone: str | None = None,
) -> None:
    """Raise OutputError where ``write_folder`` would, before anything is computed for it."""
    with _told(target):
        _check_ours(_named(Path(target)), marker, begins, alone)


@contextmanager
def _told(target: str | os.PathLike[str]) -> Iterator[None]:
    """Say what the system says of a folder."""
    try:
        yield
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


def _check_ours(path: Path, marker: str, begins: bytes, alone: str | None) -> None:
    """Refuse to replace what is not a folder of results."""
    shown = visible(path)
    if path.is_symlink():
        raise OutputError(f"{shown}: this is a symbolic link. Name the folder itself.")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{shown}: a file stands there. Name a folder, or move the file away.")
    entries = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    ours = _begins(path / marker, begins) or (
        alone is not None and entries == {Path(alone).parts[0]} and (path / alone).is_file()
    )
    if entries and not ours:
        remedy = "Name a new or empty folder: what stands there would be deleted."
        what = f"this folder holds files, but no {marker} of this command"
        raise OutputError(f"{shown}: {what}. {remedy}")


def _begins(file: Path, head: bytes) -> bool:
    """Return whether a file is there and begins so."""
    if not head or not file.is_file():
        return not head and file.exists()
    with file.open("rb") as opened:
        return opened.read(len(head)) == head


def _beside(target: Path, role: str) -> Path:
    """Return an unused name beside the target, so that a rename does not leave the disk."""
    return target.with_name(f".{target.name}.{role}-{secrets.token_hex(6)}")


def _swap(fresh: Path, target: Path, keep: tuple[str, ...]) -> None:
    """Put ``fresh`` in the target's place; every step is undone if a later one fails."""
    with ExitStack() as undo:
        old = _change_places(fresh, target, undo) if target.exists() else None
        if old is None:
            _move(fresh, target, undo)
        else:
            _carry_over(old, target, keep, undo)
        flush_entry(target.parent)
        undo.pop_all()
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _change_places(fresh: Path, target: Path, undo: ExitStack) -> Path:
    """Put ``fresh`` in the target's place; return where the old one is now.

    In one step where the system has one, so that the target is never missing, whenever a run is
    killed. The new one has the name of an old one before: that is what the step makes of it.
    """
    waiting = _beside(target, "old")
    _move(fresh, waiting, undo)
    with suppress(OSError):
        exchange(waiting, target)
        undo.callback(exchange, waiting, target)
        return waiting
    old = _beside(target, "old")
    _move(target, old, undo)
    _move(waiting, target, undo)
    return old


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
        if abandoned(new):
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
            flush_entry(Path(parent, name))
        flush_entry(Path(parent))
