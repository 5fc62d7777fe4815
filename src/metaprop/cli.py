"""The command line: parse, one call, print, exit code.

Exit codes: 0 answered; 1 something typed or read is wrong, or results could not be written; 3 a fit
cannot be trusted. Commands are imported when they run, so that ``--help`` is immediate.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from metaprop.core.errors import MetapropError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metaprop.commands.inputs import Reply

WRONG = 1
_WIDE = 120
"""Characters a line where nobody says how wide the terminal is."""


class Door(click.Group):
    """A group of commands whose every fault is a message and exit code 1, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command line and leave with its exit code."""
        # Before NumPy is loaded: the last digit of a sum shall not depend on the number of cores,
        # and arrays of this size gain nothing from a second one.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        kwargs |= {"standalone_mode": False, "prog_name": "metaprop"}
        try:
            code = super().main(*args, **kwargs)
        except (MetapropError, click.ClickException) as error:
            code = _say_wrong(error)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted; nothing was written.", err=True)
            code = WRONG
        sys.exit(code if isinstance(code, int) else 0)


def _say_wrong(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        error.show()
    else:
        click.echo(f"Error: {error}", err=True)
    return WRONG


def _close_pipe() -> None:
    """Send what is left of the output nowhere: the reader has gone, which is his right."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _print(reply: Reply) -> int:
    """Print the reply and return its exit code."""
    if reply.err:
        click.echo(reply.err, err=True)
    if sys.stdout is None:  # closed by the caller, who wants the exit code alone
        return reply.code
    try:
        click.echo(reply.out)
        sys.stdout.flush()
    except BrokenPipeError:
        _close_pipe()
    except OSError as fault:
        _close_pipe()
        raise OutputError(f"The answer could not be printed ({fault.strerror}).") from fault
    return reply.code


def _width() -> int:
    return shutil.get_terminal_size((_WIDE, 24)).columns


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a bar on a terminal while fits run; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def on_step(doing: str, begun: int, steps: int) -> None:
            bar.update(task, description=escape(doing), total=steps, completed=begun)

        yield on_step


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="metaprop")
def main() -> None:
    """Pool proportions over small studies, exactly.

    How probable is it that a rate is above 90 %: for the average study, and for the next one?
    """


def _asking(engine: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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


@main.command()
@click.argument("path", metavar="FILE")
@_asking("exact")
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
    **typed: Any,  # noqa: ANN401 - the options of _asking, passed to Typed
) -> int:
    """Answer for one table.

    FILE is a CSV with the columns study, events and total, or the folder of a data set.
    """
    from metaprop.commands import fit as command
    from metaprop.commands.inputs import Typed

    with _progress() as on_step:
        reply = command.fit(
            path,
            Typed(**typed),
            models=models,
            outcomes=outcomes,
            as_json=as_json,
            width=_width(),
            on_step=on_step,
        )
    return _print(reply)


def _choice(
    name: str, choices: str, text: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return one option of ``pool``; the names are checked together, later."""
    return click.option(f"--{name}", default=None, metavar=choices, help=text)


@main.command()
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

    return _print(command.pool(path, command.TypedPool(**typed), outcome=outcome, as_json=as_json))


@main.command()
@click.argument("path", metavar="FILE_OR_FOLDER")
def check(path: str) -> int:
    """Read, report every fault, do nothing.

    A table, the folder of a data set, a model file or a folder of them.
    """
    from metaprop.commands import check as command

    return _print(command.check(path))


@main.command()
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

    return _print(command.audit(path, claims=claims, output=output, width=_width()))


@main.command()
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

    return _print(command.template(path, output=output))


@main.command()
@click.argument("dataset", required=False)
@click.argument("models", required=False)
@_asking("both")
@click.option(
    "--output",
    default="results",
    show_default=True,
    metavar="FOLDER",
    help="Where the folder of results is written.",
)
def run(dataset: str | None, models: str | None, output: str, **typed: Any) -> int:  # noqa: ANN401 - the options of _asking
    """Fit every model to every outcome; write results.

    Tables, figures and records of DATASET under MODELS go to the folder of results.

    Without arguments: data/kalantar2026 and models/ of the current folder.
    """
    from metaprop.commands import run as command
    from metaprop.commands.inputs import Typed

    with _progress() as on_step:
        reply = command.run(dataset, models, Typed(**typed), output=output, on_step=on_step)
    return _print(reply)
