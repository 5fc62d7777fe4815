"""Places of its own for a process: for temporary files, and for what libraries keep in a home.

PyTensor leaves its temporary files where it was killed; in a scratch folder the next run clears
them up. Matplotlib keeps its list of fonts in the user's home, PyTensor what it has compiled: where
that cannot be written, the one complains and leaves folders behind, and the other fails.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.errors import OutputError
from metaprop.core.files.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEMPORARY = "TMPDIR"
_FONTS, _COMPILED, _COMPILED_KEY = "MPLCONFIGDIR", "PYTENSOR_FLAGS", "base_compiledir"


@contextmanager
def own_places() -> Iterator[None]:
    """Let this process, its libraries and its helpers use a scratch folder for the time being.

    Places that somebody has chosen for a library stay. Where no folder can be made, all is as it
    was: much is answered without one.
    """
    with ExitStack() as held:
        with suppress(OutputError):
            _move_in(held.enter_context(scratch_folder()), held)
        yield


def _move_in(place: Path, held: ExitStack) -> None:
    """Point everybody to the place, until the stack is closed."""
    held.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
    tempfile.tempdir = str(place)
    _set(_TEMPORARY, str(place), held)
    if _has_home():
        return
    if _FONTS not in os.environ:
        _set(_FONTS, str(place / "matplotlib"), held)
    flags = os.environ.get(_COMPILED, "")
    if _COMPILED_KEY not in flags:
        _set(_COMPILED, f"{flags},{_COMPILED_KEY}={place / 'pytensor'}".lstrip(","), held)


def _set(name: str, value: str, held: ExitStack) -> None:
    """Set a variable of the environment, which helpers inherit, until the stack is closed."""
    before = os.environ.get(name)
    os.environ[name] = value
    if before is None:
        held.callback(os.environ.pop, name, None)
    else:
        held.callback(os.environ.__setitem__, name, before)


def _has_home() -> bool:
    """Return whether the user has a home, and may write in it."""
    try:
        home = Path.home()
        return home.is_dir() and os.access(home, os.W_OK | os.X_OK)
    except (OSError, RuntimeError):
        return False
