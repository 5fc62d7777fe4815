"""``metaprop audit``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import say, width


@click.command()
@click.argument("path", metavar="DATASET")
@click.option(
    "--claims",
    default=None,
    metavar="FILE",
    help="The published numbers, a CSV with the column estimate_percent."
    " Default: claims.csv of DATASET.",
)
@click.option(
    "--output",
    default=None,
    metavar="FOLDER",
    help="Also write the record, a table and a figure there.",
)
def audit(path: str, claims: str | None, output: str | None) -> int:
    """Hold published numbers against the evidence.

    DATASET is the folder of a data set, a CSV of studies, or a CSV of claims alone.
    """
    from metaprop.commands import audit as command

    return say(command.audit(path, claims=claims, output=output, width=width()))
