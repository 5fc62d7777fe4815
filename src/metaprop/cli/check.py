"""``metaprop check``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import say


@click.command()
@click.argument("path", metavar="FILE_OR_FOLDER")
def check(path: str) -> int:
    """Read, report every fault, do nothing.

    A table, the folder of a data set, a model file or a folder of them.
    """
    from metaprop.commands import check as command

    return say(command.check(path))
