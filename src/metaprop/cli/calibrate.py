"""``metaprop calibrate``: its words and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from metaprop.cli.terminal import progress, say

if TYPE_CHECKING:
    from collections.abc import Callable


def _number(
    name: str, default: str, text: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option that takes a number, checked later with the others."""
    return click.option(f"--{name}", default=default, show_default=True, metavar="N", help=text)


@click.command()
@click.argument("path", metavar="FILE")
@click.option("--outcome", default=None, metavar="ID", help="The outcome. Default: the first.")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="FILE",
    help="A model file, or the name of a shipped one. Repeatable."
    " Default: logit_normal and beta_binomial.",
)
@click.option(
    "--family",
    default="logit-normal",
    show_default=True,
    metavar="NAME",
    help="How the rates of studies spread in truth: logit-normal or beta-binomial.",
)
@click.option(
    "--rate",
    multiple=True,
    metavar="RATE",
    help="A true rate: typical (logit-normal) or average (beta-binomial). Repeatable, crossed with"
    " --spread. Default: what was observed.",
)
@click.option(
    "--spread",
    multiple=True,
    metavar="S",
    help="A true spread: tau (logit-normal) or rho (beta-binomial). Repeatable.",
)
@_number("replicates", "2000", "Simulated reviews for each truth.")
@_number("modelled", "400", "Of these, how many are answered by models of the counts too.")
@_number("ranks", "10000", "Reviews drawn from the priors of each model, for its ranks.")
@_number("nuts", "0", "The same by NUTS instead of quadrature: a few hundred take minutes.")
@_number("jobs", "1", "Processes. The numbers do not depend on it.")
@click.option(
    "--scheduler",
    default=None,
    metavar="ADDRESS",
    help="Of a Dask cluster that does the work instead: tcp://HOST:PORT.",
)
@_number("seed", "0", "Start of all random numbers.")
@click.option(
    "--level", default="0.95", show_default=True, metavar="P", help="Nominal level of intervals."
)
@click.option(
    "--output",
    default=None,
    metavar="FOLDER",
    help="Also write the record, tables and figures there.",
)
def calibrate(
    path: str,
    models: tuple[str, ...],
    outcome: str | None,
    output: str | None,
    **typed: Any,  # noqa: ANN401 - the options above, passed to TypedCalibration
) -> int:
    """Simulate reviews of known truth, score every method.

    FILE is a CSV with the columns study, events and total, or the folder of a data set. Reviews of
    the same sizes are simulated: how often does each interval hold the truth, the published
    method's included? And do the ranks of truths drawn from the priors look uniform?
    """
    from metaprop.commands import calibrate as command

    with progress() as on_step:
        reply = command.calibrate(
            path,
            command.TypedCalibration(**typed),
            models=models,
            outcome=outcome,
            output=output,
            on_step=on_step,
        )
    return say(reply)
