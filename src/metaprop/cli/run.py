"""``metaprop run``: its words and options."""

from __future__ import annotations

from typing import Any

import click

from metaprop.cli.options import asking
from metaprop.cli.terminal import progress, say


@click.command()
@click.argument("dataset", required=False)
@click.argument("models", required=False)
@asking("both")
@click.option(
    "--output",
    default="results",
    show_default=True,
    metavar="FOLDER",
    help="Where the folder of results is written.",
)
@click.option(
    "--simulate",
    default="400",
    show_default=True,
    metavar="N",
    help="Reviews simulated for each truth, to calibrate every method at these sizes; 0 for none."
    " A larger calibration in the folder of results is kept where it still holds.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that share the work; without it one for each processor."
    " The numbers do not depend on it.",
)
def run(
    dataset: str | None,
    models: str | None,
    output: str,
    jobs: int | None,
    **typed: Any,  # noqa: ANN401 - the options of asking
) -> int:
    """Fit every model to every outcome; write results.

    Tables, figures and records of DATASET under MODELS go to the folder of results.

    Without arguments: the one data set in data/ and the models in models/ of the current folder.
    """
    from metaprop.commands import run as command
    from metaprop.commands.inputs import Typed

    with progress() as on_step:
        asked = Typed(**typed)
        reply = command.run(dataset, models, asked, output=output, processes=jobs, on_step=on_step)
    return say(reply)
