"""``metaprop fit``: its words and options."""

from __future__ import annotations

from typing import Any

import click

from metaprop.cli.options import asking
from metaprop.cli.terminal import progress, say, width


@click.command()
@click.argument("path", metavar="FILE")
@asking("exact")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="FILE",
    help="A model file, or the name of a shipped one. Repeatable."
    " Default: logit_normal and beta_binomial.",
)
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="ID",
    help="Only this outcome of a data set. Repeatable.",
)
@click.option(
    "--count-next",
    metavar="N",
    help="Ask for the number of events among N patients of one new study.",
)
@click.option("--json", "as_json", is_flag=True, help="Print records for machines.")
def fit(
    path: str,
    models: tuple[str, ...],
    outcomes: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    **typed: Any,  # noqa: ANN401 - the options of asking, passed to Typed
) -> int:
    """Answer for one table.

    FILE is a CSV with the columns study, events and total, or the folder of a data set.
    """
    from metaprop.commands import fit as command
    from metaprop.commands.inputs import Typed

    with progress() as on_step:
        reply = command.fit(
            path,
            Typed(**typed),
            models=models,
            outcomes=outcomes,
            as_json=as_json,
            width=width(),
            on_step=on_step,
        )
    return say(reply)
