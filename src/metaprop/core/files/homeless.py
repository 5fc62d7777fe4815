"""A place for what libraries keep in a user's home, where there is no home to write in.

Matplotlib keeps its list of fonts there, PyTensor what it has compiled. Without a place the one
complains and leaves folders behind, the other fails.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from metaprop.core.files.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

FONTS, COMPILED, COMPILED_KEY = "MPLCONFIGDIR", "PYTENSOR_FLAGS", "base_compiledir"


@contextmanager
def library_folders() -> Iterator[None]:
    """Let libraries use a scratch folder for the time being, if the home cannot be written.

    Places that somebody has chosen stay. Helping processes inherit them.

    Raises
    ------
    OutputError
        There is no place for temporary files either.
    """
    if _has_home():
        yield
        return
    with scratch_folder() as place:
        os.environ.setdefault(FONTS, str(place / "matplotlib"))
        flags = os.environ.get(COMPILED, "")
        if COMPILED_KEY not in flags:
            os.environ[COMPILED] = f"{flags},{COMPILED_KEY}={place / 'pytensor'}".lstrip(",")
        yield


def _has_home() -> bool:
    """Return whether the user has a home, and may write in it."""
    try:
        home = Path.home()
        return home.is_dir() and os.access(home, os.W_OK | os.X_OK)
    except (OSError, RuntimeError):
        return False
