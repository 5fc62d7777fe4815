"""``metaprop report``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import say


@click.command()
@click.argument("folder", metavar="RESULTS")
def report(folder: str) -> int:
    """Draw a folder of results again.

    Tables, figures and pages of RESULTS, a folder that `metaprop run` wrote, are made anew from
    the numbers stored in it; nothing is fitted.
    """
    from metaprop.commands import report as command

    return say(command.report(folder))
