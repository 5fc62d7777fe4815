"""``metaprop template``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import say


@click.command()
@click.argument("path", metavar="DATASET")
@click.option(
    "--output",
    default=None,
    metavar="FILE",
    help="The file to write; one that exists is never overwritten. Default: DATASET_sheet.csv.",
)
def template(path: str, output: str | None) -> int:
    """Write a sheet to fill from the full texts.

    One row for each study and outcome: what is known, where it comes from, what to look up in
    which report. The filled sheet can stand in the place of counts.csv.
    """
    from metaprop.commands import template as command

    return say(command.template(path, output=output))
