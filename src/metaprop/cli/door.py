"""The group of all commands: whatever goes wrong in one becomes a message and an exit code."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

import click

from metaprop.core.errors import MetapropError
from metaprop.core.files import own_places
from metaprop.core.wording import visible

WRONG = 1
_SMALLER = "Ask for less at once, or use fewer processes (--jobs 1)."
_ROOM = "Check the space and the permissions there; no result was changed."


class Door(click.Group):
    """A group of commands whose every fault is a message and exit code 1, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command line and leave with its exit code."""
        # Before NumPy is loaded: the last digit of a sum shall not depend on the number of cores,
        # and arrays of this size gain nothing from a second one.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"
        if isinstance(sys.stdout, io.TextIOWrapper):  # a name may have signs that it does not know
            sys.stdout.reconfigure(errors="backslashreplace")
        kwargs |= {"standalone_mode": False, "prog_name": "metaprop"}
        try:
            with own_places():
                code = super().main(*args, **kwargs)
        except (MetapropError, click.ClickException) as error:
            code = _say_wrong(error)
        except (click.Abort, KeyboardInterrupt):
            code = _tell("Interrupted; nothing was written.")
        except MemoryError:
            code = _tell(f"Error: The memory of this machine does not suffice. {_SMALLER}")
        except OSError as fault:
            code = _tell(f"Error: {_told(fault)}. {_ROOM}")
        sys.exit(code if isinstance(code, int) else 0)


def _say_wrong(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        with suppress(OSError):
            error.show()
        return WRONG
    return _tell(f"Error: {error}")


def _told(fault: OSError) -> str:
    """Return what the system refused, and where, if it says so."""
    where = f"{visible(str(fault.filename))}: " if fault.filename is not None else ""
    return f"{where}{fault.strerror or fault}"


def _tell(words: str) -> int:
    """Say it where errors go, if anybody listens there."""
    with suppress(OSError):
        click.echo(words, err=True)
    return WRONG
