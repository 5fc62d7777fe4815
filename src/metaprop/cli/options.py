"""The options that ``fit`` and ``run`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def asking(engine: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the options that ``fit`` and ``run`` share, with the usual engine."""
    return lambda command: _with_options(command, engine)


def _with_options(command: Callable[..., Any], engine: str) -> Callable[..., Any]:
    """Add the shared options to a command; they are checked together, later."""
    for option in reversed(
        [
            click.option(
                "--above",
                multiple=True,
                metavar="RATE",
                help="Ask for the probability that"
                " the rate is above this proportion, such as 0.9. Repeatable.",
            ),
            click.option(
                "--level",
                default="0.95",
                show_default=True,
                metavar="P",
                help="Probability that each interval holds.",
            ),
            click.option(
                "--engine",
                default=engine,
                show_default=True,
                metavar="NAME",
                help="Who computes the posterior: exact (quadrature), nuts (PyMC), or both:"
                " exact answers, nuts is held against it.",
            ),
            click.option(
                "--seed",
                default="0",
                show_default=True,
                metavar="N",
                help="Start of random numbers of nuts; `run` records it.",
            ),
        ]
    ):
        command = option(command)
    return command
