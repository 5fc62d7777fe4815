"""``metaprop report``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import say


@click.command()
@click.argument("folder", metavar="RESULTS")
@click.option(
    "--documents",
    is_flag=True,
    help="Write the page and the appendix alone: tables and figures stay as they are.",
)
@click.option(
    "--journal",
    metavar="FOLDER",
    help="Write the paper's figures into FOLDER instead, one and two columns of a journal wide, "
    "as PDF, SVG and PNG.",
)
@click.option(
    "--minors",
    is_flag=True,
    help="With --journal: the quality scores beside the forests, where two columns have the room.",
)
def report(folder: str, *, documents: bool, journal: str | None, minors: bool) -> int:
    """Draw a folder of results again.

    Tables, figures and pages of RESULTS, a folder that `metaprop run` wrote, are made anew from
    the numbers stored in it; nothing is fitted.
    """
    from metaprop.commands import report as command

    return say(command.report(folder, documents=documents, journal=journal, minors=minors))
