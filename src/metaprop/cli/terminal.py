"""What a command shows: its reply, and a bar while it works."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from metaprop.core.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metaprop.commands.inputs import Reply

_WIDE = 120
"""Characters a line where nobody says how wide the terminal is."""


def say(reply: Reply) -> int:
    """Print the reply and return its exit code."""
    if reply.err:
        click.echo(reply.err, err=True)
    if sys.stdout is None:  # closed by the caller, who wants the exit code alone
        return reply.code
    try:
        click.echo(reply.out)
        sys.stdout.flush()
    except BrokenPipeError:
        _close_pipe()
    except OSError as fault:
        _close_pipe()
        raise OutputError(f"The answer could not be printed ({fault.strerror}).") from fault
    return reply.code


def _close_pipe() -> None:
    """Send what is left of the output nowhere: the reader has gone, which is his right."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def width() -> int:
    """Return the characters a line of the terminal."""
    return shutil.get_terminal_size((_WIDE, 24)).columns


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a bar on a terminal while fits run; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def on_step(doing: str, begun: int, steps: int) -> None:
            bar.update(task, description=escape(doing), total=steps, completed=begun)

        yield on_step
