"""The group of all commands: whatever goes wrong in one becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from metaprop.core.errors import MetapropError

WRONG = 1


class Door(click.Group):
    """A group of commands whose every fault is a message and exit code 1, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command line and leave with its exit code."""
        # Before NumPy is loaded: the last digit of a sum shall not depend on the number of cores,
        # and arrays of this size gain nothing from a second one.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        kwargs |= {"standalone_mode": False, "prog_name": "metaprop"}
        try:
            code = super().main(*args, **kwargs)
        except (MetapropError, click.ClickException) as error:
            code = _say_wrong(error)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted; nothing was written.", err=True)
            code = WRONG
        sys.exit(code if isinstance(code, int) else 0)


def _say_wrong(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        error.show()
    else:
        click.echo(f"Error: {error}", err=True)
    return WRONG
