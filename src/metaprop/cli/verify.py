"""``metaprop verify``: its words and options."""

from __future__ import annotations

import click

from metaprop.cli.terminal import progress, say


@click.command()
@click.argument("folder", metavar="RESULTS")
@click.argument("dataset", required=False)
@click.argument("models", required=False)
@click.option(
    "--engine",
    default="exact",
    show_default=True,
    metavar="NAME",
    help="exact makes anew all that needs no draws; both samples again too, with another seed.",
)
@click.option(
    "--thorough",
    is_flag=True,
    help="Make anew what takes minutes, too: checks of fit, sensitivity, simulated reviews; draw "
    "every table, figure and document again.",
)
def verify(
    folder: str, dataset: str | None, models: str | None, engine: str, *, thorough: bool
) -> int:
    """Hold results against their data and models.

    Numbers of RESULTS are made anew from DATASET and MODELS (default: as the manifest has them)
    and compared. Exit code 3: a number drifted; 1: data or models changed, then what that
    changed in the conclusions is told. RESULTS is not written.
    """
    from metaprop.commands import verify as command

    with progress() as on_step:
        reply = command.verify(
            folder, dataset, models, engine=engine, thorough=thorough, on_step=on_step
        )
    return say(reply)
