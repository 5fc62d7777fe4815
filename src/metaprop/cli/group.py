"""The front of the command line: every command under one name."""

from __future__ import annotations

import click

from metaprop.cli.audit import audit
from metaprop.cli.calibrate import calibrate
from metaprop.cli.check import check
from metaprop.cli.door import Door
from metaprop.cli.fit import fit
from metaprop.cli.new import new
from metaprop.cli.pool import pool
from metaprop.cli.report import report
from metaprop.cli.run import run
from metaprop.cli.template import template
from metaprop.cli.verify import verify


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="metaprop")
def main() -> None:
    """Pool proportions over small studies, exactly.

    How probable is it that a rate is above 90 %: for the average study, and for the next one?
    """


for command in (run, report, verify, fit, pool, check, audit, calibrate, template, new):
    main.add_command(command)
