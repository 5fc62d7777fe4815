"""``metaprop new``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import say


@click.command()
@click.argument("folder", metavar="FOLDER")
@click.option(
    "--from",
    "source",
    default=None,
    metavar="FILE",
    help="A CSV with the columns study, events and total. Default: an example to replace.",
)
@click.option(
    "--events",
    multiple=True,
    metavar="COLUMN",
    help="A column of events in that CSV; again for a further outcome.",
)
@click.option("--label", default="Event", show_default=True, help="What the outcome is called.")
@click.option("--lower", is_flag=True, help="A lower rate is better, as for complications.")
def new(
    folder: str,
    source: str | None,
    events: tuple[str, ...],
    label: str,
    lower: bool,  # noqa: FBT001 - click passes flags by name
) -> int:
    """Start a project of your own.

    FOLDER gets data, models, and a passport with questions to answer; `metaprop run` in it works at
    once and writes the same report. A folder that holds something is never touched.
    """
    from metaprop.commands import new as command

    return say(command.new(folder, source=source, events=events, label=label, lower=lower))
