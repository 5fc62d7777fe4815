"""``metaprop pool``: its words and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from metaprop.cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable


def _choice(
    name: str, choices: str, text: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return one option of ``pool``; the names are checked together, later."""
    return click.option(f"--{name}", default=None, metavar=choices, help=text)


@click.command()
@click.argument("path", metavar="FILE")
@_choice(
    "model",
    "glmm|beta-binomial",
    "One model of the counts by maximum likelihood, which corrects nothing: the better choice"
    " where studies are at 0 or 100 %. Default: two steps, as the options below say.",
)
@_choice(
    "scale",
    "logit|log|raw|arcsine|freeman-tukey",
    "On which estimates are pooled. Default: logit.",
)
@_choice(
    "correction",
    "only0|all|if0all|none",
    "Which studies get a continuity correction: those with an empty cell, all, all if one has"
    " an empty cell, none. Default: only0.",
)
@_choice("amount", "A", "What is added to events and to non-events. Default: 0.5.")
@_choice(
    "tau2",
    "dl|pm|reml|ml|sj|he|hs|eb",
    "Estimator of the variance between studies. Default: reml.",
)
@_choice(
    "interval",
    "z|hartung-knapp|kenward-roger|profile",
    "Default: hartung-knapp; profile, or z, with --model.",
)
@_choice(
    "safeguard",
    "none|se|ci|iqwig6",
    "What keeps a Hartung-Knapp interval from being narrower than the classic one."
    " Default: se, its standard error is not below the classic one.",
)
@_choice(
    "convention",
    "meta|metafor",
    "The R package to follow where they differ: what a corrected study is on the log and raw"
    " scales, whether arcsines are corrected, what I2 is. Default: meta.",
)
@_choice(
    "prediction",
    "RULE",
    "Interval for a new study: hts-k-1 (default), hts-k-2, hartung-knapp, hartung-knapp-k-2,"
    " kenward-roger, kenward-roger-less-1, normal or as-mean; with --model glmm t-k-1 (default),"
    " t-k-2, normal or plug-in; plug-in with beta-binomial.",
)
@click.option(
    "--level", default="0.95", show_default=True, metavar="P", help="Coverage of the intervals."
)
@click.option("--outcome", default=None, metavar="ID", help="The outcome of a data set.")
@click.option("--json", "as_json", is_flag=True, help="Print one object for machines.")
def pool(
    path: str,
    outcome: str | None,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    **typed: Any,  # noqa: ANN401 - the options above, passed to TypedPool
) -> int:
    """Pool as a frequentist does, exactly as R would.

    FILE is a CSV with the columns study, events and total, or the folder of a data set with
    --outcome. Every count must be exact: the others are listed and nothing is pooled.

    The paper's numbers: --scale logit --tau2 dl --interval hartung-knapp --safeguard none.
    """
    from metaprop.commands import pool as command

    return say(command.pool(path, command.TypedPool(**typed), outcome=outcome, as_json=as_json))
